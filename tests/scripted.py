"""A gate whose check, record and second writers follow a script, and which keeps what each of them was given."""

from __future__ import annotations

import itertools
from collections.abc import AsyncIterator, Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any

from heedful.errors import ModelError, StoreError
from heedful.gate import Gate, Then
from heedful.gathered import Outcome
from heedful.release import release
from heedful.values import Action, Check, Event, Finding, ModelName, Passage, Receipt, Verdict

Rule = Callable[[str, int, int, bool], Iterable[Finding]]

PASSAGES = tuple(
    Passage(f"p{rank}", f"a{rank}", f"Article {rank}", f"Text {rank}.", f"https://help.dalbit.example/en/{rank}", "en")
    for rank in range(1, 5)
)
PHRASES = {
    "handed_off.guard": "A person answers this.",
    "handed_off.asked": "I am passing you on.",
    "handed_off.danger": "Move away. A person is coming.",
    "handed_off.urgent": "A person is coming.",
    "handed_off.model_down": "I cannot answer just now.",
    "handed_off.not_complete": "The answer above is not complete.",
    "handed_off.record": "Please try again.",
    "hand_off.next": "You do not have to do anything.",
}


async def pieces(parts: Iterable[str], *, error: Exception | None = None) -> AsyncIterator[str]:
    """Yield the parts as a model would; raise `error` after them."""
    for part in parts:
        yield part
    if error is not None:
        raise error


def cut(text: str, places: Iterable[int]) -> list[str]:
    """Return `text` cut at `places` (each taken modulo its length)."""
    ends = sorted({place % (len(text) + 1) for place in places} | {0, len(text)})
    return [text[left:right] for left, right in itertools.pairwise(ends)]


def broken() -> ModelError:
    """Return what a model adapter raises when the connection is gone."""
    return ModelError("the connection was cut", retryable=True, code="model_cut_off")


def containing(words: str, action: Action, code: str, *, mask: str = "") -> Rule:
    """Return a rule that finds `words` where they reach into the unit under check."""

    def rule(draft: str, start: int, end: int, final: bool) -> Iterable[Finding]:
        at = draft.find(words)
        while at >= 0:
            if start < at + len(words) and at < end:
                yield Finding(code, action, code, at, at + len(words), mask=mask)
            at = draft.find(words, at + 1)

    return rule


def receipt(outcome: Outcome) -> Receipt:
    """Return a receipt that holds what the outcome says."""
    return Receipt(
        id="r_1",
        at=datetime(2026, 1, 5, 9, 0, tzinfo=UTC),
        kinds=("return",),
        purpose="order_management",
        verified=False,
        facts=(),
        withheld=(),
        passages=outcome.passages,
        checks=outcome.checks,
        changed=outcome.changed,
        model=ModelName("scripted", "this machine"),
        prompts={},
    )


@dataclass
class Script:
    """What happens at a gate, and what happened there."""

    rules: Sequence[Rule] = ()
    revision: str | None = None
    second_try: str | None = None
    second_error: Exception | None = None
    fails_at_record: int | None = None  # the first call of `record` is 0
    checked: list[tuple[str, int, int, bool]] = field(default_factory=list)
    sent: list[str] = field(default_factory=list)  # drafts that a check let go as they were
    log: list[Event] = field(default_factory=list)
    records: int = 0
    revisions: list[tuple[str, tuple[str, ...]]] = field(default_factory=list)
    retries: list[str] = field(default_factory=list)
    outcomes: list[Outcome] = field(default_factory=list)

    async def check(self, draft: str, start: int, end: int, final: bool) -> Verdict:
        """Apply the rules."""
        self.checked.append((draft, start, end, final))
        found = tuple(finding for rule in self.rules for finding in rule(draft, start, end, final))
        if not found:
            self.sent.append(draft)
        return Verdict(found, (Check("scripted", "found" if found else "passed"),))

    async def record(self, events: Sequence[Event], then: Then | None = None) -> tuple[Event, ...]:
        """Keep the events, number them, and prove the receipt; then those that follow."""
        self.records += 1
        if self.fails_at_record is not None and self.records > self.fails_at_record:
            raise StoreError("the database did not take a change")
        recorded = []
        for event in events:
            content: dict[str, Any] = dict(event.content)
            position = len(self.log) + 1
            if event.type == "receipt":
                content |= {"salt": "5a17", "chain": {"position": position, "hash": "c4a1"}}
            numbered = replace(event, content=content, id=position)
            recorded.append(numbered)
            self.log.append(numbered)
        if then is not None:
            self.records -= 1
            recorded += await self.record(then(tuple(recorded)))
        return tuple(recorded)

    def revise(self, released: str, codes: tuple[str, ...]) -> AsyncIterator[str]:
        """Write again as the script has it."""
        self.revisions.append((released, codes))
        return pieces([self.revision or ""])

    def retry(self, released: str) -> AsyncIterator[str]:
        """Write on as the script has it."""
        self.retries.append(released)
        return pieces([self.second_try or ""], error=self.second_error)

    def settle(self, outcome: Outcome) -> Receipt:
        """Keep the outcome."""
        self.outcomes.append(outcome)
        return receipt(outcome)

    def gate(self, **changes: Any) -> Gate:
        """Return the gate of this script."""
        gate = Gate(
            mode="unit",
            language="en",
            passages=PASSAGES,
            check=self.check,
            record=self.record,
            settle=self.settle,
            phrase=PHRASES.__getitem__,
            revise=self.revise if self.revision is not None else None,
            retry=self.retry if self.second_try is not None or self.second_error is not None else None,
            reply_id="reply_1",
        )
        return replace(gate, **changes)

    async def run(self, *parts: str, error: Exception | None = None, **changes: Any) -> list[Event]:
        """Release what the parts say; return every event."""
        return [event async for event in release(pieces(parts, error=error), self.gate(**changes))]


def texts(events: Iterable[Event]) -> list[str]:
    """Return the released units."""
    return [event.content["text"] for event in events if event.type == "text"]


def types(events: Iterable[Event]) -> list[str]:
    """Return the kinds of events in order, without `status`."""
    return [event.type for event in events if event.type != "status"]


def last(events: Iterable[Event], kind: str) -> Any:
    """Return the content of the last event of this kind."""
    return [event.content for event in events if event.type == kind][-1]
