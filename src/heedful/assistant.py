"""THE pipeline, read top to bottom: retrieve, view, compose, draft, check, release, settle."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Callable, Sequence
from contextlib import aclosing
from dataclasses import replace

from heedful import urgent, wishes
from heedful.acting import Act, Acting, Doors
from heedful.advising import style_of
from heedful.answerable import THRESHOLD
from heedful.compose import compose
from heedful.errors import ModelError, StoreError, UpstreamError
from heedful.gate import Style, Then
from heedful.guard import Guard
from heedful.guard.case import Case
from heedful.guard.judge import Judge
from heedful.held_back import held_back
from heedful.looking import Looking, Passages
from heedful.phrases import Phrases
from heedful.policy import Policy, in_language
from heedful.ports import ChatModel, EventLog, ProfileStore
from heedful.prompts import Prompts
from heedful.pseudonyms import Pseudonyms
from heedful.release import Gate, hand_over, release, say
from heedful.rewriting import Rewriter
from heedful.settling import receipt
from heedful.unanswered import Gaps, note
from heedful.values import Action, Channel, Conversation, Event, Retrieved, Verdict
from heedful.work import Clock, Frame, Limits, Work, read, said

__all__ = ["Assistant", "Clock", "Frame", "Limits"]

NEXT = {"chat": "hand_off.next_chat", "email": "hand_off.next_email", "assist": "hand_off.next"}


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
        doors: Doors | None = None,
        judge: Judge | None = None,
        report: Callable[[BaseException], None] = lambda _error: None,
    ) -> None:
        self._looking = Looking(passages=passages, profiles=profiles, policy=policy, now=clock.now, rewriter=rewriter)
        self._acting = Acting(doors, policy=policy, phrases=phrases, report=report)
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
        self._judge = judge
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
        work = Work(conversation, reply_id, read(conversation, self._policy), self._clock.tick(), self._writer)
        if conversation.channel != "assist" and (
            case := urgent.urgent_of(conversation.question, work.reading.language)
        ):
            async with aclosing(self._at_once(case.case, work, stopped)) as events:
                async for event in events:
                    yield event
            return
        if wishes.asks_for_person(conversation.question):
            async with aclosing(hand_over("asked", self._gate(work, stopped))) as events:
                async for event in events:
                    yield event
            return
        if conversation.channel == "chat" and wishes.asks_who_writes(conversation.question):
            name = in_language(self._policy.ai_name, work.reading.language)
            words = self._phrases.get(work.reading.language, "who_writes", ai_name=name)
            async with aclosing(say(words, self._gate(work, stopped))) as events:
                async for event in events:
                    yield event
            return
        act = await self._look_and_act(work)
        yield Event("status", {"stage": "writing"}, reply_id=reply_id)
        has_more = act is not None and act.has_article and work.found.answerable >= THRESHOLD
        is_said = act is not None and not (act.goes_on or has_more)
        async with aclosing(
            say(work.lead, self._gate(work, stopped)) if is_said else self._write(work, stopped)
        ) as events:
            async for event in events:
                yield event
        if act is None:
            await self._note_gap(work)

    async def _at_once(self, case: urgent.Case, work: Work, stopped: asyncio.Event | None) -> AsyncGenerator[Event]:
        """Yield what the help content says to do first, or else our own words, and pass the customer on to a person."""
        passages = await self._looking.passages(urgent.looked_for(case, work.reading.language), work.reading.language)
        first = urgent.instruction(case, passages, work.reading.language)
        work.found = Retrieved((first[1],), 1.0) if first else Retrieved((), 0.0)
        words = f"{first[0]} [1]" if first else ""
        gate = replace(self._gate(work, stopped), next_phrase="hand_off.next_urgent")
        async with aclosing(hand_over(case, gate, first=words)) as events:
            async for event in events:
                yield event

    async def _look_and_act(self, work: Work) -> Act | None:
        """Find what the reply may rest on, and do what the message wants done; return what to say of that first."""
        conversation = work.conversation
        if self._acting.is_all(conversation):
            await self._looking.see(work)
        else:
            await self._looking.look(work)
        work.timings_ms["retrieve"] = self._since(work.started)
        act = await self._acting.act(work)
        if act is None:
            work.offer = await self._acting.offer(work)
            act = self._acting.heard(work)
        if act is not None:
            work.lead = act.words
            await self._looking.see(work)  # it may have changed what may be known
        work.held_back = held_back(conversation, work.reading, work.view, self._policy, self._phrases)
        work.frame = self._frame(conversation, work.reading.language)
        return act

    async def _note_gap(self, work: Work) -> None:
        """Keep what the help content did not answer; a customer never waits for it, nor hears that it failed."""
        if self._gaps is None:
            return
        conversation, spoken = work.conversation, work.reading.language
        try:
            await note(self._gaps, conversation, spoken, work.found, facts=work.view.facts, withheld=work.withheld)
        except StoreError as error:
            self.report(error)

    async def _write(self, work: Work, stopped: asyncio.Event | None) -> AsyncGenerator[Event]:
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
        self, work: Work, released: str | None = None, reasons: tuple[str, ...] = ()
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
            lead=work.lead,
            held_back=work.held_back,
        )
        likely, parts = work.found.answerable, work.found.parts
        found = replace(work.prompt.material, sure=likely >= THRESHOLD, likely=likely, parts=parts)
        work.prompt = replace(work.prompt, material=found)
        work.names = Pseudonyms(work.prompt.placeholders)
        work.hidden = tuple(dict.fromkeys((*work.hidden, *work.prompt.hidden)))
        heard = False
        if work.frame.opening:
            yield work.frame.opening + "\n\n"
        if work.lead:
            yield work.lead + "\n\n"
        async with aclosing(work.writer.stream(work.prompt)) as pieces:  # type: ignore[type-var]  # see ChatModel
            async for piece in pieces:
                work.timings_ms.setdefault("first_word", self._since(work.started))
                heard = heard or bool(piece.strip())
                yield piece
        if not heard:  # a greeting and a close around nothing are no answer
            raise ModelError("the model's answer is empty", retryable=True, code="model_empty")
        if work.frame.closing:
            yield "\n\n" + work.frame.closing

    def _revision(self, work: Work, released: str, reasons: tuple[str, ...]) -> AsyncGenerator[str]:
        """Return the pieces of the one revision that a reply has, whoever writes it."""
        work.revised = True
        return self._draft(work, released, reasons)

    def _gate(self, work: Work, stopped: asyncio.Event | None) -> Gate:
        async def record(events: Sequence[Event], then: Then | None = None, /) -> tuple[Event, ...]:
            if any(event.type == "text" for event in events):
                work.timings_ms.setdefault("first_unit", self._since(work.started))
            return await self._log.record(work.conversation.id, events, then)

        async def check(draft: str, start: int, end: int, final: bool) -> Verdict:
            return await self._check(work, draft, start, end, final=final)

        async def advise(draft: str, final: bool) -> Style:
            return await style_of(work, self._policy, draft, final=final)

        return Gate(
            mode="whole" if self._judge else self._policy.release.get(work.conversation.channel, "whole"),
            language=work.reading.language,
            passages=work.found.passages,
            check=check,
            record=record,
            settle=lambda outcome: receipt(work, outcome, at=self._clock.now(), quotes=work.writer is self._built_in),
            phrase=lambda key: self._phrases.get(work.reading.language, key),
            restore=lambda text: work.names.restore(text),
            unknown=lambda text: work.names.unknown(text),
            revise=None if work.revised else lambda released, reasons: self._revision(work, released, reasons),
            retry=lambda released: self._draft(work, released),
            advise=advise,
            mends_style=work.writer is not self._built_in,
            offer=work.offer,
            stopped=stopped,
            timings=lambda: {**work.timings_ms, "total": self._since(work.started)},
            next_phrase=NEXT[work.conversation.channel],
            reply_id=work.reply_id,
            confidence=work.found.answerable,
            check_timeout_s=self._limits.check_timeout_s + (self._judge.wait_s if self._judge else 0.0),
        )

    async def _check(self, work: Work, draft: str, start: int, end: int, *, final: bool) -> Verdict:
        """Return what the rules say of a unit and, of a writer's draft, what a judge adds where there is one."""
        verdict = await self._by_rules(work, draft, start, end, final=final)
        is_ours = work.prompt is None or (work.judged and draft[:start].rstrip() == work.judged)
        if self._judge is None or work.case is None or is_ours:  # our own words, alone or after a judged draft
            return verdict
        began = self._clock.tick()
        judged = await self._judge.add(work.case, verdict)
        verdict = judged.verdict
        if judged.model is not None:
            work.judge, work.judge_prompts = judged.model, {**work.judge_prompts, **judged.digests}
            work.timings_ms["judge"] = round(work.timings_ms.get("judge", 0.0) + self._since(began), 2)
            if verdict.action is Action.SEND:  # a consent may have been withdrawn while it was reading
                again = await self._by_rules(work, draft, start, end, final=final)
                verdict = replace(again, checks=verdict.checks) if again.action is Action.SEND else again
        work.judged = draft.rstrip() if verdict.action is Action.SEND else ""
        return verdict

    async def _by_rules(self, work: Work, draft: str, start: int, end: int, *, final: bool) -> Verdict:
        conversation = work.conversation
        case = Case(
            draft=draft,
            start=start,
            end=end,
            final=final,
            language=work.reading.language,
            channel=conversation.channel,
            question=conversation.question,
            said=said(conversation),
            view=work.view,
            withheld=work.withheld,
            passages=work.found.passages,
            policy=self._policy,
            mail=conversation.mail,
            notice_given=conversation.notice_given,
            grounds=work.case.grounds if work.case else None,  # worked out once for a reply
            own_words=(work.lead, work.held_back, work.frame.opening, work.frame.closing),
        )
        staff, held_elsewhere = await self._looking.again(work, draft[start:end], case.text)
        work.case = replace(
            case,
            view=work.view,
            withheld=work.withheld,
            hidden=(*work.hidden, *staff),
            held_elsewhere=held_elsewhere,
        )
        return await self._guard.check(work.case)

    def _since(self, started: float) -> float:
        """Return milliseconds since `started`."""
        return round((self._clock.tick() - started) * 1000, 2)
