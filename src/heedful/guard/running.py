"""Runs rules over a case and folds what they find into a verdict; whatever goes wrong is itself a finding."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from time import thread_time
from typing import Any, Literal, Protocol

from heedful.canonical.text import PATIENCE_S
from heedful.guard.case import Case
from heedful.values import Action, Check, Finding, Verdict

FAILURE = "guard_failure"
LESSER = frozenset({"ungrounded"})  # a span that another rule has claimed is not also one of these


Scope = Literal["unit", "whole"]


class RuleRoom(Protocol):
    """A file that holds one rule."""

    CODE: str
    SCOPE: Scope
    ACTION: Action

    def rule(self, case: Case, /) -> Iterable[Finding]:
        """Yield the findings of the rule."""
        ...


@dataclass(frozen=True, slots=True)
class Rule:
    """One reason code: what finds it, whether it reads units as they come or the whole draft, and its usual action."""

    code: str
    scope: Scope
    action: Action
    find: Callable[[Case], Iterable[Finding]]

    @classmethod
    def of(cls, room: RuleRoom) -> Rule:
        """Return the rule that a file of this folder holds."""
        return cls(room.CODE, room.SCOPE, room.ACTION, room.rule)


@dataclass(slots=True)
class Progress:
    """How far a run has come, readable from another thread while it goes on."""

    rule: str = ""
    findings: list[Finding] = field(default_factory=list)
    checks: list[Check] = field(default_factory=list)


def run(rules: Sequence[Rule], case: Case, progress: Progress) -> Verdict:
    """Return the verdict of `rules` on the case's unit. A rule that raises, or gives rubbish, is `guard_failure`."""
    for rule in rules:
        if rule.scope == "whole" and not case.final:
            continue
        progress.rule = rule.code
        try:
            found = _found(rule, case)
        except Exception as error:  # noqa: BLE001 - a rule that can't run must never let text pass
            progress.checks.append(Check(rule.code, "failed"))
            progress.findings.append(failure(case, rule.code, type(error).__name__))
            continue
        relevant = [f for f in found if rule.scope == "whole" or case.touches(f.start, f.end)]
        absent = rule.code == "other_customer" and case.held_elsewhere is None
        progress.checks.append(Check(rule.code, "found" if relevant else "absent" if absent else "passed"))
        progress.findings.extend(relevant)
    return verdict(progress.findings, progress.checks)


def _found(rule: Rule, case: Case) -> list[Finding]:
    """Return what a rule finds.

    A pattern's patience is time on the clock. Where that ran out while the rule hardly worked, something else held
    the interpreter meanwhile, and the rule is run once more.
    """
    began = thread_time()
    try:
        return [_checked(finding, case) for finding in rule.find(case)]
    except TimeoutError:
        if thread_time() - began > PATIENCE_S / 2:
            raise
        return [_checked(finding, case) for finding in rule.find(case)]


def verdict(findings: Sequence[Finding], checks: Sequence[Check]) -> Verdict:
    """Return the verdict of findings: each once, and one cause for each span."""
    claimed = [(f.start, f.end) for f in findings if f.code not in LESSER and f.end > f.start]
    kept = [f for f in dict.fromkeys(findings) if f.code not in LESSER or not _overlaps(f, claimed)]
    codes = {f.code for f in kept}
    shown = [Check(c.rule, "passed") if c.result == "found" and c.rule in LESSER - codes else c for c in checks]
    return Verdict(tuple(sorted(kept, key=lambda f: (f.start, f.end))), tuple(shown))


def failure(case: Case, rule: str, why: str) -> Finding:
    """Return the finding that says that a rule could not run; it never says what the rule was reading."""
    why = f"the rule {rule!r} could not run ({why})"
    return Finding(FAILURE, Action.HAND_OFF, rule, case.start, case.end, why, mend="a person has to look at it")


def _checked(finding: Any, case: Case) -> Finding:
    """Return the finding if it is one; raises `TypeError` or `ValueError` for rubbish."""
    if not isinstance(finding, Finding) or not isinstance(finding.action, Action):
        raise TypeError("a rule gave something that is no finding")
    if not 0 <= finding.start <= finding.end <= len(case.draft):
        raise ValueError("a finding lies outside the draft")
    return finding


def _overlaps(finding: Finding, claimed: Sequence[tuple[int, int]]) -> bool:
    return any(start < finding.end and finding.start < end for start, end in claimed)
