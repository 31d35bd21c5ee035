"""Korean particles that agree with the sound before them: 은/는, 이/가, 을/를, 과/와, 으로/로 and their kin."""

from __future__ import annotations

import re
from typing import Literal

Ending = Literal["vowel", "consonant", "rieul"]

# (after a consonant, after a vowel); 으로 is 로 after ㄹ too. Longer ones first, so that 이라고 is not read as 이.
PAIRS: tuple[tuple[str, str], ...] = (
    ("이라고", "라고"),
    ("이라는", "라는"),
    ("이라면", "라면"),
    ("이라도", "라도"),
    ("이라서", "라서"),
    ("이라며", "라며"),
    ("이라", "라"),
    ("이에요", "예요"),
    ("이었", "였"),
    ("이나마", "나마"),
    ("이나", "나"),
    ("이든지", "든지"),
    ("이든", "든"),
    ("이랑", "랑"),
    ("이란", "란"),
    ("이며", "며"),
    ("이고", "고"),
    ("이니", "니"),
    ("이죠", "죠"),
    ("으로", "로"),
    ("은", "는"),
    ("이", "가"),
    ("을", "를"),
    ("과", "와"),
    ("아", "야"),
)
OPEN_ENDED = ("이었", "였")  # more syllables follow: 이었습니다, 였는데
AFTER = r"(?=$|[^가-힣]|(?:요|도|만|는|의|서|써|부터|까지|서는|써는|부터는|는요|도요)(?:$|[^가-힣]))"

_BOTH = {
    **{f"{a}({b})": (a, b) for a, b in PAIRS},
    **{f"{b}({a})": (a, b) for a, b in PAIRS},
    **{f"{a}/{b}": (a, b) for a, b in PAIRS},
    **{f"{b}/{a}": (a, b) for a, b in PAIRS},
    "(으)로": ("으로", "로"),
    "(이)나": ("이나", "나"),
    "(이)라고": ("이라고", "라고"),
    "(이)라는": ("이라는", "라는"),
    "(이)라": ("이라", "라"),
    "(이)랑": ("이랑", "랑"),
    "(이)에요": ("이에요", "예요"),
}
_FORMS = {**{form: pair for pair in reversed(PAIRS) for form in pair}, **_BOTH}
_SINGLE = "|".join(sorted((re.escape(form) for form in _FORMS if form not in OPEN_ENDED), key=len, reverse=True))
PARTICLE = re.compile(rf"(?:{_SINGLE}){AFTER}|(?:이었|였)(?=[가-힣])")

_DIGITS: dict[str, Ending] = {
    "0": "consonant",  # 영, 공; and 십, 백, 천, 만 in round amounts
    "1": "rieul",
    "2": "vowel",
    "3": "consonant",
    "4": "vowel",
    "5": "vowel",
    "6": "consonant",
    "7": "rieul",
    "8": "rieul",
    "9": "vowel",
}
_LETTERS: dict[str, Ending] = {
    "L": "rieul",
    "R": "rieul",
    "M": "consonant",
    "N": "consonant",
}  # 엘 알 엠 엔; others end open
_UNITS: dict[str, Ending] = {"kg": "consonant", "g": "consonant", "mg": "consonant", "원": "consonant"}
_VOWEL_UNITS = ("cm", "mm", "km", "m", "l", "ml")
_SPELLED = re.compile(r"[0-9]|[A-Z]{2}|^[A-Z]$")


def ending(text: str) -> Ending | None:
    """Return how the text ends when read aloud in Korean; `None` when its last character has no reading.

    What stands in brackets at the end is not read (Korean orthography: the particle follows the word before them).
    """
    word = re.sub(r"\s*[(\[（][^)\]）]*[)\]）]\s*$", "", text).rstrip(" \t\n.,!?\"'’”»›」』)]}*•")
    if not word:
        return None
    last = word[-1]
    if "가" <= last <= "힣":
        final = (ord(last) - 0xAC00) % 28
        return "vowel" if final == 0 else "rieul" if final == 8 else "consonant"
    if last in _DIGITS:
        return _DIGITS[last]
    if last in "%℃":
        return "vowel"  # 퍼센트, 도
    return _latin(word) if last.isascii() and last.isalpha() else None


def agree(value: str, following: str) -> str:
    """Return `following` with the particle at its very beginning made to agree with `value`, if there is one."""
    found = PARTICLE.match(following)
    sound = ending(value)
    if found is None or sound is None:
        return following
    after_consonant, after_vowel = _FORMS[found[0]]
    open_ended = sound == "vowel" or (sound == "rieul" and after_vowel == "로")
    return (after_vowel if open_ended else after_consonant) + following[found.end() :]


def _latin(word: str) -> Ending:
    """Letters of codes are read by name (엠, 알); words by their sound, as loanwords are written."""
    if unit := re.search(r"(?:^|\s)[\d.,]+\s*([A-Za-z]+)$", word):
        if unit[1].lower() in _VOWEL_UNITS:
            return "vowel"
        if unit[1].lower() in _UNITS:
            return _UNITS[unit[1].lower()]
    token = re.split(r"[\s\-_/@.]", word)[-1]
    if _SPELLED.search(token):
        return _LETTERS.get(word[-1].upper(), "vowel")
    low = token.lower()
    if re.search(r"(?:l|le)$", low):
        return "rieul"
    if re.search(r"(?:m|n|ng|me|ne)$", low) or re.search(r"(?<![aeiou])[aeiou][ptkc]$", low):
        return "consonant"  # 김, 폰, 컵, 북
    return "vowel"
