"""What one reply has become so far: what is out, what was found on the way, what must not be said twice."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from heedful.holding import Together
from heedful.markers import without_markers
from heedful.units import sentences
from heedful.values import Check, Citation, Finding, Passage, Verdict

_GRAVITY = ("absent", "passed", "found", "failed")  # of one rule's results over all units the last of these is kept
_LISTED = re.compile(r"^\s*(?:[-*•·–]|\(?\d{1,3}[.)])\s+")


@dataclass(frozen=True, slots=True)
class Passed:
    """A group of units as it may be shown; `text` is empty when nothing of it is left."""

    units: Together  # as the model wrote them
    text: str
    order: tuple[int, ...]  # ranks of the passages that its markers, and those before, stand for
    removed: tuple[int, ...] = ()  # markers that stood for no passage
    findings: tuple[Finding, ...] = ()  # what was masked in it
    observed: tuple[Finding, ...] = ()  # what stands in it, and the policy lets stand


@dataclass(frozen=True, slots=True)
class Kept:
    """Units that are safe, while something better is written in their place."""

    passed: Passed
    is_last: bool


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a reply came to: what its receipt is made of.

    `text` is all that the customer reads, the hand-off sentence too. `verdict` holds what was masked, what stopped
    the reply, and what was observed in the text that is out; what was written again is in `changed` only.
    """

    text: str
    citations: tuple[Citation, ...]
    passages: tuple[Passage, ...]  # cited, in the order of their markers
    verdict: Verdict
    checks: tuple[Check, ...]
    changed: tuple[str, ...]  # reason codes of what was masked, left out or written again
    handed_off: bool
    removed_markers: tuple[int, ...] = ()


@dataclass(slots=True)
class Gathered:
    """One reply while it is being released; only `release` changes it."""

    text: str = ""  # released
    order: tuple[int, ...] = ()
    count: int = 0  # text events
    last: Passed | None = None  # passed, held until the end
    waiting: Together = ()  # an opening that says nothing yet
    kept: Kept | None = None
    changed: list[str] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)
    observed: list[Finding] = field(default_factory=list)
    removed: list[int] = field(default_factory=list)
    results: dict[str, Check] = field(default_factory=dict)
    revised: bool = False
    retried: bool = False
    is_done: bool = False
    heard: bool = False  # whether this attempt has said anything
    _said: set[str] = field(default_factory=set)  # normal forms of what is out
    _gap: str = ""  # the paragraph break after something left out

    @property
    def checks(self) -> tuple[Check, ...]:
        """Each rule's gravest result, in the order the rules first spoke; `observed` is said of what is out alone."""
        unknown_markers = (Check("markers", "found"),) if self.removed else ()
        seen = {name for finding in self.observed for name in (finding.code, finding.rule)}
        results = (
            Check(one.rule, "observed") if one.rule in seen and one.result == "passed" else one
            for one in self.results.values()
        )
        return (*results, *unknown_markers)

    def new(self, units: Together) -> Together:
        """Return those of `units` that do not repeat, in an earlier attempt's words, what is out already."""
        self.heard = self.heard or any(unit.strip() for unit in units)
        if not (self.revised or self.retried):
            return units
        return tuple(unit for unit in units if normal_form(unit) not in self._said)

    def following(self, text: str) -> str:
        """Return `text` as it reads after what is out."""
        return self._gap + text.lstrip() if not self.text or self._gap or self.text[-1].isspace() else text

    def checked(self, checks: Iterable[Check]) -> None:
        """Keep each rule's gravest result."""
        for one in checks:
            check = Check(one.rule, "passed") if one.result == "observed" else one
            before = self.results.get(check.rule)
            if before is None or _GRAVITY.index(check.result) > _GRAVITY.index(before.result):
                self.results[check.rule] = check

    def change(self, codes: Iterable[str]) -> None:
        """Keep the reason codes of what was changed, each once."""
        self.changed += [code for code in dict.fromkeys(codes) if code not in self.changed]

    def add(self, passed: Passed) -> None:
        """Take what is out now."""
        self.kept = None
        self.removed += passed.removed
        self.findings += passed.findings
        self.observed += passed.observed
        self.change(finding.code for finding in passed.findings)
        if not passed.text:
            self._gap = self._gap or self._break_after(passed.units)
            return
        self.text += passed.text
        self.order = passed.order
        self.count += 1
        self._gap = ""
        self._said |= {normal_form(unit) for unit in (*passed.units, *sentences(passed.text))} - {""}

    def _break_after(self, units: Sequence[str]) -> str:
        end = "".join(units)
        gap = end[len(end.rstrip()) :]
        return gap.lstrip(" ") if "\n" in gap and self.text.strip() and not self.text.endswith("\n") else ""


def normal_form(text: str) -> str:
    """Return what two sentences that say the same have in common: letters and digits, without case and markers.

    The bullet or number of a list item does not count either.
    """
    plain = unicodedata.normalize("NFKC", _LISTED.sub("", without_markers(text))).casefold()
    return "".join(character for character in plain if character.isalnum())
