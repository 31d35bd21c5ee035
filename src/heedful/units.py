"""Cuts a stream of text into units (sentences, list items, lines): the same ones however the stream came in pieces."""

from __future__ import annotations

import re

import regex

from heedful.markers import BEGUN, MARKER, without_markers

LONGEST_MARK = 40  # characters of a marker or a placeholder
BOUND = 1_000  # characters; a run without any end is cut here, at whitespace where there is some

_CLOSING = r"\"'”’»›)\]}）］」』】》〉*_~" + "\u2600-\u27bf\U0001f300-\U0001faff\ufe0f\u200d"  # the last: emoji
_END = re.compile(r"[.!?…。．｡！？]+|\n")
_WIDE = frozenset("。．｡！？")  # end a sentence without a space after them
_TAIL = re.compile(rf"(?:[{_CLOSING}]|[ \t\u00a0]*{MARKER})*")
_SPACE = re.compile(r"\s*")
_BLANK_LINE = re.compile(r"\n[^\S\n]*\n")
_HEADING = regex.compile(r"\s*(?:#{1,6}\s|[|>])")
_ITEM = regex.compile(r"\s*(?:[-*+•·▪◦‣–]\s|\(?\d{1,3}[.)]\s|[①-⑳]|[가-하][.)]\s|[a-zA-Z]\)\s)")
_NUMBERING = re.compile(r"(?:^|[:;,]\s+)\s*\(?\d{1,3}$")  # `1` of `1. Open the box`, also within a line
_INITIALS = re.compile(r"(?:[A-Za-z]\.)*[A-Za-z]")  # e.g, i.e, a.m, U.S, J
_ABBREVIATION = re.compile(
    r"mrs?|ms|mx|dr|prof|st|sr|jr|messrs|vs|cf|approx|incl|excl|dept|est|inc|ltd|co|corp|bros|gmbh|ph\.d", re.IGNORECASE
)
_NUMBERED = re.compile(  # abbreviations only where a number follows: `No. 5`, `Jan. 3`
    r"nos?|nr|pp?|fig|art|vol|tel|ext|sec|ch|jan|feb|mar|apr|jun|jul|aug|sept?|oct|nov|dec", re.IGNORECASE
)
_FINAL = frozenset("다요죠까네오음함임됨")  # Korean sentences end in one of these, with or without a full stop


def sentences(text: str) -> list[str]:
    """Return the units of a whole text; joined they are the text."""
    cutter = Cutter()
    return [*cutter.feed(text), *cutter.close()]


class Cutter:
    """Takes text in pieces and gives its units, each with the whitespace after it.

    A unit is given as soon as no later text can change where it ends; that takes at least the next other
    character, or the end. Any cutting of the same text gives the same units, and joined they are the text.
    """

    def __init__(self) -> None:
        self._text = ""  # not given yet
        self._seen = 0  # no unit ends before here
        self._starts_line = True

    @property
    def pending(self) -> str:
        """What has come and is not yet known to be a unit."""
        return self._text

    def feed(self, piece: str) -> list[str]:
        """Take the next piece; return the units that are now known."""
        self._text += piece
        return self._cut(ended=False)

    def close(self) -> list[str]:
        """Say that nothing follows; return the units that were still open."""
        return self._cut(ended=True)

    def _cut(self, *, ended: bool) -> list[str]:
        units = []
        start = 0
        while start < len(self._text) and (end := self._next_end(start, ended=ended)) is not None:
            unit = self._text[start:end]
            units.append(unit)
            self._starts_line = "\n" in unit[len(unit.rstrip()) :]
            start = self._seen = end
        self._text = self._text[start:]
        self._seen -= start
        return units

    def _next_end(self, start: int, *, ended: bool) -> int | None:
        """Return where the unit that begins at `start` ends; `None` while that is not known."""
        text = self._text
        while (found := _END.search(text, self._seen, start + BOUND)) is not None:
            line = text.rfind("\n", start, found.start()) + 1 or (start if self._starts_line else -1)
            decide = _line_end if found[0] == "\n" else _sentence_end
            place = decide(text, start, line, found, ended=ended)
            if place is None:
                self._seen = found.start()
                return None
            ends, self._seen = place
            if ends:
                return self._seen
        if len(text) - start > BOUND:
            return _forced_end(text, start)
        return len(text) if ended else None


def _sentence_end(text: str, start: int, line: int, found: re.Match[str], *, ended: bool) -> tuple[bool, int] | None:
    """Tell whether a unit ends at this terminator, and after which character; `None` while that is not known.

    When it does not end here, the position is where to look on. `line` is where the line begins, -1 when the
    unit begins within one.
    """
    tail = _tail_end(text, found.end())
    after = _space_end(text, tail)
    if not ended and (after == len(text) or _may_become_marker(text, tail, after)):
        return None
    if after == len(text):
        return True, after
    before = text[start : found.start()]
    if not _has_words(before):
        return False, after
    gap, closing, following = text[tail:after], text[found.end() : tail], text[after]
    if not gap:
        ends = found[0][-1] in _WIDE and not (closing and following.isalnum())
        return ends or bool(re.search(MARKER, closing)), after
    if _BLANK_LINE.search(gap):
        return True, after
    if found[0] == "." and _is_abbreviation(before, following):
        return False, after
    if "\n" in gap:
        return True, after
    is_item = line >= 0 and _ITEM.match(text, line) is not None
    return not (is_item or _goes_on(before, found[0], closing, following)), after


def _line_end(text: str, start: int, line: int, found: re.Match[str], *, ended: bool) -> tuple[bool, int] | None:
    """Tell whether a unit ends with a line that has no terminator; as `_sentence_end`."""
    after = _space_end(text, found.start())
    if after == len(text):
        return (True, after) if ended else None
    before = text[start : found.start()]
    if not _has_words(before):
        return False, after
    gap = text[found.start() : after]
    if _BLANK_LINE.search(gap):
        return True, after
    for begins in (_ITEM, _HEADING):
        next_line = begins.match(text, after, partial=not ended)
        if next_line is not None:
            return None if next_line.partial else (True, after)
    if line >= 0 and _HEADING.match(text, line):
        return True, after
    indented = gap[-1] != "\n"
    if line >= 0 and _ITEM.match(text, line) and not indented:
        return True, after
    return not _runs_over(before, text[after]), after


def _runs_over(before: str, following: str) -> bool:
    """Tell whether a sentence goes on in the next line, as in text that somebody wrapped by hand."""
    last = without_markers(before).rstrip()[-1:]
    if last in ("", ":", "：", ";"):
        return False
    if last in ",、，" or following.islower() or following.isdigit():
        return True
    return _is_hangul(last) and last not in _FINAL and _is_hangul(following)


def _goes_on(before: str, mark: str, closing: str, following: str) -> bool:
    """Tell whether a sentence goes on after a terminator and a space."""
    last = before[-1:]
    if mark == ".":
        in_figure = last.isdigit() and (following.isdigit() or _is_hangul(following))  # 2026. 11. 22. 까지
        is_cited = re.search(MARKER, closing) is not None  # 3,000. [1] 반품은 …: only a sentence is cited
        return (in_figure and not is_cited) or following.islower() or _NUMBERING.search(before) is not None
    if "…" in mark or ".." in mark:
        return following.islower() or (_is_hangul(last) and last not in _FINAL)
    return bool(closing) and following.islower()  # "Really?" she asked


def _is_abbreviation(before: str, following: str) -> bool:
    word = before[-20:].split()[-1] if before[-1:].strip() else ""
    word = word.lstrip("\"'“‘([{（*_")
    if _INITIALS.fullmatch(word) or _ABBREVIATION.fullmatch(word):
        return True
    return following.isdigit() and _NUMBERED.fullmatch(word) is not None


def _tail_end(text: str, at: int) -> int:
    """Return where the closing quotes, brackets and markers that begin at `at` end."""
    found = _TAIL.match(text, at)
    return found.end() if found else at


def _space_end(text: str, at: int) -> int:
    found = _SPACE.match(text, at)
    return found.end() if found else at


def _may_become_marker(text: str, tail: int, after: int) -> bool:
    return "\n" not in text[tail:after] and BEGUN.fullmatch(text, after) is not None


def _has_words(text: str) -> bool:
    """Tell whether there is anything to say in `text`: a rule, an ellipsis or a smile alone is no unit."""
    return any(character.isalnum() for character in text)


def _is_hangul(character: str) -> bool:
    return "가" <= character <= "힣"


def _forced_end(text: str, start: int) -> int:
    """Return where a run without an end is cut: after the last space within the bound, never inside a marker."""
    for at in range(start + BOUND, start + 1, -1):
        if text[at - 1].isspace() and not text[at].isspace() and not _is_inside(text, start, at):
            return at
    last = start + BOUND
    back = range(last, last - LONGEST_MARK, -1)  # brackets that never close are no marker and hold nothing back
    return next((at for at in back if not _is_inside(text, start, at)), last)


def _is_inside(text: str, start: int, at: int) -> bool:
    """Tell whether `at` is inside a marker or a placeholder that began shortly before it."""
    near = text[max(start, at - LONGEST_MARK) : at]
    return any(near.rfind(opening) > near.rfind(closing) for opening, closing in ("[]", "‹›"))
