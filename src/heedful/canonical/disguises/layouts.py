"""Reads what is laid out so that it does not stand in a row: marks inside, letters apart, first letters, fillers."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from itertools import pairwise

import regex

from heedful.canonical.disguises.ciphers import COMMON
from heedful.canonical.disguises.reading import EDGE, Reading
from heedful.canonical.text import PATIENCE_S

_TAG = regex.compile(r"</?[A-Za-z][^<>\n]{0,80}>|<!--|-->")
_MARK = regex.compile(r"</?[A-Za-z][^<>\n]{0,80}>|<!--|-->|[*_~`|^{}\[\]<>\\\"'“”‘’«»]+")
_INSIDE = regex.compile(r"[^\W_]\S?(?:[*`|^{}\[\]\\<~]{2,}|[*`|^{}\[\]\\<]|_{2,}|[*_]\W|<[^<>\n]{1,80}>)\S?[^\W_]")
_ASIDE = regex.compile(r"\s?[(\[{<][^()\[\]{}<>]{0,24}[)\]}>]")
_SIGNS = {
    "dot": ".", "point": ".", "period": ".", "점": ".", "닷": ".", "쩜": ".", "at": "@", "골뱅이": "@", "앳": "@",
    "dash": "-", "hyphen": "-", "대시": "-", "하이픈": "-", "space": " ", "underscore": "_", "밑줄": "_",
}  # fmt: skip
_DIGIT_WORDS = {
    word: str(digit)
    for said in (
        "zero one two three four five six seven eight nine",
        "공 일 이 삼 사 오 육 칠 팔 구",
        "영 하나 둘 셋 넷 다섯 여섯 일곱 여덟 아홉",
    )
    for digit, word in enumerate(said.split())
}
_WORDS = frozenset("an as am at be by do go he if in is it me my no of on or so to up us we".split())
APART = 5  # words of one or two characters in a row, from which they are read as one
LINES = 5  # lines or sentences, from which their first letters are read
REPEATS = 3  # times that a word stands in a text, from which it may be a filler
STEP = 8  # words from one filler to the next, at most
STEP_OF_COMMON = 4  # the same for words that any text repeats
QUOTES = 4  # quotes and strokes, from which a text may be in pieces
LONG = 9  # characters of a word in which every other may say nothing
AT_WORDS = frozenset("arobase arroba chiocciola klammeraffe snabel apestaart asperand at-sign 골뱅이 앳".split())
_AT = regex.compile(rf"\s*[(\[]?(?:{'|'.join(AT_WORDS)})[)\]]?\s*", regex.IGNORECASE)
_DOT = regex.compile(r"\s+(?:dot|point|punto|ponto|punkt|punt|period|점|닷|쩜)\s+", regex.IGNORECASE)
_DASH = regex.compile(r"\s+(?:dash|hyphen|tiret|minus|guion|bindestrich|대시|하이픈)\s+", regex.IGNORECASE)
_SEAM = regex.compile(r"['\"]\s*[+,&|.]?\s*['\"]|\s+[/|+]\s+|(?<=\w)\s*(?:\.\.\.+)\s*(?=\w)")
COUNTED = 4  # lines that begin with a digit in words
ASIDES = 3  # brackets, from which the text is read without them
_PARTING = regex.compile(r"\d\s?\([^()\n]{0,24}\)\s?\d|[A-Za-z0-9@.]\([^()\n]{0,24}\)[A-Za-z0-9@.]")
_WORD = regex.compile(r"[^\s]+")
_AROUND = ",;:*_·•|/()[]{}\"'"


def is_hinted(text: str, words: list[str], plain: list[str]) -> bool:
    """Whether a text may be laid out oddly: marks or asides inside words and numbers, words of one letter."""
    short = bytes([len(word) == 1 or (len(word) == 2 and word.isascii()) or word in _SIGNS for word in words])
    if b"\1" * (APART + 1) in short:
        return True
    if len(set(plain)) <= len(plain) - REPEATS + 1 and _fillers(plain):
        return True
    if not AT_WORDS.isdisjoint(plain):
        return True
    seams = text.count("'") + text.count('"') + 2 * text.count(" / ") + text.count("| ") + text.count("+ ")
    if seams >= QUOTES and _SEAM.search(text):
        return True
    if any(len(word) >= LONG and _is_woven(word) for word in words):
        return True
    if "(" in text and (text.count("(") >= ASIDES or _PARTING.search(text)):
        return True
    return any(mark in text for mark in "*~`|^{[\\<") and _INSIDE.search(text) is not None


def _is_piece(core: str) -> bool:
    """Whether a word is a letter or two of something, or a sign in words, and no word of its own."""
    return core in _SIGNS or len(core) == 1 or (len(core) == 2 and core.isascii() and core.lower() not in _WORDS)


def read(text: str) -> Iterator[Reading]:
    """Yield what a text says without what stands in between."""
    if _INSIDE.search(text):
        yield _without("marks", _MARK, text)
        if _TAG.search(text):
            yield _without("tags", _TAG, text)
    if "(" in text or "[" in text or "{" in text or "<" in text:
        yield _without("asides", _ASIDE, text)
    yield from _apart(text)
    for how, pattern in (("pieces", _SEAM), ("fillers", _filling(text))):
        if pattern is not None and pattern.search(text):
            yield _without(how, pattern, text)
    if _AT.search(text):
        said = _DOT.sub(".", _AT.sub("@", text, timeout=PATIENCE_S), timeout=PATIENCE_S)
        yield Reading("signs in words", _DASH.sub("-", said), 0, len(text))
    for m in _WORD.finditer(text):
        if len(m[0]) >= LONG and _is_woven(m[0]):
            for said in (m[0][::2], m[0][1::2], "".join(c for c in m[0] if c.isupper() or c.isdigit())):
                yield Reading("woven", said, m.start(), m.end())


def _is_woven(word: str) -> bool:
    """Whether every other character of a word says nothing, or is a capital among small letters."""
    if len(set(word[::2])) <= 2 or len(set(word[1::2])) <= 2:
        return not word.isdigit() and len(set(word)) > 3
    return word[::2].isupper() != word[1::2].isupper() and word[1::2].islower() != word[::2].islower()


def _fillers(plain: list[str]) -> list[str]:
    """Return the words that stand in a text again and again with nothing but short pieces between them."""
    often = {word for word, times in Counter(plain).items() if times >= REPEATS and len(word) > 1}
    places: dict[str, list[int]] = {}
    for at, word in enumerate(plain) if often else ():
        if word in often:
            places.setdefault(word, []).append(at)
    return [word for word, found in places.items() if _are_even(found, STEP_OF_COMMON if word in COMMON else STEP)]


def _are_even(places: list[int], most: int) -> bool:
    steps = [b - a for a, b in pairwise(places)]
    return max(steps) <= most and max(steps) - min(steps) <= 1


def _filling(text: str) -> regex.Pattern[str] | None:
    found = _fillers([word.strip(EDGE) for word in text.lower().split()])
    words = "|".join(regex.escape(word) for word in found)
    return regex.compile(rf"\s*(?<!\w)(?:{words})(?!\w)\W*?(?=\w)\s*", regex.IGNORECASE) if found else None


def _without(how: str, pattern: regex.Pattern[str], text: str) -> Reading:
    keep = [True] * len(text)
    for m in pattern.finditer(text, timeout=PATIENCE_S):
        keep[m.start() : m.end()] = [False] * (m.end() - m.start())
    places = tuple(at for at, kept in enumerate(keep) if kept)
    return Reading(how, "".join(text[at] for at in places), 0, len(text), places=places)


def _apart(text: str) -> Iterator[Reading]:
    """Yield each row of words of one or two characters as one word."""
    cores = [word.strip(_AROUND) for word in text.split()]
    if b"\1" * APART not in bytes(
        [len(core) < 2 or (len(core) == 2 and core.isascii()) or core.lower() in _SIGNS for core in cores]
    ):
        return
    row: list[tuple[str, int, int]] = []
    for m in (*_WORD.finditer(text), None):
        word = m[0] if m else ""
        core = word.strip(_AROUND)
        sign = _SIGNS.get(core.lower(), core)
        if m and (not core or _is_piece(core.lower()) or (row and core.lower() in _WORDS)):
            row.append((sign, *m.span()))
            continue
        if sum(core.lower() not in _WORDS for core, _, _ in row) >= APART:
            yield from _together(row)
        row = []


def _together(row: list[tuple[str, int, int]]) -> Iterator[Reading]:
    letters = "".join(core for core, _, _ in row)
    places = tuple(start for core, start, _ in row for _ in core)
    yield Reading("letters apart", letters, row[0][1], row[-1][2], places=places)
    bare = [(c, at) for c, at in zip(letters, places, strict=True) if c.isalnum() or c in "@."]
    yield Reading("letters apart", "".join(c for c, _ in bare), row[0][1], row[-1][2], places=tuple(p for _, p in bare))


def edges(text: str) -> tuple[Reading, ...]:
    """Return the first letters, the last letters and the first words of lines and sentences; cheap for any text.

    A digit in words counts as its figure; lines that begin with such words out of their order are code.
    """
    lines = text.replace("\n", ". ").replace("! ", ". ").replace("? ", ". ").split(". ")
    told = [line.strip() for line in lines]
    words = [(line.split(None, 1)[0].strip(EDGE), line.rsplit(None, 1)[-1].strip(EDGE)) for line in told if line]
    if len(words) < LINES:
        return ()
    heads = [_DIGIT_WORDS.get(first.lower()) or first[:1] for first, _ in words]
    counted = "".join(
        [head for head, (first, _) in zip(heads, words, strict=True) if head.isdigit() and not first[0].isdigit()]
    )
    is_code = len(counted) >= COUNTED and counted not in "0123456789"
    return (
        Reading("first letters", "".join(heads), 0, len(text), is_code),
        Reading("last letters", "".join([last[-1:] for _, last in words]), 0, len(text)),
        Reading("first words", "".join([first for first, _ in words]), 0, len(text)),
    )
