"""Runs rules over a case and folds what they find into a verdict; whatever goes wrong is itself a finding."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from time import thread_time
from typing import Any, Literal, Protocol

from heedful.canonical.text import PATIENCE_S
from heedful.guard.case import Case
from heedful.guard.likeness import ALIKE
from heedful.guard.settled import acts_fully, acts_more, settled
from heedful.reason_codes import FAILURE
from heedful.values import Action, Check, Finding, Verdict

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
    settings = case.policy.guard.of(case.channel)
    began = thread_time()
    for rule in rules:
        if (rule.scope == "whole" and not case.final) or settings.get(rule.code) == "off":
            continue
        progress.rule = rule.code
        try:
            found = _found(rule, case, began)
        except Exception as error:  # noqa: BLE001 - a rule that can't run must never let text pass
            progress.checks.append(Check(rule.code, "failed"))
            progress.findings.append(failure(case, rule.code, type(error).__name__))
            continue
        relevant = [f for f in found if rule.scope == "whole" or case.touches(f.start, f.end)]
        absent = rule.code == "other_customer" and case.held_elsewhere is None
        progress.checks.append(Check(rule.code, "found" if relevant else "absent" if absent else "passed"))
        progress.findings.extend(relevant)
    return verdict(progress.findings, progress.checks, case)


def _found(rule: Rule, case: Case, began: float) -> list[Finding]:
    """Return what a rule finds.

    A pattern's patience is time on the clock. Where that ran out while the thread has hardly worked since the first
    rule `began`, something else held the interpreter meanwhile, and the rule is run once more.
    """
    try:
        return [_checked(finding, case) for finding in rule.find(case)]
    except TimeoutError:
        if thread_time() - began > PATIENCE_S / 2:
            raise
        return [_checked(finding, case) for finding in rule.find(case)]


def verdict(findings: Sequence[Finding], checks: Sequence[Check], case: Case | None = None) -> Verdict:
    """Return the verdict of findings: each once, one cause for each span, and each as the case's policy has it."""
    if not findings:
        return Verdict((), tuple(checks))
    settings = case.policy.guard.of(case.channel) if case is not None else {}
    claimed = [f for f in findings if _may_claim(f) and f.end > f.start and acts_fully(f, settings)]
    kept = [f for f in dict.fromkeys(findings) if acts_more(f, settings) or not _gives_way(f, claimed)]
    acting, observed = settled(kept, settings, case) if case is not None and settings else (kept, ())
    return Verdict(_in_order(acting), tuple(_shown(checks, acting, observed)), _in_order(observed))


def _is_lesser(finding: Finding) -> bool:
    """Whether a finding gives way to another on the same span: what nothing supports, and what only reads alike."""
    return finding.code in LESSER or finding.rule == ALIKE


def _may_claim(finding: Finding) -> bool:
    """Whether a finding speaks for a lesser one on its span: it says what is wrong, or its whole sentence goes."""
    return not _is_lesser(finding) or (finding.rule == ALIKE and finding.action is Action.REDACT)


def _gives_way(finding: Finding, claimed: Sequence[Finding]) -> bool:
    """Whether others have claimed the span of a lesser finding; of those that only read alike none silences another."""
    if not _is_lesser(finding):
        return False
    return _overlaps(finding, [f for f in claimed if not _is_lesser(f)] if _may_claim(finding) else claimed)


def _in_order(findings: Iterable[Finding]) -> tuple[Finding, ...]:
    return tuple(sorted(findings, key=lambda f: (f.start, f.end)))


def _shown(checks: Iterable[Check], acting: Iterable[Finding], observed: Iterable[Finding]) -> Iterator[Check]:
    """Yield the checks: one whose findings are all observed says so, one whose span others have claimed has passed."""
    acts, seen = ({name for f in found for name in (f.code, f.rule)} for found in (acting, observed))
    for check in checks:
        if check.result == "found" and check.rule in seen - acts:
            yield Check(check.rule, "observed")
        else:
            has_none = check.result == "found" and check.rule not in acts
            yield Check(check.rule, "passed") if has_none else check


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


def _overlaps(finding: Finding, claimed: Sequence[Finding]) -> bool:
    return any(one.start < finding.end and finding.start < one.end for one in claimed)
