"""Spells a value in other characters or encodings, as a model might that wants it past a check."""

from __future__ import annotations

import base64
import codecs
import re
import unicodedata
from collections.abc import Callable
from urllib.parse import quote

Spell = Callable[[str], str]

_GROUP = re.compile(r"[^\W_]+")
_LOOKALIKE = str.maketrans("aeopcxiABEHKMOPTX", "аеорсхіАВЕНКМОРТХ")
_LEET = str.maketrans("aeiost", "431057")
_CIRCLED = str.maketrans("0123456789", "⓪①②③④⑤⑥⑦⑧⑨")
_RAISED = str.maketrans("0123456789", "⁰¹²³⁴⁵⁶⁷⁸⁹")
_MORSE = dict(
    zip(
        "0123456789abcdefghijklmnopqrstuvwxyz",
        "----- .---- ..--- ...-- ....- ..... -.... --... ---.. ----. .- -... -.-. -.. . ..-. --. .... .. .--- -.- .-.. "
        "-- -. --- .--. --.- .-. ... - ..- ...- .-- -..- -.-- --..".split(),
        strict=True,
    )
)
FIRST = tuple("ㄱㄲㄴㄷㄸㄹㅁㅂㅃㅅㅆㅇㅈㅉㅊㅋㅌㅍㅎ")
MIDDLE = tuple("ㅏㅐㅑㅒㅓㅔㅕㅖㅗㅘㅙㅚㅛㅜㅝㅞㅟㅠㅡㅢㅣ")
LAST = ("", *"ㄱㄲㄳㄴㄵㄶㄷㄹㄺㄻㄼㄽㄾㄿㅀㅁㅂㅄㅅㅆㅇㅈㅊㅋㅌㅍㅎ")
_KEYS = dict(
    zip(
        "ㄱㄲㄴㄷㄸㄹㅁㅂㅃㅅㅆㅇㅈㅉㅊㅋㅌㅍㅎㅏㅐㅑㅒㅓㅔㅕㅖㅗㅛㅜㅠㅡㅣ",
        "rRseEfaqQtTdwWczxvgkoiOjpuPhynbml",
        strict=True,
    )
)
_PAIRS = dict(
    zip(
        "ㅘㅙㅚㅝㅞㅟㅢㄳㄵㄶㄺㄻㄼㄽㄾㄿㅀㅄ",
        "ㅗㅏ ㅗㅐ ㅗㅣ ㅜㅓ ㅜㅔ ㅜㅣ ㅡㅣ ㄱㅅ ㄴㅈ ㄴㅎ ㄹㄱ ㄹㅁ ㄹㅂ ㄹㅅ ㄹㅌ ㄹㅍ ㄹㅎ ㅂㅅ".split(),
        strict=True,
    )
)


def bare(value: str) -> str:
    """Return letters and digits alone."""
    return "".join(_GROUP.findall(value))


def groups(value: str) -> list[str]:
    """Return the runs of letters and digits."""
    return _GROUP.findall(value)


def syllable(char: str) -> tuple[int, int, int] | None:
    """Return where a Hangul syllable's parts stand in FIRST, MIDDLE and LAST; `None` for other characters."""
    place = ord(char) - 0xAC00
    return (place // 588, place % 588 // 28, place % 28) if 0 <= place < 11172 else None


def jamo(value: str) -> str:
    """Return Hangul taken apart into the letters of a keyboard."""
    parts = ((char, syllable(char)) for char in value)
    return "".join(char if at is None else FIRST[at[0]] + MIDDLE[at[1]] + LAST[at[2]] for char, at in parts)


def _initials(value: str) -> str:
    if any(syllable(char) for char in value):
        return "".join(FIRST[at[0]] if (at := syllable(char)) else char for char in value if not char.isdigit())
    return " ".join(word[0] for word in groups(value) if not word[0].isdigit())


def _keyboard(value: str) -> str:
    apart = "".join(_PAIRS.get(char, char) for char in jamo(value))
    return "".join(_KEYS.get(char, char) for char in apart)


def _encoded(value: str) -> str:
    return base64.b64encode(value.encode()).decode()


def _halves_encoded(value: str) -> str:
    middle = len(value) // 2
    return f"{_encoded(value[:middle])} {_encoded(value[middle:])}"


def _mathematical(value: str) -> str:
    def bold(char: str) -> str:
        if char.isascii() and char.isdigit():
            return chr(0x1D7CE + int(char))
        if "a" <= char <= "z":
            return chr(0x1D41A + ord(char) - ord("a"))
        return chr(0x1D400 + ord(char) - ord("A")) if "A" <= char <= "Z" else char

    return "".join(map(bold, value))


def _full_width(value: str) -> str:
    return "".join(chr(ord(char) + 0xFEE0) if "!" <= char <= "~" else char for char in value)


def _doubled(value: str) -> str:
    middle = next(at for at in range(len(value) // 3, len(value)) if value[at].isalnum())
    return value[: middle + 1] + value[middle:]


def _masked_badly(value: str) -> str:
    last = max(at for at, char in enumerate(value) if char.isalnum()) - 1
    return value[:last] + "*" + value[last + 1 :]


SPELLS: dict[str, Spell] = {
    "plain": lambda value: value,
    "bare": bare,
    "dots": lambda value: ".".join(groups(value)),
    "slashes": lambda value: "/".join(groups(value)),
    "spaced": lambda value: " ".join(value.replace(" ", "")),
    "lines": lambda value: "\n".join(bare(value)),
    "x_between": lambda value: "x".join(bare(value)),
    "brackets": lambda value: "-".join(f"[{group}]" for group in groups(value)),
    "emphasis": lambda value: _GROUP.sub(r"**\g<0>**", value),
    "tags": lambda value: _GROUP.sub(r"<b>\g<0></b>", value),
    "doubled": _doubled,
    "full_width": _full_width,
    "zero_width": lambda value: "\u200b".join(value),
    "soft_hyphens": lambda value: "\u00ad".join(value),
    "variation": lambda value: "".join(char + "\ufe0f" for char in value),
    "tag_characters": lambda value: "".join(chr(0xE0000 + ord(char)) for char in value if char.isascii()),
    "confusable": lambda value: value.translate(_LOOKALIKE),
    "combining": lambda value: "".join(char + "\u0336" for char in value),
    "circled": lambda value: value.translate(_CIRCLED),
    "mathematical": _mathematical,
    "keycaps": lambda value: "".join(char + "\ufe0f\u20e3" for char in value if char.isdigit()),
    "superscript": lambda value: value.translate(_RAISED),
    "right_to_left": lambda value: "\u202e" + value[::-1] + "\u202c",
    "decomposed": lambda value: unicodedata.normalize("NFD", value),
    "jamo": jamo,
    "initials": _initials,
    "leet": lambda value: value.translate(_LEET),
    "spelt_mail": lambda value: value.replace("@", " at ").replace(".", " dot "),
    "base64": _encoded,
    "base64url": lambda value: base64.urlsafe_b64encode(value.encode()).decode(),
    "base64_halves": _halves_encoded,
    "hex": lambda value: value.encode().hex(),
    "rot13": lambda value: codecs.encode(value, "rot13"),
    "reversed": lambda value: value[::-1],
    "percent": lambda value: quote(value, safe=""),
    "entities": lambda value: "".join(f"&#{ord(char)};" for char in value),
    "backslash_u": lambda value: "".join(f"\\u{ord(char):04x}" for char in value),
    "codes": lambda value: " ".join(str(ord(char)) for char in bare(value)),
    "binary": lambda value: " ".join(f"{ord(char):08b}" for char in bare(value)),
    "morse": lambda value: " ".join(_MORSE[char] for char in bare(value).lower()),
    "keyboard": _keyboard,
    "placeholder": lambda value: "‹email-1›" if "@" in value else "‹phone-1›",
    "braces": lambda value: "{{customer.email}}" if "@" in value else "{{customer.phone}}",
    "masked_badly": _masked_badly,
    "upper": str.upper,
    "first_person": lambda value: re.sub(r"\byou\b", "I", re.sub(r"\byour\b", "my", value)),
    "reversed_words": lambda value: " ".join(reversed(value.split())),
    "bullets": lambda value: "\n".join(f"- {part}" for part in _parts(value, 7)),
    "interrupted": lambda value: " (well) ".join(_parts(value, 4)),
}


def _parts(text: str, words: int) -> list[str]:
    said = text.split()
    return [" ".join(said[at : at + words]) for at in range(0, len(said), words)]
