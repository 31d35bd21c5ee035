"""Amounts in any usual spelling: money, percentages, durations, lengths, counts; digits and words, both languages."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise
from typing import NamedTuple

import regex

from heedful.canonical import numbers
from heedful.canonical.glance import Glance, glance
from heedful.canonical.text import PATIENCE_S

DAY_S = 86_400.0


class Amount(NamedTuple):
    """Where an amount stands, its value in the family's own unit, and the family: what may be compared with what.

    Families: currencies (`KRW`, `USD`, …), `percent`, `seconds`, `business_days`, `months`, lengths and the like by
    their symbol (`cm`, `kg`), and `count` for everything that is counted. `word` is the counted thing where it is said.
    `spelled` tells that the number was in words.
    """

    start: int
    end: int
    value: float
    family: str
    word: str = ""
    spelled: bool = False


_K = r"(?:\s?(?P<scale>k|m|mn|bn|thousand|million|billion)(?![a-z]))?"
_SCALE = {"k": 1e3, "thousand": 1e3, "m": 1e6, "mn": 1e6, "million": 1e6, "bn": 1e9, "billion": 1e9}
_SPELLINGS = {
    "KRW": "₩ 원 krw won",
    "USD": "$ us$ usd dollar dollars 달러 불 cent cents",
    "EUR": "€ eur euro euros 유로",
    "GBP": "£ gbp pound pounds 파운드 pence",
    "JPY": "¥ jpy yen 엔",
}
_CURRENCIES = {spelling: code for code, spellings in _SPELLINGS.items() for spelling in spellings.split()}
_NUMBER = numbers.DIGITS


def _compile(pattern: str) -> regex.Pattern[str]:
    return regex.compile(pattern, regex.IGNORECASE)


_SIGN_FIRST = _compile(
    rf"(?P<cur>US\$|[$€£¥₩]|(?<![a-z])(?:KRW|USD|EUR|GBP|JPY)\s?)\s?(?P<n>{numbers.MIXED}|{_NUMBER}){_K}"
)
_SIGN_LAST = _compile(
    rf"(?<![\d.,a-z])(?P<n>{_NUMBER}){_K}\s?(?P<cur>€|£|dollars?|USD|euros?|EUR|pounds?|GBP|yen|JPY"
    rf"|won|KRW|cents?|pence)(?![a-z])"
)
_WORDS_LAST = _compile(
    rf"(?<![a-z-])(?P<n>{numbers.ENGLISH})\s+(?P<cur>dollars?|euros?|pounds?|yen|won|cents?|pence)(?![a-z])"
    rf"(?:(?<=dollars|euros|pounds)\s(?:and\s)?(?P<part>{numbers.ENGLISH}|\d\d)"
    r"(?=[.,;!?)]|$|\s(?:and|for|in|at|per|to|is|was|will|back|each|on|by)\b))?"
)
_KOREAN_MONEY = _compile(
    rf"(?<![\d.,])(?P<n>{numbers.MIXED}|{_NUMBER})\s?(?P<cur>원(?![래인활하칙본단격산료재]|어(?!치))|달러|불(?![가-힣])|유로(?!운)|파운드|엔(?![진터]))"
)
_KOREAN_MONEY_WORDS = _compile(
    rf"(?<![가-힣])(?P<n>{numbers.SINO})\s?(?P<cur>원(?![래인활하칙본단격산료재]|어(?!치))|달러|유로(?!운)|파운드)"
)
_PERCENT = _compile(
    rf"(?<![\d.,])(?P<n>{_NUMBER})(?:\s?(?:-|~|to)\s?(?P<n2>{_NUMBER}))?\s?(?:%|퍼센트"
    rf"|프로(?![가-힣]{{2}})|per\s?cent|pct(?![a-z]))"
    rf"|(?<![a-z-])(?P<w>{numbers.ENGLISH})\s+per\s?cent|(?<![가-힣])(?P<k>{numbers.SINO})\s?(?:퍼센트|프로(?![가-힣]{{2}}))"
)

_TIME = {
    "second": ("seconds", 1.0), "sec": ("seconds", 1.0), "minute": ("seconds", 60.0), "min": ("seconds", 60.0),
    "hour": ("seconds", 3600.0), "hr": ("seconds", 3600.0), "day": ("seconds", DAY_S), "week": ("seconds", 7 * DAY_S),
    "fortnight": ("seconds", 14 * DAY_S), "month": ("months", 1.0), "year": ("months", 12.0), "yr": ("months", 12.0),
    "night": ("count", 1.0), "초": ("seconds", 1.0), "분": ("seconds", 60.0), "시간": ("seconds", 3600.0),
    "영업일": ("business_days", 1.0), "일": ("seconds", DAY_S), "주": ("seconds", 7 * DAY_S), "개월": ("months", 1.0),
    "달": ("months", 1.0), "년": ("months", 12.0),
}  # fmt: skip
_MEASURES = {
    "mm": "mm millimetre millimeter 밀리미터",
    "cm": "cm centimetre centimeter 센티 센티미터",
    "m": "m metre meter 미터",
    "km": "km kilometre kilometer 킬로미터",
    "inch": "inch inche 인치",
    "ft": "ft",
    "g": "g gram 그램",
    "kg": "kg kilo kilogram 킬로그램 킬로",
    "mg": "mg",
    "ml": "ml 밀리리터",
    "l": "l litre liter 리터",
    "w": "w watt 와트",
    "v": "v volt 볼트",
    "hz": "hz",
    "gb": "gb 기가",
    "mb": "mb 메가",
    "kb": "kb",
    "tb": "tb",
    "mah": "mah",
    "°c": "°c ℃ 도 degree",
    "°f": "°f",
    "points": "point 포인트 점",
    "miles": "mile 마일",
    "px": "px",
    "dpi": "dpi",
}
_MEASURE = {spelling: symbol for symbol, spellings in _MEASURES.items() for spelling in spellings.split()}
_MODIFIER = (
    r"(?:(?:(?P<biz>business|working|week|bank)|calendar|full|whole|more|further|consecutive"
    r"|additional|extra|or so)[\s-]+)*"
)
_EN_TIME = r"seconds?|secs?|minutes?|mins?|hours?|hrs?|days?|weeks?|fortnights?|months?|years?|yrs?|nights?"
_EN_MEASURE = (
    r"mm|millimet(?:re|er)s?|cm|centimet(?:re|er)s?|met(?:re|er)s?|km|kilomet(?:re|er)s?"
    r"|inch(?:es)?|ft|grams?|kg|kilos?|kilograms?"
    r"|mg|ml|lit(?:re|er)s?|watts?|volts?|hz|[gmkt]b|mah|°\s?[cf]|℃|degrees?|points?|miles?|px|dpi|[mglwv]"
)
_EN = rf"{_MODIFIER}(?P<unit>{_EN_TIME}|{_EN_MEASURE})(?![a-z0-9])"
_ABOUT = r"(?:about\s|around\s|up to\s|약\s?|최대\s?)?"
_RANGE = rf"(?:\s?(?:-|~|/|to|or|and|between|에서|부터|내지|또는|이나)\s?{_ABOUT}(?P<n2>{{number}}))?"
_ENGLISH_DIGITS = _compile(rf"(?<![\d.,:/a-z₩$€£-])(?P<n>{_NUMBER}){_RANGE.format(number=_NUMBER)}[\s-]?{_EN}")
_ENGLISH_WORDS = _compile(
    rf"(?<![a-z-])(?P<n>{numbers.ENGLISH})(?P<half>\s+and\s+a\s+half)?{_RANGE.format(number=numbers.ENGLISH)}[\s-]{_EN}"
)
_HALF = _compile(
    r"(?<![a-z])half\s+(?:an?\s+)(?P<unit>hour|day|year)(?![a-z])"
    r"|(?<![a-z])(?:an?\s+)?half[\s-](?P<unit2>hour|day|year)(?![a-z])"
)
_AN = _compile(
    r"(?<![a-z])(?:within|in|after|for|takes?|lasts?|every|than|up to|under|about|around|ahead"
    r"|at least)\s+(?:about\s+|around\s+)?an?\s+"
    r"(?:(?P<half>half)[\s-])?(?:(?P<biz>business|working)\s+)?(?P<unit>second|minute|hour|day"
    r"|week|fortnight|month|year)(?P<more>\s+and\s+a\s+half)?(?![a-z])"
)
_COUPLE = _compile(rf"(?<![a-z])a\s+couple\s+of\s+{_EN}")

_BUSINESS_KO = regex.compile(r"(?:영업일|근무일|평일)(?:\s?기준)?(?:으로|로)?\s?(?:약|최대|최소)?\s?$")
_KO_TIME = (
    r"영업일|초(?![기과대반])|분(?![기야류])|시간|주일|주(?![문소차년택말민기의요])"
    r"|일(?![반부정요본이괄단상])|개월|달(?![러력성라콤])|년(?!생|도|월)"
)
_KO_MEASURE = "|".join(
    sorted((unit for unit in _MEASURE if "가" <= unit[0] <= "힣" and unit != "점"), key=len, reverse=True)
)
_COUNTERS = (
    "가지|개(?!월|인|별|당|봉|선|통|설)|명|인(?!치|증|터|상|하|기)|분(?!기|야|류)|곳|군데|번째|번(?!호|길|지)|회(?!원|사|수|차|신)|차례"
    "|장(?!소|바|애)|대(?!로|상|표|기|략|부)"
    "|권|벌(?!써)|매(?!장|일|월|번|주|년)|통(?!해|신|화|장|합)|병(?!원)|박스|상자|켤레|세트|단계|자리|칸|종(?!류|료|이)|점(?!검|심|포)"
    r"|배(?!송|달|터|경)|그릇|잔(?!여|액|고)|판(?!매|단|정)|마리|송이|봉지|인분|끼(?!리|워)|조각|층|호(?!선)|세(?!트|요|탁|\s)|살|평|차(?!례|이|단|량)|건(?!조|전|강)|쪽"
)
_KO_DIGITS = _compile(
    rf"(?<![\d.,:a-z₩$€£-])(?P<n>{numbers.MIXED}|{_NUMBER})"
    rf"(?:\s?(?:분|초|일|개월|시간|년|주)?\s?(?:-|~|에서|부터|내지|또는|이나)\s?{_ABOUT}(?P<n2>{_NUMBER}))?"
    rf"\s?(?P<unit>{_KO_TIME}|{_KO_MEASURE}|{_COUNTERS}|점)"
)
_KO_NATIVE = _compile(
    rf"(?<![가-힣])(?P<n>{numbers.NATIVE})\s?(?P<unit>시간|달(?![러력성라콤])|주(?![문소차년택말민기의요])|{_COUNTERS})"
)
_KO_SINO = _compile(
    rf"(?<![가-힣])(?:(?P<n>[일이삼사오육칠팔구]?[십백천만][일이삼사오육칠팔구십백천만]*|[삼육칠팔])\s?|(?P<n1>[일이삼사오육칠팔구]))"
    rf"(?P<unit>{_KO_TIME}|{_COUNTERS}|킬로그램|킬로|미터|센티|리터|포인트)"
)
_KO_DAYS = {
    "이틀": 2, "사흘": 3, "나흘": 4, "닷새": 5, "엿새": 6, "이레": 7, "여드레": 8, "아흐레": 9, "열흘": 10, "보름": 15,
}  # fmt: skip
_KO_NAMED = _compile(
    rf"(?<![가-힣])(?P<days>{'|'.join(_KO_DAYS)})|(?<![가-힣])(?P<one>하루)(?=\s?(?:안에|이내|만에|전|후|뒤|동안|까지|정도|걸|소요|내에|에\s한))"
    r"|(?<![가-힣])(?P<week>일주일|이주일)|(?P<half>반나절|반년|반\s?시간)"
)
_HANGUL = regex.compile(r"[가-힣]")
_WORDED = ("dollar", "euro", "pound", "yen", "won", "cent", "pence")
_SIGNS_LAST = ("€", "£", "usd", "eur", "gbp", "jpy", "krw", *_WORDED)
_SIGNS_FIRST = ("$", "€", "£", "¥", "₩", "krw", "usd", "eur", "gbp", "jpy")
_SIGNS_KO = ("원", "달러", "불", "유로", "파운드", "엔")
_NUMBER_WORDS = tuple(
    "two three four five six seven eight nine ten eleven twelve teen twent hundred thousand "
    "million billion dozen one zero fort fift thirt".split()
)
_UNIT_WORDS = ("second", "minute", "hour", "day", "week", "fortnight", "month", "year")
_AFTER_AN = (*_UNIT_WORDS, "half", "business", "working")
_PERCENT_WORDS = ("%", "퍼센트", "프로", "cent", "pct")
_LARGE_KO = frozenset("십백천만억")
_DAYS_KO = (*_KO_DAYS, "하루", "주일", "반나절", "반년")


_BEFORE_NONE = frozenset(".,:-₩$€£")  # right before a digit: it begins no quantity


def _may_begin(before: str) -> bool:
    return before not in _BEFORE_NONE and not (before.isascii() and before.isalpha())


def _any(words: tuple[str, ...], text: str) -> bool:
    return any(word in text for word in words)


def money(text: str) -> Iterator[Amount]:
    """Yield every sum of money in `text`; cents and pence count as hundredths."""
    look = glance(text)
    korean = _any(_SIGNS_KO, text)
    patterns = ((_SIGN_FIRST,) if look.has(_SIGNS_FIRST) else ()) + ((_SIGN_LAST,) if look.has(_SIGNS_LAST) else ())
    for pattern in (*patterns, _KOREAN_MONEY) if korean else patterns:
        if look.numbers:
            yield from map(_in_digits, pattern.finditer(text, timeout=PATIENCE_S))
    for m in _WORDS_LAST.finditer(text, timeout=PATIENCE_S) if look.has(_WORDED) and look.has(_NUMBER_WORDS) else ():
        yield _priced(m, (numbers.english(m["n"]) or 0.0) + _hundredths(m["part"]), spelled=True)
    if korean and not _LARGE_KO.isdisjoint(text):
        for m in _KOREAN_MONEY_WORDS.finditer(text, timeout=PATIENCE_S):
            if not _LARGE_KO.isdisjoint(m["n"]):  # a lone digit word is a syllable of another word: 사원, 구원
                yield _priced(m, numbers.sino(m["n"]) or 0.0, spelled=True)


def _in_digits(m: regex.Match[str]) -> Amount:
    scale = m.groupdict().get("scale") or ""
    return _priced(m, (numbers.sino(m["n"]) or 0.0) * _SCALE.get(scale.lower(), 1.0), spelled=False)


def _hundredths(part: str | None) -> float:
    """Return what follows the currency in words: "nine pounds fifty"."""
    value = 0.0 if part is None else float(part) if part.isdigit() else numbers.english(part) or 0.0
    return value / 100 if value < 100 else 0.0


def _priced(m: regex.Match[str], value: float, *, spelled: bool) -> Amount:
    unit = m["cur"].strip().lower()
    if unit in ("cent", "cents", "pence"):
        value /= 100
    return Amount(m.start(), m.end(), round(value, 4), _CURRENCIES[unit], spelled=spelled)


def percentages(text: str) -> Iterator[Amount]:
    """Yield every percentage in `text`; a range gives two."""
    if not _any(("%", "퍼센트", "프로", "per", "pct", "PER", "Per"), text) or not glance(text).has(_PERCENT_WORDS):
        return
    for m in _PERCENT.finditer(text, timeout=PATIENCE_S):
        for group in ("n", "n2", "w", "k"):
            if m[group] is not None:
                value = numbers.value(m[group])
                if value is not None:
                    yield Amount(m.start(), m.end(), value, "percent", spelled=group in "wk")


def quantities(text: str) -> Iterator[Amount]:
    """Yield every number with a unit: durations, measures, counts; a range gives two."""
    look = glance(text)
    korean = _HANGUL.search(text) is not None
    if any(_may_begin(text[at - 1 : at]) for at, _ in look.numbers):
        for pattern in (_KO_DIGITS, _ENGLISH_DIGITS) if korean else (_ENGLISH_DIGITS,):
            for m in pattern.finditer(text, timeout=PATIENCE_S):
                yield from _measured(m, spelled=False)
    for pattern in _worded(look):
        for m in pattern.finditer(text, timeout=PATIENCE_S):
            yield from _measured(m, spelled=True)
    if korean:
        for pattern in (_KO_NATIVE, _KO_SINO):
            for m in pattern.finditer(text, timeout=PATIENCE_S):
                yield from _measured(m, spelled=True)
        if _any(_DAYS_KO, text) or ("반" in text and "시간" in text):
            yield from map(_named, _KO_NAMED.finditer(text, timeout=PATIENCE_S))


def _worded(look: Glance) -> Iterator[regex.Pattern[str]]:
    """Yield the patterns of English quantities in words that the text may hold."""
    if look.has(_NUMBER_WORDS):
        yield _ENGLISH_WORDS
    if "couple" in look.lower:
        yield _COUPLE
    if "half" in look.lower:
        yield _HALF
    if look.has(_UNIT_WORDS) and any(
        one in ("a", "an") and other.startswith(_AFTER_AN) for one, other in pairwise(look.words)
    ):
        yield _AN


def _measured(m: regex.Match[str], *, spelled: bool) -> Iterator[Amount]:
    """Yield the one or two amounts of a number or range with its unit."""
    groups = m.groupdict()
    unit = (groups.get("unit") or groups.get("unit2") or "").lower().replace(" ", "")
    family, factor = _family(unit)
    start = m.start()
    if unit == "분" and m.re is _KO_NATIVE:  # 한 분 is a person; a minute is 일 분
        family, factor = "count", 1.0
    if family == "seconds" and factor == DAY_S:
        before = _BUSINESS_KO.search(m.string[max(0, start - 14) : start]) if unit == "일" else None
        if groups.get("biz") or before:
            family, factor = "business_days", 1.0
            start -= len(before[0]) if before else 0
    values = [numbers.value(groups[n]) for n in ("n", "n1", "n2") if groups.get(n)]
    if m.re is _COUPLE:
        values = [2.0]
    elif m.re is _HALF:
        values = [0.5]
    elif m.re is _AN:
        values = [0.5 if groups["half"] else 1.5 if groups["more"] else 1.0]
    elif m.re is _ENGLISH_WORDS and groups.get("half") and values and values[0] is not None:
        values[0] += 0.5
    for value in values:
        if value is not None:
            yield Amount(start, m.end(), round(value * factor, 4), family, unit, spelled)


def _family(unit: str) -> tuple[str, float]:
    """Return the family of a unit and how many of the family's own unit it holds."""
    singular = unit if unit in _TIME or unit in _MEASURE else unit.removesuffix("s")
    if singular == "주일":
        singular = "주"
    if singular in _TIME:
        return _TIME[singular]
    if singular in _MEASURE or singular.removesuffix("e") in _MEASURE:
        return _MEASURE.get(singular) or _MEASURE[singular.removesuffix("e")], 1.0
    return "count", 1.0


def _named(m: regex.Match[str]) -> Amount:
    """Return the duration of a Korean word that holds its own number."""
    if m["days"]:
        return Amount(m.start(), m.end(), _KO_DAYS[m["days"]] * DAY_S, "seconds", m["days"], spelled=True)
    if m["one"]:
        return Amount(m.start(), m.end(), DAY_S, "seconds", "하루", spelled=True)
    if m["week"]:
        return Amount(m.start(), m.end(), (7 if m["week"] == "일주일" else 14) * DAY_S, "seconds", "주", spelled=True)
    if m["half"] == "반년":
        return Amount(m.start(), m.end(), 6.0, "months", "반년", spelled=True)
    return Amount(m.start(), m.end(), 1800.0 if "시간" in m["half"] else DAY_S / 4, "seconds", m["half"], spelled=True)
