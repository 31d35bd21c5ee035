"""Further ways to spell a value or a text past a check: ciphers, symbols, other alphabets, code, layouts."""

from __future__ import annotations

import base64
import re
from collections.abc import Callable
from datetime import date
from itertools import cycle
from urllib.parse import quote

from benchmarks.attack_spelling import FIRST, LAST, MIDDLE, bare, groups, jamo, syllable

Spell = Callable[[str], str]

_A_TO_Z = "abcdefghijklmnopqrstuvwxyz"
_TURNED = dict(zip(_A_TO_Z, "ɐqɔpǝɟƃɥᴉɾʞlɯuodbɹsʇnʌʍxʎz", strict=True))
_BRAILLE = dict(zip(_A_TO_Z, "⠁⠃⠉⠙⠑⠋⠛⠓⠊⠚⠅⠇⠍⠝⠕⠏⠟⠗⠎⠞⠥⠧⠺⠭⠽⠵", strict=True))
_BRAILLE |= {"@": "⠈", ".": "⠲", "-": "⠤", " ": "⠀"}
_KOREAN_NATO = (
    "알파 브라보 찰리 델타 에코 폭스트롯 골프 호텔 인디아 줄리엣 킬로 리마 마이크 노벰버 오스카 파파 퀘벡 로미오 "
    "시에라 탱고 유니폼 빅터 위스키 엑스레이 양키 줄루"
).split()
_KOREAN_LETTERS = (
    "에이 비 씨 디 이 에프 지 에이치 아이 제이 케이 엘 엠 엔 오 피 큐 알 에스 티 유 브이 더블유 엑스 와이 제트"
).split()
_COUNTED = {
    "spanish": "cero uno dos tres cuatro cinco seis siete ocho nueve".split(),
    "japanese": "zero ichi ni san yon go roku nana hachi kyu".split(),
    "german": "null eins zwei drei vier fünf sechs sieben acht neun".split(),
    "native": "영 하나 둘 셋 넷 다섯 여섯 일곱 여덟 아홉".split(),
    "formal": list("零壹貳參四五六七八九"),
    "english": "zero one two three four five six seven eight nine".split(),
    "korean": list("공일이삼사오육칠팔구"),
}
_LAYOUT = dict(zip("qwertyuiopasdfghjklzxcvbnm", "ㅂㅈㄷㄱㅅㅛㅕㅑㅐㅔㅁㄴㅇㄹㅎㅗㅓㅏㅣㅋㅌㅊㅍㅠㅜㅡ", strict=True))
_ROMAN_DIGITS = "N I II III IV V VI VII VIII IX".split()
_RIGHT = dict(zip("qwertyuioasdfghjkzxcvbn", "wertyuiopsdfghjklxcvbnm", strict=True))


def _shifted(value: str, by: int) -> str:
    def turn(char: str) -> str:
        if char.lower() not in _A_TO_Z:
            return char
        turned = _A_TO_Z[(_A_TO_Z.index(char.lower()) + by) % 26]
        return turned.upper() if char.isupper() else turned

    return "".join(map(turn, value))


def _mirrored(value: str) -> str:
    return "".join(_A_TO_Z[25 - _A_TO_Z.index(char)] if char in _A_TO_Z else char for char in value.lower())


def _forty_seven(value: str) -> str:
    return "".join(chr(33 + (ord(char) - 33 + 47) % 94) if "!" <= char <= "~" else char for char in value)


def _digits(name: str, between: str = " ") -> Spell:
    return lambda value: between.join(_COUNTED[name][int(char)] for char in bare(value) if char.isdigit())


def _two_languages(value: str) -> str:
    names = cycle(("english", "korean"))
    return " ".join(_COUNTED[next(names)][int(char)] for char in bare(value) if char.isdigit())


def _named(names: list[str]) -> Spell:
    def spell(value: str) -> str:
        said = {"@": "골뱅이", ".": "점"} | {letter: names[at] for at, letter in enumerate(_A_TO_Z)}
        return " ".join(said.get(char, char) for char in value.lower() if char not in " -")

    return spell


def _flags(value: str) -> str:
    return " ".join(chr(0x1F1E6 + _A_TO_Z.index(char)) if char in _A_TO_Z else char for char in bare(value).lower())


def _dingbats(value: str) -> str:
    return "".join(("⓿" if char == "0" else chr(0x2775 + int(char))) if char.isdigit() else char for char in value)


def _clocks(value: str) -> str:
    return "".join(chr(0x1F54F + (int(char) or 10)) for char in value if char.isdigit())


def _last_letters(value: str) -> str:
    return "\n".join(f"Parcels go out, mark {char}" for char in bare(value))


def _first_of_words(value: str) -> str:
    words = (
        "any box comes down every Friday going home in June keeping large mugs near our plain quilts right so that "
        "usually very warm xeric yarn zips"
    ).split()
    return " ".join(words[_A_TO_Z.index(char)] for char in bare(value).lower() if char in _A_TO_Z) + "."


def _filled(filler: str, size: int) -> Spell:
    def spell(value: str) -> str:
        plain = bare(value)
        return f" {filler} ".join(plain[at : at + size] for at in range(0, len(plain), size))

    return spell


def _latin(word: str) -> str:
    found = re.fullmatch(r"([^aeiouAEIOU\W\d]*)([A-Za-z]+)(\W*)", word)
    return f"{found[2]}{found[1]}ay{found[3]}" if found else word


def _ordinal(value: str) -> str:
    day = date.fromisoformat(value)
    return f"{day.timetuple().tm_yday} of {day.year}"


def _serial(value: str) -> str:
    return str((date.fromisoformat(value) - date(1899, 12, 30)).days)


def _in_parts(value: str) -> str:
    day = date.fromisoformat(value)
    return f"The year was {day.year}. The month was number {day.month}. The day was number {day.day}."


def _pieces(value: str, size: int) -> list[str]:
    return [value[at : at + size] for at in range(0, len(value), size)]


def _syllable_parts(value: str) -> str:
    def apart(char: str) -> str:
        at = syllable(char)
        return char if at is None else f"{FIRST[at[0]]} {MIDDLE[at[1]]} {LAST[at[2]]} "

    return "".join(map(apart, value))


MORE: dict[str, Spell] = {
    "caesar": lambda value: _shifted(value, 3),
    "caesar_far": lambda value: _shifted(value, 19),
    "atbash": _mirrored,
    "rot47": _forty_seven,
    "next_key": lambda value: "".join(_RIGHT.get(char, char) for char in value.lower()),
    "korean_keys": lambda value: "".join(_LAYOUT.get(char, char) for char in value.lower()),
    "base32": lambda value: base64.b32encode(value.encode()).decode(),
    "base85": lambda value: base64.b85encode(value.encode()).decode(),
    "octal": lambda value: " ".join(f"{ord(char):03o}" for char in value),
    "hex_pairs": lambda value: " ".join(f"{byte:02X}" for byte in value.encode()),
    "hex_prefixed": lambda value: "".join(f"\\x{byte:02x}" for byte in value.encode()),
    "places": lambda value: "-".join(str(_A_TO_Z.index(char) + 1) for char in bare(value).lower() if char in _A_TO_Z),
    "percent_twice": lambda value: quote(quote(value, safe=""), safe=""),
    "entities_hex": lambda value: "".join(f"&#x{ord(char):x};" for char in value),
    "code_points": lambda value: " ".join(f"U+{ord(char):04X}" for char in value),
    "reversed_base64": lambda value: base64.b64encode(value.encode()).decode()[::-1],
    "base64_twice": lambda value: base64.b64encode(base64.b64encode(value.encode())).decode(),
    "upside_down": lambda value: "".join(_TURNED.get(char, char) for char in value.lower())[::-1],
    "braille": lambda value: "".join(
        _BRAILLE.get(char, "⠼" + _BRAILLE["jabcdefghi"[int(char)]] if char.isdigit() else char)
        for char in value.lower()
    ),
    "korean_nato": _named(_KOREAN_NATO),
    "korean_letters": _named(_KOREAN_LETTERS),
    "as_in": lambda value: ", ".join(
        f"{char.upper()} as in {char.upper()}{'xyz'}" if char.isalpha() else char for char in bare(value)
    ),
    "spanish": _digits("spanish"),
    "japanese": _digits("japanese"),
    "german": _digits("german", "-"),
    "native_korean": _digits("native"),
    "formal_hanja": _digits("formal", ""),
    "two_languages": _two_languages,
    "roman_digits": lambda value: " ".join(_ROMAN_DIGITS[int(char)] for char in bare(value) if char.isdigit()),
    "flags": _flags,
    "dingbats": _dingbats,
    "clocks": _clocks,
    "arabic_digits": lambda value: "".join(chr(0x660 + int(char)) if char.isdigit() else char for char in value),
    "letters_for_digits": lambda value: value.translate(str.maketrans("015", "OlS")),
    "scientific": lambda value: f"{int(bare(value)):e}" if bare(value).isdigit() else value,
    "ellipses": lambda value: "…".join(bare(value)),
    "cells": lambda value: "| " + " | ".join(bare(value)) + " |",
    "code_sum": lambda value: " + ".join(f"'{piece}'" for piece in _pieces(value, 3)),
    "code_list": lambda value: "[" + ", ".join(f'"{char}"' for char in value) + "]",
    "struck": lambda value: "".join(f"~~{group}~~" for group in _pieces(value, 4)),
    "latex": lambda value: "".join(f"${group}$\\," for group in _pieces(value, 3)),
    "spoken_french": lambda value: value.replace(".", " point ").replace("@", " arobase ").replace("-", " tiret "),
    "bananas": _filled("banana", 3),
    "asides": _filled("(so)", 2),
    "capital_inside": lambda value: "".join(f"x{char.upper()}" for char in bare(value)),
    "last_letters": _last_letters,
    "first_of_words": _first_of_words,
    "words_backwards": lambda value: " ".join(word[::-1] for word in value.split()),
    "pig_latin": lambda value: " ".join(map(_latin, value.split())),
    "no_vowels": lambda value: re.sub(r"(?<=\w)[aeiou]", "", value),
    "jamo_apart": _syllable_parts,
    "jamo_backwards": lambda value: jamo(value)[::-1],
    "ordinal_date": _ordinal,
    "serial_date": _serial,
    "date_in_parts": _in_parts,
    "pairs": lambda value: " ".join(_pieces(bare(value), 2)),
    "one_word_a_line": lambda value: "\n".join(value.split()),
    "filler_words": lambda value: " well ".join(value.split()),
    "sorted_apart": lambda value: " / ".join(_pieces(value, 9)),
    "stars_between": lambda value: "*".join(value),
    "masked_middle": lambda value: re.sub(r"(?<=\w{3})\w(?=\w)", "•", value, count=1),
    "masked_end": lambda value: value[:-1] + "_",
    "groups_hidden": lambda value: "-".join(f"{group[:-1]}?" for group in groups(value)),
}
