"""One level of Korean speech: the endings of quoted sentences in 합쇼체, where that is sure to say the same."""

from __future__ import annotations

import re

from heedful.units import sentences

_FIRST, _MEDIALS, _FINALS = 0xAC00, 21, 28
_N, _SS, _B, _L = 4, 20, 17, 8  # final ㄴ, ㅆ, ㅂ, ㄹ
_END = re.compile(r"(?P<word>[가-힣]+)(?P<after>[.!]?[\"'”’)\]」』]*)$")
# Whole endings, the longest first. Only statements and requests; a question keeps its own.
_ENDINGS: tuple[tuple[str, str], ...] = (
    ("이에요", "입니다"),
    ("예요", "입니다"),
    ("되어요", "됩니다"),
    ("돼요", "됩니다"),
    ("해요", "합니다"),
    ("드려요", "드립니다"),
    ("려요", "립니다"),
    ("져요", "집니다"),
    ("켜요", "켭니다"),
    ("와요", "옵니다"),
    ("보내요", "보냅니다"),
    ("하라", "하십시오"),
    ("하다", "합니다"),
    ("이다", "입니다"),
    ("크다", "큽니다"),
    ("빠르다", "빠릅니다"),
    ("다르다", "다릅니다"),
)
# What ends alike and is no request: a greeting, a person's quality, somebody spoken of.
_NO_REQUEST = re.compile(r"(?:안녕하|필요하|가능하|원하|계|이|많으|있으|없으|어떠|불편하|궁금하)세요$")
_FORMAL = re.compile(r"(?:니다|십시오|니까|시오)$")


def even(text: str) -> str:
    """Return the text with each sentence's ending in 합쇼체; as it is where it has that, asks, or can't be told."""
    return "".join(_even(unit.rstrip()) + unit[len(unit.rstrip()) :] for unit in sentences(text))


def _even(sentence: str) -> str:
    found = _END.search(sentence)
    if found is None or _FORMAL.search(found["word"]):
        return sentence
    return sentence[: found.start()] + _formal(found["word"]) + found["after"]


def _formal(word: str) -> str:
    if word.endswith("세요"):
        return word if _NO_REQUEST.search(word) else f"{word[:-2]}십시오"
    for ending, instead in _ENDINGS:
        if word.endswith(ending) and len(word) >= len(ending):
            return word[: -len(ending)] + instead
    if word.endswith(("아요", "어요")) and len(word) > 2 and _final(word[-3]) not in (0, _L):
        return f"{word[:-2]}습니다"
    if word.endswith("는다") and len(word) > 2 and _final(word[-3]) not in (0, _L):
        return f"{word[:-2]}습니다"
    if word.endswith("다") and len(word) > 1:
        return _from_plain(word)
    return word


def _from_plain(word: str) -> str:
    """Return `간다` as `갑니다`, `있다` and `많다` as `있습니다` and `많습니다`."""
    stem, last = word[:-1], word[-2]
    if _final(last) == _N:
        return f"{stem[:-1]}{chr(ord(last) - _N + _B)}니다"
    return f"{stem}습니다" if _final(last) not in (0, _L) else word


def _final(syllable: str) -> int:
    """Return the number of the consonant that closes the syllable, 0 for none."""
    place = ord(syllable) - _FIRST
    return place % _FINALS if 0 <= place < 19 * _MEDIALS * _FINALS else 0
