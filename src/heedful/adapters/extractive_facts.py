"""The facts in the view that answer the question, each in one plain sentence; none that nobody asked about."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from heedful.phrases import Phrases
from heedful.values import FactInView


@dataclass(frozen=True, slots=True)
class Subject:
    """Something people ask about: the words that ask for it, and the phrases that tell it, the fullest first.

    Of each inner tuple of phrase keys the first is said whose values are all there.
    """

    asked: re.Pattern[str]
    told: tuple[tuple[str, ...], ...]
    needed: bool = False  # without these facts only a general answer is possible


def _words(pattern: str) -> re.Pattern[str]:
    return re.compile(pattern, re.IGNORECASE | re.VERBOSE)


SUBJECTS: tuple[Subject, ...] = (
    Subject(
        _words(
            r"""\bwhere(?:'s|\ is|\ are)\b[^.?!]*\b(?:order|parcel|package|delivery|item|lamp|stuff|things|it|they)\b
              | \btrack(?:ing)?\b | \border\ status\b | \bstatus\ of\ my\b
              | \bwhen\ (?:will|does|do|is|are)\b[^.?!]*\b(?:arrive|come|get\ here|be\ delivered|delivery
              |deliver|receive|ship(?:ped)?|parcel|order)\b
              | \b(?:has(?:n't|\ not)|have(?:n't|\ not)|did(?:n't|\ not)|not|never
              |yet)\b[^.?!]*\b(?:arriv\w*|come|came|receiv\w*|turned\ up|deliver\w*|shipped|sent)\b
              | \b(?:late|delayed)\b | \bon\ (?:its|the)\ way\b | \bwaiting\ for\ my\b
              | \bhas\ my\b[^.?!]*\b(?:shipped|been\ sent|left|dispatched)\b
              | 어디(?:쯤)?\ ?(?:까지|있|에|예|인) | 언제\ ?(?:쯤\ )?(?:와|오|도착|받|배송|발송) | (?:아직
              |여태|안|못)도?\ ?(?:안\ |못\ )?(?:왔|와요|와서|오|받|도착)
              | 배송\ ?(?:조회|상태|현황) | 주문\ ?(?:상태|조회|현황) | 운송장 | 송장 | 출고 | 발송(?:됐
              |되었|했|하셨) | 늦어"""
        ),
        (
            ("fact.order_full", "fact.order", "fact.order_unnumbered"),
            ("fact.delivered_on", "fact.expected_delivery", "fact.shipped_on"),
            ("fact.tracking_carrier", "fact.tracking"),
        ),
        needed=True,
    ),
    Subject(
        _words(r"\b(?:cancel|change)\b[^.?!]*\bmy\ order\b | (?:제|내)\ 주문[^.?!]*(?:취소|변경)"),
        (("fact.order_full", "fact.order", "fact.order_unnumbered"),),
    ),
    Subject(
        _words(
            r"""\b(?:when|where|still|yet|status|how\ much)\b[^.?!]*\b(?:refund\w*|money\ back
              |my\ money)\b | \bmy\ refund\b | \brefund\b[^.?!]*\b(?:yet|still|status|not)\b
              | (?:환불|돈)[^.?!]*(?:언제|아직|안\ ?들어|안\ ?됐|상태|현황|얼마|됐나|되었나|들어오|들어왔)
              | (?:언제|아직)[^.?!]*환불"""
        ),
        (("fact.refunded_on", "fact.refund_status"), ("fact.refund_amount",)),
        needed=True,
    ),
    Subject(
        _words(
            r"\bmy\ return\b[^.?!]*\b(?:status|arrived|received|checked|yet)\b "
            r"| \bstatus\ of\ my\ return\b | 반품\ ?(?:상태|현황|조회|됐나|도착|접수)"
        ),
        (("fact.return_status",),),
    ),
    Subject(
        _words(
            r"\bhow\ did\ i\ pay\b | \bwhich\ (?:card|method)\b[^.?!]*\b(?:pay|paid|use[d]?)\b "
            r"| \bwhat\ did\ i\ pay\ with\b | 무슨\ 카드 | 어떤\ (?:카드|결제|수단)[^.?!]*(?:결제|썼|했)"
        ),
        (("fact.payment_method",),),
    ),
    Subject(
        _words(
            r"\bmy\ payment\b[^.?!]*\b(?:go\ through|gone\ through|received|status|work\w*)\b "
            r"| 결제(?:가)?\ ?(?:됐|되었|완료됐|잘\ 됐|확인) | 입금\ ?확인"
        ),
        (("fact.payment_status",),),
    ),
    Subject(
        _words(
            r"\bmy\ (?:membership\ )?(?:level|tier|grade|membership)\b"
            r" | \b(?:what|which)\ (?:membership\ )?(?:level|tier)\ (?:do|am|have)\ i\b | (?:제|내|저의"
            r"|저는)[^.?!]*등급 | 무슨\ 등급 | 등급(?:이|은)\ (?:뭐|무엇|어떻게)"
        ),
        (("fact.membership_level",),),
    ),
    Subject(
        _words(
            r"\bhow\ many\ (?:of\ my\ )?points\b | \bpoints?\ balance\b | 포인트[^.?!]*(?:얼마나?\ ?(?:남"
            r"|있)|몇\ ?점|남았|조회)"
        ),
        (("fact.points",),),
    ),
    Subject(
        _words(
            r"""\b(?:which|what|right|correct)\ (?:delivery\ |shipping\ )?address\b
              | \bwhere\b[^.?!]*\b(?:being\ sent|delivered\ to|go(?:ing)?\ to)\b
              | \bchange\b[^.?!]*\bdelivery\ address\b
              | 배송지[^.?!]*(?:맞|어디|되어|돼|확인|뭐|무엇|변경|바꾸) | 어디로\ ?(?:보내|배송|오)"""
        ),
        (("fact.delivery_address",),),
    ),
    Subject(_words(r"\b(?:which|what)\ e-?mail\b | (?:어떤|무슨)\ (?:이메일|메일)"), (("fact.email",),)),
    Subject(_words(r"\b(?:which|what)\ (?:phone|mobile)\b | (?:어떤|무슨)\ (?:전화|휴대폰)"), (("fact.phone",),)),
)
# Other names that companies give the same fact.
SAME: Mapping[str, str] = {
    "status": "order_status",
    "delivery_status": "order_status",
    "order_number": "order_id",
    "item": "order_item",
    "items": "order_item",
    "delivery_estimate": "expected_delivery",
    "estimated_delivery": "expected_delivery",
    "delivery_date": "expected_delivery",
    "ordered_on": "order_date",
    "membership": "membership_level",
    "membership_points": "points",
    "point_balance": "points",
    "address": "delivery_address",
}
_SLOTS: Mapping[str, tuple[str, ...]] = {
    "fact.order_full": ("order_id", "order_item", "order_status"),
    "fact.order": ("order_id", "order_status"),
    "fact.order_unnumbered": ("order_status",),
    "fact.tracking": ("tracking_number",),
    "fact.tracking_carrier": ("carrier", "tracking_number"),
}
_DATE = re.compile(r"^(\d{4})-(\d{2})-(\d{2})(?:T.*)?$")
_MONTHS = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
]


def needed(question: str) -> bool:
    """Return whether the question asks for something that only the customer's own facts can tell."""
    return any(subject.needed and subject.asked.search(question) for subject in SUBJECTS)


def told(question: str, facts: tuple[FactInView, ...], channel: str, language: str, phrases: Phrases) -> list[str]:
    """Return the sentences that tell what the question asks of the customer's own; none where nothing is asked."""
    values = {SAME.get(fact.name, fact.name): fact.value for fact in facts if channel in fact.channels}
    return list(dict.fromkeys(_sentences(question, values, language, phrases)))


def _sentences(question: str, values: Mapping[str, str], language: str, phrases: Phrases) -> Iterator[str]:
    for subject in SUBJECTS:
        if not subject.asked.search(question):
            continue
        said = [key for keys in subject.told if (key := _first(keys, values))]
        if said[:1] == ["fact.expected_delivery"]:
            said[0] = "fact.expected_delivery_alone"
        for key in said:
            yield phrases.get(language, key, **{slot: shown(values[slot], language) for slot in _slots(key)})


def _first(keys: tuple[str, ...], values: Mapping[str, str]) -> str | None:
    return next((key for key in keys if all(values.get(slot) for slot in _slots(key))), None)


def _slots(key: str) -> tuple[str, ...]:
    return _SLOTS.get(key, (key.removeprefix("fact.").removesuffix("_alone"),))


def shown(value: str, language: str) -> str:
    """Return the value as the language writes it: an ISO date in words, everything else as it is."""
    date = _DATE.match(value)
    if date is None:
        return value
    year, month, day = (int(part) for part in date.groups())
    if not 1 <= month <= 12:
        return value
    return f"{year}년 {month}월 {day}일" if language == "ko" else f"{day} {_MONTHS[month - 1]} {year}"
