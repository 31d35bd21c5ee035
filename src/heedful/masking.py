"""Masks what a guard found in a unit, so that the rest can be sent and reads well."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

from heedful.values import Finding


@dataclass(frozen=True, slots=True)
class Masked:
    """A unit with its findings masked; their offsets now say where in the draft the mask stands."""

    text: str
    findings: tuple[Finding, ...]


def mask(unit: str, start: int, findings: Iterable[Finding]) -> Masked | None:
    """Return `unit`, which begins at `start` of the draft, with each finding's span replaced by its mask.

    Spans that overlap become one, with the mask of the widest. A span without a mask is left out with the space
    after it; an empty span is an insertion. What began before the unit is masked from the unit's first character
    on. `None` when a finding can't be mended here: it lies wholly before or behind the unit, or changes nothing.
    """
    spans: list[_Span] = []
    for finding in findings:
        left = min(max(finding.start - start, 0), len(unit))
        right = min(finding.end - start, len(unit))
        is_insertion = finding.start == finding.end
        if not finding.mask if is_insertion else right <= left:
            return None
        spans.append(([finding], left, left if is_insertion else right))
    spans.sort(key=lambda span: span[1:])
    return _replaced(unit, start, _merged(spans))


_Span = tuple[list[Finding], int, int]


def _merged(spans: list[_Span]) -> list[_Span]:
    """Return the spans in order, those that overlap as one."""
    merged: list[_Span] = []
    for found, left, right in spans:
        if merged and left < merged[-1][2]:
            before, first, last = merged.pop()
            merged.append(([*before, *found], first, max(last, right)))
        else:
            merged.append((found, left, right))
    return merged


def _replaced(unit: str, start: int, spans: list[_Span]) -> Masked:
    text = ""
    masked: list[Finding] = []
    at = 0
    for found, left, right in spans:
        text += unit[at:left]
        at = right
        widest = max(found, key=lambda one: one.end - one.start)
        shown = _on_its_own(widest.mask, unit[right:]) if left == right else widest.mask
        if not shown:
            text, at = _closed_up(text, unit, at)
        place = start + len(text)
        masked += [replace(one, start=place, end=place + len(widest.mask)) for one in found]
        text += shown
    text += unit[at:]
    is_bare = not all(one.mask for one in masked) and not any(character.isalnum() for character in text)
    return Masked("" if is_bare else text, tuple(masked))  # what was left out leaves no bullet behind


def _closed_up(text: str, unit: str, at: int) -> tuple[str, int]:
    """Return `text` and where `unit` goes on, with one of the two gaps around what was left out: the larger one."""
    after = unit[at : len(unit) - len(unit[at:].lstrip())]
    before = text[len(text.rstrip()) :]
    if text.strip() and after.count("\n") > before.count("\n"):
        return text.rstrip(), at
    if not text or before:
        return text, at + len(after)
    return text, at


def _on_its_own(notice: str, following: str) -> str:
    """Return an inserted text with a blank line after it, where something follows."""
    return notice if not following.strip() or notice[-1:].isspace() else f"{notice}\n\n"
