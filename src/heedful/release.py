"""The gate: a draft comes in piece by piece, what passed its check goes out. Nothing leaves by another way."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import aclosing, suppress
from dataclasses import replace
from typing import Any

from heedful.agreements import Offer
from heedful.checking import may_follow, still_passes
from heedful.errors import InputError, StoreError, UpstreamError
from heedful.gate import Gate, HandOffError, RewriteError
from heedful.gathered import Gathered, Outcome, Passed
from heedful.markers import used
from heedful.offers import offer_json
from heedful.pieces import StoppedError, reading
from heedful.styling import MARK, well_said
from heedful.values import Event, EventType, Reply, Verdict
from heedful.wire import citation_json, cited, receipt_json, reply_json

__all__ = ["Gate", "Outcome", "hand_over", "release", "say"]


async def release(pieces: AsyncIterator[str], gate: Gate) -> AsyncGenerator[Event]:
    """Yield what a surface may show of a draft: each text is checked and recorded before it is yielded.

    In order: text…, citations, receipt, reply, done; or text…, hand_off, receipt, reply, done. An offer to remember
    something, checked as any text, stands after a reply that was not handed off. When `stopped` is
    set, `done` alone ends it; closing (use `aclosing`) or cancelling the generator records the same `done`. When
    the record does not take an event nothing more is yielded but an `error`. `status` events may come between.

    Raises:
        UpstreamError: The model failed, or its draft is empty (`model_empty`), and nothing has been released.
        InputError: The prompt can't be made from what was asked, and nothing has been released.
    """
    so_far = Gathered()
    async with aclosing(_to_the_end(_written(pieces, gate, so_far), gate, so_far)) as events:
        async for event in events:
            yield event


async def say(text: str, gate: Gate) -> AsyncGenerator[Event]:
    """Yield the same events for words that no model wrote: a person's own, a greeting, a canned answer.

    They are checked as one whole draft and never written again: what does not pass is handed off.
    """
    spoken = replace(gate, mode="whole", cites=False, revise=None, retry=None, advise=None)
    async with aclosing(release(_one(text), spoken)) as events:
        async for event in events:
            yield event


async def hand_over(reason: str, gate: Gate, *, first: str = "") -> AsyncGenerator[Event]:
    """Yield the events of a reply that goes to a person without a draft: hand_off, receipt, reply, done.

    `reason` is a key of the phrases under `handed_off`: `asked`, `model_down`, … What has to be said before a person
    comes is `first`; it is checked as one whole, and left out when it does not pass.
    """
    so_far = Gathered()
    texts = _said_first(first, reason, gate, so_far) if first else _nothing(reason)
    async with aclosing(_to_the_end(texts, gate, so_far)) as events:
        async for event in events:
            yield event


async def _one(text: str) -> AsyncGenerator[str]:
    yield text


async def _nothing(reason: str) -> AsyncGenerator[Event]:
    no_texts: tuple[Event, ...] = ()
    for event in no_texts:
        yield event
    raise HandOffError(reason)


async def _said_first(text: str, reason: str, gate: Gate, so_far: Gathered) -> AsyncGenerator[Event]:
    """Yield what may be shown of `text`, and go over to a person whatever has become of it."""
    spoken = replace(gate, mode="whole", revise=None, retry=None, advise=None)
    try:
        async with aclosing(_written(_one(text), spoken, so_far)) as events:
            async for event in events:
                yield event
    except HandOffError as stop:
        raise HandOffError(reason, stop.verdict) from stop
    raise HandOffError(reason)


async def _to_the_end(texts: AsyncGenerator[Event], gate: Gate, so_far: Gathered) -> AsyncGenerator[Event]:
    """Yield the texts, and then what ends a reply, however it ends."""
    try:
        try:
            async with aclosing(texts):
                async for event in texts:
                    yield event
            events, outcome = _ending(gate, so_far)
        except HandOffError as stop:
            events, outcome = _handed_off(gate, so_far, stop)
        except StoppedError:
            stopped = await gate.record([_event(gate, "done", {"stopped": True})])
            so_far.is_done = True
            for event in stopped:
                yield event
            return
        offer = None if outcome.handed_off else await _offer(gate, so_far)
        recorded = await _settled(gate, events, outcome, offer)
        so_far.is_done = True
        for event in recorded:
            yield event
    except StoreError as error:
        so_far.is_done = True  # there is no record to write an end to
        title, detail = "The reply could not be recorded", gate.phrase("handed_off.record")
        yield _event(gate, "error", {"title": title, "status": 503, "code": error.code, "detail": detail})
    except (GeneratorExit, asyncio.CancelledError):
        if not so_far.is_done:
            await _record_stop(gate)
        raise


async def _written(pieces: AsyncIterator[str], gate: Gate, so_far: Gathered) -> AsyncGenerator[Event]:
    """Yield a text event for each group of units but the last, which is left in `so_far.last`, checked."""
    while True:
        so_far.heard, so_far.waiting = False, ()
        try:
            async with reading(pieces, gate.mode, gate.stopped) as groups:
                async for units, is_last in groups:
                    if gate.mode == "whole":
                        yield _event(gate, "status", {"stage": "checking"})
                    so_far.waiting += units
                    passed = await well_said(so_far.waiting, is_last, gate, so_far)
                    if passed is None:
                        continue
                    so_far.waiting = ()
                    if is_last:
                        so_far.last = passed
                        return
                    for event in await _out(passed, gate, so_far):
                        yield event
        except (RewriteError, UpstreamError, InputError) as failure:
            kept, so_far.kept = so_far.kept, None
            if kept is not None:  # what style would have had better is not to be had: the first words are safe
                passed = await still_passes(kept, gate, so_far)
                if kept.is_last:
                    so_far.last = passed
                    return
                for event in await _out(passed, gate, so_far):
                    yield event
                pieces = _going_on(failure, gate, so_far)
            else:
                pieces = _again(failure, gate, so_far)
        yield _event(gate, "status", {"stage": "writing"})


async def _out(passed: Passed, gate: Gate, so_far: Gathered) -> tuple[Event, ...]:
    """Record a text and return its event; none where nothing of it is left."""
    recorded = await gate.record([_text_event(gate, so_far, passed)]) if passed.text else ()
    so_far.add(passed)
    return recorded


def _again(failure: RewriteError | UpstreamError | InputError, gate: Gate, so_far: Gathered) -> AsyncIterator[str]:
    """Return the pieces of what is written in place of an attempt that failed."""
    if isinstance(failure, RewriteError) and not so_far.revised:
        return _revision(failure, gate, so_far)
    if isinstance(failure, RewriteError):
        raise HandOffError("guard", failure.verdict)
    return _second_try(failure, gate, so_far)


def _revision(failure: RewriteError, gate: Gate, so_far: Gathered) -> AsyncIterator[str]:
    """Return the pieces of the one revision there is, for guard and style together."""
    if gate.revise is None:
        raise HandOffError("guard", failure.verdict)
    codes = tuple(dict.fromkeys(finding.code for finding in failure.verdict.findings))
    so_far.revised, so_far.kept = True, failure.kept
    so_far.change((*codes, *(MARK + rule for rule in failure.style)))
    return gate.revise(so_far.text, (*codes, *failure.style))


def _second_try(error: UpstreamError | InputError, gate: Gate, so_far: Gathered) -> AsyncIterator[str]:
    """Return the pieces of the one retry after a model that failed midway; before that it is the caller's to help."""
    if not so_far.text:
        raise error
    return _going_on(error, gate, so_far)


def _going_on(failure: RewriteError | UpstreamError | InputError, gate: Gate, so_far: Gathered) -> AsyncIterator[str]:
    """Return the pieces of what is written on after what is out; that is tried once."""
    if so_far.retried or gate.retry is None:
        if isinstance(failure, RewriteError):
            raise HandOffError("guard", failure.verdict)
        raise HandOffError("model_down") from failure
    so_far.retried = True
    return gate.retry(so_far.text)


def _ending(gate: Gate, so_far: Gathered) -> tuple[list[Event], Outcome]:
    """Return the last text and the sources, to be recorded together, and what the reply came to."""
    events = []
    if so_far.last is not None:
        events += [_text_event(gate, so_far, so_far.last)] if so_far.last.text else []
        so_far.add(so_far.last)
    outcome = _outcome(gate, so_far, so_far.text.rstrip())
    items = [citation_json(citation) for citation in outcome.citations]
    return [*events, _event(gate, "citations", {"items": items})], outcome


def _handed_off(gate: Gate, so_far: Gathered, stop: HandOffError) -> tuple[list[Event], Outcome]:
    """Return the hand-off, and what the reply came to; after released text it says that this is not complete."""
    events = _ending(gate, so_far)[0] if so_far.last is not None else []  # what had to be said first, whole
    released = so_far.text.rstrip()
    key = "urgent" if events else "not_complete" if released else stop.reason
    words = gate.phrase(f"handed_off.{key}")
    content = {"reason": stop.reason, "text": words, "next": gate.phrase(gate.next_phrase)}
    text = f"{released}\n\n{words}" if released else words
    return [*events, _event(gate, "hand_off", content)], _outcome(gate, so_far, text, stop)


def _outcome(gate: Gate, so_far: Gathered, text: str, stop: HandOffError | None = None) -> Outcome:
    passages = tuple(gate.passages[rank - 1] for rank in so_far.order)
    stopping = stop.verdict.findings if stop is not None else ()
    return Outcome(
        text=text,
        citations=tuple(cited(n, passage) for n, passage in enumerate(passages, start=1)),
        passages=passages,
        verdict=Verdict((*so_far.findings, *stopping), so_far.checks, tuple(so_far.observed)),
        checks=so_far.checks,
        changed=tuple(so_far.changed),
        handed_off=stop is not None,
        removed_markers=tuple(so_far.removed),
    )


async def _offer(gate: Gate, so_far: Gathered) -> Offer | None:
    """Return what to offer to remember, where its sentence may be shown under this reply."""
    offer = gate.offer
    return offer if offer is not None and await may_follow(offer.sentence, gate, so_far) else None


async def _settled(gate: Gate, events: list[Event], outcome: Outcome, offer: Offer | None) -> list[Event]:
    """Return the last events, all recorded: `events`, the receipt, the reply that carries it, an offer, the end."""
    receipt = gate.settle(outcome)

    def reply(recorded: tuple[Event, ...]) -> list[Event]:
        proof = next(event.content for event in recorded if event.type == "receipt")
        whole = Reply(
            text=outcome.text,
            language=gate.language,
            handed_off=outcome.handed_off,
            citations=outcome.citations,
            receipt=replace(receipt, salt=proof.get("salt", ""), chain=proof.get("chain", {})),
            verdict=outcome.verdict,
            timings_ms=gate.timings(),
            confidence=gate.confidence,
        )
        offered = [] if offer is None else [_event(gate, "offer", offer_json(offer))]
        return [_event(gate, "reply", reply_json(whole)), *offered, _event(gate, "done", {})]

    return list(await gate.record([*events, _event(gate, "receipt", receipt_json(receipt))], reply))


async def _record_stop(gate: Gate) -> None:
    """Record that the reply ended here; goes on when the caller is cancelled again."""
    recording = asyncio.ensure_future(gate.record([_event(gate, "done", {"stopped": True})]))
    with suppress(StoreError):
        await asyncio.shield(recording)


def _text_event(gate: Gate, so_far: Gathered, passed: Passed) -> Event:
    numbers = list(used(passed.text)) if gate.cites else []
    content = {"unit": so_far.count + 1, "text": passed.text, "citations": numbers}
    return _event(gate, "text", content)


def _event(gate: Gate, kind: EventType, content: dict[str, Any]) -> Event:
    return Event(kind, content, reply_id=gate.reply_id)
