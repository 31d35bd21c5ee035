"""Who listens to a reply that is being written, and when nobody does any more."""

from __future__ import annotations

import asyncio
from contextlib import aclosing

import pytest

from heedful.replies import Replies
from heedful.values import Event

pytestmark = pytest.mark.anyio

LONG_S = 60.0  # never reached here


def said(number: int | None, words: str = "") -> Event:
    """Return an event; without a number it is seen live only."""
    return Event("text" if number else "status", {"text": words}, id=number, reply_id="r_1")


async def test_everyone_gets_every_event_from_the_first() -> None:
    """Who comes late, and who comes when it is over, hears all of it; then the stream ends."""
    replies = Replies(LONG_S)
    running = replies.begin("c_1", "r_1")
    early = replies.listen(running)
    replies.tell(running, said(2))
    first = await anext(early)
    late = replies.listen(running)
    replies.tell(running, said(3))
    replies.end(running)

    assert [first, *[event async for event in early]] == running.events
    assert [event async for event in late] == running.events
    assert [event async for event in replies.listen(running)] == running.events
    assert replies.get("r_1") is None


async def test_a_reply_to_which_nobody_comes_is_stopped() -> None:
    """Whoever sent the message may have gone before the first look at its reply."""
    running = Replies(0.0, arrive_s=0.01).begin("c_1", "r_1")

    await asyncio.wait_for(running.stopped.wait(), 60)


async def test_a_reply_goes_on_until_its_last_listener_has_been_gone_for_long_enough() -> None:
    """One of two leaves: nothing happens; the other leaves: it is stopped."""
    replies = Replies(0.01, arrive_s=LONG_S)
    running = replies.begin("c_1", "r_1")
    replies.tell(running, said(2))
    async with aclosing(replies.listen(running)) as one:
        await anext(one)
        async with aclosing(replies.listen(running)) as other:
            await anext(other)
        await asyncio.sleep(0.1)
        went_on = not running.stopped.is_set()

    await asyncio.wait_for(running.stopped.wait(), 60)
    assert went_on


async def test_who_comes_back_in_time_keeps_it_going() -> None:
    """The time counts from the last leave: coming back ends the waiting, whatever was left of it."""
    replies = Replies(0.2, arrive_s=LONG_S)
    running = replies.begin("c_1", "r_1")
    replies.tell(running, said(2))
    async with aclosing(replies.listen(running)) as once:
        await anext(once)
    async with aclosing(replies.listen(running)) as again:
        await anext(again)
        await asyncio.sleep(0.4)

        assert not running.stopped.is_set()


async def test_a_follower_is_a_listener_to_every_reply() -> None:
    """Also to one that was begun after they came; when they go, those that nobody else hears end."""
    replies = Replies(0.01, arrive_s=0.01)
    with replies.follow("c_1"):
        running = replies.begin("c_1", "r_1")
        stranger = replies.begin("c_2", "r_2")
        await asyncio.wait_for(stranger.stopped.wait(), 60)
        went_on = not running.stopped.is_set()

    await asyncio.wait_for(running.stopped.wait(), 60)
    assert went_on


async def test_a_reply_that_is_over_is_not_stopped() -> None:
    """Its last listener leaving means nothing then."""
    replies = Replies(0.0, arrive_s=0.0)
    running = replies.begin("c_1", "r_1")
    replies.end(running)
    assert [event async for event in replies.listen(running)] == []
    await asyncio.sleep(0.02)

    assert not running.stopped.is_set()


async def test_a_follower_is_not_given_again_what_the_record_gave() -> None:
    """What was told up to the last event known is passed over, its status events too; what comes after is kept."""
    replies = Replies(LONG_S)
    running = replies.begin("c_1", "r_1")
    with replies.follow("c_1") as live:
        for event in (said(None, "writing"), said(2), said(None, "writing"), said(3), said(None, "checking"), said(4)):
            replies.tell(running, event)
        live.forget_until(3)
        found = [await live.next(0.01) for _ in range(3)]

    assert found == [said(None, "checking"), said(4), None]


async def test_replies_of_one_conversation_are_written_one_after_the_other() -> None:
    """In the order in which they asked for their turn; another conversation does not wait."""
    replies, order = Replies(LONG_S), []
    first_may_end = asyncio.Event()

    async def write(conversation_id: str, name: str, wait: bool = False) -> None:
        async with replies.turn(conversation_id):
            order.append(name)
            if wait:
                await first_may_end.wait()
            order.append(name)

    tasks = [asyncio.create_task(write("c_1", "1", wait=True))]
    await asyncio.sleep(0)
    tasks += [asyncio.create_task(write(place, name)) for place, name in (("c_1", "2"), ("c_1", "3"), ("c_2", "4"))]
    await tasks[-1]
    first_may_end.set()
    await asyncio.gather(*tasks)

    assert order == ["1", "4", "4", "1", "2", "2", "3", "3"]
