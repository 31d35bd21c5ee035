"""Typed placeholders in place of values, for every model: `‹order-1›` going in, the value coming back out."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from functools import lru_cache

from heedful import canonical
from heedful.particles import agree
from heedful.precision import hint_of_identifier
from heedful.values import FactInView

ALWAYS = frozenset({"card", "account", "national_number", "passport", "licence"})  # DESIGN.md section 5
SHORTEST = 4  # characters; a shorter value ("2", "S") would be found in words that are not about it
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

    It learns as texts are hidden; `dict(names())` is all that restoring needs.
    """

    def __init__(self, values: Mapping[str, str] | None = None) -> None:
        self._values: dict[str, str] = dict(values or {})
        self._count: dict[str, int] = {}
        self._known: dict[tuple[str, str], str] = {}  # (kind, canonical) → placeholder
        self._matchers: list[tuple[str, canonical.Matcher]] = []

    def __repr__(self) -> str:
        return f"Pseudonyms({len(self._values)})"

    def fact(self, fact: FactInView) -> str:
        """Return what a model sees of the fact: its placeholder where the policy asks for one, else its value."""
        if not fact.placeholder:
            return self.hide(fact.value)
        placeholder = self._new(fact.category, fact.value)
        if len(fact.value.strip()) >= SHORTEST:
            self._matchers.append((placeholder, canonical.matcher(fact.name, fact.category, fact.value)))
        return placeholder

    def hide(self, text: str, *, published: bool = False) -> str:
        """Return the text with known values, cards, accounts and identity numbers as placeholders.

        What looks like a placeholder already is spelt out, so that nobody can ask for a value by its name.
        `published` text is the company's own: what it prints in full comes back in full, else as a hint.
        """
        text, normalised = _read_before(text) if published else _read(text)
        spans: list[tuple[int, int, str]] = []
        for placeholder, matcher in self._matchers:
            spans.extend((start, end, placeholder) for start, end in matcher.find(normalised))
        for found in canonical.identifiers(normalised):
            if found.kind in ALWAYS:
                words = text[found.start : found.end]
                shown = words if published else hint_of_identifier(found.kind, words)
                spans.append((found.start, found.end, self._standing_for(found.kind, found.canonical, shown)))
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

    def _standing_for(self, kind: str, spelling: str, shown: str) -> str:
        if (kind, spelling) not in self._known:
            self._known[kind, spelling] = self._new(kind, shown)
        return self._known[kind, spelling]

    def _new(self, kind: str, value: str) -> str:
        self._count[kind] = self._count.get(kind, 0) + 1
        placeholder = f"{OPEN}{kind}-{self._count[kind]}{CLOSE}"
        self._values[placeholder] = value
        return placeholder


def _read(text: str) -> tuple[str, canonical.Normalised]:
    """Return the text with what looks like a placeholder spelt out, and its one spelling."""
    text = _PLACEHOLDER.sub(lambda found: f"({found[1]} {found[2]})", text)
    return text, canonical.normalise(text)


# What is found in a text is kept with its one spelling; passages are the company's own words, read again and again.
_read_before = lru_cache(maxsize=512)(_read)


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
