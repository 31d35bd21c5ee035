"""Conversations as surfaces use them: open one, send a message, follow it, stop it; replies go on when a listener goes.

One reply runs at a time in a conversation, in the order the messages came. Its events reach everyone who follows the
conversation, and whoever comes back gets the rest: from memory while it runs here, from the record otherwise.
"""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import AsyncGenerator, Callable, Coroutine, Iterable, Mapping, Sequence
from contextlib import aclosing, suppress
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeVar

from heedful.assistant import Assistant
from heedful.conversation_ends import INTERRUPTED, Ends, ending
from heedful.conversation_log import Log, Stored
from heedful.errors import ConflictError, HeedfulError, InputError, NotFoundError, StoreError
from heedful.messages import readable, turns_until
from heedful.problems import problem_of
from heedful.replies import Replies, Running
from heedful.values import Channel, Conversation, Event, Mail, Turn

__all__ = ["Conversations", "Log", "Opened", "Stored"]

POLL_S = 0.5  # how soon a follower sees what another worker recorded
CLOSE_S = 5.0  # how long replies may take to come to their end when the service ends
Given = TypeVar("Given")


@dataclass(frozen=True, slots=True)
class Opened:
    """A new conversation, and the notice that an AI answers, which the surface shows first (empty in assist)."""

    id: str
    channel: Channel
    notice: str


class Conversations:
    """The conversations that this process carries; see the module.

    `lost_after_s`: a reply that another process was writing, and of which nothing has been recorded for so long, is
    taken to be lost. It has to be longer than a whole reply may take.
    """

    def __init__(
        self,
        assistant: Assistant,
        log: Log,
        *,
        now: Callable[[], datetime],
        abandon_after_s: float = 30.0,
        max_message_chars: int = 8000,
        lost_after_s: float = 300.0,
    ) -> None:
        self._assistant = assistant
        self._log = log
        self._now = now
        self._max_message_chars = max_message_chars
        self._lost_after_s = lost_after_s
        self._replies = Replies(abandon_after_s)
        self._tasks: set[asyncio.Task[Any]] = set()
        self._ends = Ends(log, now)

    async def open(
        self,
        channel: Channel,
        *,
        language: str | None = None,
        customer_id: str | None = None,
        purpose: str | None = None,
        without_my_data: bool = False,
        opted_out: bool = False,
        mail: Mail | None = None,
    ) -> Opened:
        """Open a conversation. In chat the AI notice is recorded as its first event, and so it has been given."""
        conversation_id = await self._log.open(
            channel=channel,
            language=language,
            customer_id=customer_id,
            purpose=purpose,
            without_my_data=without_my_data,
            opted_out=opted_out,
            mail=mail,
            at=self._now(),
        )
        notice = self._assistant.notice(channel, language)
        if channel == "chat" and notice:
            await self._log.record(conversation_id, [Event("notice", {"text": notice}, at=self._now())])
        if channel != "email":
            await self._log.mark_notice_given(conversation_id)
        return Opened(conversation_id, channel, notice)

    async def get(self, conversation_id: str) -> Stored:
        """Return what is known of a conversation.

        Raises:
            NotFoundError: There is none under that id.
        """
        return await self._log.get(conversation_id)

    async def send(
        self,
        conversation_id: str,
        text: str,
        *,
        client_message_id: str | None = None,
        without_my_data: bool = False,
        opted_out: bool = False,
        known: Stored | None = None,
    ) -> AsyncGenerator[Event]:
        """Take a customer's message; return the events of its reply from the first, as they come.

        `known` is what the caller has just read of the conversation. `without_my_data` and `opted_out` (the browser
        sent `Sec-GPC: 1`) hold for this reply, also where the conversation was opened without.

        The same `client_message_id` again gives the events of the same reply. The reply is under way when this
        returns, whether or not anybody reads the events; also when the caller is cancelled meanwhile.

        Raises:
            NotFoundError, ConflictError, InputError, TooLargeError: The message was not taken.
            StoreError: It could not be recorded.
        """
        text = readable(text, self._max_message_chars)
        stored = known or await self._log.get(conversation_id)
        if stored.state == "closed":
            raise ConflictError("this conversation is closed; open a new one", code="conversation_closed")
        name = client_message_id or uuid.uuid4().hex
        said = _Said(text, name, without_my_data, opted_out)
        return await asyncio.shield(self._go(self._take(stored, said)))

    async def answer(
        self,
        channel: Channel,
        turns: Sequence[Turn],
        *,
        customer_id: str | None = None,
        language: str | None = None,
        purpose: str | None = None,
        without_my_data: bool = False,
        mail: Mail | None = None,
    ) -> tuple[Event, ...]:
        """Open a conversation in which `turns` have been said; return the recorded events of the one reply to it.

        What is answered is the customer's last turn; what an agent said after it is left out.

        Raises:
            InputError: The customer has said nothing, or a turn can't be taken.
            StoreError: It could not be recorded.
        """
        spoken = [Turn(turn.speaker, readable(turn.text, self._max_message_chars), turn.at) for turn in turns]
        last = max((at for at, turn in enumerate(spoken) if turn.speaker == "customer"), default=None)
        if last is None:
            raise InputError("there is no turn of the customer's to answer", code="nothing_to_answer")
        opened = await self.open(
            channel,
            language=language,
            customer_id=customer_id,
            purpose=purpose,
            without_my_data=without_my_data,
            mail=mail,
        )
        earlier = [
            Event("customer", {"text": turn.text, "speaker": turn.speaker}, at=turn.at or self._now())
            for turn in spoken[:last]
        ]
        if earlier:
            await self._log.record(opened.id, earlier)
        async with aclosing(await self.send(opened.id, spoken[last].text)) as events:
            return tuple([event async for event in events if event.id is not None or event.type == "error"])

    async def follow(self, conversation_id: str, *, after: int = 0) -> AsyncGenerator[Event]:
        """Yield every event with an id above `after`, then each new one as it comes, until the caller stops.

        It ends with an `error` when the conversation has been erased.

        Events without an id are seen live only: `status`, and what the record did not take.
        """
        await self._log.get(conversation_id)
        await self._ends.settle(conversation_id)
        with self._replies.follow(conversation_id) as live:
            last = after
            while True:
                for recorded in await self._log.events(conversation_id, after=last):
                    yield recorded
                    last = recorded.id or last
                live.forget_until(last)
                while (event := await live.next(POLL_S)) is not None:
                    if event.id is not None and event.id > last + 1:
                        break  # something was recorded in between: the record has all of it
                    if event.id is None or event.id > last:
                        yield event
                        last = event.id or last
                    if event.type == "error" and event.content.get("code") == NotFoundError.code:
                        return

    async def stop(self, conversation_id: str) -> bool:
        """End the reply being written, and those that wait for it; what was released stays.

        Return whether there was one here.
        """
        running = self._replies.of(conversation_id)
        for reply in running:
            reply.stopped.set()
        return bool(running)

    async def end_all(self, conversation_ids: Iterable[str]) -> None:
        """Stop the replies of these conversations and wait until they have ended; `CLOSE_S` at the most."""
        ending = [reply for name in conversation_ids for reply in self._replies.of(name)]
        for reply in ending:
            reply.stopped.set()
        with suppress(TimeoutError):
            async with asyncio.timeout(CLOSE_S):
                for reply in ending:
                    await self._over(reply)

    def tell_erased(self, conversation_ids: Iterable[str]) -> None:
        """Tell whoever follows these conversations that they are gone."""
        for name in conversation_ids:
            self._replies.tell_followers(
                name, Event("error", problem_of(NotFoundError("there is no such conversation")))
            )

    async def hand_off(self, conversation_id: str) -> None:
        """Note that the customer wants a person; the reply being written ends.

        Raises:
            NotFoundError: There is no such conversation.
            ConflictError: It is closed.
        """
        if (await self._log.get(conversation_id)).state == "closed":
            raise ConflictError("this conversation is closed; open a new one", code="conversation_closed")
        await self.stop(conversation_id)
        await self._log.set_state(conversation_id, "handed_off", at=self._now())

    async def transcript(self, conversation_id: str) -> tuple[Event, ...]:
        """Return every recorded event, oldest first."""
        await self._log.get(conversation_id)
        return await self._log.events(conversation_id)

    async def settle_unfinished(self) -> int:
        """Close replies that a crash cut off, so that nobody waits for them; return how many there were.

        To be called while no other process writes replies into this record.
        """
        unfinished = await self._log.unfinished()
        for conversation_id, reply_id in unfinished:
            await self._ends.record(conversation_id, reply_id, INTERRUPTED)
        return len(unfinished)

    async def close(self) -> None:
        """Stop every reply; what was released stays recorded."""
        self._replies.stop()
        tasks = set(self._tasks)
        if tasks:
            await asyncio.wait(tasks, timeout=CLOSE_S)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await self._ends.settle_all()

    async def _over(self, running: Running) -> None:
        async with aclosing(self._replies.listen(running)) as events:
            async for _ in events:
                pass

    def _go(self, work: Coroutine[Any, Any, Given]) -> asyncio.Task[Given]:
        """Return `work` as a task that goes on whoever waits for it, and ends with the service."""
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._gone)
        return task

    def _gone(self, task: asyncio.Task[Any]) -> None:
        self._tasks.discard(task)
        if not task.cancelled():
            task.exception()  # whoever waited has it; nobody may have waited

    async def _take(self, stored: Stored, said: _Said) -> AsyncGenerator[Event]:
        conversation_id = stored.id
        accepted = await self._log.add_message(
            conversation_id,
            text=said.text,
            client_message_id=said.client_message_id,
            without_my_data=said.without_my_data,
            opted_out=said.opted_out,
            at=self._now(),
        )
        if not accepted.is_new:
            running = self._replies.get(accepted.reply_id)
            if running is not None:
                return self._replies.listen(running)
            await self._ends.settle(conversation_id)
            return self._recorded(conversation_id, accepted.reply_id)
        running = self._replies.begin(conversation_id, accepted.reply_id)
        asked = Event("customer", {"text": said.text}, id=accepted.event_id, reply_id=accepted.reply_id, at=self._now())
        self._replies.tell_followers(conversation_id, asked)
        self._go(self._answer(_Message(stored, accepted.event_id, said), running))
        return self._replies.listen(running)

    async def _answer(self, message: _Message, running: Running) -> None:
        """Have the reply written in its turn; whatever happens, those who listen hear of its end."""
        found = INTERRUPTED
        try:
            async with self._replies.turn(running.conversation_id):
                await self._write(message, running)
        except HeedfulError as error:
            found = problem_of(error)
        except asyncio.CancelledError:
            self._replies.end(running)  # the gate has recorded a stop; where it was not reached, the next start will
            raise
        except Exception as error:  # noqa: BLE001 - whatever broke, the customer must not be left waiting
            self._assistant.report(error)
            found = problem_of(None)
        try:
            if not running.is_settled:
                await self._end(running, found)
        finally:
            self._replies.end(running)
        await self._ends.settle(running.conversation_id)

    async def _write(self, message: _Message, running: Running) -> None:
        conversation = await self._conversation(message)
        handed_off = False
        replying = self._assistant.reply(conversation, reply_id=running.reply_id, stopped=running.stopped)
        async with aclosing(replying) as events:
            async for event in events:
                handed_off = handed_off or event.type == "hand_off"
                if handed_off and event.type == "done":
                    await self._note_hand_off(running.conversation_id)
                self._replies.tell(running, event)

    async def _note_hand_off(self, conversation_id: str) -> None:
        try:
            await self._log.set_state(conversation_id, "handed_off", at=self._now())
        except StoreError as error:  # the customer has been told, and the event is in the record
            self._assistant.report(error)

    async def _end(self, running: Running, found: Mapping[str, Any]) -> None:
        """Tell of an end that the reply did not come to by itself; it is recorded first where that is possible."""
        has_told = any(event.type == "error" for event in running.events)  # the record did not take something
        if not has_told and found["code"] != StoreError.code:
            with suppress(StoreError):
                try:
                    events = await self._ends.record(running.conversation_id, running.reply_id, found)
                except NotFoundError as gone:  # erased meanwhile: there is no record to put the end into
                    events = ending(running.reply_id, problem_of(gone))
                for event in events:
                    self._replies.tell(running, event)
                return
        self._ends.keep(running.conversation_id, running.reply_id)
        for event in ending(running.reply_id, found):
            if event.type != "error" or not has_told:
                self._replies.tell(running, event)

    async def _conversation(self, message: _Message) -> Conversation:
        stored = message.within
        events = await self._log.events(stored.id)
        return Conversation(
            id=stored.id,
            channel=stored.channel,
            turns=turns_until(events, message.event_id),
            customer_id=stored.customer_id,
            language=stored.language,
            purpose=stored.purpose,
            without_my_data=stored.without_my_data or message.said.without_my_data,
            opted_out=stored.opted_out or message.said.opted_out,
            notice_given=stored.notice_given,
            mail=stored.mail,
            offers=tuple(event for event in events if event.type == "offer"),
        )

    async def _recorded(self, conversation_id: str, reply_id: str) -> AsyncGenerator[Event]:
        """Yield the events of a reply that is not being written here, as they are in the record."""
        last, idle_s = 0, 0.0
        while idle_s < self._lost_after_s:
            for event in await self._log.events(conversation_id, after=last, reply_id=reply_id):
                last, idle_s = event.id or last, 0.0
                if event.type != "customer":
                    yield event
                if event.type == "done":
                    return
            await asyncio.sleep(POLL_S)
            idle_s += POLL_S
        for event in ending(reply_id, INTERRUPTED):
            yield event


@dataclass(frozen=True, slots=True)
class _Said:
    text: str
    client_message_id: str
    without_my_data: bool
    opted_out: bool


@dataclass(frozen=True, slots=True)
class _Message:
    within: Stored
    event_id: int
    said: _Said
