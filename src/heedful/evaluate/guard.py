"""`heedful eval guard`: whole decisions in, how often the action and the reasons were right out."""

from __future__ import annotations

import asyncio
import json
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import quantiles
from time import perf_counter
from typing import Any

from heedful.errors import InputError
from heedful.guard import Guard, case_from_json
from heedful.values import Verdict


@dataclass(frozen=True, slots=True)
class _Scored:
    """One case and what the guard decided."""

    id: str
    lang: str
    action: str
    reasons: frozenset[str]
    verdict: Verdict
    took_ms: float

    @property
    def found(self) -> frozenset[str]:
        return frozenset(finding.code for finding in self.verdict.findings)

    @property
    def is_right(self) -> bool:
        clean = bool(self.reasons) or not self.found
        return self.verdict.action.value == self.action and self.reasons <= self.found and clean


async def evaluate(items: Path, misses: Path | None = None) -> dict[str, Any]:
    """Return the figures that FORMATS names for `guard`; write what was wrong to `misses`, one object a line.

    Raises:
        InputError: The file can't be read, or a line is no guard case; says which line.
    """
    guard = Guard()
    try:
        scored = [await _score(guard, case) for case in _cases(items)]
    finally:
        guard.close()
    if misses is not None:
        lines = "".join(_miss(one) for one in scored if not one.is_right)
        await asyncio.to_thread(misses.write_text, lines, encoding="utf-8")
    languages = sorted({one.lang for one in scored})
    figures = _figures(scored)
    if len(languages) > 1:
        figures["by_lang"] = {lang: _figures([one for one in scored if one.lang == lang]) for lang in languages}
    return figures


def _cases(items: Path) -> Iterator[Mapping[str, Any]]:
    try:
        lines = items.read_text(encoding="utf-8").split("\n")
    except OSError as error:
        raise InputError(f"the cases {str(items)!r} can't be read ({error.strerror})") from error
    for number, line in enumerate(lines, start=1):
        if not line.strip():
            continue
        try:
            case = json.loads(line)
        except json.JSONDecodeError as error:
            raise InputError(f"line {number} of {items.name!r} is no JSON ({error.msg})") from error
        if not isinstance(case, Mapping) or not isinstance(case.get("expect"), Mapping):
            raise InputError(f"line {number} of {items.name!r} is no guard case: it has no 'expect'")
        yield case


async def _score(guard: Guard, mapping: Mapping[str, Any]) -> _Scored:
    case = case_from_json(mapping)
    began = perf_counter()
    verdict = await guard.check(case)
    took_ms = (perf_counter() - began) * 1000
    expect = mapping["expect"]
    return _Scored(
        id=str(mapping.get("id", "")),
        lang=str(mapping["lang"]),
        action=str(expect.get("action", "send")),
        reasons=frozenset(expect.get("reasons") or ()),
        verdict=verdict,
        took_ms=took_ms,
    )


def _figures(scored: Sequence[_Scored]) -> dict[str, Any]:
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


def _by_reason(scored: Sequence[_Scored]) -> dict[str, dict[str, Any]]:
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


def _miss(one: _Scored) -> str:
    findings = [
        {"code": f.code, "action": f.action.value, "start": f.start, "end": f.end, "why": f.why}
        for f in one.verdict.findings
    ]
    expect = {"action": one.action, "reasons": sorted(one.reasons)}
    line = {"id": one.id, "lang": one.lang, "expect": expect, "action": one.verdict.action.value, "findings": findings}
    return json.dumps(line, ensure_ascii=False) + "\n"
