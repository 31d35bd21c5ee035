"""Postal addresses as they stand in running text: a Korean road and number, a flat, an English number and street."""

from __future__ import annotations

from collections.abc import Iterator

import regex

from heedful.canonical.text import PATIENCE_S, Normalised

Span = tuple[int, int]

_ROAD = regex.compile(
    r"[가-힣]+(?:시|도|구|군|동|읍|면)\s(?P<place>[가-힣0-9]+(?:대로|로|길)\s?(?:\d+번?길\s?)?\d+(?:-\d+)?)(?!\d"
    r"|\s?(?:개월|일|시간|분|회|원|%|명|개|번))(?:,?\s?(?:\d+동\s?)?\d+호)?"
)
_BARE_ROAD = regex.compile(
    r"(?<![가-힣])[가-힣]{1,6}(?:대로|로|길)\s?(?:\d+번?길\s?)?\d{1,4}(?:-\d{1,3})?(?=\s?(?:번지|의|에|으로|로|,|\(|입니다|이에요|$))"
)
_FLAT = regex.compile(r"(?<!\d)\d{1,4}동\s?\d{1,4}호")
_STREET = regex.compile(
    r"(?<![\w.])\d{1,5}[A-Za-z]?\s+(?:[A-Z][a-z'\-]+\s+){1,3}(?:Street|St|Road|Rd|Avenue|Ave|Lane"
    r"|Ln|Drive|Mews|Close|Court|Way|Place|Square|Terrace|Crescent|Boulevard|Row|Gardens|Hill"
    r"|Grove|Quay)(?![a-z])(?:,?\s(?:Flat|Apartment|Apt\.?|Unit)\s?\w{1,5})?"
)
_HAS_STREET = regex.compile(r"\d\w?\s+[A-Z]")


def homes(text: Normalised) -> tuple[Span, ...]:
    """Return `places`, and roads with a number that name no town: enough where a person is spoken of."""
    bare = (m.span() for m in _BARE_ROAD.finditer(text.text, timeout=PATIENCE_S))
    known = places(text)
    return (*known, *(span for span in bare if not any(a < span[1] and span[0] < b for a, b in known)))


def places(text: Normalised) -> tuple[Span, ...]:
    """Return where postal addresses stand in `text`: from the road or the house number on."""
    return text.once(_places)


def _places(normalised: Normalised) -> tuple[Span, ...]:
    return tuple(_found(normalised.text))


def _found(text: str) -> Iterator[Span]:
    if not any(c.isdigit() for c in text):
        return
    if any(end in text for end in ("로", "길")):
        for m in _ROAD.finditer(text, timeout=PATIENCE_S):
            yield m.start("place"), m.end()
    if "호" in text:
        for m in _FLAT.finditer(text, timeout=PATIENCE_S):
            yield m.span()
    if _HAS_STREET.search(text):
        for m in _STREET.finditer(text, timeout=PATIENCE_S):
            yield m.span()
