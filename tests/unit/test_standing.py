"""Which consent event decides, for a fact and for a category, and what it comes to now."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from heedful.standing import Standing
from heedful.values import Consent, ConsentState

NOW = datetime(2026, 11, 20, 9, 0, tzinfo=UTC)
FOR = "order_management"


def said(
    state: ConsentState,
    days_ago: int,
    *,
    category: str | None = None,
    fact: str | None = None,
    until: int | None = None,
) -> Consent:
    """One event, so many days ago; `until` is in days from now."""
    end = None if until is None else NOW + timedelta(days=until)
    name = f"{state}-{days_ago}-{category}-{fact}"
    return Consent(name, FOR, state, NOW - timedelta(days=days_ago), category, fact, end)


def decides(*consents: Consent, fact: str = "order_id", category: str = "order") -> str | None:
    """The id of the event that decides about the fact."""
    found = Standing(consents, NOW).for_fact(fact, category, FOR)
    return found.id if found else None


def test_given_again_for_a_category_after_all_was_ended_counts_for_facts_that_were_named_before() -> None:
    """Ending a purpose ends what was given for a fact by name; it does not shut the fact out of a later yes."""
    named, off, on = said("given", 9, fact="order_id"), said("withdrawn", 5), said("given", 1, category="order")

    assert decides(named, off) == off.id
    assert decides(named, off, on) == on.id


def test_a_no_for_a_named_fact_outlives_the_end_of_the_purpose() -> None:
    """Who refused one fact, then switched all off and on again, has still refused that one."""
    refused, off, on = said("refused", 9, fact="order_id"), said("withdrawn", 5), said("given", 1, category="order")

    assert decides(refused, off, on) == refused.id
    assert decides(refused, off, on, fact="order_status") == on.id


def test_two_facts_of_one_name_are_told_apart_by_their_category() -> None:
    """A later word about the status of a payment says nothing about that of an order."""
    order = said("given", 9, category="order", fact="status")
    payment = said("refused", 1, category="payment", fact="status")

    assert decides(order, payment, fact="status") == order.id
    assert decides(order, payment, fact="status", category="payment") == payment.id


def test_of_two_events_about_one_fact_the_later_decides_whether_or_not_they_name_its_category() -> None:
    """An event may leave the category out; it is about the same fact."""
    with_it, without = said("given", 2, category="order", fact="order_id"), said("withdrawn", 1, fact="order_id")

    assert decides(with_it, without) == without.id
    assert decides(without, with_it) == without.id


@pytest.mark.parametrize(
    ("consent", "state"),
    [
        (None, "none"),
        (said("given", 1), "given"),
        (said("given", 1, until=1), "given"),
        (said("given", 1, until=0), "expired"),
        (said("given", -1), "none"),
        (said("refused", 1), "refused"),
        (said("withdrawn", 1), "withdrawn"),
        (said("expired", 1), "expired"),
    ],
)
def test_what_an_event_comes_to_now(consent: Consent | None, state: str) -> None:
    """Given and run out is expired; what has not begun is nothing yet."""
    assert Standing((), NOW).state(consent) == state
