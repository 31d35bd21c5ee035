"""THE pipeline, read top to bottom: retrieve, view, compose, draft, check, release, settle."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Callable, Sequence
from contextlib import aclosing
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Protocol

from heedful import consent, kinds, language, wishes
from heedful.answerable import THRESHOLD
from heedful.canonical import identifiers, matcher, normalise
from heedful.compose import compose
from heedful.consent import Seen, Withheld
from heedful.errors import ModelError, StoreError, UpstreamError
from heedful.gate import Then
from heedful.gathered import Outcome
from heedful.guard import Guard
from heedful.guard.case import Case
from heedful.phrases import Phrases
from heedful.policy import Policy, in_language, purpose_for
from heedful.ports import ChatModel, EventLog, ProfileStore
from heedful.prompts import Prompts
from heedful.pseudonyms import Pseudonyms
from heedful.release import Gate, hand_over, release
from heedful.rewriting import Rewriter, Rewritten
from heedful.unanswered import Gaps, note
from heedful.values import (
    Asking,
    Channel,
    Check,
    Conversation,
    Event,
    FactInView,
    ModelName,
    Passage,
    Prompt,
    Receipt,
    Retrieved,
    Trust,
    Turn,
    Verdict,
    View,
)

NEXT = {"chat": "hand_off.next_chat", "email": "hand_off.next_email", "assist": "hand_off.next"}


class Passages(Protocol):
    """Finds the passages that help, and those that must not be repeated; `retrieve.Retriever` is the one that does."""

    async def retrieve(
        self, question: str, *, language: str, history: Sequence[Turn] = (), trusts: Sequence[Trust] = ("published",)
    ) -> Retrieved: ...
    async def staff_passages(self, text: str, language: str) -> tuple[Passage, ...]: ...


@dataclass(frozen=True, slots=True)
class Limits:
    """How much a model may read and write, in tokens, and how long a check may take, in seconds."""

    prompt_tokens: int = 6000
    reply_tokens: int = 700
    check_timeout_s: float = 5.0


@dataclass(frozen=True, slots=True)
class Clock:
    """The two clocks: `now` is UTC, `tick` counts seconds and never goes back."""

    now: Callable[[], datetime]
    tick: Callable[[], float]


@dataclass(frozen=True, slots=True)
class Reading:
    """What was read from the customer's words before anything is looked up."""

    language: str
    kinds: tuple[str, ...]
    purpose: str


@dataclass(frozen=True, slots=True)
class Frame:
    """What stands around the model's words in a mail; empty elsewhere."""

    opening: str = ""
    closing: str = ""


@dataclass(slots=True)
class _Work:
    """One reply in the making: what is known so far, for each check and for the receipt."""

    conversation: Conversation
    reply_id: str
    reading: Reading
    started: float
    writer: ChatModel
    found: Retrieved = field(default_factory=lambda: Retrieved((), 0.0))
    rewritten: Rewritten = field(default_factory=lambda: Rewritten({}))
    seen: Seen | None = None
    prompt: Prompt | None = None
    names: Pseudonyms = field(default_factory=Pseudonyms)
    hidden: tuple[str, ...] = ()
    frame: Frame = field(default_factory=Frame)
    profile_missing: bool = False
    case: Case | None = None
    revised: bool = False
    timings_ms: dict[str, float] = field(default_factory=dict)

    @property
    def view(self) -> View:
        """What may be used, as of the last look; nothing before the first."""
        return self.seen.view if self.seen else View()

    @property
    def withheld(self) -> Withheld:
        """What is held and may not be used, sealed."""
        return self.seen.withheld if self.seen else Withheld.empty()


class Assistant:
    """Writes replies; every door goes through the gate."""

    def __init__(
        self,
        *,
        passages: Passages,
        profiles: ProfileStore,
        writer: ChatModel,
        built_in: ChatModel,
        guard: Guard,
        log: EventLog,
        policy: Policy,
        prompts: Prompts,
        phrases: Phrases,
        count: Callable[[str], int],
        clock: Clock,
        limits: Limits | None = None,
        frame: Callable[[Conversation, str], Frame] = lambda _conversation, _language: Frame(),
        gaps: Gaps | None = None,
        rewriter: Rewriter | None = None,
        report: Callable[[BaseException], None] = lambda _error: None,
    ) -> None:
        self._passages = passages
        self._profiles = profiles
        self._writer = writer
        self._built_in = built_in
        self._guard = guard
        self._log = log
        self._policy = policy
        self._prompts = prompts
        self._phrases = phrases
        self._count = count
        self._clock = clock
        self._limits = limits or Limits()
        self._frame = frame
        self._gaps = gaps
        self._rewriter = rewriter
        self.report = report  # tells the operator of an unexpected error, without a customer's words

    def notice(self, channel: Channel, language: str | None) -> str:
        """Return the sentence that says an AI answers; empty in assist, where the company's own people read."""
        notices = self._policy.notices.get(channel, {})
        return in_language(notices, language or "en")

    async def reply(
        self, conversation: Conversation, *, reply_id: str, stopped: asyncio.Event | None = None
    ) -> AsyncGenerator[Event]:
        """Yield the events of one reply to the conversation's last message; each but `status` is recorded first.

        Raises:
            StoreError: The record could not be read or written; nothing unrecorded was yielded.
            InputError: The question can't be put to a model at all.
        """
        yield Event("status", {"stage": "searching"}, reply_id=reply_id)
        work = _Work(conversation, reply_id, self._read(conversation), self._clock.tick(), self._writer)
        if wishes.asks_for_person(conversation.question):
            async with aclosing(hand_over("asked", self._gate(work, stopped))) as events:
                async for event in events:
                    yield event
            return
        await self._look(work)
        work.frame = self._frame(conversation, work.reading.language)
        yield Event("status", {"stage": "writing"}, reply_id=reply_id)
        async with aclosing(self._write(work, stopped)) as events:
            async for event in events:
                yield event
        await self._note_gap(work)

    async def _note_gap(self, work: _Work) -> None:
        """Keep what the help content did not answer; a customer never waits for it, nor hears that it failed."""
        if self._gaps is None:
            return
        asked, spoken = work.conversation.question, work.reading.language
        try:
            await note(self._gaps, asked, spoken, work.found, facts=work.view.facts, withheld=work.withheld)
        except StoreError as error:
            self.report(error)

    def _read(self, conversation: Conversation) -> Reading:
        """Decide language, kinds and purpose once, from the customer's words."""
        earlier = [turn.text for turn in conversation.turns if turn.speaker == "customer"][:-1]
        first = conversation.language or "en"  # what the surface speaks; words that say more than "ok" outweigh it
        spoken = language.detect(earlier[-1], default=first) if earlier else first
        tongue = language.detect(conversation.question, default=spoken)
        found = kinds.kinds_of(conversation.question, tongue)
        if not found and earlier:
            found = kinds.kinds_of(earlier[-1], tongue)  # "And when?" is about what was said before
        return Reading(tongue, found, conversation.purpose or purpose_for(self._policy, found))

    async def _look(self, work: _Work) -> None:
        """Find the passages that help and the facts that may be used, side by side."""
        if self._rewriter is None:
            work.found, _ = await asyncio.gather(self._find(work), self._see(work))
        else:  # what a model reads of the question depends on the view: its values are placeholders there
            await self._see(work)
            work.found = await self._find(work)
        work.timings_ms["retrieve"] = self._since(work.started)

    async def _find(self, work: _Work) -> Retrieved:
        conversation, spoken = work.conversation, work.reading.language
        if self._rewriter is not None:
            found, work.rewritten = await self._rewriter.find(self._passages, conversation, spoken, work.view)
            return found
        return await self._passages.retrieve(conversation.question, language=spoken, history=conversation.turns[:-1])

    async def _see(self, work: _Work) -> None:
        """Put into `work` what may be known of the customer for this asking, as things stand now."""
        customer_id = work.conversation.customer_id
        try:
            profile = await self._profiles.profile(customer_id) if customer_id else None
        except (StoreError, UpstreamError):
            profile, work.profile_missing = None, True
        asking = Asking(
            purpose=work.reading.purpose,
            kinds=work.reading.kinds,
            verified=work.conversation.verified,
            channel=work.conversation.channel,
            without_my_data=work.conversation.without_my_data,
            now=self._clock.now(),
            opted_out=work.conversation.opted_out,
        )
        work.seen = consent.see(profile, asking, self._policy, work.seen)

    async def _write(self, work: _Work, stopped: asyncio.Event | None) -> AsyncGenerator[Event]:
        """Yield what the gate lets out of the writer's draft; when the model fails early, of the stand-in's."""
        writers = [self._writer]
        if self._policy.on_model_failure == "extractive" and self._built_in is not self._writer:
            writers.append(self._built_in)
        for writer in writers:
            work.writer = writer
            try:
                async with aclosing(release(self._draft(work), self._gate(work, stopped))) as events:
                    async for event in events:
                        yield event
            except UpstreamError as error:
                self.report(error)
            else:
                return
        async with aclosing(hand_over("model_down", self._gate(work, stopped))) as events:
            async for event in events:
                yield event

    async def _draft(
        self, work: _Work, released: str | None = None, reasons: tuple[str, ...] = ()
    ) -> AsyncGenerator[str]:
        """Yield the writer's words, a mail's frame around them. With `released`, it writes the rest again."""
        work.prompt = compose(
            work.conversation.channel if released is None else "revise",
            conversation=work.conversation,
            question=work.conversation.question,
            language=work.reading.language,
            kinds=work.reading.kinds,
            passages=work.found.passages,
            view=work.view,
            policy=self._policy,
            prompts=self._prompts,
            count=self._count,
            max_prompt_tokens=self._limits.prompt_tokens,
            max_reply_tokens=self._limits.reply_tokens,
            released=released or "",
            reasons=reasons,
        )
        sure = work.found.answerable >= THRESHOLD
        work.prompt = replace(work.prompt, material=replace(work.prompt.material, sure=sure, parts=work.found.parts))
        work.names = Pseudonyms(work.prompt.placeholders)
        work.hidden = tuple(dict.fromkeys((*work.hidden, *work.prompt.hidden)))
        heard = False
        if work.frame.opening:
            yield work.frame.opening + "\n\n"
        async with aclosing(work.writer.stream(work.prompt)) as pieces:  # type: ignore[type-var]  # see ChatModel
            async for piece in pieces:
                work.timings_ms.setdefault("first_word", self._since(work.started))
                heard = heard or bool(piece.strip())
                yield piece
        if not heard:  # a greeting and a close around nothing are no answer
            raise ModelError("the model's answer is empty", retryable=True, code="model_empty")
        if work.frame.closing:
            yield "\n\n" + work.frame.closing

    def _revision(self, work: _Work, released: str, reasons: tuple[str, ...]) -> AsyncGenerator[str]:
        """Return the pieces of the one revision that a reply has, whoever writes it."""
        work.revised = True
        return self._draft(work, released, reasons)

    def _gate(self, work: _Work, stopped: asyncio.Event | None) -> Gate:
        async def record(events: Sequence[Event], then: Then | None = None, /) -> tuple[Event, ...]:
            if any(event.type == "text" for event in events):
                work.timings_ms.setdefault("first_unit", self._since(work.started))
            return await self._log.record(work.conversation.id, events, then)

        async def check(draft: str, start: int, end: int, final: bool) -> Verdict:
            return await self._check(work, draft, start, end, final=final)

        return Gate(
            mode=self._policy.release.get(work.conversation.channel, "whole"),
            language=work.reading.language,
            passages=work.found.passages,
            check=check,
            record=record,
            settle=lambda outcome: self._receipt(work, outcome),
            phrase=lambda key: self._phrases.get(work.reading.language, key),
            restore=lambda text: work.names.restore(text),
            unknown=lambda text: work.names.unknown(text),
            revise=None if work.revised else lambda released, reasons: self._revision(work, released, reasons),
            retry=lambda released: self._draft(work, released),
            stopped=stopped,
            timings=lambda: {**work.timings_ms, "total": self._since(work.started)},
            next_phrase=NEXT[work.conversation.channel],
            reply_id=work.reply_id,
            confidence=work.found.answerable,
            check_timeout_s=self._limits.check_timeout_s,
        )

    async def _check(self, work: _Work, draft: str, start: int, end: int, *, final: bool) -> Verdict:
        conversation = work.conversation
        case = Case(
            draft=draft,
            start=start,
            end=end,
            final=final,
            language=work.reading.language,
            channel=conversation.channel,
            question=conversation.question,
            said=_said(conversation),
            view=work.view,
            withheld=work.withheld,
            passages=work.found.passages,
            policy=self._policy,
            mail=conversation.mail,
            notice_given=conversation.notice_given,
            grounds=work.case.grounds if work.case else None,  # worked out once for a reply
        )
        staff, held_elsewhere, _ = await asyncio.gather(
            # A model may know a staff article from elsewhere (an agent's turn, an earlier page): that is compared, too.
            self._passages.staff_passages(draft[start:end], work.reading.language),
            self._held_elsewhere(case, work),
            self._see_again(work),
        )
        work.case = replace(
            case,
            view=work.view,
            withheld=work.withheld,
            hidden=(*work.hidden, *(passage.text for passage in staff)),
            held_elsewhere=held_elsewhere,
        )
        return await self._guard.check(work.case)

    async def _see_again(self, work: _Work) -> None:
        """Look at what may be known once more: a consent withdrawn meanwhile stops each later unit that rests on it."""
        if work.view.facts:
            await self._see(work)

    async def _held_elsewhere(self, case: Case, work: _Work) -> frozenset[str] | None:
        """Return the identifiers near this unit that other customers hold; `None` when nobody can say.

        A store that should be able to say and does not answer is a check that could not run.
        """
        found = {self._profiles.digest(one.canonical): one.canonical for one in identifiers(case.text)}
        if not found:
            return frozenset()
        holders = await self._profiles.holders(tuple(found))
        if holders is None:
            return None
        return frozenset(found[digest] for digest, ids in holders.items() if ids - {work.conversation.customer_id})

    def _receipt(self, work: _Work, outcome: Outcome) -> Receipt:
        checks = outcome.checks
        if work.profile_missing:
            checks = (*checks, Check("profile", "absent"))
        return Receipt(
            id=f"receipt_{work.reply_id.removeprefix('r_')}",
            at=self._clock.now(),
            kinds=work.reading.kinds,
            purpose=work.reading.purpose,
            verified=work.conversation.verified,
            facts=self._used(work, outcome.text),
            withheld=work.view.withheld,
            passages=outcome.passages,
            checks=checks,
            changed=outcome.changed,
            model=work.writer.model if work.prompt else ModelName("none", "this machine"),
            # The built-in writer reads the passages and no prompt.
            prompts={
                **work.rewritten.digests,
                **(work.prompt.digests if work.prompt and work.writer is not self._built_in else {}),
            },
        )

    def _used(self, work: _Work, text: str) -> tuple[FactInView, ...]:
        """Return the facts that the reply rests on: all a model has read; of the built-in writer's, those it says."""
        if work.writer is self._built_in:
            said = normalise(text)
            return tuple(
                fact
                for fact in work.view.facts
                if fact.value in text or matcher(fact.name, fact.category, fact.value).find(said)
            )
        read = {fact.name for fact in work.prompt.material.facts} if work.prompt else set()
        return tuple(fact for fact in work.view.facts if fact.name in read)

    def _since(self, started: float) -> float:
        """Return milliseconds since `started`."""
        return round((self._clock.tick() - started) * 1000, 2)


def _said(conversation: Conversation) -> tuple[str, ...]:
    """Return what the customer has said here; the name and address they write under are their own words, too."""
    turns = tuple(turn.text for turn in conversation.turns if turn.speaker == "customer")
    mail = conversation.mail
    return (*turns, mail.sender_name, mail.subject) if mail else turns
