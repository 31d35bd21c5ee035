"""Other words that a text can be read as: encoded, in a cipher, letter by letter, by its first letters, in signals.

Every family begins with a look that costs next to nothing; only a text that looks odd is read again.
"""

from __future__ import annotations

from itertools import islice

from heedful.canonical.disguises import ciphers, encodings, layouts, numerals, signals
from heedful.canonical.disguises.layouts import edges
from heedful.canonical.disguises.reading import EDGE, Disguise, Reading
from heedful.canonical.identifiers import Identifier, identifiers
from heedful.canonical.text import Normalised, normalise

__all__ = ["READABLE", "Disguise", "Reading", "edges", "hinted", "identified", "is_readable", "readings", "worked_out"]

FAMILIES = (
    Disguise("encodings", encodings.is_hinted, encodings.read),
    Disguise("signals", signals.is_hinted, signals.read),
    Disguise("ciphers", ciphers.is_hinted, ciphers.read),
    Disguise("layouts", layouts.is_hinted, layouts.read),
)
# Readings in which an address or a number is one, whoever it belongs to; a cipher makes some by chance.
READABLE = frozenset(
    {"marks", "tags", "letters apart", "alphabet", "symbols", "joined", "pieces", "signs in words", "upside down"}
)
MOST = 60  # readings of one text; more of them is no text for a customer, and all are compared with every value


def hinted(text: str) -> tuple[Disguise, ...]:
    """Return the families of disguises that a text may be in; none for nearly every ordinary one."""
    words = text.split()
    plain = bare(text)
    return tuple([family for family in FAMILIES if family.is_hinted(text, words, plain)]) if words else ()


def bare(text: str) -> list[str]:
    """Return the words of a text in lower case, without the signs around them."""
    return [word.strip(EDGE) for word in text.lower().split()]


def readings(text: str, families: tuple[Disguise, ...]) -> tuple[Reading, ...]:
    """Return what a text says when disguises of these families are taken off."""
    found = (reading for family in families for reading in family.read(text))
    return tuple(
        islice((one for one in found if (one.text.strip() and one.text != text) or one.how == "no vowels"), MOST)
    )


def identified(text: Normalised) -> tuple[Identifier, ...]:
    """Return what identifies somebody in a disguise of `text`; offsets are those of the disguise taken off."""
    return text.once(_identified)


def _identified(text: Normalised) -> tuple[Identifier, ...]:
    return tuple(
        one
        for reading in readings(text.text, hinted(text.text))
        if is_readable(reading)
        for one in identifiers(normalise(reading.text))
    )


def is_readable(reading: Reading) -> bool:
    """Whether an address or a number in a reading is one, whoever it belongs to; a cipher makes some by chance."""
    return reading.is_code or reading.how in READABLE or reading.how.endswith("digits")


def worked_out(text: Normalised) -> tuple[Reading, ...]:
    """Return what a text says once Roman numerals and pairs of bounds are read as the figures they mean."""
    is_hinted = numerals.is_hinted(text.text, text.text.split(), bare(text.text))
    return tuple(numerals.read(text))[:MOST] if is_hinted else ()
