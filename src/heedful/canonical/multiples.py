"""Shares and multiples in words, of money, points or time: half the price, twice as long, 절반만 환불, 포인트 두 배."""

from __future__ import annotations

from collections.abc import Iterator

import regex

from heedful.canonical.amounts import Amount
from heedful.canonical.glance import glance, stands_behind
from heedful.canonical.text import PATIENCE_S

# What a share or a multiple may be of: "half an hour", "half past" and "charged twice" are none of these.
_OF = (
    r"(?:(?:the|your|its|their|that|this|our) (?:\w+ )?)?(?:price|fees?|amount|refund|costs?|total|charges?|sum|rate"
    r"|fare|bill|value|deposit|payment|balance|points?|miles|rewards?|credit|discount|compensation|premium|rent|money"
    r"|penalty|interest|time|period|term|length|warranty|notice|limit|allowance|speed)"
)
_ENGLISH = regex.compile(
    rf"(?<![a-z-])(?:(?P<half>half|one half)(?: of)? {_OF}|(?P<off>half)(?:-| )(?:priced?|off|fare)"
    r"|(?P<part>(?:a|one) (?P<nth>third|quarter|fifth|tenth)|two (?P<twos>thirds|fifths)"
    rf"|three (?P<threes>quarters|fifths)) (?:of|off) {_OF}"
    r"|(?P<times>twice|double|triple|thrice|(?:two|three|four|five|six|ten|\d{1,3}) ?(?:times|x))"
    rf" (?:{_OF}|as (?:much|many|long|fast|high))"
    rf"|{_OF} (?:is |are |will be |gets? )?(?P<verb>doubled|tripled|halved))(?![a-z])",
    regex.IGNORECASE,
)
_KOREAN = regex.compile(
    r"(?P<half>절반|반값|반액|반으로(?=\s?(?:줄|깎|할인|낮))|반만(?=\s?(?:환불|받|내|드)))"
    r"|(?P<bottom>[2-9]|10|이|삼|사|오|십)\s?분의\s?(?P<top>[1-9]|일|이|삼|사)(?![가-힣]*장)"
    r"|(?P<times>두|세|네|다섯|열|\d{1,3}(?:\.\d)?|갑)\s?(?:배(?![가-힣]*송|[달터추])|절로)"
)
_SHARE = {"third": 100 / 3, "quarter": 25.0, "fifth": 20.0, "tenth": 10.0}
_TIMES = {
    "twice": 2.0, "double": 2.0, "triple": 3.0, "thrice": 3.0, "two": 2.0, "three": 3.0, "four": 4.0, "five": 5.0,
    "six": 6.0, "ten": 10.0, "doubled": 2.0, "tripled": 3.0, "두": 2.0, "세": 3.0, "네": 4.0, "다섯": 5.0, "열": 10.0,
    "갑": 2.0,
}  # fmt: skip
_SINO = {"일": 1.0, "이": 2.0, "삼": 3.0, "사": 4.0, "오": 5.0, "십": 10.0}
_WORDS = ("half", "halv", "third", "quarter", "fifth", "tenth", "twice", "doubl", "tripl", "thrice", "times")
_WORDS_KO = ("절반", "반값", "반액", "반으로", "반만", "분의", "절로")
_TIMES_X = regex.compile(r"\dx", regex.IGNORECASE)
_MANY = frozenset("0123456789두세네섯열갑")  # what a number of times ends in


def multiples(text: str) -> Iterator[Amount]:
    """Yield every share as `percent` (half the price: 50) and every multiple as `times` (twice as long: 2)."""
    look = glance(text)
    english = look.has(_WORDS) or (bool(look.numbers) and _TIMES_X.search(text) is not None)
    for m in _ENGLISH.finditer(text, timeout=PATIENCE_S) if english else ():
        family, value = _english(m)
        yield Amount(m.start(), m.end(), value, family, spelled=True)
    for m in _KOREAN.finditer(text, timeout=PATIENCE_S) if _may_multiply_ko(text) else ():
        family, value = _korean(m)
        yield Amount(m.start(), m.end(), value, family, spelled=True)


def _may_multiply_ko(text: str) -> bool:
    return any(word in text for word in _WORDS_KO) or stands_behind(text, "배", _MANY)


def _english(m: regex.Match[str]) -> tuple[str, float]:
    if m["half"] or m["off"] or (m["verb"] or "").lower() == "halved":
        return "percent", 50.0
    if m["part"]:
        if m["nth"]:
            return "percent", _SHARE[m["nth"].lower()]
        many, word = (2, m["twos"]) if m["twos"] else (3, m["threes"])
        return "percent", many * _SHARE[word.lower().removesuffix("s")]
    word = (m["times"] or m["verb"]).lower().removesuffix("times").removesuffix("x").strip()
    return "times", _TIMES.get(word) or float(word)


def _korean(m: regex.Match[str]) -> tuple[str, float]:
    if m["half"]:
        return "percent", 50.0
    if m["bottom"]:
        top, bottom = (_SINO.get(word) or float(word) for word in (m["top"], m["bottom"]))
        return "percent", 100 * top / bottom
    return "times", _TIMES.get(m["times"]) or float(m["times"])
