"""Which units leave together: qualifiers with what they qualify, and what may still become an identifier."""

from __future__ import annotations

import regex

from heedful.canonical.spoken import DIGIT_WORD, ends_in_digit, is_only_digits
from heedful.markers import without_markers
from heedful.qualifiers import BEFORE_A_WORD, begins_with_qualifier
from heedful.units import Cutter

UNITS_TO_WAIT = 2  # further units that an open identifier waits for, at most
CHARACTERS_TO_WAIT = 200  # the same in characters: after these no more is waited for

DIGITS_OF_AN_ITEM = 4  # a unit of so few digits and nothing else is part of what it continues: it is not counted

LONGEST_IDENTIFIER = 120  # characters of a unit's end that are looked at

_DIGITS_AT_END = regex.compile(r"\d[\d\s().\-–—/*]*$")
_ADDRESS_AT_END = regex.compile(r"[A-Za-z0-9._%+\-]+@(?:[A-Za-z0-9\-]+\.)*[A-Za-z0-9\-]*[.\s]*$")
_WHOLE_ADDRESS_AT_END = regex.compile(r"@(?:[A-Za-z0-9\-]+\.)+[A-Za-z]{2,}\.$")
_SECRET_AT_END = regex.compile(
    r"(?<![A-Za-z0-9])(?:[srph]k[-_]|gh[opsur]_|github_pat_|xox[abprs]-|AKIA|ASIA|AIza|eyJ|glpat-|Bearer\s)[\w\-.=/+]*[.\s]*$"
)
_DIGITS_NEXT = regex.compile(rf"{BEFORE_A_WORD}[+(]?(?:\d|{DIGIT_WORD})", regex.IGNORECASE)

Together = tuple[str, ...]  # units, in order


class Holder:
    """Takes text in pieces and gives its units in groups that are checked and released together.

    A group is given as soon as the first word after it is known not to belong to it. Any cutting of the same
    text gives the same groups.
    """

    def __init__(self) -> None:
        self._cutter = Cutter()
        self._units: list[str] = []

    def feed(self, piece: str) -> list[Together]:
        """Take the next piece; return the groups that are now known."""
        self._units += self._cutter.feed(piece)
        return self._groups(ended=False)

    def close(self) -> list[Together]:
        """Say that nothing follows; return the groups that were still open."""
        self._units += self._cutter.close()
        return self._groups(ended=True)

    def _groups(self, *, ended: bool) -> list[Together]:
        groups = []
        while self._units and (size := self._size(ended=ended)) is not None:
            groups.append(tuple(self._units[:size]))
            del self._units[:size]
        return groups

    def _size(self, *, ended: bool) -> int | None:
        """Return how many of the units that came make the next group; `None` while that is not known."""
        held: list[str] = []  # joined only because an identifier was open
        for size, unit in enumerate(self._units, start=1):
            is_last = size == len(self._units)
            following = self._cutter.pending if is_last else self._units[size]
            is_whole = ended or not is_last
            qualified = begins_with_qualifier(following, ended=is_whole)
            counted = sum(not is_only_digits(without_markers(one), most=DIGITS_OF_AN_ITEM) for one in held)
            waits = counted < UNITS_TO_WAIT and len("".join(held)) < CHARACTERS_TO_WAIT
            open_identifier = waits and _may_continue(unit, following, ended=is_whole)
            if qualified is None or open_identifier is None:
                return None
            if is_last and ended:
                return size
            if not (qualified or open_identifier):
                return size
            held = [] if qualified else [*held, following]
        return None


def _may_continue(unit: str, following: str, *, ended: bool) -> bool | None:
    """Tell whether `unit` ends inside what may become an identifier with `following`; `None` while not known."""
    end = without_markers(unit).rstrip()[-LONGEST_IDENTIFIER:]
    if _SECRET_AT_END.search(end) or (_ADDRESS_AT_END.search(end) and not _WHOLE_ADDRESS_AT_END.search(end)):
        return True
    if not (_DIGITS_AT_END.search(end) or ends_in_digit(end)):
        return False
    found = _DIGITS_NEXT.match(following + "\n" if ended else following, partial=not ended)
    if found is None:
        return False
    return None if found.partial else True
