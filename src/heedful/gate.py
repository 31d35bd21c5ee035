"""What the gate needs to know and may call, as one value, and the two ways in which a text does not pass."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from heedful.agreements import Offer
from heedful.gathered import Kept, Outcome
from heedful.values import Event, Passage, Receipt, Release, Verdict

Then = Callable[[tuple[Event, ...]], Sequence[Event]]  # events as recorded → what follows in the same transaction


class Record(Protocol):
    """Writes events to the conversation's log, and those that `then` makes of them."""

    def __call__(self, events: Sequence[Event], then: Then | None = None, /) -> Awaitable[tuple[Event, ...]]: ...


def _as_it_is(text: str) -> str:
    return text


def _none_unknown(_text: str) -> Sequence[tuple[int, int]]:
    return ()


@dataclass(frozen=True, slots=True)
class Style:
    """What style has to say of a draft: the ids of rules it goes against, and whether its opening is still to come."""

    rules: tuple[str, ...] = ()
    waits: bool = False


@dataclass(frozen=True, slots=True)
class Gate:
    """What one reply's gate needs to know and may call.

    The text that `check` is given is what the customer would see: markers renumbered, placeholders put back. It is
    called for each unit with the view as it is then: a consent withdrawn meanwhile stops the units that rest on it.
    """

    mode: Release
    language: str
    passages: tuple[Passage, ...]  # rank 1 first: `[1]` in a draft is passages[0]
    check: Callable[[str, int, int, bool], Awaitable[Verdict]]  # draft so far, start and end of the unit, final
    record: Record  # one transaction; ids, salt and chain filled
    settle: Callable[[Outcome], Receipt]
    phrase: Callable[[str], str]  # a text of phrases.py in the reply's language: `handed_off.guard`
    restore: Callable[[str], str] = _as_it_is  # placeholders → values, at the view's precision
    unknown: Callable[[str], Sequence[tuple[int, int]]] = _none_unknown  # spans of placeholders the model made up
    revise: Callable[[str, tuple[str, ...]], AsyncIterator[str]] | None = None  # released text, reason codes
    retry: Callable[[str], AsyncIterator[str]] | None = None  # released text, after the model failed midway
    advise: Callable[[str, bool], Awaitable[Style]] | None = None  # draft so far, final: only of what is safe to show
    mends_style: bool = False  # whether the writer can write it better; otherwise style is only recorded
    stopped: asyncio.Event | None = None
    timings: Callable[[], Mapping[str, float]] = field(default=dict)
    cites: bool = True  # whether `[n]` in the draft means a passage; not in a person's own words
    offer: Offer | None = None  # what to offer to remember, once the reply has been given whole
    next_phrase: str = "hand_off.next"  # what happens after a hand-off, as the channel has it
    reply_id: str = ""
    confidence: float = 0.0
    check_timeout_s: float = 5.0


class RewriteError(Exception):
    """Units can't go as they are, or could be said better: the verdict and the rules of style say why.

    `kept` is set where style alone asks: the units are safe, and go out when nothing better comes.
    """

    def __init__(self, verdict: Verdict, *, style: tuple[str, ...] = (), kept: Kept | None = None) -> None:
        self.verdict = verdict
        self.style = style
        self.kept = kept


class HandOffError(Exception):
    """A person takes over. `reason` is `guard`, `asked` or `model_down`, as in the phrases."""

    def __init__(self, reason: str, verdict: Verdict | None = None) -> None:
        self.reason = reason
        self.verdict = verdict or Verdict()
