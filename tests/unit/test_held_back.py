"""What a customer is told about facts that were not used: why, and where to change it; never a value, nor a name."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from heedful.held_back import held_back
from heedful.phrases import Phrases
from heedful.policy import load
from heedful.settings import shipped
from heedful.values import Channel, Conversation, FactInView, Turn, View, WithheldName, WithheldWhy
from heedful.work import Reading

PHRASES = Phrases.load(shipped("prompts") / "phrases")
POLICY = load(shipped("policy.toml"))
READING = Reading("en", ("delivery",), "order_management")


def told(
    *withheld: WithheldName,
    facts: tuple[FactInView, ...] = (),
    verified: bool = True,
    without: bool = False,
    channel: Channel = "chat",
    reading: Reading = READING,
) -> str:
    """Return the sentence for a question about a delivery."""
    conversation = Conversation(
        "c_1",
        channel,
        (Turn("customer", "When will my parcel come?"),),
        customer_id="c-1" if verified else None,
        without_my_data=without,
    )
    return held_back(conversation, reading, View(facts, withheld), POLICY, PHRASES)


@pytest.mark.parametrize(
    ("why", "key"),
    [("no_consent", "no_consent"), ("purpose", "no_consent"), ("expired", "expired"), ("opted_out", "opted_out")],
)
def test_each_reason_has_its_sentence(why: WithheldWhy, key: str) -> None:
    """What the question needs and may not be used is named by its category alone."""
    sentence = told(WithheldName("order_id", "order", why))

    assert sentence == PHRASES.get("en", f"held_back.{key}", what="your orders")
    assert "order_id" not in sentence


def test_it_is_said_in_the_customers_language() -> None:
    """Korean labels in a Korean sentence; another language falls back to English, label and all."""
    one = WithheldName("order_id", "order", "no_consent")

    assert "주문 정보" in told(one, reading=Reading("ko", ("delivery",), "order_management"))
    assert "your orders" in told(one, reading=Reading("fr", ("delivery",), "order_management"))


@pytest.mark.parametrize(
    "one",
    [
        WithheldName("birthday", "identity", "no_consent"),  # no delivery question needs it
        WithheldName("order_id", "order", "precision"),  # a hint of it is in the view
        WithheldName("order_id", "order", "not_needed"),
        WithheldName("delivery_address", "contact", "no_consent"),  # it helps, and answers nothing
        WithheldName("allergy", "special", "not_allowed"),
    ],
)
def test_what_the_question_does_not_miss_is_not_spoken_of(one: WithheldName) -> None:
    """Nothing is said of what was never needed, nor of what the policy never lets be used."""
    assert told(one) == ""
    assert told() == ""


@pytest.mark.parametrize(
    ("kind", "category", "is_said"),
    [("payment", "payment", True), ("payment", "order", True), ("refund", "order", True), ("care", "order", False)],
)
def test_what_answers_a_question_is_missed(kind: str, category: str, is_said: bool) -> None:
    """What a kind of question is about; general questions about products are answered from help content."""
    reading = Reading("en", (kind,), POLICY.kinds[kind].purpose)

    assert bool(told(WithheldName("amount", category, "no_consent"), reading=reading)) is is_said


def test_only_what_such_a_question_needs_is_missed() -> None:
    """Signing in needs an e-mail address, and no delivery address."""
    reading = Reading("en", ("login",), "account_management")

    assert told(WithheldName("email", "contact", "no_consent"), reading=reading)
    assert told(WithheldName("delivery_address", "contact", "no_consent"), reading=reading) == ""


def test_what_is_there_of_the_same_sort_is_enough() -> None:
    """With one fact of a category in the view, the rest of it is no reason to complain."""
    used = FactInView("order_status", "sent", "order", "order_management", "k1", datetime(2026, 1, 5, tzinfo=UTC))

    assert told(WithheldName("order_id", "order", "no_consent"), facts=(used,)) == ""


def test_who_is_not_known_learns_nothing_of_what_is_held() -> None:
    """The same sentence, whatever there is; and none where there is no way to sign in."""
    nothing, something = told(verified=False), told(WithheldName("order_id", "order", "unverified"), verified=False)

    assert nothing == something == PHRASES.get("en", "held_back.unverified")
    assert told(verified=False, channel="email") == ""


def test_who_asked_for_an_answer_without_their_data_is_told_that_it_is_one() -> None:
    """Their wish comes before every other reason."""
    one = WithheldName("order_id", "order", "without_my_data")

    assert told(one, without=True) == PHRASES.get("en", "held_back.without_my_data")
