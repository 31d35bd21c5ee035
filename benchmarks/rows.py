"""A figure as one row: heedful's, that of what people would use instead, their ratio, and what we mean to hold."""

from __future__ import annotations

import dataclasses
import statistics
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Row:
    """One figure. `beside` is the alternative's; `hold` is the bound of DESIGN, at most or (`more`) at least."""

    what: str
    ours: float
    unit: str
    beside: float | None = None
    hold: float | None = None
    more: bool = False  # more of it is better
    digits: int = 1

    @property
    def ratio(self) -> float | None:
        """Ours to theirs; `None` where there is nothing to divide by."""
        return self.ours / self.beside if self.beside is not None and self.beside > 0 else None

    @property
    def holds(self) -> bool | None:
        """Whether ours is within what we mean to hold; `None` where nothing is said."""
        if self.hold is None:
            return None
        return self.ours >= self.hold if self.more else self.ours <= self.hold

    def as_json(self) -> Mapping[str, Any]:
        """Return the row as JSON."""
        return {**dataclasses.asdict(self), "ratio": self.ratio, "holds": self.holds}

    def as_line(self) -> str:
        """Return the row as a line of a Markdown table."""
        bound = "–" if self.hold is None else f"{'≥' if self.more else '≤'} {self.hold:g} {self.unit}"
        verdict = {None: "", True: " ✓", False: " ✗"}[self.holds]
        ratio = "–" if self.ratio is None else f"{self.ratio:.2f}"
        return f"| {self.what} | {self._figure(self.ours)} | {self._figure(self.beside)} | {ratio} | {bound}{verdict} |"

    def _figure(self, value: float | None) -> str:
        return "–" if value is None else f"{value:,.{self.digits}f} {self.unit}"


def table(rows: Sequence[Row]) -> str:
    """Return the rows as a Markdown table."""
    head = "| what | heedful | beside it | ratio | to hold |\n|---|--:|--:|--:|--:|"
    return "\n".join([head, *(row.as_line() for row in rows)])


def median(values: Sequence[float]) -> float:
    """Return the median."""
    return statistics.median(values)


def at(values: Sequence[float], share: float) -> float:
    """Return the value below which `share` of the values lie."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(len(ordered) * share))]
