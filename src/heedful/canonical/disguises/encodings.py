"""Reads what machines encode: base64, base32, hexadecimal, binary, codes of characters, escapes of the web."""

from __future__ import annotations

import base64
import binascii
import html
from collections.abc import Callable, Iterator
from urllib.parse import unquote_to_bytes

import regex

from heedful.canonical.disguises.reading import LEAST, Reading, joined, says_something
from heedful.canonical.text import PATIENCE_S

_LONG = 12  # characters of an encoded word: shorter ones say less than eight letters
_TOKEN = regex.compile(r"={0,2}[A-Za-z0-9+/_\-]{8,}={0,6}")
_DENSE = regex.compile(r"(?<!\S)(?=\S*[\d!#$%&()*+;<=>?@^_{|}~])(?=\S*[a-z])(?=\S*[A-Z])[!-~]{10,}")
_PART = regex.compile(r"[A-Za-z0-9+_\-]{8,}={0,6}")
_MIXED = regex.compile(r"[a-z][A-Z]|[A-Za-z]\d|\d[A-Za-z]|=")
_HEX = regex.compile(
    r"(?<![A-Za-z0-9])(?:0x|\\x)?[0-9A-Fa-f]{2}(?:[\s:,.\-|]{0,2}(?:0x|\\x)?[0-9A-Fa-f]{2}){4,}(?![A-Za-z0-9])"
)
_BINARY = regex.compile(r"(?<![0-9])(?:0b)?[01]{7,21}(?:[\s,.\-|/]{0,3}(?:0b)?[01]{7,21}){3,}(?![0-9])")
_OCTAL = regex.compile(r"(?<![0-9])[\\0]{0,2}[0-7]{2,3}(?:[\s,.\-|\\]{1,3}(?:0o?)?[0-7]{2,3}){4,}(?![0-9])")
_DECIMAL = regex.compile(r"(?<![0-9])\d{1,5}(?:[\s,.\-|/;+:]{1,3}\d{1,5}){4,}(?![0-9])")
_DIGITS = frozenset("0123456789")
_NUMBER = regex.compile(r"\d+")
_PERCENT = regex.compile(
    r"(?:[A-Za-z0-9._~+\-@]{0,64}%[0-9A-Fa-f]{2})+[A-Za-z0-9._~+\-@]{0,64}|(?:[A-Za-z0-9._@\-]{0,64}=[0-9A-F]{2}){3,}[A-Za-z0-9._@\-]{0,64}"
)
_ENTITIES = regex.compile(
    r"(?:[A-Za-z0-9._@\-]{0,40}&(?:#\d{2,6}|#[xX][0-9A-Fa-f]{2,5}|[a-z]{2,8});?)+[A-Za-z0-9._@\-]{0,40}"
)
_ESCAPES = regex.compile(
    r"(?:[A-Za-z0-9._@\-]{0,40}(?:\\u\{?[0-9A-Fa-f]{2,6}\}?|\\x[0-9A-Fa-f]{2}|\\[0-7]{3}|U\+[0-9A-Fa-f]{4,6}[\s,]?))+"
    r"[A-Za-z0-9._@\-]{0,40}"
)
_ESCAPE = regex.compile(r"\\u\{?([0-9A-Fa-f]{2,6})\}?|\\x([0-9A-Fa-f]{2})|\\([0-7]{3})|U\+([0-9A-Fa-f]{4,6})[\s,]?")
# Groups of digits with nothing but signs between them, as every code of characters has.
_ROW = regex.compile(r"(?<![A-Za-z0-9])[0-9A-Fa-f]{1,21}(?:[\s,.\-|/\\;+:xob]{1,4}[0-9A-Fa-f]{1,21}){3,}")
_ESCAPED = regex.compile(r"%[0-9A-Fa-f]{2}|=[0-9A-F]{2}")
_ENTITY = regex.compile(r"&[#a-z]")
_PUNY = regex.compile(r"xn--[A-Za-z0-9\-]{4,60}")


def is_hinted(text: str, words: list[str], _plain: list[str]) -> bool:
    """Whether a text may hold something encoded: a long word that mixes letters and digits, many figures, escapes."""
    if "\\" in text or "U+" in text or "xn--" in text or "0x" in text:
        return True
    if ("&" in text and _ENTITY.search(text)) or ("%" in text and _ESCAPED.search(text)):
        return True
    longest = max(words, key=len, default="")
    if len(longest) >= _LONG and longest.isascii() and (_MIXED.search(longest) or len(longest) >= 2 * _LONG):
        return True
    if longest.strip(".,:").isdigit():
        return True
    return len([word for word in words if word[0] in _DIGITS]) >= 5 and _ROW.search(text) is not None


def read(text: str) -> Iterator[Reading]:
    """Yield what each encoded stretch says."""
    yield from joined(_sixty_four(text))
    yield from _eighty_five(text)
    for how, pattern, decode in _FIGURES if _ROW.search(text) or _HEX.search(text) else ():
        yield from joined(_each(how, pattern, decode, text))
    for signs, how, pattern, decode in _ESCAPES_BY:
        if any(sign in text for sign in signs):
            yield from joined(_each(how, pattern, decode, text))


def _each(how: str, pattern: regex.Pattern[str], decode: Callable[[str], str], text: str) -> Iterator[Reading]:
    for m in pattern.finditer(text, timeout=PATIENCE_S):
        said = decode(m[0])
        if says_something(said, 4) and said != m[0]:
            is_code = says_something(said) and (how not in _FIGURED or _is_worded(said))
            yield Reading(how, said, m.start(), m.end(), is_code)


def _is_worded(said: str) -> bool:
    """Whether figures that are read as characters say letters for the most part: chance seldom does."""
    letters = sum(c.isalpha() for c in said)
    return letters >= LEAST and letters * 3 >= len(said) * 2 and (said.islower() or said.istitle() or "@" in said)


def _sixty_four(text: str) -> Iterator[Reading]:
    """Yield what words in base64 or base32 say; a path may hold them between its slashes."""
    for m in _TOKEN.finditer(text, timeout=PATIENCE_S):
        spans = {m.span(), *(part.span() for part in _PART.finditer(text, *m.span()))}
        for start, end in sorted(spans):
            token = text[start:end]
            if end - start < _LONG and token[1:].islower() and token.isalpha():
                continue  # an ordinary word
            said = _from_sixty_four(token) or _from_thirty_two(token) or _from_sixty_four(token[::-1])
            if said:
                yield Reading("base64", said, start, end, is_code=end - start >= _LONG and says_something(said, 6))
                break


def _eighty_five(text: str) -> Iterator[Reading]:
    """Yield what words in base85 say, in both of its alphabets."""
    for m in _DENSE.finditer(text, timeout=PATIENCE_S):
        for token in (m[0], m[0].rstrip(".,;:!?)")):
            for decode in (base64.b85decode, base64.a85decode):
                try:
                    said = decode(token.encode()).decode("utf-8")
                except ValueError:
                    continue
                if says_something(said, 6):
                    yield Reading("base85", said, m.start(), m.end(), is_code=True)


def _from_sixty_four(token: str) -> str:
    core = token.rstrip("=").replace("-", "+").replace("_", "/")
    if len(core) % 4 == 1:
        core = core[:-1]
    try:
        said = base64.b64decode(core + "=" * (-len(core) % 4)).decode("utf-8")
    except (binascii.Error, ValueError):
        return ""
    return said if says_something(said, 4) else ""


def _from_thirty_two(token: str) -> str:
    core = token.rstrip("=").upper()
    if not regex.fullmatch("[A-Z2-7]{12,}", core):
        return ""
    try:
        said = base64.b32decode(core + "=" * (-len(core) % 8)).decode("utf-8")
    except (binascii.Error, ValueError):
        return ""
    return said if says_something(said, 4) else ""


def _bytes(raw: bytes) -> str:
    try:
        return raw.decode("utf-8")
    except ValueError:
        return ""


def _from_hex(run: str) -> str:
    pairs = regex.findall("[0-9A-Fa-f]{2}", regex.sub(r"0x|\\x|[^0-9A-Fa-fx]", "", run))
    return _bytes(bytes.fromhex("".join(pairs)))


def _from_binary(run: str) -> str:
    groups = regex.findall("[01]{7,21}", run.replace("0b", ""))
    squeezed = regex.sub("[^01]", "", run.replace("0b", ""))
    wide = "".join(chr(code) for code in (int(one, 2) for one in groups) if 32 <= code < 0xD800)
    if says_something(wide, 4):
        return wide
    for bits in (regex.findall("[01]{8}", squeezed), regex.findall("[01]{7}", squeezed)):
        said = _bytes(bytes(int(one, 2) for one in bits))
        if says_something(said, 4):
            return said
    return ""


def _from_octal(run: str) -> str:
    codes = [int(one, 8) for one in regex.findall("[0-7]{2,3}", run)]
    return _bytes(bytes(codes)) if all(32 <= code < 128 for code in codes) else ""


def _from_decimal(run: str) -> str:
    """Read numbers as codes of characters, or as places in the alphabet."""
    codes = [int(one) for one in _NUMBER.findall(run)]
    if all(32 <= code < 127 or 0xAC00 <= code <= 0xD7A3 for code in codes):
        return "".join(map(chr, codes))
    if all(1 <= code <= 26 for code in codes) and len(codes) >= LEAST:
        return "".join(chr(96 + code) for code in codes)
    return ""


def _from_percent(run: str) -> str:
    return _bytes(unquote_to_bytes(run.replace("=", "%") if "%" not in run else run))


def _from_entities(run: str) -> str:
    return html.unescape(regex.sub(r"(&#?\w{2,8})(?![\w;])", r"\1;", run))


def _from_escapes(run: str) -> str:
    def char(m: regex.Match[str]) -> str:
        code = int(m[3], 8) if m[3] else int(m[1] or m[2] or m[4], 16)
        return chr(code) if code < 0x110000 else ""

    return str(_ESCAPE.sub(char, run))


def _from_puny(run: str) -> str:
    try:
        return run.encode("ascii").decode("idna")
    except ValueError:
        return ""


_FIGURED = frozenset({"octal", "decimal", "hexadecimal"})
_FIGURES: tuple[tuple[str, regex.Pattern[str], Callable[[str], str]], ...] = (
    ("hexadecimal", _HEX, _from_hex),
    ("binary", _BINARY, _from_binary),
    ("octal", _OCTAL, _from_octal),
    ("decimal", _DECIMAL, _from_decimal),
)
# With the signs that each of them needs.
_ESCAPES_BY: tuple[tuple[tuple[str, ...], str, regex.Pattern[str], Callable[[str], str]], ...] = (
    (("%", "="), "percent", _PERCENT, _from_percent),
    (("&",), "entities", _ENTITIES, _from_entities),
    (("\\", "U+"), "escapes", _ESCAPES, _from_escapes),
    (("xn--",), "punycode", _PUNY, _from_puny),
)
