"""Is it well said? Style has its say on a text that is safe: it asks for one rewrite, and never holds a reply back."""

from __future__ import annotations

import asyncio

from heedful.checking import passed_units
from heedful.gate import Gate, RewriteError, Style
from heedful.gathered import Gathered, Kept, Passed
from heedful.holding import Together
from heedful.values import Check, Verdict

MARK = "style:"  # before the id of a rule of style, where codes and rules of the guard stand too
MOST_WAITING = 4  # units that an opening which says nothing yet may hold


async def well_said(units: Together, is_last: bool, gate: Gate, so_far: Gathered) -> Passed | None:
    """Return these units as they may be shown; `None`: the opening says nothing yet, and waits for what follows.

    Safety comes first. What is out can't be said better: after the opening style is only recorded, with the last unit.

    Raises:
        RewriteError, HandOffError, ModelError: As `passed_units`; a `RewriteError` with `kept` where style alone asks.
    """
    try:
        passed = await passed_units(units, is_last, gate, so_far)
    except RewriteError as failure:
        style = await _style(gate.restore("".join(units)), is_last, gate, so_far) if _mends(gate, so_far) else Style()
        raise RewriteError(failure.verdict, style=style.rules) from failure
    if not passed.text or not (is_last or _mends(gate, so_far)):
        return passed
    style = await _style(so_far.text + passed.text, is_last, gate, so_far)
    if _mends(gate, so_far):
        if style.waits and not is_last and len(units) < MOST_WAITING:
            return None
        if style.rules:
            raise RewriteError(Verdict(), style=style.rules, kept=Kept(passed, is_last))
    if is_last:
        so_far.checked(Check(MARK + rule, "found") for rule in style.rules)
    return passed


def _mends(gate: Gate, so_far: Gathered) -> bool:
    """Whether the reply may still be written better: nothing is out, and nothing has been written again."""
    is_first = not (so_far.text or so_far.revised or so_far.retried)
    return is_first and gate.mends_style and gate.advise is not None and gate.revise is not None


async def _style(draft: str, is_last: bool, gate: Gate, so_far: Gathered) -> Style:
    """Return what style says of a draft; nothing, and a mark in the record, where it could not say."""
    if gate.advise is None:
        return Style()
    try:
        async with asyncio.timeout(gate.check_timeout_s):
            return await gate.advise(draft, is_last)
    except Exception:  # noqa: BLE001 - how it sounds was not read; that it is safe has been
        so_far.checked([Check(MARK.rstrip(":"), "failed")])
        return Style()
