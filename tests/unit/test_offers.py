"""The offer to remember something: checked as any words, recorded behind the reply, and never instead of it."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from heedful.agreements import Offer
from heedful.messages import turns_until
from heedful.offers import offer_from, offer_json, pending
from heedful.values import Action, Conversation, Event, Turn
from tests.scripted import Script, containing, last, texts, types

pytestmark = pytest.mark.anyio

OFFER = Offer(
    id="offer_1",
    fact="handedness",
    value="left-handed",
    category="preference",
    purpose="personalisation_for_the_customer",
    sentence="Shall I remember that you are left-handed?",
    language="en",
)


async def test_it_stands_after_the_reply_and_before_the_end() -> None:
    """Its sentence is checked with the whole reply before it, and is no part of the reply's text."""
    script = Script()
    events = await script.run("It comes today. ", "Have a look.", offer=OFFER)
    checked = script.checked[-1]

    assert types(events)[-4:] == ["receipt", "reply", "offer", "done"]
    assert last(events, "offer") == offer_json(OFFER)
    assert OFFER.sentence not in last(events, "reply")["text"]
    assert checked[0] == f"It comes today. Have a look.\n\n{OFFER.sentence}"
    assert checked[0][checked[1] : checked[2]] == OFFER.sentence
    assert checked[3] is True


@pytest.mark.parametrize("action", [Action.REDACT, Action.REVISE, Action.HAND_OFF, Action.BLOCK])
async def test_what_the_guard_does_not_let_pass_is_not_offered(action: Action) -> None:
    """Whatever it finds, the reply stands as it is: nothing is masked, written again or handed off for an offer."""
    script = Script(rules=(containing("remember", action, "ungrounded"),))
    events = await script.run("It comes today.", offer=OFFER)

    assert types(events) == ["text", "citations", "receipt", "reply", "done"]
    assert last(events, "reply")["handed_off"] is False
    assert last(events, "reply")["verdict"]["findings"] == []


async def test_a_check_that_can_not_run_offers_nothing() -> None:
    """No check, no offer; and no harm to the reply."""
    script = Script()

    async def check(draft: str, start: int, end: int, final: bool) -> Any:
        if OFFER.sentence in draft:
            raise RuntimeError
        return await Script.check(script, draft, start, end, final)

    events = await script.run("It comes today.", offer=OFFER, check=check)

    assert texts(events) == ["It comes today."]
    assert "offer" not in types(events)


async def test_a_check_that_takes_too_long_offers_nothing() -> None:
    """The end of the reply does not wait for it longer than for any check."""
    script = Script()

    async def check(draft: str, start: int, end: int, final: bool) -> Any:
        if OFFER.sentence in draft:
            await asyncio.Event().wait()
        return await Script.check(script, draft, start, end, final)

    events = await script.run("It comes today.", offer=OFFER, check=check, check_timeout_s=0.05)

    assert types(events)[-2:] == ["reply", "done"]


async def test_nothing_is_offered_where_a_person_takes_over() -> None:
    """A reply that was handed off is no moment for it."""
    script = Script(rules=(containing("soon", Action.HAND_OFF, "ungrounded"),))
    events = await script.run("It comes soon.", offer=OFFER)

    assert "hand_off" in types(events)
    assert "offer" not in types(events)


async def test_it_is_recorded_with_the_reply_or_not_at_all() -> None:
    """One transaction: without a record nothing of it is shown."""
    script = Script(fails_at_record=0)
    events = await script.run("It comes today.", offer=OFFER)

    assert types(events) == ["error"]
    assert [event for event in script.log if event.type == "offer"] == []


def test_an_offer_is_read_back_from_its_event() -> None:
    """What the record keeps is all that an answer needs."""
    assert offer_from(offer_json(OFFER)) == OFFER


def log(*, answer: str, between: str = "") -> tuple[Event, ...]:
    """Return the events of a conversation in which something was offered, and what was said after it."""
    events = [
        Event("customer", {"text": "I'm left-handed."}, id=2, reply_id="r_1"),
        Event("text", {"unit": 1, "text": "These fit."}, id=3, reply_id="r_1"),
        Event("reply", {}, id=4, reply_id="r_1"),
        Event("offer", offer_json(OFFER), id=5, reply_id="r_1"),
        Event("done", {}, id=6, reply_id="r_1"),
    ]
    if between:
        events += [
            Event("customer", {"text": between}, id=7, reply_id="r_2"),
            Event("text", {"unit": 1, "text": "They do."}, id=8, reply_id="r_2"),
        ]
    return (*events, Event("customer", {"text": answer}, id=9, reply_id="r_3"))


def conversation(events: tuple[Event, ...]) -> Conversation:
    """Return the conversation as the next reply is made from it."""
    made = tuple(event for event in events if event.type == "offer")
    return Conversation("c_1", "chat", turns_until(events, 9), customer_id="c-1", offers=made)


def test_an_offer_is_a_part_of_what_was_said() -> None:
    """Whoever writes the next reply reads it: "yes" is an answer to something."""
    said = turns_until(log(answer="yes"), 9)

    assert [(turn.speaker, turn.text) for turn in said] == [
        ("customer", "I'm left-handed."),
        ("assistant", f"These fit.\n\n{OFFER.sentence}"),
        ("customer", "yes"),
    ]


def test_an_offer_waits_for_the_very_next_message_only() -> None:
    """A yes later on is a yes to something else; the button is there still."""
    assert pending(conversation(log(answer="yes"))) == OFFER
    assert pending(conversation(log(answer="yes", between="Do they fit me?"))) is None
    assert pending(Conversation("c_1", "chat", (Turn("customer", "yes"),))) is None
