"""Figures that follow from supported ones: a date plus a stated period, a total, a difference, a count."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import date, timedelta
from functools import cached_property
from itertools import combinations
from typing import NamedTuple

import regex

from heedful.canonical import Figure
from heedful.canonical.dates import Date
from heedful.guard.grounds import DAY_S, Index

_BESIDE = ("전날", "하루전", "다음날", "이튿날", "익일", "daybefore", "dayafter", "nextday", "previousday")  # squashed
MOST = 24  # figures of one kind that are combined; more than that, and anything follows from anything
_YEARS = (2025, 2024)  # for dates without a year: a common and a leap one
_TOTAL = regex.compile(
    r"total|together|altogether|in all|sum|comes? to|plus|including|with (?:the )?shipping|합계|합치"
    r"|합쳐|합하|총|모두|더하|더해|포함|전부|까지 하면",
    regex.IGNORECASE,
)
_EXAMPLE = regex.compile(
    r"for example|for instance|e\.g\.|such as|say,|if you|예를 들|예컨대|가령|이면|라면", regex.IGNORECASE
)
_DIFFERENCE = regex.compile(
    r"more|left|remaining|short of|difference|minus|less|after (?:the )?(?:discount|deduct)|deduct"
    r"|discount|남은|남으|더 담|더 구매|추가로|부족|차이|빼면|빼고|제외하면|차감|공제|할인",
    regex.IGNORECASE,
)


class Known:
    """What the sources give that arithmetic starts from; each set of results is worked out once."""

    def __init__(self, sources: Iterable[Index]) -> None:
        self._sources = tuple(sources)
        self._reached: dict[Date, frozenset[tuple[int, int]]] = {}
        self._values: dict[str, list[float]] = {}
        self._sums: dict[str, frozenset[float]] = {}
        self._times: dict[str, frozenset[float]] = {}

    def values(self, family: str) -> list[float]:
        """Return the smallest known values of a family."""
        if family not in self._values:
            found = {value for index in self._sources for known, value in index.amounts if known == family}
            self._values[family] = sorted(found)[:MOST]
        return self._values[family]

    def sums(self, family: str) -> frozenset[float]:
        """Return the totals of two or three known values of a family, one of them twice or not, in hundredths."""
        if family not in self._sums:
            values = self.values(family)
            some = (sum(chosen) for n in (2, 3) for chosen in combinations([*values, *values], n))
            self._sums[family] = frozenset(map(_hundredths, some))
        return self._sums[family]

    @cached_property
    def numbers(self) -> list[float]:
        """Bare numbers and counts that a price may be taken times."""
        found = {n for index in self._sources for n in index.numbers if 2 <= n <= 99 and n % 1 == 0}
        return sorted(found)[:MOST]

    @cached_property
    def enumerated(self) -> frozenset[int]:
        """How many things some sentence of a source lists."""
        return frozenset(count for index in self._sources for count in index.enumerated)

    @cached_property
    def counts_by_the_day(self) -> bool:
        """Whether a source speaks of the day before or after another."""
        return any(day in index.squashed for index in self._sources for day in _BESIDE)

    def times(self, family: str) -> frozenset[float]:
        """Return known values taken a known number of times, and each with one more value, in hundredths."""
        if family not in self._times:
            values = self.values(family)
            taken = [value * n for value in values for n in self.numbers]
            more = (product + value for product in taken for value in (0.0, *values))
            self._times[family] = frozenset(map(_hundredths, more))
        return self._times[family]

    def leads_to(self, day: Date, starts: Iterable[Date] | None = None) -> bool:
        """Whether a stated period leads to `day`, counted from one of `starts`, or from any date of the sources."""
        if day.month and not day.day:
            begun = self._months if starts is None else [d.month for d in starts if d.month]
            spans = [int(n) for n in self.values("months") if n % 1 == 0]
            return any((first + n - 1) % 12 + 1 == day.month for first in begun for n in spans)
        if not day.day:
            return False
        counted = self._starts if starts is None else [d for d in starts if d.month and d.day]
        return any((day.month, day.day) in self._reach(start) for start in counted)

    def _reach(self, start: Date) -> frozenset[tuple[int, int]]:
        """Return the (month, day) that a date plus or minus a stated period leads to."""
        if start not in self._reached:
            self._reached[start] = frozenset(_reachable(self, start))
        return self._reached[start]

    @cached_property
    def _months(self) -> list[int]:
        return sorted({d.month for index in self._sources for d in index.dates if d.month})

    @cached_property
    def _starts(self) -> list[Date]:
        return sorted({d for index in self._sources for d in index.dates if d.month and d.day})[:MOST]


class Around(NamedTuple):
    """The sentence a figure stands in: its words, its other figures, and the dates a period may be counted from.

    `starts` is `None` where these are all dates of the sources.
    """

    words: str
    figures: tuple[Figure, ...]
    starts: frozenset[Date] | None = None


def follows(figure: Figure, known: Known, around: Around) -> bool:
    """Whether a figure follows from what the sources say, as far as the sentence it stands in allows."""
    if figure.kind == "date":
        return any(known.leads_to(day, around.starts) for day in figure.dates)
    if figure.kind == "money" or figure.family == "points":
        return _summed(figure, known, around)
    if figure.kind in ("quantity", "number") and figure.family in ("count", ""):
        return figure.value % 1 == 0 and 2 <= figure.value <= 12 and int(figure.value) in known.enumerated
    if figure.kind == "quantity" and figure.family in ("seconds", "months", "business_days"):
        if figure.family == "seconds" and figure.value / DAY_S in _between(around.figures):
            return True
        return bool(_TOTAL.search(around.words)) and _hundredths(figure.value) in known.sums(figure.family)
    return False


def _between(others: Iterable[Figure]) -> frozenset[float]:
    """Return how many days lie between two dates of the sentence."""
    days = [day for one in others if one.kind == "date" for day in one.dates if day.month and day.day]
    apart = set()
    for one, other in combinations(days, 2):
        year = max(one.year, other.year, _YEARS[0])
        try:
            first, last = (date(day.year or year, day.month, day.day) for day in (one, other))
        except ValueError:
            continue
        apart.add(float(abs((first - last).days)))
    return frozenset(apart)


def _hundredths(value: float) -> float:
    return round(value * 100)


def _summed(figure: Figure, known: Known, around: Around) -> bool:
    """Whether a sum of money is a total or difference of known ones, or so many times one, as the sentence says."""
    wanted = _hundredths(figure.value)
    if _TOTAL.search(around.words) and (wanted in known.sums(figure.family) or wanted in known.times(figure.family)):
        return True
    values = known.values(figure.family)
    counts = {one.value for one in around.figures if one.kind == "number" or one.family == "count"}
    if any(_hundredths(v * n) == wanted for v in values for n in counts if 2 <= n <= 99 and n % 1 == 0):
        return True
    if _EXAMPLE.search(around.words) and _is_example(figure, known, around):
        return True
    if not _DIFFERENCE.search(around.words):
        return False
    if any(_hundredths(abs(a - b)) == wanted for a, b in combinations(values, 2)):
        return True
    return any(
        _hundredths(part) == wanted
        for v in values
        for p in known.values("percent")
        for part in (v * p / 100, v * (100 - p) / 100)
    )


def _is_example(figure: Figure, known: Known, around: Around) -> bool:
    """Whether two sums of a sentence follow from one another by a known percentage."""
    others = {one.value for one in around.figures if one.family == figure.family and one.value != figure.value}
    pairs = [(v, figure.value) for v in others] + [(figure.value, v) for v in others]
    shares = [share for p in known.values("percent") for share in (p, 100 - p, 100 + p)]
    return any(_hundredths(whole * share / 100) == _hundredths(part) for whole, part in pairs for share in shares)


def _reachable(known: Known, start: Date) -> Iterator[tuple[int, int]]:
    days = [int(value // DAY_S) for value in known.values("seconds") if value >= DAY_S and value % DAY_S == 0]
    days += [1] if known.counts_by_the_day else []
    working = [int(value) for value in known.values("business_days")]
    months = [int(value) for value in known.values("months") if value % 1 == 0]
    for year in (start.year,) if start.year >= 1000 else _YEARS:
        try:
            begin = date(year, start.month, start.day)
        except ValueError:
            continue
        yield from ((end.month, end.day) for end in _ends(begin, days, working, months))


def _ends(begin: date, days: Sequence[int], working: Sequence[int], months: Sequence[int]) -> Iterator[date]:
    """Yield the days a period later or earlier, counting from the day itself or the next."""
    for n in days:
        if n < 5_000:
            yield from (begin + timedelta(days=sign * n + slack) for sign in (1, -1) for slack in (-1, 0, 1))
    for w in working:
        if w < 100:
            yield from (begin + timedelta(days=n) for n in range(w, w + 2 * (w // 5 + 1) + 1))
    for count in months:
        later = begin.month - 1 + count
        year, month = begin.year + later // 12, later % 12 + 1
        for day in (begin.day, begin.day - 1):
            last = min(day, 28)  # the end of a short month: a day or two either way is not a new claim
            if day >= 1 and 1 <= year < 9000:
                end = date(year, month, last)
                yield from (end + timedelta(days=extra) for extra in range(day - last + 1))
