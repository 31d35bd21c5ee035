"""Typed placeholders in place of values, for every model: `‹order-1›` going in, the value coming back out."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from functools import lru_cache

from heedful import canonical
from heedful.particles import agree
from heedful.precision import hint_of_identifier
from heedful.values import FactInView

ALWAYS = frozenset({"card", "account", "national_number", "passport", "licence"})  # DESIGN.md section 5
ADDRESSES = frozenset({"email", "phone"})  # in anybody's words, where the policy hides such facts
SHORTEST = 4  # letters, a Hangul syllable being two; a shorter value ("2", "S") is found in words that are not about it
OPEN, CLOSE = "‹", "›"

# Models bend the brackets and the case; the hyphen too. A type is one or more words of ASCII letters.
_OPENING = r"[‹<«〈＜⟨]|&lt;|&lsaquo;"
_CLOSING = r"[›>»〉＞⟩]|&gt;|&rsaquo;"
_PLACEHOLDER = re.compile(rf"(?:{_OPENING})\s?([A-Za-z][A-Za-z_]{{1,30}})\s?[-‐‑–—_]\s?(\d{{1,3}})\s?(?:{_CLOSING})")
_UNFINISHED = re.compile(
    rf"(?:{_OPENING})\s?(?:[A-Za-z][A-Za-z_]{{0,30}}\s?(?:[-‐‑–—_]\s?\d{{0,3}}\s?)?)?$|&[a-z]{{0,6}}$"
)


class Pseudonyms:
    """Which placeholder stands for which value. `values` is what a customer will see for each.

    It learns as texts are hidden; `dict(names())` is all that restoring needs. `addresses` tells whether e-mail
    addresses and phone numbers are hidden in anybody's words, too; they come back as they were written.
    """

    def __init__(self, values: Mapping[str, str] | None = None, *, addresses: bool = False) -> None:
        self._values: dict[str, str] = dict(values or {})
        self._hidden = ALWAYS | ADDRESSES if addresses else ALWAYS
        self._count: dict[str, int] = {}
        self._known: dict[tuple[str, str], str] = {}  # (kind, canonical) → placeholder
        self._finders: list[tuple[str, Callable[[canonical.Normalised], Iterable[tuple[int, int]]]]] = []

    def __repr__(self) -> str:
        return f"Pseudonyms({len(self._values)})"

    def fact(self, fact: FactInView) -> str:
        """Return what a model sees of the fact: its placeholder where the policy asks for one, else its value."""
        if not fact.placeholder:
            return self.hide(fact.value)
        placeholder = self._new(fact.category, fact.value)
        if sum(2 if "가" <= letter <= "힣" else 1 for letter in fact.value.strip()) >= SHORTEST:
            self._finders.append((placeholder, _finder(fact)))
        return placeholder

    def hide(self, text: str, *, published: bool = False) -> str:
        """Return the text with known values, cards, accounts and identity numbers as placeholders.

        What looks like a placeholder already is spelt out, so that nobody can ask for a value by its name.
        `published` text is the company's own: what it prints in full comes back in full, else as a hint.
        """
        text, normalised = _read_before(text) if published else _read(text)
        spans: list[tuple[int, int, str]] = []
        for placeholder, find in self._finders:
            spans.extend((start, end, placeholder) for start, end in find(normalised))
        for found in canonical.identifiers(normalised):
            if found.kind in (ALWAYS if published else self._hidden):
                words = text[found.start : found.end]
                spans.append((found.start, found.end, self._standing_for(found, words, published=published)))
        return _replaced(text, spans)

    def restore(self, text: str) -> str:
        """Return the text with the values put back and the Korean particle after each agreeing with it."""
        parts: list[str] = []
        end = 0
        for found in _PLACEHOLDER.finditer(text):
            value = self._values.get(_spelt(found))
            if value is None:
                continue
            parts.append(_particle(parts, text[end : found.start()]))
            parts.append(value)
            end = found.end()
        parts.append(_particle(parts, text[end:]))
        return "".join(parts)

    def names(self) -> Mapping[str, str]:
        """Return each placeholder with the value that the customer will see for it."""
        return dict(self._values)

    def unknown(self, text: str) -> tuple[tuple[int, int], ...]:
        """Return the spans of placeholders that stand for nothing: the model made them up."""
        return tuple(found.span() for found in _PLACEHOLDER.finditer(text) if self._made_up(found))

    def _made_up(self, found: re.Match[str]) -> bool:
        if _spelt(found) in self._values:
            return False
        types = {name.strip(OPEN + CLOSE).rpartition("-")[0] for name in self._values}
        return found[0].startswith(OPEN) or found[1].lower() in types | ALWAYS  # <h-1> is markup, ‹h-1› is not

    def _standing_for(self, found: canonical.Identifier, words: str, *, published: bool) -> str:
        known = self._known.get((found.kind, found.canonical))
        if known is None:
            shown = words if published or found.kind in ADDRESSES else hint_of_identifier(found.kind, words)
            known = self._known[found.kind, found.canonical] = self._new(found.kind, shown)
        elif published:  # what somebody else has named before is the company's own and no secret
            self._values[known] = words
        return known

    def _new(self, kind: str, value: str) -> str:
        self._count[kind] = self._count.get(kind, 0) + 1
        placeholder = f"{OPEN}{kind}-{self._count[kind]}{CLOSE}"
        self._values[placeholder] = value
        return placeholder


def hiding(facts: Iterable[FactInView], *, addresses: bool) -> Callable[[str], str]:
    """Return what puts placeholders into a text that gives no words back: of these facts, and of what identifies."""
    names = Pseudonyms(addresses=addresses)
    for fact in facts:
        names.fact(fact)
    return names.hide


def hide_identifying(text: str, *, addresses: bool = False) -> str:
    """Return the text as a model may see it that gives no words back: an embedder. Takes about 0.1 ms for a question.

    Cards, accounts and identity numbers are placeholders, and with `addresses` e-mail addresses and phone numbers.
    """
    return hiding((), addresses=addresses)(text)


def _read(text: str) -> tuple[str, canonical.Normalised]:
    """Return the text with what looks like a placeholder spelt out, and its one spelling."""
    text = _PLACEHOLDER.sub(lambda found: f"({found[1]} {found[2]})", text)
    return text, canonical.normalise(text)


# What is found in a text is kept with its one spelling; passages are the company's own words, read again and again.
_read_before = lru_cache(maxsize=512)(_read)


def _finder(fact: FactInView) -> Callable[[canonical.Normalised], Iterable[tuple[int, int]]]:
    """Return what finds the value in any usual spelling; a hint ("010-****-5678") is none, and found as it stands."""
    matcher = canonical.matcher(fact.name, fact.category, fact.value)
    shown = canonical.normalise(fact.value.strip())
    letters = re.compile(rf"(?<![A-Za-z0-9_]){re.escape(shown.text)}(?![A-Za-z0-9_])", re.IGNORECASE)

    def as_it_stands(text: canonical.Normalised) -> Iterable[tuple[int, int]]:
        return (text.original(*found.span()) for found in letters.finditer(text.text))

    if not matcher.find(shown):
        return as_it_stands
    if fact.category != "identity":
        return matcher.find
    return lambda text: (*matcher.find(text), *as_it_stands(text))  # "Dear Mina Kim," names her by more than "Mina"


def could_continue(text: str) -> bool:
    """Return whether the text ends inside what may yet become a placeholder."""
    return _UNFINISHED.search(text, max(0, len(text) - 48)) is not None


def _spelt(found: re.Match[str]) -> str:
    return f"{OPEN}{found[1].lower()}-{int(found[2])}{CLOSE}"


def _particle(before: list[str], following: str) -> str:
    return agree(before[-1], following) if before else following


def _replaced(text: str, spans: Iterable[tuple[int, int, str]]) -> str:
    """Put each placeholder in place of its span; of overlapping spans the longer wins, then the earlier."""
    taken: list[tuple[int, int, str]] = []
    for start, end, placeholder in sorted(spans, key=lambda span: (span[0] - span[1], span[0])):
        if all(end <= other[0] or start >= other[1] for other in taken):
            taken.append((start, end, placeholder))
    parts: list[str] = []
    at = 0
    for start, end, placeholder in sorted(taken):
        parts += (text[at:start], placeholder)
        at = end
    return "".join([*parts, text[at:]])
