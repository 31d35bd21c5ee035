"""A value of the view that the policy keeps off this channel: a balance in an e-mail, for one."""

from __future__ import annotations

from collections.abc import Iterator

from heedful.guard import masks
from heedful.guard.case import Case
from heedful.guard.running import Scope
from heedful.guard.view_values import carried, is_said
from heedful.values import Action, Finding

CODE = "cross_channel"
SCOPE: Scope = "unit"
ACTION = Action.REDACT


def rule(case: Case) -> Iterator[Finding]:
    """Yield each value of the view that may not go on this channel and that the customer did not say here."""
    if all(case.channel in fact.channels for fact in case.view.facts):
        return
    for fact, start, end in carried(case):
        if case.channel not in fact.channels and not is_said(case, start, end):
            why = f"the value of {fact.name!r}: {fact.category!r} may not go by {case.channel}"
            mask = masks.words("payment" if fact.category == "payment" else "value", case.language)
            yield case.finding(CODE, ACTION, (start, end), why, mend="say where the customer can see it", mask=mask)
