"""A profile value outside the view, in any spelling: refused, withdrawn, never asked, or nobody has proved who asks."""

from __future__ import annotations

from collections.abc import Iterator

from heedful.guard.case import Case
from heedful.guard.running import Scope
from heedful.guard.withheld_values import repeated
from heedful.values import Action, Finding

CODE = "unconsented_fact"
SCOPE: Scope = "unit"
ACTION = Action.REVISE
OTHERS = {"purpose", "precision"}  # purpose_mismatch and over_disclosure say these
_WHY = {
    "unverified": "nobody has proved who is writing",
    "without_my_data": "the customer asked for an answer without their data",
    "not_needed": "this question does not need it",
    "no_consent": "there is no consent for it",
    "not_allowed": "the policy never lets it be used this way",
    "expired": "the day until which it was to be kept has passed",
    "opted_out": "the customer's browser says no to data about behaviour",
}


def rule(case: Case) -> Iterator[Finding]:
    """Yield each withheld value that the draft repeats and nothing else explains."""
    for match in repeated(case):
        if match.why not in OTHERS:
            why = f"the value of {match.name!r}: {_WHY[match.why]}"
            yield case.finding(CODE, ACTION, (match.start, match.end), why, mend=f"answer without {match.name!r}")
