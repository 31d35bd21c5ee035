"""May these units be shown, and in which form? Everything between a draft's words and the words that may leave."""

from __future__ import annotations

import asyncio
from dataclasses import replace

from heedful.errors import ModelError
from heedful.gate import Gate, HandOffError, RewriteError
from heedful.gathered import Gathered, Kept, Passed
from heedful.holding import Together
from heedful.markers import Renumbered, renumber
from heedful.masking import mask
from heedful.values import Action, Check, Finding, Verdict


async def passed_units(units: Together, is_last: bool, gate: Gate, so_far: Gathered) -> Passed:
    """Return these units as they may be shown.

    Raises:
        RewriteError, HandOffError: They may not be shown, in any form.
        ModelError: `model_empty`: they are the last, and there has been nothing.
    """
    raw = "".join(so_far.new(units))
    shown = renumber(raw, so_far.order, range(1, len(gate.passages) + 1)) if gate.cites else Renumbered(raw, ())
    text = so_far.following(gate.restore(shown.text))
    text = text.rstrip() if is_last else text
    if not text.strip():
        return await _nothing_left(Passed(units, "", so_far.order, shown.removed), is_last, gate, so_far)
    verdict = await _verdict(text, is_last, gate, so_far)
    passed = Passed(units, text, shown.order, shown.removed, observed=verdict.observed)
    if verdict.action is Action.SEND:
        return passed
    if verdict.action is Action.REDACT:
        return await _redacted(passed, verdict, is_last, gate, so_far)
    raise _refusal(verdict)


async def still_passes(kept: Kept, gate: Gate, so_far: Gathered) -> Passed:
    """Return units that have passed before, when they pass now as well: a consent may have been withdrawn since.

    Raises:
        HandOffError: They do not.
    """
    verdict = await _verdict(kept.passed.text, kept.is_last, gate, so_far)
    if verdict.action is not Action.SEND:
        raise HandOffError("guard", verdict)
    return replace(kept.passed, observed=verdict.observed)


async def may_follow(text: str, gate: Gate, so_far: Gathered) -> bool:
    """Return whether `text` may be shown after a whole reply: nothing at all speaks against it, or it stays away."""
    start = len(so_far.text.rstrip()) + 2
    draft = f"{so_far.text.rstrip()}\n\n{text}"
    try:
        async with asyncio.timeout(gate.check_timeout_s):
            verdict = await gate.check(draft, start, len(draft), True)
    except Exception:  # noqa: BLE001 - nobody has checked it: the reply goes without
        return False
    return verdict.action is Action.SEND


async def _redacted(passed: Passed, verdict: Verdict, is_last: bool, gate: Gate, so_far: Gathered) -> Passed:
    """Return the units with what was found masked or left out, checked again."""
    masked = mask(passed.text, len(so_far.text), verdict.findings)
    if masked is None:
        raise RewriteError(verdict)
    shown = renumber(masked.text, so_far.order, passed.order) if gate.cites else Renumbered(masked.text, ())
    text = shown.text.rstrip() if is_last else shown.text
    changed = replace(passed, text=text, order=shown.order, findings=masked.findings)
    if not text.strip():
        return await _nothing_left(replace(changed, text="", order=so_far.order), is_last, gate, so_far)
    second = await _verdict(text, is_last, gate, so_far)
    if second.action is Action.SEND:
        return replace(changed, observed=second.observed)
    raise _refusal(second)


async def _nothing_left(passed: Passed, is_last: bool, gate: Gate, so_far: Gathered) -> Passed:
    """Return a group of which nothing is to be shown; when it is the last, what is out must pass as the whole."""
    if not is_last:
        return passed
    if not so_far.heard:
        raise ModelError("the model's answer is empty", retryable=True, code="model_empty")
    if not so_far.text.strip():
        raise HandOffError("guard", Verdict(passed.findings))
    verdict = await _verdict("", is_last, gate, so_far)
    if verdict.action is not Action.SEND:
        raise _refusal(verdict)
    return passed


async def _verdict(text: str, is_last: bool, gate: Gate, so_far: Gathered) -> Verdict:
    """Return what the guard says of `text` after what is out; a check that could not run says hand_off."""
    start, draft = len(so_far.text), so_far.text + text
    try:
        async with asyncio.timeout(gate.check_timeout_s):
            verdict = await gate.check(draft, start, len(draft), is_last)
        made_up = [
            Finding("ungrounded", Action.REVISE, "placeholder", start + left, start + right, "no such placeholder")
            for left, right in gate.unknown(text)
        ]
    except Exception as error:  # noqa: BLE001 - whatever went wrong, nobody has checked this text
        why = f"the check did not run ({type(error).__name__})"
        failed = Finding("guard_failure", Action.HAND_OFF, "release", start, len(draft), why)
        so_far.checked([Check("release", "failed")])
        return Verdict((failed,))
    so_far.checked([*verdict.checks, *(Check("placeholder", "found") for _ in made_up)])
    return Verdict((*verdict.findings, *made_up), verdict.checks, verdict.observed)


def _refusal(verdict: Verdict) -> RewriteError | HandOffError:
    """Return what a verdict that does not let a text go leads to."""
    if verdict.action.severity <= Action.REVISE.severity:
        return RewriteError(verdict)
    codes = {finding.code for finding in verdict.findings if finding.action.severity > Action.REVISE.severity}
    return HandOffError("asked" if codes == {"rights_ignored"} else "guard", verdict)
