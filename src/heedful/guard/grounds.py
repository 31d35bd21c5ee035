"""What supports a figure, and gives nothing away: the customer's words, published passages, the policy, the view."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable
from functools import cached_property, lru_cache
from typing import Any, TypeVar, cast

import regex

from heedful.canonical import Figure, Matcher, figures, identifiers, matcher, normalise, squash
from heedful.canonical.dates import Date
from heedful.canonical.links import split
from heedful.policy import Policy
from heedful.values import FactInView, Passage, View

T = TypeVar("T")

DAY_S = 86_400.0
_METRIC = {
    "mm": ("mm", 1.0), "cm": ("mm", 10.0), "m": ("mm", 1_000.0), "km": ("mm", 1_000_000.0), "mg": ("mg", 1.0),
    "g": ("mg", 1_000.0), "kg": ("mg", 1_000_000.0), "ml": ("ml", 1.0), "l": ("ml", 1_000.0), "w": ("w", 1.0),
    "kw": ("w", 1_000.0),
}  # fmt: skip
ROUNDED = 0.05  # how far "8.5 million" may be from the figure it rounds
_ITEMS = regex.compile(r"[^.!?\n]+")
_SEPARATOR = regex.compile(r",\s|·|、|\s(?:and|or)\s|(?<=[가-힣])(?:와|과|및|이랑)\s|\s및\s|\s또는\s")


APART = "\n—\n"  # between values: the end of one and the start of the next make no number together
AMERICAN = 11  # digits of a North American number with its country code, 1


def measure(family: str, value: float) -> tuple[str, float]:
    """Return a measure in the smallest unit of its family: 30 cm and 300 mm are the same length."""
    base, factor = _METRIC.get(family, (family, 1.0))
    return base, round(value * factor, 4)


class Index:
    """The figures of one text, by kind."""

    __slots__ = (
        "amounts",
        "codes",
        "counts",
        "dates",
        "enumerated",
        "links",
        "mails",
        "minutes",
        "numbers",
        "squashed",
    )

    def __init__(self, text: str) -> None:
        normalised = normalise(text)
        self.squashed = "\n".join(squash(line) for line in normalised.text.split("\n"))
        self.dates: set[Date] = set()
        self.minutes: set[int] = set()
        self.amounts: set[tuple[str, float]] = set()  # (family, value), measures in their smallest unit
        self.numbers: set[float] = set()  # bare numbers and counts
        self.counts: dict[str, set[float]] = defaultdict(set)  # what is counted → how many
        self.codes: set[str] = set()
        self.mails: set[str] = set()
        self.links: set[str] = set()
        for figure in figures(normalised):
            self._add(figure)
        self.enumerated = frozenset(len(_SEPARATOR.findall(m[0])) + 1 for m in _ITEMS.finditer(normalised.text))

    def _add(self, figure: Figure) -> None:
        if figure.kind == "date":
            self.dates.update(figure.dates)
        elif figure.kind == "time":
            self.minutes.update(figure.minutes)
        elif figure.kind in ("code", "hint"):
            self.codes.add(figure.key)
        elif figure.kind == "email":
            self.mails.add(figure.key)
        elif figure.kind == "link":
            self.links.add(figure.key)
        elif figure.kind == "number":
            self.numbers.add(figure.value)
        else:
            self.amounts.add(measure(figure.family, figure.value))
            if figure.family == "count":
                self.numbers.add(figure.value)
                self.counts[counted(figure.word)].add(figure.value)


def counted(word: str) -> str:
    """Return what is counted, singular."""
    return word.removesuffix("s") if word.isascii() else word


@lru_cache(maxsize=4096)  # passages are few and read again and again; they are the company's own words
def _published_index(text: str) -> Index:
    return Index(text)


class Grounds:
    """The sources of one reply. What is worked out is kept for all its units."""

    def __init__(self, said: tuple[str, ...], view: View, passages: tuple[Passage, ...], policy: Policy) -> None:
        self._said = said
        self._view = view
        self._passages = passages
        self._policy = policy
        self._known: dict[Callable[[Grounds], Any], Any] = {}

    def __repr__(self) -> str:
        return f"Grounds({len(self._passages)} passages)"

    @cached_property
    def national_numbers_said(self) -> frozenset[str]:
        """The national numbers that the customer has written in this conversation."""
        found = identifiers(normalise("\n".join(self._said)))
        return frozenset(one.canonical for one in found if one.kind == "national_number")

    def once(self, work: Callable[[Grounds], T]) -> T:
        """Return what `work` makes of these sources, worked out the first time it is asked for."""
        if work not in self._known:
            self._known[work] = work(self)
        return cast("T", self._known[work])

    @cached_property
    def pages(self) -> tuple[str, ...]:
        """The published passages, each with its title above it."""
        return tuple(f"{p.title}\n{p.text}" for p in self._passages if p.trust == "published")

    @property
    def promises(self) -> tuple[str, ...]:
        """What the policy promises."""
        return tuple(self._policy.promises)

    def rests_on(self, said: tuple[str, ...], view: View, passages: tuple[Passage, ...], policy: Policy) -> bool:
        """Whether these are the sources it was worked out from."""
        same = self._policy is policy and self._said == said
        return same and self._view == view and self._passages == passages

    @cached_property
    def published(self) -> tuple[Index, ...]:
        """What anyone may read: published passages, and what the policy says."""
        passages = (p for p in self._passages if p.trust == "published")
        texts = [part for p in passages for part in (p.title, p.text, p.url) if part]
        stated = "\n".join((*self._policy.promises, *self._policy.contacts, *self._policy.contact_lines.values()))
        return tuple(_published_index(text) for text in (*texts, stated) if text)

    @cached_property
    def personal(self) -> tuple[Index, ...]:
        """What the customer has said, and what the view holds."""
        return (*self.said, *self.held)

    @cached_property
    def said(self) -> tuple[Index, ...]:
        """What the customer has said."""
        return (Index("\n".join(self._said)),)

    @cached_property
    def held(self) -> tuple[Index, ...]:
        """What the view holds."""
        return (Index(APART.join(fact.value for fact in self._view.facts)),) if self._view.facts else ()

    @cached_property
    def view_matchers(self) -> tuple[tuple[FactInView, Matcher], ...]:
        """What finds each value of the view in a text."""
        return tuple((fact, matcher(fact.name, fact.category, fact.value)) for fact in self._view.facts)

    @cached_property
    def all(self) -> tuple[Index, ...]:
        """Every source."""
        return (*self.published, *self.personal)

    @cached_property
    def links(self) -> tuple[tuple[str, str], ...]:
        """The links a reply may carry, as (host, path): the policy's prefixes, and those of published passages."""
        passages = [p for p in self._passages if p.trust == "published"]
        exact = {split(p.url) for p in passages if p.url}
        exact |= {_parted(link) for index in self.published for link in index.links}
        return tuple((host, path) for host, path in exact if host)

    @cached_property
    def prefixes(self) -> tuple[tuple[str, str], ...]:
        """The policy's prefixes, as (host, path)."""
        return tuple(part for part in (split(link) for link in self._policy.links) if part[0])


def _parted(link: str) -> tuple[str, str]:
    host, slash, rest = link.partition("/")
    return host, slash + rest


def says(indexes: Iterable[Index], figure: Figure) -> bool:
    """Whether one of the sources gives the figure itself, in any spelling; nothing is worked out."""
    return any(_says(index, figure) for index in indexes)


def _says(index: Index, figure: Figure) -> bool:
    if figure.kind == "date":
        return any(_says_date(index, date) for date in figure.dates)
    if figure.kind == "time":
        return any(minute in index.minutes for minute in figure.minutes)
    if figure.kind == "email":
        return figure.key in index.mails
    if figure.kind == "link":
        return figure.key in index.links
    if figure.kind in ("code", "hint"):
        return _says_code(index, figure)
    if figure.kind == "number":
        return _says_number(index, figure)
    return _says_amount(index, figure)


def _says_date(index: Index, date: Date) -> bool:
    if not date.month and date.year and (date.year in index.numbers):
        return True
    if not date.month and not date.year and ("seconds", date.day * DAY_S) in index.amounts:
        return True
    return any(_covers(known, date) for known in index.dates)


def _covers(known: Date, date: Date) -> bool:
    """Whether a known date says at least what `date` says; a year may be left unsaid on either side."""
    if not date.agrees(known):
        return False
    return bool(
        (known.month or not date.month) and (known.day or not date.day) and (known.year or known.month or known.day)
    )


def _says_code(index: Index, figure: Figure) -> bool:
    last = figure.key.split()[-1]
    if figure.kind == "hint":
        groups = figure.key.split()
        whole = [code for code in index.codes if code.replace(" ", "").endswith(last)]
        whole += [code for code in (f"{number:.0f}" for number in index.numbers) if code.endswith(last)]
        return any(len(groups) == 1 or code.startswith(groups[0]) or len(groups[0]) <= 2 for code in whole)
    if last in index.codes or (len(last) >= 4 and last in index.squashed):
        return True
    if not last.isdigit():
        return False
    national = phone_key(last)
    return any(code.isdigit() and len(code) >= 7 and phone_key(code) == national for code in index.codes)


def phone_key(digits: str) -> str:
    """Return what two spellings of one phone number share: no country code, no leading zero."""
    if len(digits) == AMERICAN and digits.startswith("1"):
        return digits[1:]
    for prefix in ("0082", "0044", "82", "44"):
        if digits.startswith(prefix) and len(digits) - len(prefix) >= 8:
            return digits.removeprefix(prefix).lstrip("0")
    return digits.lstrip("0")


def _says_number(index: Index, figure: Figure) -> bool:
    value = figure.value
    if figure.family == "rounded" and any(abs(known - value) <= ROUNDED * value for known in index.numbers):
        return True
    if value in index.numbers or any(value == known for _, known in index.amounts):
        return True
    if any(value in (date.year, date.day, date.month) for date in index.dates):
        return True
    if value % 1 == 0 and any(value * 60 == minute for minute in index.minutes):
        return True
    plain = figure.key.replace(",", "")
    if any(
        family == "seconds" and known in (value * 60, value * 3600, value * DAY_S, value * 7 * DAY_S)
        for family, known in index.amounts
    ):
        return True
    if any(family == "months" and known == value * 12 for family, known in index.amounts):
        return True
    return len(plain) >= 3 and any(
        code == plain or (len(code) >= 8 and code.endswith(plain) and len(plain) >= 4) for code in index.codes
    )


def _says_amount(index: Index, figure: Figure) -> bool:
    if measure(figure.family, figure.value) in index.amounts:
        return True
    if figure.family == "count":
        return figure.value in index.numbers
    if figure.family in _METRIC and figure.value >= 10 and figure.family in index.squashed:
        return figure.value in index.numbers  # "200 × 230", and that sizes are in cm is said elsewhere
    if figure.kind == "money" or figure.family == "points":
        large = figure.value >= 100 and figure.value in index.numbers
        return large or (figure.value % 1 == 0 and f"{figure.value:.0f}" in index.codes)
    if figure.family == "seconds" and figure.word in ("일", "day", "days"):
        day = round(figure.value / DAY_S)
        return figure.word == "일" and any(date.day == day for date in index.dates)
    return False
