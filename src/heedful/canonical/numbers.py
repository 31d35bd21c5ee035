"""Numbers however they are written: digits, English and Korean words, and the two mixed (`124만 6천`, `4.25k`)."""

from __future__ import annotations

import regex

_ONES = {
    word: value
    for value, words in enumerate(
        "zero,one,two,three,four,five,six,seven,eight,nine,ten,eleven,twelve,thirteen,fourteen,fifteen,sixteen,"
        "seventeen,eighteen,nineteen".split(",")
    )
    for word in (words,)
}
_TENS = {
    word: (index + 2) * 10
    for index, word in enumerate("twenty,thirty,forty,fifty,sixty,seventy,eighty,ninety".split(","))
}
_SCALES = {"hundred": 100, "thousand": 1_000, "million": 1_000_000, "billion": 1_000_000_000}
_UNITS = {**_ONES, **_TENS, "dozen": 12}
_WORD = "|".join(sorted([*_UNITS, *_SCALES], key=len, reverse=True))
ENGLISH = rf"(?:(?:an?\s+)?(?:{_WORD})(?:(?:\s+and\s+|[\s-])(?:{_WORD})){{0,12}})"

_SINO = {**{c: i for i, c in enumerate("영일이삼사오육칠팔구")}, "공": 0, "륙": 6, "유": 6}
_SMALL = {"십": 10, "백": 100, "천": 1_000}
_BIG = {"만": 10_000, "억": 100_000_000, "조": 1_000_000_000_000}
_NATIVE_TENS = {
    "열": 10,
    "스물": 20,
    "스무": 20,
    "서른": 30,
    "마흔": 40,
    "쉰": 50,
    "예순": 60,
    "일흔": 70,
    "여든": 80,
    "아흔": 90,
}
_NATIVE = {
    "하나": 1, "한": 1, "둘": 2, "두": 2, "셋": 3, "세": 3, "석": 3, "서": 3, "넷": 4, "네": 4, "넉": 4, "너": 4,
    "다섯": 5, "여섯": 6, "일곱": 7, "여덟": 8, "아홉": 9,
}  # fmt: skip
_TENS_KO = "|".join(sorted(_NATIVE_TENS, key=len, reverse=True))
_ONES_KO = "|".join(sorted(_NATIVE, key=len, reverse=True))
NATIVE = rf"(?:(?:{_TENS_KO})(?:\s?(?:{_ONES_KO}))?|(?:{_ONES_KO}))"
SINO = r"(?:[영일이삼사오육륙칠팔구십백천만억조]+(?:\s[일이삼사오육륙칠팔구십백천만억조]+){0,6})"
DIGITS = r"(?:\d{1,3}(?:,\d{3})+|\d+)(?:\.\d+)?"
MIXED = rf"(?:{DIGITS}\s?[십백천만억조]+(?:\s?{DIGITS}\s?[십백천만억조]*){{0,6}})"  # 3만5천, 124만 6천, 1억 2천만, 5천

_TOKEN = regex.compile(rf"{DIGITS}|[영공일이삼사오육륙칠팔구십백천만억조]")
_ENGLISH_TOKEN = regex.compile(r"[a-z]+")
_NATIVE_TOKEN = regex.compile(rf"{_TENS_KO}|{_ONES_KO}")


def digits(text: str) -> float:
    """Return the value of plain digits, thousands separators allowed."""
    return round(float(text.replace(",", "")), 6)


def english(text: str) -> float | None:
    """Return the value of English number words; `None` when they make no number (`three four`)."""
    total = group = last = 0
    seen = False
    for word in _ENGLISH_TOKEN.findall(text.lower()):
        if word in _SCALES:
            scale = _SCALES[word]
            group = max(group, 1) * scale
            if scale >= 1_000:
                total, group = total + group, 0
            last = scale
        elif word in _UNITS:
            value = _UNITS[word]
            if seen and last < 100 and not (last in _TENS.values() and 0 < value < 10) and word != "dozen":
                return None
            group = max(group, 1) * 12 if word == "dozen" else group + value
            last = value
        else:
            continue
        seen = True
    return float(total + group) if seen else None


def native(text: str) -> float | None:
    """Return the value of native Korean number words (스물한 → 21)."""
    words = _NATIVE_TOKEN.findall(text)
    return float(sum(_NATIVE_TENS.get(word, 0) or _NATIVE[word] for word in words)) if words else None


def sino(text: str) -> float | None:
    """Return the value of Sino-Korean words, digits, or the two mixed (백이십사만 육천 → 1246000, 124만 6천 too)."""
    total = group = 0.0
    number: float | None = None
    for token in _TOKEN.findall(text):
        if token in _BIG:
            group += number or 0
            total += (group or 1) * _BIG[token]
            group, number = 0.0, None
        elif token in _SMALL:
            group += (1 if number is None else number) * _SMALL[token]
            number = None
        else:
            value = float(_SINO[token]) if token in _SINO else digits(token)
            number = value if number is None else number * 10 + value
    if not _TOKEN.search(text):
        return None
    return round(total + group + (number or 0), 6)


def value(text: str) -> float | None:
    """Return the value of a number in any of these spellings; `None` when it is none."""
    stripped = text.strip()
    if regex.fullmatch(DIGITS, stripped):
        return digits(stripped)
    if stripped.isascii():
        return english(stripped)
    if regex.fullmatch(NATIVE, stripped):
        return native(stripped)
    return sino(stripped)
