"""What closes a fact beside consent: its end, the browser's no, what kind of number it is, and that nobody needs it."""

from __future__ import annotations

import dataclasses
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from heedful.consent import checked, see, view
from heedful.errors import InputError
from heedful.policy import load
from heedful.ports import Profile
from heedful.values import Asking, Consent, Fact

POLICY = load(Path(__file__).resolve().parents[2] / "policy.toml")
NOW = datetime(2026, 11, 20, 9, 0, tzinfo=UTC)
ASKING = Asking("order_management", ("delivery",), True, "chat", False, NOW)
FOR_THEM = "personalisation_for_the_customer"


def holding(*facts: Fact, purposes: tuple[str, ...] = ("order_management",)) -> Profile:
    """A profile with these facts, all of their categories agreed to for the purposes."""
    consents = tuple(
        Consent(f"{purpose}-{category}", purpose, "given", NOW - timedelta(days=1), category)
        for purpose in purposes
        for category in dict.fromkeys(fact.category for fact in facts)
    )
    return Profile("c-1", facts, consents)


def whys(profile: Profile, asking: Asking = ASKING) -> dict[str, str]:
    """Why each withheld fact is withheld."""
    return {item.name: item.why for item in view(profile, asking, POLICY)[0].withheld}


def shown(profile: Profile, asking: Asking = ASKING) -> dict[str, str]:
    """What the view holds, by name."""
    return {fact.name: fact.value for fact in view(profile, asking, POLICY)[0].facts}


def test_a_fact_is_used_until_the_day_it_was_to_be_kept() -> None:
    """From that moment on it is withheld, and still found when a text repeats it."""
    order = Fact("order_id", "MO-88213", "order", expires=NOW)
    early = dataclasses.replace(ASKING, now=NOW - timedelta(seconds=1))

    assert shown(holding(order), early) == {"order_id": "MO-88213"}
    assert whys(holding(order)) == {"order_id": "expired"}
    assert view(holding(order), ASKING, POLICY)[1].matches("It is MO-88213.") != ()


def test_a_view_is_looked_at_again_when_a_fact_has_run_out() -> None:
    """A view made before the end does not outlive it."""
    profile = holding(Fact("order_id", "MO-88213", "order", expires=NOW))
    before = see(profile, dataclasses.replace(ASKING, now=NOW - timedelta(seconds=1)), POLICY)

    after = see(profile, ASKING, POLICY, before)

    assert [fact.name for fact in before.view.facts] == ["order_id"]
    assert after.view.facts == ()


def test_a_browser_that_says_no_closes_what_tells_of_behaviour() -> None:
    """`Sec-GPC: 1` withholds where they are; what they ordered is no behaviour."""
    profile = holding(Fact("current_district", "서울 마포구", "location"), Fact("order_id", "MO-88213", "order"))

    assert whys(profile, dataclasses.replace(ASKING, opted_out=True)) == {"current_district": "opted_out"}
    assert set(shown(profile)) == {"current_district", "order_id"}


def test_an_address_is_for_a_delivery_and_not_for_a_password() -> None:
    """Of one category only the facts come that the kind of question needs."""
    facts = (
        Fact("delivery_address", "서울특별시 마포구 달빛로 12, 304호", "contact"),
        Fact("email", "mina.k@example.com", "contact"),
        Fact("phone", "010-1234-5678", "contact"),
    )
    profile = holding(*facts, purposes=("order_management", "account_management", "customer_care"))
    login = dataclasses.replace(ASKING, purpose="account_management", kinds=("login",))
    product = dataclasses.replace(ASKING, purpose="customer_care", kinds=("product",))

    assert set(shown(profile)) == {"delivery_address", "phone"}
    assert set(shown(profile, login)) == {"email", "phone"}
    assert shown(profile, product) == {}
    assert set(shown(profile, dataclasses.replace(ASKING, kinds=("delivery", "login")))) == {
        "delivery_address",
        "email",
        "phone",
    }


def test_what_fits_answers_to_them_counts_beside_the_purpose_of_a_question() -> None:
    """Agreed to once, a preference helps with any question that needs it, and the receipt says under which purpose."""
    profile = holding(Fact("hand", "left-handed", "preference"), purposes=(FOR_THEM,))
    asking = dataclasses.replace(ASKING, purpose="customer_care", kinds=("product",))

    (fact,) = view(profile, asking, POLICY)[0].facts

    assert (fact.value, fact.purpose) == ("left-handed", FOR_THEM)


def test_a_no_for_the_purpose_of_the_question_is_not_gone_around() -> None:
    """Whoever refused it for this purpose is not asked to have agreed to another."""
    profile = holding(Fact("hand", "left-handed", "preference"), purposes=(FOR_THEM,))
    refused = Consent("no", "customer_care", "refused", NOW - timedelta(days=2), "preference")
    profile = dataclasses.replace(profile, consents=(*profile.consents, refused))

    assert whys(profile, dataclasses.replace(ASKING, purpose="customer_care", kinds=("product",))) == {
        "hand": "no_consent"
    }


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("note", "900101-2000000"),
        ("note", "주민번호 900101-2000000 확인"),
        ("note", "passport M12345678 shown at the door"),
        ("passport_number", "XY12"),
        ("여권번호", "가나다"),
        ("driving_licence", "11-23-123456-78"),
        ("ssn", "000"),
        ("national_id", "AA000000A"),
    ],
)
@pytest.mark.parametrize("category", ["order", "preference", "contact", "payment", "identity"])
def test_an_identity_document_is_never_in_a_view_whatever_it_is_filed_under(
    name: str, value: str, category: str
) -> None:
    """A number that somebody put into the wrong category goes to no model, at no precision."""
    asking = dataclasses.replace(ASKING, kinds=tuple(POLICY.kinds), channel="assist")

    assert shown(holding(Fact(name, value, category)), asking) == {}
    assert whys(holding(Fact(name, value, category)), asking) == {name: "not_allowed"}


@pytest.mark.parametrize(
    ("name", "value", "category", "expected"),
    [
        ("card", "4111 1111 1111 1111", "order", "•••• 1111"),
        ("paid_with", "카드 4111-1111-1111-1111로 결제", "order", "카드 •••• 1111로 결제"),
        ("card_number", "4111111111111111", "payment", "•••• 1111"),
        ("delivery_card", "4111-1111-1111-1111", "contact", "•••• 1111"),
        (
            "delivery_note",
            "Send it back to bank account 110-234-567890",
            "preference",
            "Send it back to bank account •••• 7890",
        ),
    ],
)
def test_of_a_card_or_account_there_is_a_hint_at_most_and_models_see_a_placeholder(
    name: str, value: str, category: str, expected: str
) -> None:
    """Its last four figures are in the view, the number behind the seal."""
    asking = dataclasses.replace(ASKING, kinds=("delivery", "payment"))

    seen, withheld = view(holding(Fact(name, value, category)), asking, POLICY)

    assert [(fact.value, fact.placeholder) for fact in seen.facts] == [(expected, True)]
    assert [item.why for item in seen.withheld] == ["precision"]
    assert withheld.matches(f"We have {value} here.") != ()


def test_an_order_number_is_no_identity_document() -> None:
    """What is called an order or a parcel's number stays what it is."""
    facts = (Fact("order_id", "DB-48213507", "order"), Fact("tracking_number", "6123456789012", "order"))

    assert shown(holding(*facts)) == {"order_id": "DB-48213507", "tracking_number": "6123456789012"}


def test_what_the_policy_names_is_taken_as_it_is() -> None:
    """A profile that speaks of known categories and purposes only is given back."""
    profile = holding(Fact("order_id", "MO-88213", "order", collected_for="order_management"))

    assert checked(profile, POLICY) is profile


@pytest.mark.parametrize(
    "profile",
    [
        Profile("c-1", (Fact("order_id", "MO-88213", "orders"),)),
        Profile("c-1", (Fact("order_id", "MO-88213", "order", collected_for="fun"),)),
        Profile("c-1", (), (Consent("c", "fun", "given", NOW, "order"),)),
        Profile("c-1", (), (Consent("c", "customer_care", "given", NOW, "orders"),)),
    ],
)
def test_what_the_policy_does_not_name_is_refused_without_a_value(profile: Profile) -> None:
    """An unknown category or purpose is the sender's mistake; the message says what there is, and nothing of theirs."""
    with pytest.raises(InputError, match="none that the policy names") as caught:
        checked(profile, POLICY)

    assert "MO-88213" not in str(caught.value)
    assert "customer_care" in str(caught.value) or "preference" in str(caught.value)
