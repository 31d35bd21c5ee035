"""A value that identifies another customer. The identifiers were looked up before; nothing of theirs is loaded here."""

from __future__ import annotations

from collections.abc import Iterator

from heedful.canonical import Identifier, identifiers, squash
from heedful.canonical.wording import phrase
from heedful.guard.case import Case
from heedful.guard.grounds import phone_key
from heedful.guard.running import Scope
from heedful.values import Action, Finding

CODE = "other_customer"
SCOPE: Scope = "unit"
ACTION = Action.BLOCK

LONG = 6  # letters and digits of an id: shorter ones stand in any text


def rule(case: Case) -> Iterator[Finding]:
    """Yield each identifier of the draft that somebody else holds and nothing open explains."""
    if not case.held_elsewhere:
        return
    known = identifiers(case.text)
    apart = [
        Identifier("id", key, *case.text.original(start, end))
        for key in case.held_elsewhere
        if len(key) >= LONG and key.isalnum()
        for start, end in phrase(key.lower(), case.text)
    ]
    taken = {(one.start, one.end) for one in known}
    for found in (*known, *(one for one in apart if (one.start, one.end) not in taken)):
        if found.canonical in case.held_elsewhere and not _is_explained(case, found.canonical):
            span = case.window_start + found.start, case.window_start + found.end
            kind = found.kind.replace("_", " ")
            why = f"{'an' if kind[0] in 'aei' else 'a'} {kind} that another customer holds"
            yield case.finding(
                CODE, ACTION, span, why, mend="find out where the draft has it from; the incident is the company's"
            )


def _is_explained(case: Case, canonical: str) -> bool:
    """Whether the customer, the view, a published passage or the policy has the value too."""
    key = squash(canonical)
    shared = phone_key(key) if key.isdigit() and len(key) >= 9 else key
    return any(shared in index.squashed for index in case.support.all)
