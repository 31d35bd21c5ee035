"""A profile value that the customer agreed to for another purpose than this answer's."""

from __future__ import annotations

from collections.abc import Iterator

from heedful.guard.case import Case
from heedful.guard.running import Scope
from heedful.guard.withheld_values import repeated
from heedful.values import Action, Finding

CODE = "purpose_mismatch"
SCOPE: Scope = "unit"
ACTION = Action.REVISE


def rule(case: Case) -> Iterator[Finding]:
    """Yield each value in the draft whose consent covers only other purposes."""
    for match in repeated(case):
        if match.why == "purpose":
            why = f"the value of {match.name!r}, consented for another purpose"
            yield case.finding(CODE, ACTION, (match.start, match.end), why, mend=f"answer without {match.name!r}")
