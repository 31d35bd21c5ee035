"""Reads figures that are not written as such: Roman numerals, and the one value that two bounds leave."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from itertools import pairwise

import regex

from heedful.canonical.disguises.reading import EDGE, Reading
from heedful.canonical.figures import Figure, figures
from heedful.canonical.text import PATIENCE_S, Normalised

_ROMAN_SIGNS = frozenset("IVXLCDMivxlcdm")
_ROMAN_PARTS = _ROMAN_SIGNS | frozenset("./-·:년월일")
_LEAD = regex.compile(r"[IVXLCDMivxlcdm./\-·:년월일]+")
_DIAL = regex.compile(r"(?<!\w)(?:(?:[IVX]{1,4}|N|O|nulla|\d)[\s,.;\-]{1,3}){5,}(?:[IVX]{1,4}|N|O|nulla|\d)(?!\w)")
_PARTED = regex.compile(r"[./\-·:년월일]")
_NO_NUMERALS = frozenset("i mild mix civil did mid mm cm dm ml dl vivid livid civic mimic id".split())
_FIGURE = regex.compile(r"\d[\d,.]*")
ROMANS = 3  # numerals, from which they are read: a date has three
_VALUES = {"i": 1, "v": 5, "x": 10, "l": 50, "c": 100, "d": 500, "m": 1000}
_ROMAN = regex.compile(
    r"(?<![A-Za-z])m{0,3}(?:cm|cd|d?c{0,3})(?:xc|xl|l?x{0,3})(?:ix|iv|v?i{0,3})(?![A-Za-z])", regex.IGNORECASE
)
_BOUNDING = frozenset(
    "between more less above below over under fewer greater smaller after before lower higher exceeds least most than "
    "보다 초과 미만 이상 이하 사이 사이의 넘고 적은 적고 많고 작은 크고 후 전 이후 이전".split()
)
_BOUND_ENDS = ("보다", "초과", "미만", "이상", "이하", "사이", "이후", "이전")
NEAR_DAYS = 7
LEAST = 100  # smaller amounts stand in any text
NEAR = 20  # whole numbers between two bounds, at most
MOST_FIGURES = 24


def is_hinted(text: str, words: list[str], plain: list[str]) -> bool:
    """Whether a text may hold Roman numerals of some length, or figures with words that bound them."""
    if _has_romans(words):
        return True
    if len(_FIGURE.findall(text)) < 2:
        return False
    return not _BOUNDING.isdisjoint(plain) or any(end in text for end in _BOUND_ENDS)


def _has_romans(words: list[str]) -> bool:
    found = [word for word in words if word[0] in _ROMAN_SIGNS and _ROMAN_PARTS.issuperset(word[:5].rstrip(EDGE))]
    return bool(found) and sum(_romans(_LEAD.match(word)[0].strip(EDGE)) for word in found) >= ROMANS


def _romans(core: str) -> int:
    """Return how many Roman numerals a word is made of; a long one counts three times, as a year does."""
    parts = [part for part in _PARTED.split(core) if part]
    return sum(ROMANS if len(part) >= 5 else 1 for part in parts) if core.lower() not in _NO_NUMERALS else 0


def read(text: Normalised) -> Iterator[Reading]:
    """Yield the text with Roman numerals as figures, and with two bounds as the value between them."""
    plain = text.text
    yield from _between(text)
    if not _has_romans(plain.split()):
        return
    for m in _DIAL.finditer(plain, timeout=PATIENCE_S):
        yield Reading("Roman digits", "".join(_digit(one) for one in m[0].split()), m.start(), m.end())
    changed = _ROMAN.sub(lambda m: str(roman(m[0])) if m[0] else "", plain, timeout=PATIENCE_S)
    if changed != plain:
        yield Reading("Roman numerals", changed, 0, len(plain))
        digits = "".join(str(roman(m[0])) for m in _ROMAN.finditer(plain) if m[0])
        if len(digits) >= 6:
            yield Reading("Roman numerals", digits, 0, len(plain))


def _digit(numeral: str) -> str:
    core = numeral.strip(",.;-")
    return "0" if core.upper() in ("N", "NULLA", "O", "0") else core if core.isdigit() else str(roman(core))


def roman(numeral: str) -> int:
    """Return the value of a Roman numeral."""
    values = [_VALUES[sign] for sign in numeral.lower()]
    return sum(-a if a < b else a for a, b in pairwise([*values, 0]))


def _between(text: Normalised) -> Iterator[Reading]:
    found = [figure for figure in figures(text) if figure.kind in ("money", "number", "quantity", "date", "code")]
    for one, other in pairwise(sorted(found[:MOST_FIGURES], key=lambda figure: figure.start)):
        said = [*_days(one, other), *_amounts(text.text, one, other)]
        if said:
            lines = [text.text[: one.start] + value + text.text[other.end :] for value in said]
            yield Reading("bounds", "\n".join(lines), one.start, other.end)


def _days(one: Figure, other: Figure) -> Iterator[str]:
    if one.kind != "date" or other.kind != "date":
        return
    for a in one.dates:
        for b in other.dates:
            try:
                first, last = (date(day.year or b.year or a.year or 2024, day.month, day.day) for day in (a, b))
            except ValueError:
                continue
            for n in range(1, min((last - first).days, NEAR_DAYS)):
                day = first + timedelta(days=n)
                yield day.isoformat() if a.year or b.year else f"{day.month}월 {day.day}일"


def _amounts(text: str, one: Figure, other: Figure) -> Iterator[str]:
    if "date" in (one.kind, other.kind):
        return
    low, high = sorted((_value(one), _value(other)))
    if low < LEAST or high - low < 2 or low % 1 or high % 1:
        return
    inside = range(int(low) + 1, int(high)) if high - low <= NEAR else [(int(low) + int(high)) // 2]
    if high - low > NEAR and high - low > low / 50:
        return
    shown = next((text[f.start : f.end] for f in (one, other) if f.kind == "money"), text[one.start : one.end])
    for value in inside:
        yield str(regex.sub(r"\d[\d,.]*", f"{value:,}", shown, count=1))
        if one.kind == "code" and one.key.isdigit():
            yield f"{value:0{len(one.key)}d}"


def _value(figure: Figure) -> float:
    if figure.kind == "code":
        return float(figure.key) if figure.key.isdigit() else 0.0
    return figure.value
