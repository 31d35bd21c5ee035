"""What the policy makes of what the rules found: it acts as usual, stricter or milder, or is only observed."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace

from heedful.guard.case import Case
from heedful.guard.sentences import sentences
from heedful.reason_codes import CODES, Setting
from heedful.values import Action, Finding

Settings = Mapping[str, Setting]  # by reason code; a code that is not there acts as usual


def acts_fully(finding: Finding, settings: Settings) -> bool:
    """Whether a finding does at least what its rule meant: only then may it speak for another one as well."""
    setting = settings.get(finding.code)
    return setting is None or (
        setting not in ("off", "observe") and _action(finding, Action(setting)).severity >= finding.action.severity
    )


def acts_more(finding: Finding, settings: Settings) -> bool:
    """Whether the policy asks more of a finding than its rule meant: then it gives way to no other one."""
    setting = settings.get(finding.code)
    if setting is None or setting in ("off", "observe"):
        return False
    return _action(finding, Action(setting)).severity > finding.action.severity


def settled(
    findings: Iterable[Finding], settings: Settings, case: Case
) -> tuple[tuple[Finding, ...], tuple[Finding, ...]]:
    """Return the findings that act, with the action the policy gives them, and those that are only observed."""
    acting: list[Finding] = []
    observed: list[Finding] = []
    for finding in findings:
        setting = settings.get(finding.code)
        if setting is None:
            acting.append(finding)
        elif setting == "observe":
            observed.append(finding)
        elif setting != "off":
            acting.append(_as_asked(finding, _action(finding, Action(setting)), case))
    return tuple(acting), tuple(observed)


def _action(finding: Finding, asked: Action) -> Action:
    """Return the action asked for; what the rule itself takes more gravely than usual never becomes milder."""
    known = CODES.get(finding.code)
    if known is not None and finding.action.severity <= known.usual.severity:
        return asked
    return max(asked, finding.action, key=lambda action: action.severity)


def _as_asked(finding: Finding, action: Action, case: Case) -> Finding:
    """Return the finding with its action; where it was to be written again and is to be left out, all its sentence."""
    if action is not Action.REDACT or finding.action is Action.REDACT:
        return replace(finding, action=action)
    start, end = _sentences_around(finding, case)
    return replace(finding, action=action, start=start, end=end, mask="")


def _sentences_around(finding: Finding, case: Case) -> tuple[int, int]:
    spans = [case.place_in_unit(one.start, one.end) for one in sentences(case.unit)]
    touched = [span for span in spans if span[0] < finding.end and finding.start < span[1]]
    start = min((finding.start, *(first for first, _ in touched)))
    return start, max((finding.end, *(last for _, last in touched)))
