"""`heedful eval guard`: whole decisions in, how often the action and the reasons were right out."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import quantiles
from time import perf_counter
from typing import Any

from heedful.errors import InputError
from heedful.evaluate.cases import read
from heedful.evaluate.missed import Miss, Wrong, taken
from heedful.guard import Guard, case_from_json
from heedful.policy_guard import AS_USUAL, GuardPolicy
from heedful.values import Verdict

DEADLINE_S = 10.0  # a busy machine is no wrong decision: times are figures of their own


@dataclass(frozen=True, slots=True)
class Decided:
    """One case, what was expected of it, and what the guard decided."""

    id: str
    lang: str
    action: str
    reasons: frozenset[str]
    verdict: Verdict
    took_ms: float
    set: str = ""  # which part of the cases it belongs to, where they say

    @property
    def found(self) -> frozenset[str]:
        """The reason codes of the findings."""
        return frozenset(finding.code for finding in self.verdict.findings)

    @property
    def is_right(self) -> bool:
        """Whether action and reasons are as expected; a case that is to be sent has no finding at all."""
        clean = bool(self.reasons) or not self.found
        return self.verdict.action.value == self.action and self.reasons <= self.found and clean


async def evaluate(items: Path, misses: Path | None = None, policy: GuardPolicy = AS_USUAL) -> dict[str, Any]:
    """Return the figures of `heedful eval guard`; write what was wrong to `misses`, one object a line.

    `items` are JSON Lines, a TOML file of cases, or a folder of such files.

    Raises:
        InputError: A file can't be read, or a case is none; says which.
    """
    scored = await decided(items, policy)
    figures = _figures(scored)
    sets, languages = sorted({one.set for one in scored} - {""}), sorted({one.lang for one in scored})
    if sets:
        figures["by_set"] = {name: _figures([one for one in scored if one.set == name]) for name in sets}
    if len(languages) > 1:
        figures["by_lang"] = {lang: _figures([one for one in scored if one.lang == lang]) for lang in languages}
    return await asyncio.to_thread(taken, figures, [_miss(one) for one in scored if not one.is_right], misses)


async def decided(items: Path, policy: GuardPolicy = AS_USUAL) -> Sequence[Decided]:
    """Return what the guard decides of each case.

    Raises:
        InputError: As `evaluate`.
    """
    guard = Guard(deadline_s=DEADLINE_S)
    try:
        return [await _decided(guard, case, policy) for case in read(items)]
    finally:
        guard.close()


async def _decided(guard: Guard, mapping: Mapping[str, Any], policy: GuardPolicy) -> Decided:
    try:
        case = case_from_json(mapping, policy)
    except InputError as error:
        raise InputError(f"case {mapping.get('id', '')!r}: {error}", code=error.code) from error
    began = perf_counter()
    verdict = await guard.check(case)
    took_ms = (perf_counter() - began) * 1000
    expect = mapping["expect"]
    return Decided(
        id=str(mapping.get("id", "")),
        lang=str(mapping["lang"]),
        action=str(expect.get("action", "send")),
        reasons=frozenset(expect.get("reasons") or ()),
        verdict=verdict,
        took_ms=took_ms,
        set=str(mapping.get("set", "")),
    )


def _figures(scored: Sequence[Decided]) -> dict[str, Any]:
    if not scored:
        return {"n": 0, "action_accuracy": 0.0, "false_alarm_rate": 0.0, "by_reason": {}, "p50_ms": 0.0, "p95_ms": 0.0}
    clean = [one for one in scored if one.action == "send"]
    times = [one.took_ms for one in scored]
    cuts = quantiles(times, n=20, method="inclusive") if len(times) > 1 else times * 19
    return {
        "n": len(scored),
        "action_accuracy": _share(sum(one.verdict.action.value == one.action for one in scored), len(scored)),
        "false_alarm_rate": _share(sum(bool(one.found) for one in clean), len(clean)),
        "by_reason": _by_reason(scored),
        "p50_ms": round(cuts[9], 3),
        "p95_ms": round(cuts[18], 3),
    }


def _by_reason(scored: Sequence[Decided]) -> dict[str, dict[str, Any]]:
    """Return for each code how often it was found where expected, and how often rightly: clean cases count against."""
    expected: dict[str, int] = defaultdict(int)
    right: dict[str, int] = defaultdict(int)
    alarms: dict[str, int] = defaultdict(int)
    for one in scored:
        for code in one.reasons:
            expected[code] += 1
            right[code] += code in one.found
        if one.action == "send":
            for code in one.found:
                alarms[code] += 1
    return {
        code: {
            "n": expected[code],
            "recall": _share(right[code], expected[code]),
            "precision": _share(right[code], right[code] + alarms[code]),
        }
        for code in sorted({*expected, *alarms})
    }


def _share(part: int, whole: int) -> float:
    return round(part / whole, 4) if whole else 0.0


def _miss(one: Decided) -> Miss:
    findings = [
        {"code": f.code, "action": f.action.value, "start": f.start, "end": f.end, "why": f.why}
        for f in one.verdict.findings
    ]
    expect = {"action": one.action, "reasons": sorted(one.reasons)}
    line = {"id": one.id, "lang": one.lang, "expect": expect, "action": one.verdict.action.value, "findings": findings}
    return Miss({**line, "set": one.set} if one.set else line, tuple(_wrongs(one)))


def _wrongs(one: Decided) -> Iterator[Wrong]:
    """Yield what was wrong about a decision; the action for itself only where the reasons were right."""
    missed = sorted(one.reasons - one.found)
    alarms = sorted(one.found) if not one.reasons else []
    yield from (Wrong("missed", code) for code in missed)
    yield from (Wrong("false_alarm", code) for code in alarms)
    if not missed and not alarms:
        yield Wrong("wrong_action", f"{one.action}, got {one.verdict.action.value}")
