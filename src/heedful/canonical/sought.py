"""A pattern that is tried only where one of the words stands that it can't match without: most texts have none."""

from __future__ import annotations

from collections.abc import Iterator

import regex

from heedful.canonical.glance import glance
from heedful.canonical.text import PATIENCE_S

Words = frozenset[str]

NOTHING: Words = frozenset()
MOST = 200  # words; with more of them the pattern itself is as fast
TELLING = 2  # what a word weighs at least: two letters, or one sign or syllable that is no ASCII letter
_HEX = {"x": 2, "u": 4, "U": 8}


class Sought:
    """A pattern, and the words of which one has to be in a text, alone or in another word, for it to match there."""

    __slots__ = ("pattern", "words")

    def __init__(self, source: str, flags: int = 0) -> None:
        self.pattern = regex.compile(source, flags)
        self.words = tuple(sorted(needed(source, flags), key=len))

    def may_stand_in(self, text: str) -> bool:
        """Whether the pattern may match in `text` at all."""
        return not self.words or glance(text).has(self.words)

    def search(self, text: str) -> regex.Match[str] | None:
        """Return the first match in `text`."""
        return self.pattern.search(text, timeout=PATIENCE_S) if self.may_stand_in(text) else None

    def finditer(self, text: str) -> Iterator[regex.Match[str]]:
        """Yield the matches in `text`."""
        return self.pattern.finditer(text, timeout=PATIENCE_S) if self.may_stand_in(text) else iter(())


def needed(source: str, flags: int = 0) -> Words:
    """Return words, in lower case, of which one stands in whatever `source` matches; none where that can't be said."""
    if flags & (regex.VERBOSE | regex.V1):
        return NOTHING  # their signs mean something else
    reader = _Reader(source)
    found = reader.either()
    return found if reader.is_understood and len(found) <= MOST else NOTHING


class _Reader:
    """Reads a pattern from left to right; what it doesn't know makes it give up."""

    def __init__(self, source: str) -> None:
        self._source = source
        self._at = 0
        self.is_understood = True

    def either(self) -> Words:
        """Return what the alternatives from here on need, up to the bracket that closes them."""
        found = [self._row()]
        while self._next("|"):
            found.append(self._row())
        if self._at < len(self._source) and self._source[self._at] != ")":
            self.is_understood = False
        return NOTHING if NOTHING in found else _shortest(frozenset().union(*found))

    def _row(self) -> Words:
        """Return what things one after the other need: the most telling of what each of them does."""
        best, run = NOTHING, ""
        while self.is_understood and self._at < len(self._source) and self._source[self._at] not in "|)":
            letter, group = self._thing()
            least, many = self._times()
            if letter and least and not many:
                run += letter
                continue
            ended = run + letter if letter and least else run
            best = max(best, frozenset({ended.lower()}), group if least else NOTHING, key=_weight)
            run = ""
        return max(best, frozenset({run.lower()}), key=_weight) if run or best else NOTHING

    def _thing(self) -> tuple[str, Words]:
        """Return the letter that stands here, or what a group needs; neither for what may be many a letter."""
        sign = self._take()
        if sign == "(":
            return "", self._group()
        if sign == "[":
            self._skip_class()
        elif sign == "\\":
            return self._escaped(), NOTHING
        elif sign in "*+?{":
            self.is_understood = False
        elif sign not in ".^$" and (sign.isascii() or sign.lower() == sign.upper()):
            return sign, NOTHING
        return "", NOTHING

    def _group(self) -> Words:
        looks_around = False
        if self._next("?"):
            if self._next("<=") or self._next("<!") or self._next("=") or self._next("!"):
                looks_around = True
            elif self._next("P<"):
                self._at = self._source.index(">", self._at) + 1
            elif not (self._next(":") or self._next(">") or self._next("i:") or self._next("-i:")):
                if self._next("i)") or self._next("m)"):
                    return NOTHING
                looks_around = not self._next("m:")
                self.is_understood = self.is_understood and not looks_around
        found = self.either()
        if not self._next(")"):
            self.is_understood = False
        return NOTHING if looks_around else found

    def _escaped(self) -> str:
        sign = self._take()
        if not sign.isalnum():
            return sign
        if sign in "pPN" and self._next("{"):
            self._at = self._source.index("}", self._at) + 1
        elif sign in "Lgk" or sign.isdigit():
            self.is_understood = False
        else:
            self._at += _HEX.get(sign, 0)
        return ""

    def _skip_class(self) -> None:
        self._next("^")
        self._next("]")
        while (sign := self._take()) != "]":
            if sign == "\\":
                self._take()
            elif not sign or (sign == "[" and self._next(":")):
                self.is_understood = False
                return

    def _times(self) -> tuple[int, bool]:
        """Return how often at least the thing before stands here, and whether it may stand more often."""
        least, many = 1, False
        if self._next("?"):
            least = 0
        elif self._next("*"):
            least, many = 0, True
        elif self._next("+"):
            many = True
        elif self._next("{"):
            end = max(self._source.find("}", self._at), self._at)
            first = self._source[self._at : end].partition(",")[0]
            if not first.isdigit():
                self.is_understood = False
                return 0, True
            least, many, self._at = int(first), True, end + 1
        if (not least or many) and not self._next("?"):
            self._next("+")
        return min(least, 1), many

    def _next(self, sign: str) -> bool:
        if self._source.startswith(sign, self._at):
            self._at += len(sign)
            return True
        return False

    def _take(self) -> str:
        sign = self._source[self._at : self._at + 1]
        self._at += 1
        return sign


def _weight(words: Words) -> tuple[int, int]:
    """Return how telling words are: by the least telling of them, then the fewer the better."""
    if not words:
        return 0, 0
    least = min(sum(1 if c.isascii() and c.isalnum() else 2 for c in word if c != " ") for word in words)
    return (least, -len(words)) if least >= TELLING else (0, 0)


def _shortest(words: Words) -> Words:
    """Return `words` without those that hold another one; none where one of them tells nothing."""
    if _weight(words) == (0, 0):
        return NOTHING
    return frozenset(word for word in words if not any(other in word and other != word for other in words))
