"""Where a draft carries values of the view: found in any spelling, each with its fact."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from heedful.canonical import squash
from heedful.guard.case import Case
from heedful.values import FactInView


class Carried(NamedTuple):
    """A fact of the view and where the draft says its value."""

    fact: FactInView
    start: int
    end: int


def carried(case: Case) -> tuple[Carried, ...]:
    """Return each value of the view in the window; offsets of the draft."""
    return case.once(_carried)


def _carried(case: Case) -> tuple[Carried, ...]:
    return tuple(_found(case))


def _found(case: Case) -> Iterator[Carried]:
    for fact, matcher in case.support.view_matchers:
        for start, end in matcher.find(case.text):
            yield Carried(fact, case.window_start + start, case.window_start + end)


def is_said(case: Case, start: int, end: int) -> bool:
    """Whether the customer has said what stands there in this conversation."""
    key = squash(case.draft[start:end])
    return any(key in index.squashed for index in case.support.said)
