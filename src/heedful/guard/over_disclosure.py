"""The full value where a hint is enough: the end of a number, the first letter of an address."""

from __future__ import annotations

from collections.abc import Iterator

import regex

from heedful.canonical import normalise, squash
from heedful.canonical.people import looks_like_address
from heedful.guard import masks
from heedful.guard.case import Case
from heedful.guard.running import Scope
from heedful.guard.view_values import carried, is_said
from heedful.guard.withheld_values import repeated
from heedful.precision import hint
from heedful.values import Action, Finding

CODE = "over_disclosure"
SCOPE: Scope = "unit"
ACTION = Action.REDACT
_MASKS = "*•●○◦□■"
FIRST = 4  # digits of a number's first group
LAST = 4
LETTERS = 2  # of the name in a mail address
MEND = "a hint is enough"
_REACHES = regex.compile(r"\s*(?:[^@\s]+@[^@\s]+\.[^@\s]+|\+?[\d(][\d\s().\-]{6,20}\d)\s*")


def rule(case: Case) -> Iterator[Finding]:
    """Yield each value given in full that the policy allows only as a hint, unless the customer has said it here."""
    for match in repeated(case):
        if match.why == "precision":
            in_view = next((fact.value for fact in case.view.facts if fact.name == match.name), "")
            mask = in_view or masks.words("value", case.language)
            yield case.finding(CODE, ACTION, (match.start, match.end), f"{match.name!r} in full", mend=MEND, mask=mask)
    hinted = {
        fact.name: shown for fact in case.view.facts if (shown := _hint(case, fact.name, fact.category, fact.value))
    }
    if not hinted:
        return
    for fact, start, end in carried(case):
        said = case.draft[start:end]
        if fact.name in hinted and not is_said(case, start, end) and _is_full(said, fact.value):
            yield case.finding(CODE, ACTION, (start, end), f"{fact.name!r} in full", mend=MEND, mask=hinted[fact.name])


def _hint(case: Case, name: str, category: str, value: str) -> str | None:
    """Return the hint of a mail address or phone number that the policy wants hinted; `None` for all else."""
    known = case.policy.categories.get(category)
    if known is None or known.precision_of(name, case.channel) != "hint":
        return None
    if looks_like_address(normalise(value).text) and any(c.isdigit() for c in value):
        return masks.words("address", case.language)
    if not _REACHES.fullmatch(value):
        return None
    shown = hint(name, category, value)
    return shown if shown != value else None


def _is_full(said: str, value: str) -> bool:
    """Whether the words give the value itself, not the end of it or a masked form."""
    if any(mask in said for mask in _MASKS):
        return _hides_little(said)
    if "@" in value:
        return True
    if not _REACHES.fullmatch(value):
        return any(c.isdigit() for c in said)
    return sum(c.isalnum() for c in said) >= sum(c.isdigit() for c in value) - 3


def _hides_little(said: str) -> bool:
    """Whether a masked value shows more than a hint does: the first group and the last four, or one letter."""
    groups = [squash(group) for group in regex.split(rf"[{_MASKS}][{_MASKS}\s.\-]*", said.partition("@")[0])]
    if "@" in said:
        return sum(map(len, groups)) > LETTERS
    return len(groups[0].lstrip("+")) > FIRST or len(groups[-1]) > LAST or any(groups[1:-1])
