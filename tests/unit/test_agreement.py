"""What a customer is told when asked, what is recorded of the answer, and how it stands."""

from __future__ import annotations

import hashlib
import itertools
import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from heedful.agreement import Decision, as_record, categories_for, decide, digest, standing, terms_for
from heedful.consent import view
from heedful.errors import InputError
from heedful.policy import load
from heedful.ports import Profile
from heedful.values import Asking, Consent, Fact, ModelName

POLICY = load(Path(__file__).resolve().parents[2] / "policy.toml")
NOW = datetime(2026, 11, 20, 9, 0, tzinfo=UTC)
HERE = ModelName("extractive", "this machine")
THERE = ModelName("gpt-4o-mini", "United States")
FOR = "order_management"
ORDER = Fact("order_id", "MO-88213", "order")


@pytest.fixture
def new_id() -> Callable[[], str]:
    """Ids that count up."""
    numbers = itertools.count(1)
    return lambda: f"cns_{next(numbers)}"


def decided(
    state: Decision,
    new_id: Callable[[], str],
    *,
    purpose: str = FOR,
    category: str | None = None,
    fact: str | None = None,
    days: int = 0,
    before: tuple[Consent, ...] = (),
) -> tuple[Consent, ...]:
    """One answer, so many days from now."""
    return decide(
        POLICY,
        purpose=purpose,
        state=state,
        category=category,
        fact=fact,
        language="en",
        model=HERE,
        collected="your_data",
        now=NOW + timedelta(days=days),
        new_id=new_id,
        before=before,
    )


def used(*consents: Consent, days: int = 0) -> bool:
    """Whether a delivery question may use the order number then."""
    asking = Asking(FOR, ("delivery",), True, "chat", False, NOW + timedelta(days=days, seconds=1))
    return view(Profile("c-1", (ORDER,), consents), asking, POLICY)[0].facts != ()


@pytest.mark.parametrize("language", ["en", "ko"])
def test_the_notice_says_all_that_has_to_be_said(language: str) -> None:
    """Who asks, what for, which data, who reads it where, how long, what refusing means, how to take it back."""
    terms = terms_for(
        POLICY, purpose=FOR, categories=["order", "contact"], language=language, model=THERE, collected="your_data"
    )

    for text in (
        POLICY.controller.name[language],
        POLICY.controller.contact[language],
        POLICY.purposes[FOR].label[language],
        POLICY.categories["order"].label[language],
        POLICY.categories["contact"].label[language],
        "gpt-4o-mini, United States",
        "730",
        terms.refusing,
        terms.withdraw,
        terms.kept_for,
        POLICY.consent.version,
    ):
        assert text
        assert text in terms.notice
    assert "{" not in terms.notice
    assert (terms.language, terms.notice_version, terms.collected) == (language, "2026-11", "your_data")
    assert terms.recipients == (("gpt-4o-mini", "United States"),)
    assert POLICY.controller.address[language] in terms.controller


@pytest.mark.parametrize(
    ("model", "recipients", "told"),
    [
        (HERE, (), "only we, on our own systems; nobody else"),
        (ModelName("none", "this machine"), (), "only we, on our own systems; nobody else"),
        (
            ModelName("gpt-4o-mini", "api.openai.com"),
            (("gpt-4o-mini (api.openai.com)", ""),),
            "gpt-4o-mini (api.openai.com), country not stated by the provider",
        ),
        (ModelName("my-model", "Korea"), (("my-model", "Korea"),), "my-model, Korea"),
    ],
)
def test_who_reads_it_is_said_as_it_is(model: ModelName, recipients: tuple[tuple[str, str], ...], told: str) -> None:
    """Nobody else where the model runs here; a host whose country nobody named is told as just that."""
    terms = terms_for(POLICY, purpose=FOR, categories=["order"], language="en", model=model, collected="api")

    assert terms.recipients == recipients
    assert f"Who reads it: {told}." in terms.notice


def test_what_is_never_a_ground_reaches_no_model() -> None:
    """A notice about marketing names no model's provider: no reply ever rests on it."""
    terms = terms_for(POLICY, purpose="marketing", categories=["contact"], language="en", model=THERE, collected="api")

    assert terms.recipients == ()
    assert "gpt-4o-mini" not in terms.notice


def test_another_language_is_asked_in_english() -> None:
    """A notice is never half translated."""
    terms = terms_for(POLICY, purpose=FOR, categories=["order"], language="fr", model=HERE, collected="api")

    assert terms.language == "en"
    assert terms.notice.startswith("Dalbit Living Co., Ltd. asks for your consent.")


def test_a_notice_about_one_fact_names_it(new_id: Callable[[], str]) -> None:
    """What is agreed to for one fact says which."""
    (event,) = decided("given", new_id, category="order", fact="order_id")

    assert event.terms is not None
    assert "your orders (order_id)" in event.terms.notice
    assert (event.category, event.fact) == ("order", "order_id")


def test_a_yes_to_a_purpose_is_one_event_for_each_category(new_id: Callable[[], str]) -> None:
    """Consent names what it is for, holds as long as the policy says, and is kept with the words it was given to."""
    events = decided("given", new_id)

    assert [event.category for event in events] == list(categories_for(POLICY, FOR))
    assert {event.valid_until for event in events} == {NOW + timedelta(days=730)}
    assert len({event.id for event in events}) == len(events)
    assert all(event.terms == events[0].terms and event.terms is not None for event in events)
    assert used(*events)
    assert used(*events, days=729)
    assert not used(*events, days=731)


@pytest.mark.parametrize("state", ["refused", "withdrawn"])
def test_a_no_to_a_purpose_is_one_event_that_ends_all(state: Decision, new_id: Callable[[], str]) -> None:
    """Taking it back is as easy as giving it, and it can be given again."""
    given = (*decided("given", new_id), *decided("given", new_id, category="order", fact="order_id"))
    (off,) = decided(state, new_id, days=1)
    on = decided("given", new_id, days=2)

    assert (off.category, off.fact, off.valid_until) == (None, None, None)
    assert not used(*given, off, days=1)
    assert used(*given, off, *on, days=2)


@pytest.mark.parametrize("state", ["refused", "withdrawn"])
def test_a_no_to_a_category_ends_what_was_given_for_its_facts_by_name(
    state: Decision, new_id: Callable[[], str]
) -> None:
    """Each such fact has an event of its own, so that the record says all that was taken back."""
    given = (*decided("given", new_id), *decided("given", new_id, category="order", fact="order_id"))
    off = decided(state, new_id, category="order", days=1, before=given)

    assert [(event.category, event.fact, event.state) for event in off] == [
        ("order", None, state),
        ("order", "order_id", state),
    ]
    assert not used(*given, *off, days=1)


def test_marketing_can_be_agreed_to_and_is_never_a_ground(new_id: Callable[[], str]) -> None:
    """It is recorded like any other, and no reply rests on it."""
    events = decided("given", new_id, purpose="marketing", category="contact")

    assert [(event.purpose, event.state) for event in events] == [("marketing", "given")]
    assert not used(*events)


@pytest.mark.parametrize(
    ("purpose", "category"),
    [
        ("curiosity", None),
        (FOR, "behaviour"),
        (FOR, "special"),
        (FOR, "unheard_of"),
        ("marketing", "unique_identifier"),
    ],
)
def test_what_the_policy_does_not_offer_can_not_be_agreed_to(
    purpose: str, category: str | None, new_id: Callable[[], str]
) -> None:
    """An unknown purpose, or a category it is not for, is refused with what there is."""
    with pytest.raises(InputError):
        decided("given", new_id, purpose=purpose, category=category)


def test_how_things_stand_is_told_by_purpose_and_category(new_id: Callable[[], str]) -> None:
    """Given, partly, refused, withdrawn, expired, none: one word for each purpose, and for each category."""
    given = decided("given", new_id)
    no_order = decided("refused", new_id, category="order", days=1, before=given)
    gone = decided("withdrawn", new_id, purpose="account_management")
    old = decided("given", new_id, purpose="personalisation_for_the_customer", days=-400)

    told = {one.purpose.id: one for one in standing(POLICY, (*given, *no_order, *gone, *old), NOW + timedelta(days=2))}

    assert {name: one.state for name, one in told.items()} == {
        "customer_care": "none",
        "order_management": "partly",
        "account_management": "withdrawn",
        "personalisation_for_the_customer": "expired",
        "marketing": "none",
    }
    states = {one.category: one.state for one in told[FOR].categories}
    assert states == {**dict.fromkeys(categories_for(POLICY, FOR), "given"), "order": "refused"}
    assert {one.state for one in told["account_management"].categories} == {"withdrawn"}
    whole = standing(POLICY, given, NOW)
    assert next(one.state for one in whole if one.purpose.id == FOR) == "given"


def test_a_fact_with_an_answer_of_its_own_is_told_under_its_category(new_id: Callable[[], str]) -> None:
    """Also when its event does not name the category: the facts held say which it is."""
    refused = Consent("c", FOR, "refused", NOW, None, "order_id")

    told = standing(POLICY, (*decided("given", new_id), refused), NOW, (ORDER,))

    (orders,) = [one for one in told if one.purpose.id == FOR]
    (of_order,) = [one for one in orders.categories if one.category == "order"]
    assert (orders.state, of_order.state) == ("partly", "given")
    assert [(fact.fact, fact.state) for fact in of_order.facts] == [("order_id", "refused")]


def test_a_fact_agreed_to_by_name_where_its_category_is_not_is_partly(new_id: Callable[[], str]) -> None:
    """One fact of many is not the whole purpose."""
    (only,) = decided("given", new_id, category="order", fact="order_id")

    told = {one.purpose.id: one.state for one in standing(POLICY, (only,), NOW)}

    assert told[FOR] == "partly"


def test_what_stands_is_what_the_view_does(new_id: Callable[[], str]) -> None:
    """Told as given for a category, a fact of it is used; told as anything else, it is not."""
    for events in (
        decided("given", new_id),
        (*decided("given", new_id), *decided("withdrawn", new_id, days=1)),
        decided("given", new_id, category="order"),
        decided("refused", new_id, category="order"),
        decided("given", new_id, days=-800),
        (),
    ):
        told = {one.purpose.id: one for one in standing(POLICY, events, NOW + timedelta(days=2))}
        state = next(one.state for one in told[FOR].categories if one.category == "order")

        assert used(*events, days=2) == (state == "given")


def test_a_record_is_json_with_the_fields_of_the_standard(new_id: Callable[[], str]) -> None:
    """Header, processing, parties and event, with the exact notice and its digest."""
    (event,) = decided("given", new_id, category="order")

    record = json.loads(json.dumps(as_record(event, POLICY, "c-1"), ensure_ascii=False))

    assert event.terms is not None
    processing, (purpose,) = record["pii_processing"], record["pii_processing"]["purposes"]
    assert (record["record_id"], record["pii_principal_id"]) == (event.id, "c-1")
    assert processing["privacy_notice"] == event.terms.notice
    assert processing["privacy_notice_digest"] == "sha256:" + hashlib.sha256(event.terms.notice.encode()).hexdigest()
    assert digest(event.terms.notice) in processing["privacy_notice_digest"]
    assert purpose["purpose_type"] == "https://w3id.org/dpv#CustomerOrderManagement"
    assert purpose["pii_information"][0]["pii_type"] == "order"
    assert purpose["withdrawal_method"] == event.terms.withdraw
    assert purpose["consequence_of_refusing"] == event.terms.refusing
    assert (record["event"]["event_state"], record["event"]["event_time"]) == ("given", NOW.isoformat())
    assert record["event"]["valid_until"] == (NOW + timedelta(days=730)).isoformat()
    assert record["party_identification"]["party_name"] == "Dalbit Living Co., Ltd."


def test_a_record_of_an_event_without_terms_says_so_by_leaving_them_empty() -> None:
    """What a company sent without the words it was given to is recorded without them, and nothing is made up."""
    record = as_record(Consent("c", FOR, "withdrawn", NOW), POLICY, "c-1")

    assert record["pii_processing"]["privacy_notice"] is None
    assert record["pii_processing"]["purposes"][0]["pii_information"] == []
