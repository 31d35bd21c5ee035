"""Every category × purpose × consent × who asks × channel, against a table written by hand."""

from __future__ import annotations

import itertools
from datetime import UTC, datetime, timedelta
from pathlib import Path

from heedful.consent import view
from heedful.policy import load
from heedful.ports import Profile
from heedful.values import Asking, Channel, Consent, ConsentState, Fact

POLICY = load(Path(__file__).resolve().parents[2] / "policy.toml")
NOW = datetime(2026, 11, 20, 9, 0, tzinfo=UTC)
DAY = timedelta(days=1)
CHANNELS: tuple[Channel, ...] = ("chat", "email", "assist")
CARE, ORDERS, ACCOUNT, FOR_THEM, ADS = (
    "customer_care",
    "order_management",
    "account_management",
    "personalisation_for_the_customer",
    "marketing",
)

# One fact of each category; by hand, the purposes it may be used for, and how it looks on each channel ("": not).
FACTS = {
    "identity": Fact("full_name", "김미나", "identity"),
    "contact": Fact("email", "mina.k@example.com", "contact"),
    "order": Fact("order_id", "MO-88213", "order"),
    "payment": Fact("refund_account", "110-234-567890", "payment"),
    "preference": Fact("preferred_channel", "e-mail", "preference"),
    "behaviour": Fact("recently_viewed", "oak shelf", "behaviour"),
    "location": Fact("current_district", "서울 마포구 달빛로 12", "location"),
    "unique_identifier": Fact("passport", "M12345678", "unique_identifier"),
    "special": Fact("allergy", "라텍스 알레르기", "special"),
    "unheard_of": Fact("shoe_size", "260", "unheard_of"),
}
FOR = {
    "identity": {CARE, ORDERS, ACCOUNT},
    "contact": {CARE, ORDERS, ACCOUNT},
    "order": {CARE, ORDERS},
    "payment": {CARE, ORDERS},
    "preference": {CARE, ORDERS, ACCOUNT, FOR_THEM},
    "behaviour": {FOR_THEM},
    "location": {CARE, ORDERS},
    "unique_identifier": set(),
    "special": set(),
    "unheard_of": set(),
}
LOOKS = {
    "identity": ("김미나", "김미나", "김미나"),
    "contact": ("m***@example.com", "m***@example.com", "mina.k@example.com"),
    "order": ("MO-88213", "MO-88213", "MO-88213"),
    "payment": ("•••• 7890", "", "•••• 7890"),
    "preference": ("e-mail", "e-mail", "e-mail"),
    "behaviour": ("", "", ""),  # no kind of question needs it
    "location": ("서울 마포구", "", "서울 마포구"),
    "unique_identifier": ("", "", ""),
    "special": ("", "", ""),
    "unheard_of": ("", "", ""),
}
CLOSED_BY_THE_BROWSER = {"behaviour", "location"}

# What was said, and whether it lets anything be used.
SAID: dict[str, tuple[tuple[ConsentState, datetime, datetime | None, str | None], ...]] = {
    "given": (("given", NOW - DAY, None, "category"),),
    "given, for some time": (("given", NOW - DAY, NOW + DAY, "category"),),
    "given for this very fact": (("given", NOW - DAY, None, "fact"),),
    "given after all was ended": (("withdrawn", NOW - 2 * DAY, None, None), ("given", NOW - DAY, None, "category")),
    "refused, and given for this fact": (("refused", NOW - DAY, None, "category"), ("given", NOW - DAY, None, "fact")),
    "run out": (("given", NOW - DAY, NOW, "category"),),
    "not begun": (("given", NOW + DAY, None, "category"),),
    "refused": (("refused", NOW - DAY, None, "category"),),
    "withdrawn": (("given", NOW - 2 * DAY, None, "category"), ("withdrawn", NOW - DAY, None, "category")),
    "expired": (("expired", NOW - DAY, None, "category"),),
    "all ended": (("given", NOW - 2 * DAY, None, "fact"), ("withdrawn", NOW - DAY, None, None)),
    "given, and refused for this fact": (("given", NOW - DAY, None, "category"), ("refused", NOW - DAY, None, "fact")),
    "for the purpose and nothing named": (("given", NOW - DAY, None, None),),
    "nothing": (),
}
YES = {
    "given",
    "given, for some time",
    "given for this very fact",
    "given after all was ended",
    "refused, and given for this fact",
}


def events(said: str, purpose: str, fact: Fact) -> tuple[Consent, ...]:
    """The consent events of one line of the table."""
    return tuple(
        Consent(
            id=f"c{number}",
            purpose=purpose,
            state=state,
            at=at,
            category=fact.category if about else None,
            fact=fact.name if about == "fact" else None,
            valid_until=until,
        )
        for number, (state, at, until, about) in enumerate(SAID[said])
    )


def expected(category: str, asked: str, agreed: str, channel: Channel) -> str:
    """How the fact looks when the customer is verified and says yes; empty when it may not be used even so."""
    grounds = agreed in (asked, FOR_THEM) and asked != ADS  # what fits answers to them counts beside any purpose
    return LOOKS[category][CHANNELS.index(channel)] if grounds and agreed in FOR[category] else ""


def test_the_whole_matrix() -> None:
    """All combinations: a fact is in the view, as the table says it looks, exactly when everything says yes."""
    kinds = tuple(POLICY.kinds)
    purposes, shown = tuple(POLICY.purposes), 0
    assert set(purposes) == {CARE, ORDERS, ACCOUNT, FOR_THEM, ADS}
    for (category, fact), agreed, said in itertools.product(FACTS.items(), purposes, SAID):
        profile = Profile("c-1", (fact,), events(said, agreed, fact))
        for asked, verified, channel, signal in itertools.product(
            purposes, (True, False), CHANNELS, ("", "without_my_data", "opted_out")
        ):
            asking = Asking(
                purpose=asked,
                kinds=kinds,
                verified=verified,
                channel=channel,
                without_my_data=signal == "without_my_data",
                now=NOW,
                opted_out=signal == "opted_out",
            )

            seen, withheld = view(profile, asking, POLICY)

            closed = signal == "without_my_data" or (signal == "opted_out" and category in CLOSED_BY_THE_BROWSER)
            looks = expected(category, asked, agreed, channel) if verified and said in YES and not closed else ""
            line = (category, asked, agreed, said, verified, channel, signal)
            assert [item.value for item in seen.facts] == ([looks] if looks else []), line
            assert {item.name for item in seen.withheld} | {item.name for item in seen.facts} == {fact.name}, line
            assert withheld.names == seen.withheld, line
            shown += bool(looks)
    assert shown > 500


def test_the_question_needs_it_or_it_stays_out() -> None:
    """Each category × kind of question: in the view exactly when the kind needs the fact."""
    needs = {
        "delivery": {"order", "location"},
        "delivery_address": {"order"},
        "cancel": {"order", "payment"},
        "exchange": {"order"},
        "return": {"order", "payment"},
        "refund": {"order", "payment"},
        "fault": {"order"},
        "payment": {"order", "payment"},
        "invoice": {"order", "payment", "contact", "identity"},
        "login": {"contact"},
        "membership": set(),
        "privacy": {"contact", "preference"},
        "account": {"identity", "contact", "preference"},
        "product": {"order", "preference"},
        "care": {"order", "preference"},
        "": {"preference"},
    }
    assert set(needs) == {*POLICY.kinds, ""}
    for (category, fact), (kind, needed) in itertools.product(FACTS.items(), needs.items()):
        profile = Profile("c-1", (fact,), tuple(c for p in POLICY.purposes for c in events("given", p, fact)))
        for asked in (CARE, ORDERS, ACCOUNT):
            asking = Asking(asked, (kind,) if kind else (), True, "chat", False, NOW)

            seen, _ = view(profile, asking, POLICY)

            usable = asked in FOR[category] or FOR_THEM in FOR[category]
            assert bool(seen.facts) == (usable and category in needed), (category, kind, asked)
