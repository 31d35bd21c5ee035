"""Korean names in Latin letters, as passports, cards and mail write them: 김민아 as Kim Mina, Gim Min-ah, Mina KIM."""

from __future__ import annotations

from functools import lru_cache

import regex

from heedful.canonical.text import PATIENCE_S

LONG_GIVEN = 4  # letters; Mina is somebody, Ji may be anybody
# By sound, with the spellings people use beside the Revised Romanisation of 2000 (McCune-Reischauer, passports).
_FIRST = (
    "g|k", "kk|gg", "n", "d|t", "tt|dd", "r|l|n", "m", "b|p", "pp|bb", "s|sh", "ss", "", "j|ch", "jj", "ch|j", "k", "t",
    "p", "h",
)  # fmt: skip
_VOWEL = (
    "ah?", "ae|ai|e", "ya", "yae", "eo|u|o|uh", "e|ae|ay", "yeo|you|yu|yo|yuh", "ye|yae|e", "o|oh|oo", "wa", "wae",
    "oe|oi|we", "yo|yoh", "oo|u|woo|wu", "wo|weo|wuo", "we", "wi|wee|ui", "yu|yoo|you", "eu|u", "ui|eui|hee|ee|i",
    "ee?|i|yi|ie",
)  # fmt: skip
_LAST = (
    "", "k|g", "k|kk", "k", "n", "n", "n", "t|d", "l|r", "k|lg", "m|lm", "l", "l", "l", "p", "l", "m", "p|b", "p",
    "t|s", "t|ss", "ng", "t|j", "t|ch", "k", "t", "p", "t|h",
)  # fmt: skip
# Family names that people write as no rule would.
_FAMILY = {
    entry[0]: entry[2:]
    for entry in (
        "이:lee|yi|rhee|ree|i|li 박:park|bak|pak|bark 최:choi|choe|choy 정:jung|jeong|chung|joung|cheong 조:cho|jo "
        "강:kang|gang 윤:yoon|yun|youn 임:lim|im|rim 오:oh|o 신:shin|sin 권:kwon|gwon|kweon 안:ahn|an 유:yoo|yu|ryu "
        "류:ryu|yoo|yu|lyu 노:noh|roh|no|ro 우:woo|u|wu 구:koo|ku|gu|goo 문:moon|mun 심:shim|sim 나:na|ra|nah "
        "전:jeon|jun|chun|chon 홍:hong 고:ko|go|koh 서:seo|suh|so|sur 김:kim|gim 양:yang 배:bae|pae 백:baek|paik|paek "
    ).split()
}
_TWO_SYLLABLES = ("남궁", "황보", "선우", "제갈", "독고", "사공", "서문", "동방")
_SYLLABLES = 0xAC00, 0xD7A3
_GAP = r"[\s\-]?"


def patterns_of(name: str) -> tuple[str, ...]:
    """Return patterns of a Hangul name of two to five syllables in Latin letters, family name first or last.

    Only whole names: a given name alone is spelt like too many other words.
    """
    family = 2 if name[:2] in _TWO_SYLLABLES and len(name) > 2 else 1
    if not 2 <= len(name) <= 5 or not all(_SYLLABLES[0] <= ord(letter) <= _SYLLABLES[1] for letter in name):
        return ()
    own = name[:family]
    first = f"(?:{_FAMILY.get(own) or _spelt(own)})"
    given = _spelt(name[family:])
    before = rf"(?i:(?<![a-z]){first}[\s,.\-]{{1,2}}{given}(?![a-z]))"
    return before, rf"(?i:(?<![a-z]){given}[\s.\-]{{1,2}}{first}(?![a-z]))"


@lru_cache(maxsize=2_048)
def is_whole(name: str, hangul: str) -> bool:
    """Whether `name`, in Latin letters, is the whole of the Korean name `hangul`."""
    return any(regex.fullmatch(pattern, name, timeout=PATIENCE_S) for pattern in patterns_of(hangul))


@lru_cache(maxsize=2_048)
def is_spelt(name: str, hangul: str) -> bool:
    """Whether `name`, in Latin letters, is the Korean name `hangul`: the whole of it, or the given name of one."""
    return is_whole(name, hangul) or any(
        len(word) >= LONG_GIVEN and regex.fullmatch(f"(?i:{_spelt(hangul)})", word, timeout=PATIENCE_S)
        for word in name.split()
    )


def _spelt(syllables: str) -> str:
    return _GAP.join(map(_syllable, syllables))


def _syllable(letter: str) -> str:
    at = ord(letter) - _SYLLABLES[0]
    first, vowel, last = at // 588, at % 588 // 28, at % 28
    return f"(?:{_FIRST[first]})(?:{_VOWEL[vowel]})(?:{_LAST[last]})"
