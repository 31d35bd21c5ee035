"""The one door: what may be known, for which purpose, of which verified person; and the seal on the rest."""

from __future__ import annotations

import copy
import dataclasses
import json
import pickle
import string
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from heedful.consent import Withheld, case_view, read_profile, view
from heedful.errors import InputError
from heedful.policy import load
from heedful.policy_case import policy_of_case
from heedful.ports import Profile
from heedful.values import Asking, Channel, Consent, ConsentState, Fact, View, WithheldWhy

NOW = datetime(2026, 11, 20, 9, 0, tzinfo=UTC)
POLICY = load(Path(__file__).resolve().parents[2] / "policy.toml")
ORDER = Fact(name="order_id", value="MO-88213", category="order")
ADDRESS = Fact(name="delivery_address", value="서울특별시 마포구 달빛로 12, 304호", category="contact")


def asking(
    *,
    purpose: str = "order_management",
    kinds: tuple[str, ...] = ("delivery",),
    verified: bool = True,
    channel: Channel = "chat",
    without_my_data: bool = False,
    now: datetime = NOW,
) -> Asking:
    """A verified customer asking about a delivery in the chat, unless the test says otherwise."""
    return Asking(
        purpose=purpose, kinds=kinds, verified=verified, channel=channel, without_my_data=without_my_data, now=now
    )


def agreed(
    state: ConsentState = "given",
    *,
    purpose: str = "order_management",
    category: str | None = None,
    fact: str | None = None,
    at: datetime = NOW - timedelta(days=30),
    valid_until: datetime | None = None,
) -> Consent:
    """One consent event, thirty days old unless the test says otherwise."""
    return Consent(
        id=f"{state}-{category or fact or 'all'}-{purpose}",
        purpose=purpose,
        state=state,
        at=at,
        category=category,
        fact=fact,
        valid_until=valid_until,
    )


def whys(seen: View) -> dict[str, WithheldWhy]:
    """Why each withheld fact is withheld."""
    return {item.name: item.why for item in seen.withheld}


def shown(profile: Profile, question: Asking) -> dict[str, str]:
    """What the view holds, by name."""
    return {fact.name: fact.value for fact in view(profile, question, POLICY)[0].facts}


def test_a_consented_and_needed_fact_is_in_the_view_with_its_consent() -> None:
    """The view says which fact, for which purpose, under which consent, since when and where it came from."""
    consent = agreed(category="order")
    profile = Profile("c-1", (dataclasses.replace(ORDER, source="checkout"),), (consent,))

    seen, withheld = view(profile, asking(), POLICY)

    (fact,) = seen.facts
    assert (fact.name, fact.value, fact.purpose) == ("order_id", "MO-88213", "order_management")
    assert (fact.consent_id, fact.given_at, fact.source) == (consent.id, consent.at, "checkout")
    assert not fact.placeholder
    assert seen.withheld == ()
    assert withheld.matches("MO-88213") == ()


def test_nobody_is_no_view() -> None:
    """Without a profile there is nothing to use and nothing to withhold."""
    seen, withheld = view(None, asking(), POLICY)

    assert seen == View()
    assert withheld.names == ()


@pytest.mark.parametrize(
    ("question", "why"),
    [(asking(verified=False), "unverified"), (asking(without_my_data=True), "without_my_data")],
)
def test_the_view_is_empty_and_all_names_are_withheld(question: Asking, why: str) -> None:
    """Unverified, or asked to answer without their data: nothing is used, and each name says so."""
    profile = Profile("c-1", (ORDER, ADDRESS), (agreed(category="order"), agreed(category="contact")))

    seen, withheld = view(profile, question, POLICY)

    assert seen.facts == ()
    assert whys(seen) == {"order_id": why, "delivery_address": why}
    assert [match.name for match in withheld.matches("주문 MO-88213 건입니다")] == ["order_id"]


@pytest.mark.parametrize(
    ("consents", "why"),
    [
        ((), "no_consent"),
        ((agreed("refused", category="order"),), "no_consent"),
        ((agreed("withdrawn", category="order"),), "no_consent"),
        ((agreed("expired", category="order"),), "no_consent"),
        ((agreed(category="order", valid_until=NOW),), "no_consent"),
        ((agreed(category="order", at=NOW + timedelta(days=1)),), "no_consent"),
        ((agreed(category="order", purpose="customer_care"),), "purpose"),
        ((agreed(category="order", purpose="marketing"),), "purpose"),
        ((agreed(category="order", purpose="customer_care", valid_until=NOW),), "no_consent"),
        (
            (agreed(category="order", purpose="customer_care"), agreed("refused", category="order")),
            "no_consent",
        ),
        ((agreed(category="contact"),), "no_consent"),
        ((agreed(fact="order_no"),), "no_consent"),
        ((agreed(),), "no_consent"),  # for a purpose and nothing named: consent names what it is for
    ],
)
def test_without_consent_in_force_a_fact_is_withheld(consents: tuple[Consent, ...], why: str) -> None:
    """Only a consent that is given, begun, not over, for this purpose and this fact counts."""
    seen, _ = view(Profile("c-1", (ORDER,), consents), asking(), POLICY)

    assert seen.facts == ()
    assert whys(seen) == {"order_id": why}


def test_a_named_fact_beats_its_category_both_ways() -> None:
    """The narrower consent wins, whichever came later."""
    early, late = NOW - timedelta(days=9), NOW - timedelta(days=1)

    for one, other in ((early, late), (late, early)):
        refused = (agreed(category="order", at=one), agreed("refused", fact="order_id", at=other))
        allowed = (agreed("refused", category="order", at=one), agreed(fact="order_id", at=other))
        assert shown(Profile("c-1", (ORDER,), refused), asking()) == {}
        assert shown(Profile("c-1", (ORDER,), allowed), asking()) == {"order_id": "MO-88213"}


def test_a_named_fact_of_another_category_is_another_fact() -> None:
    """A consent for `status` of one category says nothing about `status` of another."""
    consent = dataclasses.replace(agreed(fact="order_id"), category="payment")

    assert shown(Profile("c-1", (ORDER,), (consent,)), asking()) == {}


def test_the_later_event_wins_in_whatever_order_they_were_recorded() -> None:
    """Consent is as the customer last said it."""
    given, taken = agreed(category="order", at=NOW - timedelta(days=2)), agreed("withdrawn", category="order", at=NOW)
    again = agreed(category="order", at=NOW - timedelta(days=1))

    assert shown(Profile("c-1", (ORDER,), (given, taken)), asking()) == {}
    assert shown(Profile("c-1", (ORDER,), (taken, given)), asking()) == {}
    assert shown(Profile("c-1", (ORDER,), (dataclasses.replace(taken, at=given.at), again)), asking()) != {}


def test_at_the_same_moment_the_one_recorded_later_wins() -> None:
    """Two events of one moment have an order: that of the record."""
    given, taken = agreed(category="order"), agreed("withdrawn", category="order")

    assert shown(Profile("c-1", (ORDER,), (given, taken)), asking()) == {}
    assert shown(Profile("c-1", (ORDER,), (taken, given)), asking()) != {}


def test_a_whole_purpose_can_be_withdrawn_in_one_event() -> None:
    """One switch ends every consent given for that purpose before, also those for named facts; not later ones."""
    before, after = NOW - timedelta(days=3), NOW - timedelta(days=1)
    off = agreed("withdrawn", at=NOW - timedelta(days=2))

    assert shown(Profile("c-1", (ORDER,), (agreed(fact="order_id", at=before), off)), asking()) == {}
    assert shown(Profile("c-1", (ORDER,), (agreed(fact="order_id", at=after), off)), asking()) != {}


def test_a_fact_the_question_does_not_need_stays_out() -> None:
    """An address is for a delivery question, not for one about a product."""
    profile = Profile(
        "c-1", (ADDRESS,), (agreed(category="contact"), agreed(category="contact", purpose="customer_care"))
    )

    seen, withheld = view(profile, asking(purpose="customer_care", kinds=("product",)), POLICY)

    assert whys(seen) == {"delivery_address": "not_needed"}
    assert withheld.matches("마포구 달빛로 12로 보내 드립니다") != ()


def test_at_the_precision_of_a_hint_the_value_is_split() -> None:
    """The view holds the hint; the full value stays behind the seal, and the hint is no match for it."""
    phone = Fact(name="phone", value="010-1234-5678", category="contact")

    seen, withheld = view(Profile("c-1", (phone, ADDRESS), (agreed(category="contact"),)), asking(), POLICY)

    assert [fact.value for fact in seen.facts] == ["010-****-5678", "서울특별시 마포구"]
    assert whys(seen) == {"phone": "precision", "delivery_address": "precision"}
    assert withheld.matches("010-****-5678, 서울특별시 마포구로 보내 드립니다.") == ()
    assert [match.why for match in withheld.matches("연락처는 01012345678입니다.")] == ["precision"]


def test_the_same_fact_is_given_in_full_where_the_channel_may_carry_it() -> None:
    """Precision is of the category and the channel: an agent sees the address, the chat its district."""
    profile = Profile("c-1", (ADDRESS,), (agreed(category="contact"),))

    assert shown(profile, asking(channel="assist")) == {"delivery_address": ADDRESS.value}
    assert shown(profile, asking(channel="chat")) == {"delivery_address": "서울특별시 마포구"}


def test_a_value_without_a_hint_is_withheld_where_only_a_hint_is_allowed() -> None:
    """Nothing is shown rather than something that might be all of it."""
    odd = Fact(name="messenger", value="ask for the man with the hat", category="contact")

    question = asking(purpose="account_management", kinds=("account",))
    seen, _ = view(
        Profile("c-1", (odd,), (agreed(category="contact", purpose="account_management"),)), question, POLICY
    )

    assert whys(seen) == {"messenger": "not_allowed"}


@pytest.mark.parametrize(
    ("fact", "question"),
    [
        (Fact("national_number", "900101-2000000", "unique_identifier"), asking()),
        (Fact("allergy", "latex", "special"), asking()),
        (Fact("shoe_size", "260", "clothing"), asking()),
        (ORDER, asking(purpose="account_management")),
        (ORDER, asking(purpose="marketing")),
        (ORDER, asking(purpose="curiosity")),
        (Fact("card", "4111 1111 1111 1111", "payment"), asking(channel="email", kinds=("payment",))),
    ],
)
def test_what_the_policy_refuses_no_consent_allows(fact: Fact, question: Asking) -> None:
    """Identity numbers, sensitive facts, unknown categories, marketing, a purpose or channel the policy rules out."""
    purposes = [*POLICY.purposes, "curiosity"]
    profile = Profile("c-1", (fact,), tuple(agreed(category=fact.category, purpose=purpose) for purpose in purposes))

    seen, _ = view(profile, question, POLICY)

    assert seen.facts == ()
    assert whys(seen) == {fact.name: "not_allowed"}


def test_a_refusal_of_the_policy_stands_alone() -> None:
    """That a category never goes to a model, or that a purpose is no ground, needs no second rule beside it."""
    order = POLICY.categories["order"]
    kept_back = dataclasses.replace(POLICY, categories={"order": dataclasses.replace(order, to_model=False)})
    for_ads = dataclasses.replace(
        POLICY, categories={"order": dataclasses.replace(order, purposes=order.purposes | {"marketing"})}
    )
    profile = Profile("c-1", (ORDER,), (agreed(category="order"), agreed(category="order", purpose="marketing")))

    assert whys(view(profile, asking(), kept_back)[0]) == {"order_id": "not_allowed"}
    assert whys(view(profile, asking(purpose="marketing"), for_ads)[0]) == {"order_id": "not_allowed"}


STATES: tuple[ConsentState, ...] = ("given", "refused", "withdrawn", "expired", "none")


# ── the seal ──────────────────────────────────────────────────────────────────────────────────────────────


def sealed() -> Withheld:
    """A seal with one order number behind it."""
    return view(Profile("c-1", (ORDER,), ()), asking(), POLICY)[1]


def test_the_seal_says_where_and_what_and_why_and_nothing_else() -> None:
    """A match gives name, category, reason and offsets in the text as it was given."""
    text = "Your order Ｍ\u200bＯ-88213 is on its way."

    (match,) = sealed().matches(text)

    assert (match.name, match.category, match.why) == ("order_id", "order", "no_consent")
    assert text[match.start : match.end] == "Ｍ\u200bＯ-88213"


def test_the_seal_gives_no_value_to_those_who_write_it_down() -> None:
    """Text, JSON and copies hold no value; pickling is refused rather than sealed empty."""
    withheld = sealed()

    assert "88213" not in repr(withheld) + str(withheld) + f"{withheld}" + json.dumps(withheld, default=str)
    assert copy.copy(withheld) is withheld
    assert copy.deepcopy({"seal": withheld})["seal"].matches("MO-88213") != ()
    for protocol in range(pickle.HIGHEST_PROTOCOL + 1):
        with pytest.raises(TypeError, match="sealed"):
            pickle.dumps(withheld, protocol)
    with pytest.raises(TypeError):
        vars(withheld)
    with pytest.raises(TypeError):
        dataclasses.asdict(withheld)  # type: ignore[call-overload]
    with pytest.raises(TypeError):
        json.dumps(withheld)
    with pytest.raises(AttributeError):
        withheld.names = ()
    assert not any("88213" in repr(getattr(withheld, name)) for name in dir(withheld) if name != "__getstate__")


def test_a_code_is_found_whatever_its_fact_is_called() -> None:
    """A name that reads like an amount does not hide a code from the seal."""
    points = Fact(name="points_voucher", value="QZ0007K1000", category="payment")

    _, withheld = view(Profile("c-1", (points,), ()), asking(), POLICY)

    assert [match.name for match in withheld.matches("Your voucher is qz0007k1000.")] == ["points_voucher"]


def test_an_empty_seal_matches_nothing() -> None:
    """With nothing withheld every text is clean."""
    assert Withheld.empty().matches("MO-88213") == ()
    assert Withheld.empty().names == ()


names = st.text(string.ascii_lowercase, min_size=3, max_size=8)
moments = st.datetimes(datetime(2026, 1, 1), datetime(2026, 12, 31), timezones=st.just(UTC))  # noqa: DTZ001 - given one


@st.composite
def profiles(draw: st.DrawFn) -> Profile:
    """A profile whose values are all different and recognisable, with consent events of every sort."""
    categories = [*POLICY.categories, "unheard_of"]
    facts = tuple(
        Fact(
            name=f"{name}_{number}",
            value=f"QZ{number:03d}7K{draw(st.integers(1000, 9999))}",
            category=draw(st.sampled_from(categories)),
        )
        for number, name in enumerate(draw(st.lists(names, max_size=6)))
    )
    scopes = st.one_of(
        st.tuples(st.sampled_from(categories), st.none()),
        st.tuples(st.none(), st.sampled_from([fact.name for fact in facts] or ["none"])),
        st.just((None, None)),
    )
    consents = draw(
        st.lists(
            st.builds(
                lambda purpose, state, at, scope, until: Consent(
                    id=f"{purpose}{state}",
                    purpose=purpose,
                    state=state,
                    at=at,
                    category=scope[0],
                    fact=scope[1],
                    valid_until=until,
                ),
                st.sampled_from([*POLICY.purposes]),
                st.sampled_from(STATES),
                moments,
                scopes,
                st.none() | moments,
            ),
            max_size=12,
        )
    )
    return Profile("c-1", facts, tuple(consents))


askings = st.builds(
    Asking,
    purpose=st.sampled_from([*POLICY.purposes]),
    kinds=st.lists(st.sampled_from([*POLICY.kinds]), unique=True).map(tuple),
    verified=st.sampled_from([True, True, False]),
    channel=st.sampled_from(["chat", "email", "assist"]),
    without_my_data=st.sampled_from([False, False, True]),
    now=moments,
)


@settings(max_examples=150, deadline=None)
@given(profiles(), askings)
def test_no_withheld_value_gets_out_and_every_allowed_one_is_there(profile: Profile, question: Asking) -> None:
    """Whatever is held and agreed: a value is in the view or in nothing that can be written down."""
    seen, withheld = view(profile, question, POLICY)

    written = repr(seen) + repr(withheld) + str(pickle.dumps(seen)) + json.dumps(dataclasses.asdict(seen), default=str)
    allowed = {fact.name: fact for fact in seen.facts}
    for fact in profile.facts:
        in_full = fact.name in allowed and allowed[fact.name].value == fact.value
        assert (fact.value in written) == in_full
        assert bool(withheld.matches(f"It is {fact.value}, as we know.")) != in_full
    assert {fact.name for fact in profile.facts} == set(allowed) | {item.name for item in seen.withheld}
    assert withheld.names == seen.withheld


@settings(max_examples=100, deadline=None)
@given(profiles(), askings)
def test_a_view_rests_on_consent_in_force(profile: Profile, question: Asking) -> None:
    """Each fact of a view names a consent that was given for this purpose, has begun and is not over."""
    seen, _ = view(profile, question, POLICY)

    for fact in seen.facts:
        grounds = [c for c in profile.consents if c.id == fact.consent_id and c.at == fact.given_at]
        assert fact.purpose == question.purpose != "marketing"
        assert any(
            c.state == "given" and c.at <= question.now and (c.valid_until is None or c.valid_until > question.now)
            for c in grounds
        )


# ── reading profiles, and the view of a guard case ────────────────────────────────────────────────────────

LINE = {
    "customer_id": "c-1",
    "facts": [
        {
            "name": "email",
            "value": "mina@example.com",
            "category": "contact",
            "purposes": ["customer_care", "order_management"],
            "consent": "given",
            "given_at": "2026-03-02T10:15:00+09:00",
            "valid_until": "2027-03-02T10:15:00+09:00",
            "source": "checkout",
        }
    ],
}


def changed(**changes: object) -> dict[str, object]:
    """The line with its fact changed; `None` leaves a key out."""
    fact = {**LINE["facts"][0], **changes}  # type: ignore[dict-item]
    return {"customer_id": "c-1", "facts": [{key: value for key, value in fact.items() if value is not None}]}


def test_a_line_becomes_facts_and_one_consent_for_each_purpose() -> None:
    """Each purpose is one event about the named fact, dated as the line says."""
    profile = read_profile(LINE)

    assert profile.customer_id == "c-1"
    assert [(fact.name, fact.source) for fact in profile.facts] == [("email", "checkout")]
    assert [(c.purpose, c.fact, c.state) for c in profile.consents] == [
        ("customer_care", "email", "given"),
        ("order_management", "email", "given"),
    ]
    assert profile.consents[0].at == datetime(2026, 3, 2, 1, 15, tzinfo=UTC)
    assert profile.consents[0].valid_until == datetime(2027, 3, 2, 1, 15, tzinfo=UTC)


def test_a_line_says_what_a_fact_was_collected_for_and_until_when_it_is_kept() -> None:
    """When, for what, and until when: as the line says, with the time zone it names."""
    (fact,) = read_profile(
        changed(at="2026-03-02T10:15:00+09:00", collected_for="order_management", expires="2027-01-01T00:00:00Z")
    ).facts

    assert (fact.at, fact.collected_for, fact.expires) == (
        datetime(2026, 3, 2, 1, 15, tzinfo=UTC),
        "order_management",
        datetime(2027, 1, 1, tzinfo=UTC),
    )


def test_a_fact_alone_needs_no_word_about_consent() -> None:
    """A company's own system may hold facts and leave it to the customer to agree."""
    profile = read_profile({"customer_id": "c-1", "facts": [{"name": "size", "value": "M", "category": "preference"}]})

    assert [(fact.name, fact.value) for fact in profile.facts] == [("size", "M")]
    assert profile.consents == ()


def test_reading_a_line_twice_gives_the_same_ids() -> None:
    """An import can be repeated; another state or purpose is another event."""
    first, second = read_profile(LINE), read_profile(LINE)
    other = read_profile(changed(consent="withdrawn"))

    assert [c.id for c in first.consents] == [c.id for c in second.consents]
    assert {c.id for c in first.consents}.isdisjoint(c.id for c in other.consents)
    assert all("mina" not in c.id for c in first.consents)


def test_nothing_agreed_is_no_event() -> None:
    """`none` says that nobody asked: there is a fact and no event."""
    profile = read_profile(changed(consent="none"))

    assert len(profile.facts) == 1
    assert profile.consents == ()


@pytest.mark.parametrize(
    ("line", "named"),
    [
        ({}, "customer_id"),
        ({"customer_id": 7, "facts": []}, "customer_id"),
        ({"customer_id": "c", "facts": {}}, "facts"),
        ({"customer_id": "c", "facts": ["email"]}, "fact 1"),
        ({"customer_id": "c", "fact": []}, "'fact'"),
        (changed(name=""), "'name' of fact 1"),
        (changed(value=12), "'value' of fact 1"),
        (changed(category=()), "'category' of fact 1"),
        (changed(consent="maybe"), "'consent' of fact 1"),
        (changed(consent=["given"]), "'consent' of fact 1"),
        (changed(purposes="customer_care"), "'purposes' of fact 1"),
        (changed(given_at="last week"), "'given_at' of fact 1"),
        (changed(valid_until=2027), "'valid_until' of fact 1"),
        (changed(valid_untill="2027-01-01"), "valid_untill"),
        (changed(expires="some day"), "'expires' of fact 1"),
        (changed(collected_for=7), "'collected_for' of fact 1"),
        (changed(name="n" * 201), "'name' of fact 1 of the profile is longer"),
        (changed(value="mina" * 1001), "'value' of fact 1 of the profile is longer"),
    ],
)
def test_a_mistake_in_a_line_is_named_without_its_value(line: dict[str, object], named: str) -> None:
    """The message names the fact and the key, and repeats nothing of the customer's."""
    with pytest.raises(InputError) as caught:
        read_profile(line)

    assert named in str(caught.value)
    assert "mina" not in str(caught.value)


@pytest.mark.parametrize(
    ("consent", "purposes", "verified", "why"),
    [
        ("given", ["customer_care"], True, None),
        ("given", ["order_management"], True, "purpose"),
        ("given", [], True, "no_consent"),
        ("withdrawn", ["customer_care"], True, "no_consent"),
        ("refused", ["order_management"], True, "no_consent"),
        ("expired", ["customer_care"], True, "no_consent"),
        ("none", ["customer_care"], True, "no_consent"),
        ("given", ["customer_care"], False, "unverified"),
    ],
)
def test_the_view_of_a_guard_case(consent: str, purposes: list[str], verified: bool, why: str | None) -> None:
    """Verified, given, and the purpose among the fact's: in full, whatever the kind of question."""
    profile = changed(consent=consent, purposes=purposes, given_at=None, valid_until=None)

    seen, withheld = case_view(
        profile, purpose="customer_care", verified=verified, channel="chat", now=NOW, policy=policy_of_case(None)
    )

    assert [fact.value for fact in seen.facts] == ([] if why else ["mina@example.com"])
    assert [item.why for item in seen.withheld] == ([why] if why else [])
    assert bool(withheld.matches("mina@example.com")) == bool(why)


def test_a_category_that_the_channel_may_not_carry_stays_in_the_view_of_a_case() -> None:
    """A rule has to be able to see it: the fact says which channels may carry it."""
    policy = policy_of_case({"channels": {"contact": ["chat", "assist"]}})

    seen, _ = case_view(changed(), purpose="customer_care", verified=True, channel="email", now=NOW, policy=policy)

    assert [fact.channels for fact in seen.facts] == [frozenset({"chat", "assist"})]


def test_a_case_without_a_profile_has_nothing() -> None:
    """No profile, no facts, nothing withheld."""
    seen, withheld = case_view(
        None, purpose="customer_care", verified=True, channel="chat", now=NOW, policy=policy_of_case(None)
    )

    assert (seen, withheld.names) == (View(), ())


def test_the_demo_profiles_are_read_and_the_refusing_one_stays_closed() -> None:
    """The sample customers that ship: Mina's order is in the view of her delivery question, Jun's is not."""
    file = Path(__file__).resolve().parents[2] / "demo_profiles.jsonl"
    lines = [json.loads(line) for line in file.read_text(encoding="utf-8").split("\n") if line]
    now = datetime(2026, 11, 20, tzinfo=UTC)
    views = {line["customer_id"]: view(read_profile(line), asking(now=now), POLICY)[0] for line in lines}

    assert "order_id" in {fact.name for fact in views["demo-mina"].facts}
    assert views["demo-jun"].facts == ()
