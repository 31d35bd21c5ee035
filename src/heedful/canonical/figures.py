"""Every figure of a text: dates, times, money, percentages, quantities, numbers, codes, addresses of mail and web."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Literal

import regex

from heedful.canonical.amounts import Amount, money, percentages, quantities
from heedful.canonical.dates import Date, dates, times
from heedful.canonical.digits import spelled
from heedful.canonical.glance import Glance, glance
from heedful.canonical.links import links_of, mails_of
from heedful.canonical.multiples import multiples
from heedful.canonical.text import PATIENCE_S, Normalised, squash

Kind = Literal["date", "time", "money", "percent", "quantity", "number", "code", "hint", "email", "link"]


@dataclass(frozen=True, slots=True)
class Figure:
    """One figure; offsets are of the normalised text.

    `family` says what it may be compared with (see `Amount`), `word` what is counted; `dates` and `minutes` are the
    alternatives it may mean; `key` is the squashed text of a code, an address or a link, or the digits of a hint.
    `spelled`: the number is in words, or a hint hides its end.
    """

    kind: Kind
    start: int
    end: int
    value: float = 0.0
    family: str = ""
    word: str = ""
    spelled: bool = False
    dates: tuple[Date, ...] = ()
    minutes: tuple[int, ...] = ()
    key: str = ""


_MARKER = regex.compile(
    r"\[\d{1,3}\]|‹[^›]{1,40}›|(?m:^[^\S\n]*[([]?\d{1,2}[.)\]:](?=\s))|(?<=\s)\(\d\)(?=\s)|24시간\s?365일"
)
_LABEL = regex.compile(
    r"(?<![A-Za-z])(?:step|option|part|chapter|section|question|q|no)\.?\s?\d{1,2}(?![\d:.,]*\d)|1:1(?!\d)",
    regex.IGNORECASE,
)
_HINT = regex.compile(
    r"(?<![\d])(?:\d{1,6}[\s\-.]?){0,3}(?:[*•●○◦xX×#□■]{2,}[\s\-.]?)+(?:\d{1,6}(?!\d))?"
    r"|(?<=ending (?:in|with) |ends (?:in|with) |last four digits |끝자리(?:가|는)? |뒷자리(?:가|는)? "
    r"|끝 네 자리 |마지막 네 자리 )\d{2,6}(?!\d)"
)
_DIGIT_CODE = regex.compile(
    r"(?<![A-Za-z0-9_.,+])(?:\+\d{1,3}[\s\-.]?)?(?:\(\d{1,5}\)[\s\-.]?)?\d{1,6}(?:[\-.\s]\(?\d{2,8}\)?){1,4}(?![\d])"
    r"|(?<![A-Za-z0-9_.,])\d{7,}(?!\d|,\d)"
)
_CODE = regex.compile(
    r"(?<![A-Za-z0-9_])(?=[A-Za-z0-9_\-/.#]*\d)(?=[0-9_\-/.#]*[A-Za-z])[A-Za-z0-9]+(?:[\-_/.#][A-Za-z0-9]+)*"
)
_NUMBER = regex.compile(r"(?<![\d.,])\d{1,3}(?:,\d{3})+(?:\.\d+)?|(?<![\d.])\d+(?:\.\d+)?")
_SCALED = regex.compile(r"\s?(thousand|million|billion|만|억)(?![a-z])", regex.IGNORECASE)
_SCALE = {"thousand": 1e3, "million": 1e6, "billion": 1e9, "만": 1e4, "억": 1e8}
_COUNT_WORD = regex.compile(
    r"(?<![a-z-])(?P<n>two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|thirteen"
    r"|fourteen|fifteen|sixteen|seventeen|eighteen"
    r"|nineteen|twenty|thirty|forty|fifty|sixty|seventy|eighty|ninety)\s+(?:different\s+"
    r"|separate\s+)?(?P<word>[a-z]{3,}s)(?![a-z])",
    regex.IGNORECASE,
)
_A_COUNT = ("two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve", "teen", "ty ")
_LABEL_ENDS = frozenset("pntrqoPNTRQO")  # the last letters of what `_LABEL` looks for before a number
_IN_CODE = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-/.#")
_LIST_SIGNS = frozenset(".)]:")
LONG = 7  # digits of a number that stands for itself
_MASKED = regex.compile(r"[*•●○◦xX×#□■]{2}|end(?:ing|s) |four digits|자리")
_GENERIC = frozenset(
    {
        "a3",
        "a4",
        "a5",
        "mp3",
        "mp4",
        "2fa",
        "4g",
        "5g",
        "3g",
        "lte",
        "ipv4",
        "ipv6",
        "b2b",
        "b2c",
        "24/7",
        "1st",
        "2nd",
        "3rd",
    }
)


def figures(text: Normalised) -> tuple[Figure, ...]:
    """Return the figures of `text` by place; list numbers, `[n]` markers and step labels are none."""
    return text.once(_figures)


def _figures(normalised: Normalised) -> tuple[Figure, ...]:
    text = normalised.text
    look = glance(text)
    taken = bytearray(len(text))
    found: list[Figure] = []
    if _may_mark(look):
        for m in _MARKER.finditer(text, timeout=PATIENCE_S):
            _take(taken, m.start(), m.end())
    if _may_label(look):
        for m in _LABEL.finditer(text, timeout=PATIENCE_S):
            _take(taken, m.start(), m.end())
    for finder in _FINDERS if look.numbers else _WITHOUT_DIGITS:
        places: set[tuple[int, int]] = set()
        for figure in finder(normalised):
            place = (figure.start, figure.end)
            if place in places or taken.find(1, figure.start, figure.end) < 0:
                _take(taken, *place)
                places.add(place)
                found.append(figure)
    return tuple(sorted(found, key=lambda figure: figure.start))


def _take(taken: bytearray, start: int, end: int) -> None:
    taken[start:end] = b"\x01" * (end - start)


def _may_mark(look: Glance) -> bool:
    text = look.text
    if "[" in text or "‹" in text or "24시간" in text:
        return True
    return any(end - start <= 2 and text[end : end + 1] in _LIST_SIGNS for start, end in look.numbers)


def _may_label(look: Glance) -> bool:
    text = look.text
    if "1:1" in text:
        return True
    return any(text[max(0, start - 3) : start].rstrip().rstrip(".")[-1:] in _LABEL_ENDS for start, _ in look.numbers)


def _addressed(normalised: Normalised) -> Iterator[Figure]:
    if "." not in normalised.text:
        return
    for start, end, address in mails_of(normalised):
        yield Figure("email", start, end, key=address)
    for link in links_of(normalised):
        yield Figure("link", link.start, link.end, key=link.key)


def _hints(normalised: Normalised) -> Iterator[Figure]:
    text = normalised.text
    if not _MASKED.search(text):
        return
    for m in _HINT.finditer(text, timeout=PATIENCE_S):
        if any(c.isdigit() for c in m[0]) and not m[0].isalpha():
            groups = regex.findall(r"\d+", m[0])
            yield Figure("hint", m.start(), m.end(), key=" ".join(groups), spelled=not m[0][-1].isdigit())


def _dated(normalised: Normalised) -> Iterator[Figure]:
    text = normalised.text
    for dated in dates(text):
        yield Figure("date", dated.start, dated.end, dates=dated.dates)


def _timed(normalised: Normalised) -> Iterator[Figure]:
    text = normalised.text
    for timed in times(text):
        yield Figure("time", timed.start, timed.end, minutes=timed.minutes)


def _priced(normalised: Normalised) -> Iterator[Figure]:
    text = normalised.text
    yield from _amounts("money", money(text))
    yield from _amounts("percent", percentages(text))
    for amount in multiples(text):
        kind: Literal["percent", "quantity"] = "percent" if amount.family == "percent" else "quantity"
        yield from _amounts(kind, (amount,))


def _measured(normalised: Normalised) -> Iterator[Figure]:
    text = normalised.text
    yield from _amounts("quantity", quantities(text))
    for m in _COUNT_WORD.finditer(text, timeout=PATIENCE_S) if glance(text).has(_A_COUNT) else ():
        value = _WORDS.index(m["n"].lower())
        yield Figure("quantity", m.start(), m.end(), float(_VALUES[value]), "count", m["word"].lower(), spelled=True)


_WORDS = (
    "two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen eighteen "
    "nineteen twenty thirty forty fifty sixty seventy eighty ninety"
).split()
_VALUES = (*range(2, 20), *range(20, 100, 10))


def _amounts(kind: Literal["money", "percent", "quantity"], amounts: Iterable[Amount]) -> Iterator[Figure]:
    for amount in amounts:
        yield Figure(kind, amount.start, amount.end, amount.value, amount.family, amount.word, amount.spelled)


def _phones(normalised: Normalised) -> Iterator[Figure]:
    """Yield the numbers that stand for themselves: phones, accounts, long ids."""
    text = normalised.text
    for run in spelled(normalised):
        if run.is_code:
            yield Figure("code", run.starts[0], run.ends[-1], key=run.digits, spelled=True)
    if glance(text).most_digits < LONG:
        return
    for m in _DIGIT_CODE.finditer(text, timeout=PATIENCE_S):
        digits = "".join(c for c in m[0] if c.isdigit())
        spaced = " " in m[0] or "." in m[0]
        if len(digits) >= LONG and (not spaced or m[0][0] in "+(0" or len(digits) >= 10):
            yield Figure("code", m.start(), m.end(), key=digits)


def _codes(normalised: Normalised) -> Iterator[Figure]:
    text = normalised.text
    if not _may_hold_code(glance(text)):
        return
    for m in _CODE.finditer(text, timeout=PATIENCE_S):
        key = squash(m[0])
        if m[0].lower() not in _GENERIC and key not in _GENERIC:
            yield Figure("code", m.start(), m.end(), key=key)


def _may_hold_code(look: Glance) -> bool:
    """Whether a number is joined to an ASCII letter, directly or by what stands inside of codes."""
    text, read = look.text, 0
    for first, end in look.numbers:
        if first < read:
            continue  # of a row that was read with the number before
        start = first
        while start > read and text[start - 1] in _IN_CODE:
            start -= 1
        while end < len(text) and text[end] in _IN_CODE:
            end += 1
        if not text[start:end].isdigit() and any(c.isalpha() for c in text[start:end]):
            return True
        read = end
    return False


def _numbers(normalised: Normalised) -> Iterator[Figure]:
    text = normalised.text
    for m in _NUMBER.finditer(text, timeout=PATIENCE_S):
        value = float(m[0].replace(",", ""))
        scale = _SCALED.match(text, m.end())
        if scale:  # "8.5 million people" rounds what a source gives in full
            yield Figure(
                "number", m.start(), scale.end(), round(value * _SCALE[scale[1].lower()], 4), "rounded", key=m[0]
            )
        else:
            yield Figure("number", m.start(), m.end(), value, key=m[0])


_FINDERS = (_addressed, _hints, _dated, _priced, _phones, _timed, _measured, _codes, _numbers)
_WITHOUT_DIGITS = (_addressed, _dated, _priced, _phones, _timed, _measured)  # the others find nothing then
