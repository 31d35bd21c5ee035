"""Digits said in words: English, Korean and Han numerals, two-digit groups, whatever stands between them."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise
from typing import NamedTuple

import regex

from heedful.canonical import numbers
from heedful.canonical.glance import glance

_ENGLISH = dict(zip("zero one two three four five six seven eight nine".split(), "0123456789", strict=True)) | {
    "oh": "0", "o": "0", "nought": "0", "naught": "0",
}  # fmt: skip
_TEENS = {
    word: str(value)
    for value, word in enumerate(
        "ten eleven twelve thirteen fourteen fifteen sixteen seventeen eighteen nineteen".split(), start=10
    )
}
_TENS = dict(zip("twenty thirty forty fifty sixty seventy eighty ninety".split(), "23456789", strict=True))
_NATIVE = dict(zip("하나 둘 셋 넷 다섯 여섯 일곱 여덟 아홉".split(), "123456789", strict=True))
_SINO = {c: str(i) for i, c in enumerate("공일이삼사오육칠팔구")} | {"영": "0", "륙": "6"}
_HAN = (
    {c: str(i) for i, c in enumerate("〇一二三四五六七八九")}
    | {"零": "0"}
    | {c: str(i) for i, c in enumerate("壹貳參肆伍陸柒捌玖", start=1)}
    | {"壱": "1", "弐": "2", "参": "3", "叁": "3"}
)
_TIMES = {"double": 2, "triple": 3, "treble": 3}
_ONES = "|".join(_ENGLISH)
_UNIT = rf"(?:{'|'.join(_NATIVE)}|[{''.join(_SINO)}십백천])"
_BETWEEN = "에요|에|의|국에|국|다시|대시|하이픈|점|하고|그리고"
_LIST_NUMBER = r"(?m:^[^\S\n]*(?:[-*•][^\S\n]*)?\d{1,2}[.)]\s)|\[\d{1,3}\]"
_TOKEN = regex.compile(
    rf"(?P<skip>{_LIST_NUMBER})|(?P<digits>\d+)"
    rf"|(?<![a-z])(?:(?P<times>double|triple|treble)\s)?(?:(?P<tens>{'|'.join(_TENS)})(?:[\s-]?(?P<one>{_ONES}))?"
    rf"|(?P<teen>{'|'.join(_TEENS)})|(?P<en>{_ONES}))(?![a-z'])"
    rf"|(?<![가-힣])(?P<ko>{_UNIT}++(?:(?:{_BETWEEN}){_UNIT}++)*+)(?P<tail>[가-힣]{{0,5}})(?![가-힣])"
    rf"|(?P<han>[{''.join(_HAN)}]+)",
    regex.IGNORECASE,
)
_KOREAN_UNIT = regex.compile(_UNIT)
_KOREAN_NUMBER = regex.compile(rf"{_UNIT}++")
_JOINING = (
    r"then|and|dash|hyphen|minus|space|dot|point|comma|slash|followed|by|next|after|that|finally|lastly|again"
    r"|with|comes"
    r"|그\s?다음(?:은|에|이|으로|엔)?|다음(?:은|에|이|으로|엔)?|그리고|다시|대시|하이픈|빼기|점|에|의|하고"
    r"|이어서|이어|또|및|국에?"
    r"|마지막(?:은|에|으로)?|끝으로|첫째|둘째"
)
_GAP = regex.compile(
    rf"(?:{_LIST_NUMBER}|[^\p{{L}}\p{{N}}]|(?<![\p{{L}}])(?:{_JOINING})(?![\p{{L}}]))*+", regex.IGNORECASE
)
_TAILS = regex.compile(
    r"(?:번|이)?(?:에요|예요|이에요|입니다|이며|이고|이랑|랑|하고|으로|로|에서|에|의|은|는|이|가|을|를|과|와|도"
    r"|만|인|번|국|라고|이라고|고|며|요|님)?"
)
_HAS_WORD = regex.compile(rf"(?<![a-z])(?:{_ONES}|{'|'.join(_TENS)})(?![a-z])", regex.IGNORECASE)
_LONE_O = regex.compile(r"(?<![a-z])oh?(?![a-z])", regex.IGNORECASE)
# Where a digit word may begin, looked for before the pattern: most places of a text are none.
_SYLLABLES = frozenset([*_SINO, *_HAN, *(word for word in _NATIVE if len(word) == 1), "십", "백", "천"])
_LONGER = tuple(word for word in _NATIVE if len(word) > 1)
_BEGINNING = regex.compile(
    rf"(?<![가-힣])[{''.join(sorted({word[0] for word in _NATIVE} | set(_SINO)))}십백천]|[{''.join(_HAN)}]"
)
_WORDS = tuple(word for word in (*_ENGLISH, *_TEENS, *_TENS, *_TIMES) if word not in ("o", "oh"))
_LAST_WORD = regex.compile(r"(?r)[\p{L}\p{N}]+")
_IS_HANGUL = regex.compile(r"[가-힣]+")
_KOREAN_FIRST = frozenset([*(word[0] for word in _NATIVE), *_SINO, "십", "백", "천"])
_JOINS = regex.compile(_JOINING, regex.IGNORECASE)
# A word that begins the next part of a number read out; a Korean `이` alone only where a sign follows.
DIGIT_WORD = (
    rf"(?:(?:then|and|next|다음|그다음|그리고)[\s,:]+)?(?:(?:{_ONES}|{'|'.join(_TENS)}|{'|'.join(_TEENS)}|double"
    rf"|triple)(?=[^\w'])"
    rf"|{_UNIT}{{2,}}[가-힣]{{0,4}}(?=\W)|{_UNIT}(?=[ \t]*[^\w \t])|[{''.join(_HAN)}])"
)
REACH = 40  # characters between two digits of one number, at most
# Words that happen to be made of digits only: "in between", "two or three days".
_NO_NUMBER = frozenset("사이사이 사사오입 이삼사오 삼삼오오 구구절절 이일저일".split())


class Digits(NamedTuple):
    """A run of digits, some of them said in words: each digit's place is that of its word."""

    digits: str
    starts: tuple[int, ...]
    ends: tuple[int, ...]
    words: int  # how many of the digits are in words
    is_code: bool  # surely read out digit by digit, not counted or calculated


class _Said(NamedTuple):
    digits: str
    start: int
    end: int
    places: tuple[tuple[int, int], ...]
    kind: str  # "digits", "en", "tens", "ko", "value", "han"


def spoken(text: str) -> Iterator[Digits]:
    """Yield the runs of at least four digits in which digits are said in words, or joined by words."""
    if not _has_word(text) and not _joins_figures(text):
        return
    group: list[_Said] = []
    for said in _said(text):
        if group and not _continues(text[group[-1].end : said.start]):
            yield from _run(group, text)
            group = []
        group.append(said)
    yield from _run(group, text)


def ends_in_digit(text: str) -> bool:
    """Whether `text` ends in a digit, in figures or in words, with at most signs and joining words after it."""
    if not _may_end_in_digit(text):
        return False
    last = None
    for said in _said(text):
        last = said
    return last is not None and _continues(text[last.end :])


def is_only_digits(text: str, *, most: int) -> bool:
    """Whether `text` holds nothing but at most `most` digits, in figures or in words, with signs around them."""
    all_said = list(_said(text))
    if not all_said or sum(len(said.digits) for said in all_said) > most:
        return False
    edges = [0, *(edge for said in all_said for edge in (said.start, said.end)), len(text)]
    return all(_continues(text[a:b]) for a, b in zip(edges[::2], edges[1::2], strict=True))


def _joins_figures(text: str) -> bool:
    return sum(end - start for start, end in glance(text).numbers) >= 6


def _has_word(text: str) -> bool:
    """Whether a digit is said in words anywhere."""
    if not _SYLLABLES.isdisjoint(text) or any(word in text for word in _LONGER):
        return True
    return (glance(text).has(_WORDS) and _HAS_WORD.search(text) is not None) or _LONE_O.search(text) is not None


def _may_end_in_digit(text: str) -> bool:
    """Whether the last word of `text` may be a digit, or one that joins digits: nearly none is."""
    last = _LAST_WORD.search(text)
    if last is None or not last[0].isalpha():
        return last is not None
    word = last[0].lower()
    if not word.isascii():
        return word[0] in _KOREAN_FIRST or not _IS_HANGUL.fullmatch(word) or _JOINS.fullmatch(word) is not None
    return word in _ENGLISH or word in _TEENS or word.startswith(tuple(_TENS)) or _JOINS.fullmatch(word) is not None


def _continues(between: str) -> bool:
    return len(between) <= REACH and _GAP.fullmatch(between) is not None  # nothing in it gives back what it took


def _said(text: str) -> Iterator[_Said]:
    for m in _said_at(text):
        if m["skip"]:
            continue
        if m["ko"]:
            yield from _korean(m)
        elif m["digits"] or m["han"]:
            digits = "".join(_HAN.get(c, c) for c in m[0])
            places = tuple((i, i + 1) for i in range(*m.span()))
            yield _Said(digits, m.start(), m.end(), places, "digits" if m["digits"] else "han")
        else:
            word = (m["one"] or m["en"] or "").lower()
            if m["tens"]:
                digits = _TENS[m["tens"].lower()] + (_ENGLISH[word] if word else "0")
            else:
                digits = (_TEENS[m["teen"].lower()] if m["teen"] else _ENGLISH[word]) * _TIMES.get(
                    (m["times"] or "").lower(), 1
                )
            kind = "tens" if m["tens"] or m["teen"] else "en"
            yield _Said(digits, m.start(), m.end(), (m.span(),) * len(digits), kind)


def _said_at(text: str) -> Iterator[regex.Match[str]]:
    """Yield the matches of `_TOKEN`, which is tried only where one may begin."""
    free = 0
    for place in sorted(_places(text)):
        if place >= free and (m := _TOKEN.match(text, place)) is not None:  # it reads a word or two, and never back
            yield m
            free = m.end()


def _places(text: str) -> set[int]:
    """Return where digits, words for them, or the numbers of a list may begin."""
    look = glance(text)
    places = {m.start() for m in _BEGINNING.finditer(text)}
    for start, end in look.numbers:
        places.add(start)
        if text[start - 1 : start] == "[":
            places.add(start - 1)
        elif text[end : end + 1] in (".", ")"):
            line = text.rfind("\n", 0, start) + 1
            if not text[line:start].strip().lstrip("-*•").strip():
                places.add(line)
    for word in _WORDS:
        at = look.lower.find(word)
        while at >= 0:
            places.add(at)
            at = look.lower.find(word, at + 1)
    places.update(m.start() for m in _LONE_O.finditer(text))
    return places


def _korean(m: regex.Match[str]) -> Iterator[_Said]:
    """Yield the digits of a Korean word made of digit syllables and an ending; 구천팔백칠십육 gives 9876."""
    text, (start, end), tail = m.string, m.span("ko"), m["tail"]
    units = list(_KOREAN_UNIT.finditer(text, start, end))
    after_figure = start > 0 and text[start - 1].isdigit()
    if (len(units) < 3 and not _TAILS.fullmatch(tail)) or (after_figure and len(units) < 3):
        return
    if any(u[0] in "십백천" for u in units):
        for part in _KOREAN_NUMBER.finditer(text, start, end):
            value = numbers.sino(part[0])
            if value is not None and not any(n in part[0] for n in _NATIVE):
                digits = f"{value:.0f}"
                yield _Said(digits, part.start(), m.end(), (part.span(),) * len(digits), "value")
        return
    digits = "".join(_NATIVE.get(u[0]) or _SINO[u[0]] for u in units)
    yield _Said(digits, start, m.end(), tuple(u.span() for u in units), "ko")


def _run(group: list[_Said], text: str) -> Iterator[Digits]:
    digits = "".join(said.digits for said in group)
    if len(digits) < 4:
        return
    places = [place for said in group for place in said.places]
    words = sum(len(said.digits) for said in group if said.kind != "digits")
    yield Digits(digits, tuple(a for a, _ in places), tuple(b for _, b in places), words, _is_code(group, text))


def _is_code(group: list[_Said], text: str) -> bool:
    """Whether a run can only be a number read out: many single digits, or groups close together."""
    english = [said for said in group if said.kind == "en" and text[said.start : said.end].lower() != "o"]
    digits = "".join(said.digits for said in english)
    if len(english) >= 4 and digits not in "0123456789":
        return True
    pairs = [said for said in group if said.kind == "tens"]
    if len(pairs) + len(english) // 2 >= 2 and all(
        regex.fullmatch(r"[\s-]{1,3}|,\s", text[a.end : b.start]) for a, b in pairwise(group)
    ):
        return len(pairs) >= 3 or all(text[a.end : b.start] == " " for a, b in pairwise(group))
    korean = [said for said in group if said.kind in ("ko", "han")]
    if any(len(said.digits) >= 4 and _plain(said, text) for said in korean):
        return True
    return sum(len(said.digits) >= 3 for said in korean) >= 2


def _plain(said: _Said, text: str) -> bool:
    word = text[said.places[0][0] : said.places[-1][1]]
    return word not in _NO_NUMBER
