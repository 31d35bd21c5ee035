"""Reads what stands for letters and digits: Morse, Braille, spelling alphabets, flags, dice, counting words."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import regex

from heedful.canonical.disguises.reading import LEAST, Reading
from heedful.canonical.text import PATIENCE_S

_MORSE = dict(
    zip(
        ".- -... -.-. -.. . ..-. --. .... .. .--- -.- .-.. -- -. --- .--. --.- .-. ... - ..- ...- .-- -..- -.-- --.. "
        "----- .---- ..--- ...-- ....- ..... -.... --... ---.. ----. .--.-. .-.-.- -....- ..--.-".split(),
        "abcdefghijklmnopqrstuvwxyz0123456789@.-_",
        strict=True,
    )
)
_BEEPS = regex.compile(r"(?:[.\-·•*_∙⋅⚫➖●▬]{1,7}(?:[\s/|,]{1,4}|$)){4,}")
_DOTS, _DASHES = frozenset(".·•*∙⋅⚫●"), frozenset("-_➖▬")
_BEEP = _DOTS | _DASHES | frozenset("/|,")
_JOINTS = tuple(sign + gap for sign in ".-·•*_" for gap in "/|,")  # beeps without a space between them
_DITS = regex.compile(r"(?<![A-Za-z가-힣])(?:di|dit|dot|돈|점)(?![A-Za-z가-힣])", regex.IGNORECASE)
_DAHS = regex.compile(r"(?<![A-Za-z가-힣])(?:dah?|dash|쓰|쯔|선)(?![A-Za-z가-힣])", regex.IGNORECASE)
# Dots 1 to 6 are bits 0 to 5 of a Braille pattern (Unicode 2800).
_BRAILLE = dict(zip("⠁⠃⠉⠙⠑⠋⠛⠓⠊⠚⠅⠇⠍⠝⠕⠏⠟⠗⠎⠞⠥⠧⠺⠭⠽⠵⠈⠲⠤⠀", "abcdefghijklmnopqrstuvwxyz@.- ", strict=True))
_CELLS = regex.compile(r"[\u2800-\u28FF]{4}[\u2800-\u28FF\s]*")
_NATO = (
    "alfa bravo charlie delta echo foxtrot golf hotel india juliett kilo lima mike november oscar papa quebec romeo "
    "sierra tango uniform victor whiskey xray yankee zulu"
).split()
_LETTER_WORDS: Mapping[str, str] = {
    **{word: word[0] for word in _NATO},
    "alpha": "a",
    "juliet": "j",
    "whisky": "w",
    "x-ray": "x",
    "zed": "z",
    "zee": "z",
    **dict(
        zip(
            "알파 브라보 찰리 델타 에코 폭스트롯 골프 호텔 인디아 줄리엣 킬로 리마 마이크 노벰버 오스카 "
            "파파 퀘벡 로미오 "
            "시에라 탱고 유니폼 빅터 위스키 엑스레이 양키 줄루".split(),
            "abcdefghijklmnopqrstuvwxyz",
            strict=True,
        )
    ),
    **dict(
        zip(
            (
                "에이 비 씨 디 이 에프 지 에이치 아이 제이 케이 엘 엠 엔 "
                "오 피 큐 알 에스 티 유 브이 더블유 엑스 와이 제트"
            ).split(),
            "abcdefghijklmnopqrstuvwxyz",
            strict=True,
        )
    ),
    **dict(
        zip(
            (
                "ay bee cee dee ee eff gee aitch eye jay kay ell em en oh pee cue ar ess tee you vee double-u ex wye"
            ).split(),
            "abcdefghijklmnopqrstuvwxy",
            strict=True,
        )
    ),
    "at": "@",
    "골뱅이": "@",
    "dot": ".",
    "점": ".",
    "hyphen": "-",
    "대시": "-",
    "point": ".",
    **dict(zip("zero one two three four five six seven eight nine".split(), "0123456789", strict=True)),
}
_KOREAN_DIGITS = dict(zip("공 일 이 삼 사 오 육 칠 팔 구".split(), "0123456789", strict=True))
_LETTERS_FIRST, _DIGITS_FIRST = {**_KOREAN_DIGITS, **_LETTER_WORDS}, {**_LETTER_WORDS, **_KOREAN_DIGITS}
_SURE = frozenset(
    {
        *_NATO,
        "alpha",
        "juliet",
        "whisky",
        "x-ray",
        *(
            "알파 브라보 찰리 델타 폭스트롯 줄리엣 킬로 리마 노벰버 오스카 로미오 시에라 탱고 빅터 위스키 양키 줄루"
        ).split(),
    }
)
_SURE |= frozenset("에이 에이치 더블유 에프 제이 케이 엘 엠 엔 알 큐 브이 에스 엑스 와이".split()) | frozenset(
    "double-u aitch eff ess cee vee".split()
)
_NOISE = frozenset(
    "as in for like then and the letter capital is a with und 다음 그리고 할때 대문자 소문자 letter".split()
)
_WORD = regex.compile(r"[A-Za-z]+(?:-[A-Za-z]+)?|[가-힣]+|\d+")
# Digits as other languages count; each stands alone, since the same syllables mean different digits.
_COUNTING = {
    "Korean": "gong|yeong|young il i|yi|ee sam sa o|oh yuk|ryuk|yug chil pal gu|goo",
    "Japanese": "zero|rei|maru ichi ni san yon|shi go roku nana|shichi hachi kyu|ku|kyuu",
    "Chinese": "ling yi|yao er|liang san si wu liu qi ba jiu",
    "Spanish": "cero uno|un dos tres cuatro cinco seis siete ocho nueve",
    "French": "zero|zéro un|une deux trois quatre cinq six sept huit neuf",
    "German": "null eins|ein zwei|zwo drei vier fünf|fuenf sechs sieben acht neun",
    "Italian": "zero uno due tre quattro cinque sei sette otto nove",
    "Latin": "nulla unus duo tres quattuor quinque sex septem octo novem",
}
_DIGITS = {
    name: {word: str(digit) for digit, words in enumerate(said.split()) for word in words.split("|")}
    for name, said in _COUNTING.items()
}
_COUNTED = frozenset(word for words in _DIGITS.values() for word in words if len(word) > 2)
_ANY_DIGIT = "|".join(sorted({word for words in _DIGITS.values() for word in words}, key=len, reverse=True))
_SYLLABLES = regex.compile(
    rf"(?<![A-Za-zÀ-ÿ])(?:(?:{_ANY_DIGIT})[\s\-,./·]{{0,3}}){{6,}}(?![A-Za-zÀ-ÿ])", regex.IGNORECASE
)
_CLOCKS = {chr(0x1F550 + hour): str((hour + 1) % 10) for hour in range(10)}
_FIGURES = {
    **{chr(first + n): str(n + 1) for first in (0x2776, 0x2780, 0x278A, 0x24F5) for n in range(9)},
    **{chr(0x2680 + n): str(n + 1) for n in range(6)},
    "⓿": "0",
    "🄋": "0",
    "🄌": "0",
    "🔟": "10",
    "💯": "100",
    **_CLOCKS,
    **{chr(first + n): chr(97 + n) for first in (0x1F1E6, 0x1F150, 0x1F170, 0x1F130) for n in range(26)},
    "\u20e3": "",
    "🔵": "",
}
_TABLE = str.maketrans(_FIGURES)
_ODD = frozenset({*_FIGURES, *map(chr, range(0x2800, 0x2900)), *"⚫➖▬"})
_SIGN_RUN = regex.compile(
    rf"[0-9A-Za-z@.\-]{{0,24}}(?:[{''.join(_FIGURES)}][0-9A-Za-z@.\-]{{0,3}}\s{{0,2}}){{3,}}[0-9A-Za-z@.\-]{{0,24}}"
)
SURE = 3  # words that are the names of letters and hardly anything else, in a row
SIGNS = 9  # dots and strokes, from which a text may hold Morse, or words that they join
_SIGNAL_WORDS = frozenset("dit dah di da dot dash 돈 쓰 쯔 점 선".split())


def is_hinted(text: str, words: list[str], plain: list[str]) -> bool:
    """Whether a text may hold signals: strings of dots and dashes, odd symbols, several words of an alphabet."""
    if text.count("-") + text.count(".") + text.count("·") + text.count("•") + text.count("*") >= SIGNS:
        if (sum(map(_BEEP.issuperset, words)) >= 2 or any(map(text.__contains__, _JOINTS))) and _BEEPS.search(text):
            return True
        parted = text.lower().replace("-", " ").replace(".", " ").replace("·", " ").replace("•", " ").replace("*", " ")
        plain = [*plain, *parted.split()]  # names of letters may be joined by such signs
    if not _SURE.isdisjoint(plain) and len([word for word in plain if word in _LETTER_WORDS]) > SURE:
        return True
    if not _SIGNAL_WORDS.isdisjoint(plain) and len([word for word in plain if word in _SIGNAL_WORDS]) >= 6:
        return True
    if not _COUNTED.isdisjoint(plain) and len([word for word in plain if word in _COUNTED]) >= 3:
        return True
    if not text.isascii() and not _ODD.isdisjoint(text):
        return True
    longest = max(plain, key=len, default="")
    return len(longest) >= 10 and longest.isascii() and _SYLLABLES.search(longest) is not None


def read(text: str) -> Iterator[Reading]:
    """Yield what signals and alphabets say."""
    yield from _morse(text)
    yield from _braille(text)
    yield from _spelt(text)
    yield from _counted(text)
    if not _ODD.isdisjoint(text):
        for m in _SIGN_RUN.finditer(text, timeout=PATIENCE_S):
            said = m[0].translate(_TABLE)
            if sum(c.isalnum() for c in said) >= LEAST:
                yield Reading("symbols", said, m.start(), m.end())
                row = "".join(said.split())
                yield Reading("symbols", row, m.start(), m.end(), is_code=row.isalpha())


def _morse(text: str) -> Iterator[Reading]:
    for sounds in (False, True):
        changed = _DAHS.sub("-", _DITS.sub(".", text)) if sounds else text
        for m in _BEEPS.finditer(changed, timeout=PATIENCE_S):
            said = _beeped(m[0])
            if len(said) >= 4:
                start, end = (0, len(text)) if sounds else m.span()
                yield Reading("morse", said, start, end, is_code=len(said) >= LEAST)
        if "dit" not in text.lower() and "dot" not in text.lower() and "쓰" not in text and "점" not in text:
            return


def _beeped(run: str) -> str:
    """Return what dots and dashes say; empty when they are a line, a leader or a list."""
    signs = "".join("." if c in _DOTS else "-" if c in _DASHES else " " for c in run)
    letters = [_MORSE.get(group, "") for group in signs.split()]
    return "".join(letters) if all(letters) and len(set(letters)) >= 3 and {".", "-"} <= set(signs) else ""


def _braille(text: str) -> Iterator[Reading]:
    for m in _CELLS.finditer(text, timeout=PATIENCE_S):
        said, figures = "", False
        for cell in m[0]:
            figures = (figures or cell == "⠼") and cell not in "⠀ \n⠰"
            letter = _BRAILLE.get(cell, "" if not cell.isspace() else " ")
            said += str("abcdefghij".index(letter) + 1)[-1] if figures and letter in "abcdefghij" and letter else letter
        yield Reading("braille", said, m.start(), m.end(), is_code=True)


def _spelt(text: str) -> Iterator[Reading]:
    """Yield what words of a spelling alphabet say; a Korean syllable may stand for a letter or for a digit."""
    if len([word for word in _WORD.findall(text.lower(), timeout=PATIENCE_S) if word in _SURE]) < SURE:
        return
    yield from _in_alphabet(text, _LETTERS_FIRST)
    if any(word in text for word in ("이", "오")):
        yield from _in_alphabet(text, _DIGITS_FIRST)


def _in_alphabet(text: str, names: Mapping[str, str]) -> Iterator[Reading]:
    """Yield what four and more names of letters in a row say, with words like `as in` between them."""
    said, first, last, sure = "", -1, -1, 0
    for m in (*_WORD.finditer(text, timeout=PATIENCE_S), None):
        word = m[0].lower() if m else ""
        letter = names.get(word, word if word.isdigit() or (len(word) == 1 and word.isascii()) else "")
        if m and letter:
            doubled = said.endswith(letter) and word in _SURE and text[last - 1 : last].lower() == letter
            first, last = (m.start() if first < 0 else first), m.end()
            said, sure = said if doubled else said + letter, sure + (word in _SURE)
        elif word not in _NOISE or not m:
            if sure >= SURE and len(said) > SURE:
                yield Reading("alphabet", said, first, last, is_code=sure >= LEAST)
            said, first, last, sure = "", -1, -1, 0


def _counted(text: str) -> Iterator[Reading]:
    for m in _SYLLABLES.finditer(text, timeout=PATIENCE_S):
        for name, digits in _DIGITS.items():
            said = _as_digits(m[0].lower(), digits)
            if len(said) >= 6:
                yield Reading(f"{name} digits", said, m.start(), m.end())


def _as_digits(run: str, digits: Mapping[str, str]) -> str:
    pattern = regex.compile("|".join(sorted(digits, key=len, reverse=True)))
    rest = pattern.sub("", run)
    return "".join(digits[m[0]] for m in pattern.finditer(run)) if not any(c.isalpha() for c in rest) else ""
