"""Dates and times of day in any usual spelling, English and Korean; what is not said stays 0."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import NamedTuple

import regex

from heedful.canonical import numbers
from heedful.canonical.glance import Glance, glance, stands_behind
from heedful.canonical.text import PATIENCE_S

MONTHS = "jan feb mar apr may jun jul aug sep oct nov dec".split()
_MONTH = (
    r"(?P<mon>jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?|sept?(?:ember)?"
    r"|oct(?:ober)?"
    r"|nov(?:ember)?|dec(?:ember)?)\.?(?![a-z])"
)
_ORDINALS = (
    "first second third fourth fifth sixth seventh eighth ninth tenth eleventh twelfth thirteenth fourteenth"
    " fifteenth "
    "sixteenth seventeenth eighteenth nineteenth twentieth twenty-first twenty-second twenty-third twenty-fourth "
    "twenty-fifth twenty-sixth twenty-seventh twenty-eighth twenty-ninth thirtieth thirty-first"
).split()
_DAY = rf"(?P<d>\d{{1,2}}(?:st|nd|rd|th)?|{'|'.join(sorted(_ORDINALS, key=len, reverse=True))})"
_YEAR = r"(?P<y>\d{4}|'?\d{2})(?!\d)"
_KO = "[일이삼사오육칠팔구십]"
TWO_DIGITS = 100  # a year below this was written with two digits


class Date(NamedTuple):
    """Year, month, day; 0 where it is not said; a year under 100 was written with two digits."""

    year: int
    month: int
    day: int

    def agrees(self, other: Date) -> bool:
        """Whether both may be the same date: what both say is the same, and they share a day or a month."""
        return (
            (self.month == other.month or not (self.month and other.month))
            and (self.day == other.day or not (self.day and other.day))
            and same_year(self.year, other.year)
            and bool((self.month and other.month) or (self.day and other.day) or (self.year and other.year))
        )


def same_year(one: int, other: int) -> bool:
    """Whether two years may be the same; an unsaid year agrees with any, a two-digit year with its century's."""
    if not (one and other):
        return True
    if one < TWO_DIGITS or other < TWO_DIGITS:
        return one % 100 == other % 100
    return one == other


class Dated(NamedTuple):
    """Where a date stands, and what it may mean (`9/2` is the second of September or the ninth of February)."""

    start: int
    end: int
    dates: tuple[Date, ...]


class Timed(NamedTuple):
    """Where a time of day stands, and the minutes since midnight that it may mean."""

    start: int
    end: int
    minutes: tuple[int, ...]


def _compile(pattern: str) -> regex.Pattern[str]:
    return regex.compile(pattern, regex.IGNORECASE)


_HIGH = _compile(r"(?<![\d.])(?P<y>(?:19|20)\d{2})\s?[-./]\s?(?P<m>\d{1,2})\s?[-./]\s?(?P<d>\d{1,2})(?!\d)")
_KOREAN = _compile(
    r"(?<!\d)(?:(?P<y>\d{4}|'?\d{2})\s?년\s?)?(?P<m>1[0-2]|0?[1-9])\s?월(?:\s?(?P<d>3[01]|[12]\d|0?[1-9])\s?일)?"
)
_KOREAN_WORDS = _compile(rf"(?<![가-힣])(?P<m>{_KO}+|유|시)월\s?(?P<d>{_KO}+)일")
_KOREAN_NATIVE = _compile(
    rf"(?<![가-힣])(?P<m>{_KO}+|유|시|정)월\s?(?P<d>(?:초|열|스무|그믐)?(?:하루|이틀|사흘|나흘|닷새|엿새|이레"
    rf"|여드레|아흐레|열흘)|보름|스무날)"
)
_KOREAN_YEAR = _compile(r"(?<!\d)(?P<y>(?:19|20)\d{2})\s?년(?!\s?\d)|(?<!\d)'?(?P<y2>\d{2})\s?년\s?생")
_DAY_MONTH = _compile(rf"(?<![A-Za-z0-9_]){_DAY}\s+(?:of\s+|day of\s+)?{_MONTH}(?:,?\s+{_YEAR})?")
_MONTH_DAY = _compile(rf"(?<![a-z]){_MONTH}\s+(?:the\s+)?{_DAY}(?![\d:]|\s?[ap]\.?m)(?:,?\s+{_YEAR})?")
_MONTH_YEAR = _compile(rf"(?<![a-z]){_MONTH}\s+(?P<y>\d{{4}})(?!\d)")
_MONTH_ALONE = regex.compile(
    r"(?<![A-Za-z])(?:(?P<mon>January|February|April|June|July|August|September|October|November|December)"
    r"|(?<=(?:in|until|by|since|of|from|before|after|till) )(?P<mon2>March|May))(?![a-z])"
)
_SLASHED = _compile(r"(?<![\d./-])(?P<a>\d{1,2})[/.\-](?P<b>\d{1,2})[/.\-](?P<y>\d{4}|\d{2})(?![\d/]|[.\-]\d)")
_SHORT = _compile(r"(?<![\d./])(?!24/7)(?P<a>\d{1,2})/(?P<b>\d{1,2})(?![\d/%]|\.\d)")
_NTH = _compile(r"\bthe\s+(?P<d>\d{1,2})(?:st|nd|rd|th)(?![a-z])(?!\s+(?:time|of\s+(?!the|each|every)))")


def _day(text: str) -> int:
    word = text.lower()
    return _ORDINALS.index(word) + 1 if word in _ORDINALS else int(regex.sub(r"\D", "", word))


def _month(text: str) -> int:
    return MONTHS.index(text[:3].lower()) + 1


def _year(text: str | None) -> int:
    return int(text.strip("'")) if text else 0


def _korean_month(word: str) -> int:
    return {"유": 6, "시": 10, "정": 1}.get(word) or int(numbers.sino(word) or 0)


_NATIVE_DAYS = "하루 이틀 사흘 나흘 닷새 엿새 이레 여드레 아흐레 열흘".split()


def _native_day(word: str) -> int:
    if word in ("보름", "스무날"):
        return 15 if word == "보름" else 20
    tens = 20 if word.startswith("스무") else 10 if word.startswith("열") and word != "열흘" else 0
    return tens + _NATIVE_DAYS.index(regex.sub("^(?:초|스무|그믐|열(?!흘))", "", word)) + 1


def _two_orders(m: regex.Match[str]) -> tuple[Date, ...]:
    a, b, y = int(m["a"]), int(m["b"]), _year(m.groupdict().get("y"))
    return tuple(dict.fromkeys(Date(y, month, day) for month, day in ((a, b), (b, a))))


_READERS: tuple[tuple[str, regex.Pattern[str], Callable[[regex.Match[str]], tuple[Date, ...]]], ...] = (
    ("0", _HIGH, lambda m: (Date(int(m["y"]), int(m["m"]), int(m["d"])),)),
    ("월", _KOREAN, lambda m: (Date(_year(m["y"]), int(m["m"]), int(m["d"] or 0)),)),
    ("월", _KOREAN_WORDS, lambda m: (Date(0, _korean_month(m["m"]), int(numbers.sino(m["d"]) or 0)),)),
    ("월", _KOREAN_NATIVE, lambda m: (Date(0, _korean_month(m["m"]), _native_day(m["d"])),)),
    ("년", _KOREAN_YEAR, lambda m: (Date(_year(m["y"] or m["y2"]), 0, 0),)),
    ("a", _DAY_MONTH, lambda m: (Date(_year(m["y"]), _month(m["mon"]), _day(m["d"])),)),
    ("a", _MONTH_DAY, lambda m: (Date(_year(m["y"]), _month(m["mon"]), _day(m["d"])),)),
    ("a", _MONTH_YEAR, lambda m: (Date(_year(m["y"]), _month(m["mon"]), 0),)),
    ("a", _MONTH_ALONE, lambda m: (Date(0, _month(m["mon"] or m["mon2"]), 0),)),
    ("-", _SLASHED, _two_orders),
    ("/", _SHORT, _two_orders),
    ("th", _NTH, lambda m: (Date(0, 0, _day(m["d"])),)),
)
_NTH_ENDS = ("st", "nd", "rd", "th")


def _hinted(hint: str, look: Glance) -> bool:
    """Whether a text may hold a date of one spelling at all: a cheap look before the pattern."""
    text = look.text
    if hint == "a":
        return look.has(MONTHS)
    if hint == "0":
        return bool(look.numbers) and ("19" in text or "20" in text)
    if hint == "-":
        return any(text[end : end + 1] in _PARTS and text[end + 1 : end + 2].isdigit() for _, end in look.numbers)
    if hint == "th":
        return any(text[end : end + 2].lower() in _NTH_ENDS for _, end in look.numbers)
    return hint in text


def dates(text: str) -> Iterator[Dated]:
    """Yield every date in `text`, the fullest spelling first where several overlap."""
    look = glance(text)
    hints: dict[str, bool] = {}
    for hint, pattern, read in _READERS:
        if hint not in hints:
            hints[hint] = _hinted(hint, look)
        if not hints[hint]:
            continue
        for m in pattern.finditer(text, timeout=PATIENCE_S):
            if pattern in (_DAY_MONTH, _MONTH_DAY) and m["mon"] in ("may", "march", "mar"):
                continue  # the verb: "you may 3 times", "march 2 miles"
            meant = tuple(date for date in read(m) if date.month <= 12 and date.day <= 31)
            if meant and all(date.month or date.day or date.year for date in meant):
                yield Dated(m.start(), m.end(), meant)


_NAMES = ("noon", "midday", "midnight", "정오", "자정")
_PARTS = frozenset("/.-")
# What an hour ends in before 시: a digit, or the last syllable of a number word.
_HOUR_ENDS = frozenset("0123456789열물무른흔쉰순든나한둘두셋세석서넷네넉너섯덟홉곱")
_PM = ("오후", "저녁", "밤", "낮", "p")
_CLOCK = _compile(
    r"(?<![\d:.,])(?P<h>[01]?\d|2[0-4])(?::(?P<m>[0-5]\d))?\s?(?P<half>[ap])\.?\s?m(?:\.(?![a-z])|(?![a-z]))"
    r"|(?<![\d:])(?P<h2>[01]?\d|2[0-4]):(?P<m2>[0-5]\d)(?![\d:])|(?<!\d)(?P<h3>1[0-2]|\d)\s?o'clock"
)
_CLOCK_RANGE = _compile(
    r"(?<![\d:.,$₩])(?P<h>1[0-2]|\d)(?::(?P<m>[0-5]\d))?\s?(?:-|~|to|and|until|till)\s?"
    r"(?=(?:1[0-2]|\d)(?::[0-5]\d)?\s?[ap]\.?m)"
)
_KOREAN_CLOCK = _compile(
    rf"(?:(?P<half>오전|오후|새벽|아침|낮|저녁|밤)\s?)?(?:(?<!\d)(?P<h>2[0-4]|[01]?\d)"
    rf"|(?<![가-힣])(?P<hw>{numbers.NATIVE}))"
    r"\s?시(?![간작기점도행설리])(?:\s?(?P<m>[0-5]?\d)\s?분|\s?(?P<thirty>반))?"
)
_KOREAN_RANGE = _compile(r"(?<!\d)(?P<h>2[0-4]|[01]?\d)\s?[-~]\s?(?=(?:2[0-4]|[01]?\d)\s?시(?!간))")
_NAMED = _compile(r"(?<![a-z])(?P<w>noon|midday|midnight)(?![a-z])|(?P<k>정오|자정)")


_TO_24 = regex.compile(r"(?<![\d:.,])(?:1[3-9]|2[0-4]):[0-5]\d(?![\d:])")  # then 8:00 is in the morning


def times(text: str) -> Iterator[Timed]:
    """Yield every time of day in `text`."""
    look = glance(text)
    if _may_tell_hour(look):
        whole_day = _TO_24.search(text) is not None
        for m in _CLOCK.finditer(text, timeout=PATIENCE_S):
            hour = int(m["h"] or m["h2"] or m["h3"])
            meant = _minutes(hour, int(m["m"] or m["m2"] or 0), m["half"])
            yield Timed(m.start(), m.end(), meant[:1] if whole_day and m["half"] is None else meant)
        for m in _CLOCK_RANGE.finditer(text, timeout=PATIENCE_S):
            yield Timed(m.start(), m.end("m") if m["m"] else m.end("h"), _minutes(int(m["h"]), int(m["m"] or 0), None))
    if stands_behind(text, "시", _HOUR_ENDS):
        for m in _KOREAN_RANGE.finditer(text, timeout=PATIENCE_S):
            yield Timed(m.start(), m.end("h"), _minutes(int(m["h"]), 0, None))
        for m in _KOREAN_CLOCK.finditer(text, timeout=PATIENCE_S):
            hour = int(m["h"]) if m["h"] else int(numbers.native(m["hw"]) or 0)
            if hour <= 24:
                minute = 30 if m["thirty"] else int(m["m"] or 0)
                yield Timed(m.start(), m.end(), _minutes(hour, minute, m["half"]))
    for m in _NAMED.finditer(text, timeout=PATIENCE_S) if look.has(_NAMES) else ():
        yield Timed(
            m.start(), m.end(), (720,) if (m["w"] or m["k"]).lower() in ("noon", "midday", "정오") else (0, 1440)
        )


def _may_tell_hour(look: Glance) -> bool:
    """Whether after a number, and a space or not, stands what an hour has behind it: a colon, am, pm, o'clock."""
    for _, end in look.numbers:
        after = look.text[end : end + 3].lstrip().lower() + "\n\n"
        sign, then = after[0], after[1]
        if sign == ":" or sign + then == "o'" or (sign in ("a", "p") and (then in ".m" or then.isspace())):
            return True
    return False


def _minutes(hour: int, minute: int, half: str | None) -> tuple[int, ...]:
    """Return the minutes since midnight that an hour may mean; without am or pm an hour up to 12 means either."""
    at = hour * 60 + minute
    if hour > 12 or hour == 0:
        return (at,)
    if half is None:
        return at, (at + 720) % 1440
    afternoon = half.lower() in _PM and not (half == "밤" and hour == 12)
    return ((hour % 12) * 60 + minute + (720 if afternoon else 0),)
