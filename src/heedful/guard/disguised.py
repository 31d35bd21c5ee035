"""The draft read again where it looks odd: what it says once a disguise is off, and where in the draft that stands."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import regex

from heedful.canonical import Identifier, Normalised, identifiers, normalise, squash
from heedful.canonical.disguises import Reading, edges, hinted, is_readable, readings, worked_out
from heedful.canonical.wording import letters
from heedful.guard.case import Case
from heedful.values import Match

REACH = 900  # characters before the end of the unit that are read again: what is told line by line takes many
LONG = 8  # letters and digits of what somebody else holds: shorter rows are met by chance
LONG_UNIT = 60  # characters from which a unit alone shows whether it is odd
NAME = 20  # letters of a mail address before its host that are looked at
HINT = 2  # letters of a mail address before its `@` that a hint may show
LINES = 5  # line ends or sentence ends from which first letters may say something
ROWS = frozenset({"first letters", "last letters", "first words"})
CIPHERS = frozenset({"ciphers", "leet"})  # many readings at once
_HOSTS = "gmail naver daum hanmail kakao nate hotmail outlook yahoo icloud proton example".split()
_MAILBOX = regex.compile(rf"(?<=[a-z0-9]{{3}})({'|'.join(_HOSTS)})(?:com|net|org|cokr)")


@dataclass(frozen=True, slots=True)
class Seen:
    """One reading of the draft, and the way back to it."""

    reading: Reading
    source: Normalised
    base: int
    row: str  # its letters and digits

    @property
    def text(self) -> str:
        """What it says."""
        return self.reading.text

    @property
    def disguise(self) -> str:
        """The stretch of the draft that says it, in its one spelling."""
        return self.source.text[self.reading.start : self.reading.end]

    def place(self, start: int, end: int) -> tuple[int, int]:
        """Return the offsets in the draft of `text[start:end]`; of the whole disguise where they are not known."""
        first, last = self.reading.span(start, end)
        left, right = self.source.original(min(first, last), max(first, last))
        return self.base + left, self.base + right

    def hides(self, start: int, end: int) -> bool:
        """Whether `text[start:end]` does not stand in the draft as it is."""
        return self.text[start:end] not in self.source.text

    @property
    def span(self) -> tuple[int, int]:
        """Where the disguise stands in the draft."""
        left, right = self.source.original(self.reading.start, self.reading.end)
        return self.base + left, self.base + right


def read_again(case: Case) -> tuple[Seen, ...]:
    """Return what the draft says in other ways of reading it; nothing for nearly every ordinary unit."""
    return case.once(_read_again)


def _read_again(case: Case) -> tuple[Seen, ...]:
    found = [_seen(reading, case.text, case.window_start) for reading in worked_out(case.text)]
    base = max(0, case.end - REACH)
    draft = case.draft
    if draft.count("\n", base, case.end) + draft.count(". ", base, case.end) >= LINES:
        stretch = Normalised(draft[base : case.end])
        found += [_seen(reading, stretch, base) for reading in edges(stretch.text)]
    if families := hinted(case.unit.text if case.end - case.start >= LONG_UNIT else case.text.text):
        base = min(base, case.window_start)
        source = case.text if base == case.window_start else normalise(draft[base : case.end])
        found += [_seen(reading, source, base) for reading in readings(source.text, families)]
    return tuple(found)


def _seen(reading: Reading, source: Normalised, base: int) -> Seen:
    return Seen(reading, source, base, squash(reading.text))


def rows(case: Case) -> tuple[tuple[str, tuple[int, ...]], ...]:
    """Return rows of letters that a draft holds besides its words, and where in the window each letter stands.

    They cost next to nothing, so that every unit is asked for them: without what separates them, backwards, the first
    and the last letters of words.
    """
    return case.text.once(_rows)


def _rows(normalised: Normalised) -> tuple[tuple[str, tuple[int, ...]], ...]:
    found = letters(normalised)
    squashed, places = found.squashed, found.places
    plain = (squashed, places), (squashed[::-1], places[::-1])
    text = normalised.text.lower()
    if len(text) != len(normalised.text):
        return plain
    starts = tuple([at for before, at in zip((-2, *places), places, strict=False) if at - before > 1])
    ends = tuple([at for at, after in zip(places, (*places[1:], len(text) + 1), strict=False) if after - at > 1])
    return *plain, *(("".join([text[at] for at in row]), row) for row in (starts, ends))


def spelt(case: Case) -> Iterator[tuple[Match, str]]:
    """Yield each withheld value that a row of letters holds, with offsets of the draft, and the row's own letters."""
    for number, (row, places) in enumerate(rows(case)):
        for match in case.withheld.spelt(row):
            said = row[match.start : match.end]
            if number == 0 and not any(char.isdigit() for char in said) and match.category != "contact":
                continue  # words in their order are found as words
            at = sorted((places[match.start], places[match.end - 1]))
            yield _moved(match, case.place(at[0], at[1] + 1)), said
    plain = letters(case.text).squashed
    for seen in read_again(case):
        row = seen.row
        for match in case.withheld.spelt(row):
            said = row[match.start : match.end]
            if said not in plain:
                yield _moved(match, seen.span), said


MOST_CODE = 2_000  # the same of what is code: all of it is a finding by itself
MOST_TEXT = 12_000  # characters of a reading that are compared with every value, in the time that one unit has


def matched(case: Case) -> Iterator[tuple[Match, Seen]]:
    """Yield each withheld value that a reading repeats, with offsets of the reading."""
    for seen in read_again(case):
        if seen.reading.how not in ROWS:
            for match in case.withheld.matches(seen.text[: MOST_CODE if seen.reading.is_code else MOST_TEXT]):
                if not match.hinted and seen.hides(match.start, match.end):
                    yield match, seen


def _moved(match: Match, span: tuple[int, int]) -> Match:
    return Match(match.name, match.category, match.why, *span)


def read_identifiers(case: Case) -> Iterator[tuple[Identifier, tuple[int, int], str]]:
    """Yield what identifies somebody in a reading, where in the draft that is, and how it was read.

    What stands in the draft as it is, is left out, and so is what only looks like an address because something is
    joined to one.
    """
    elsewhere = case.held_elsewhere or frozenset()
    known: frozenset[str] | None = None
    for row, _ in rows(case)[2:]:
        if elsewhere or _names_host(row):
            whole = case.place(0, len(case.text.text))
            yield from ((one, whole, "first letters") for one in _in_a_row(row, elsewhere, ""))
    for seen in read_again(case):
        found = identifiers(normalise(seen.text)) if is_readable(seen.reading) else ()
        row = seen.row
        if not found and not elsewhere and not _names_host(row):
            continue  # nothing to compare with what is known
        known = _known(case) if known is None else known
        for one in found:
            is_hint = one.kind == "email" and _is_hint(one.canonical, seen.disguise)
            if not is_hint and not any(plain in one.canonical for plain in known):
                yield one, seen.place(one.start, one.end), seen.reading.how
        for one in _in_a_row(row, elsewhere - known, seen.source.text.lower()):
            if one.kind == "id" or seen.reading.how not in CIPHERS:
                yield one, seen.span, seen.reading.how


def _known(case: Case) -> frozenset[str]:
    """Return what identifies somebody in the draft as it is, and the addresses that a page or the customer gives."""
    mails = {mail for index in case.support.all for mail in index.mails}
    around = normalise(case.draft[max(0, case.end - REACH) : case.end])
    return frozenset({*mails, *(one.canonical for one in identifiers(around))})


def _names_host(row: str) -> bool:
    """Whether a row of letters may hold an address at a host that everybody knows."""
    return ("com" in row or "net" in row or "org" in row or "cokr" in row) and any(host in row for host in _HOSTS)


def _is_hint(address: str, disguise: str) -> bool:
    """Whether an address is what is left of a hint: `m***@example.com`."""
    return "**" in disguise and address.find("@") <= HINT


def _in_a_row(row: str, elsewhere: frozenset[str], plain: str) -> Iterator[Identifier]:
    """Yield what a row of letters holds: an address at a host that does not stand in the `plain` text, known ids."""
    for m in _MAILBOX.finditer(row):
        if m[1] not in plain:
            yield Identifier("email", row[max(0, m.start() - NAME) : m.end()], 0, 0)
    for key in elsewhere:
        if len(key) >= LONG and (at := row.find(squash(key))) >= 0:
            yield Identifier("id", key, at, at)
