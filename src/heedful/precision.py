"""How a value looks when only a hint of it may be given: enough for its owner to recognise it, no more."""

from __future__ import annotations

import re
from typing import Literal

from heedful import canonical

ALREADY_MASKED = re.compile(r"[*•●×xX#]{3,}")
DOTS = "••••"

_EMAIL = re.compile(r"^\s*([^@\s])[^@\s]*(@[^@\s]+\.[^@\s]+)\s*$")
_PHONE = re.compile(r"^\s*(?:\+|00)?[\d(][\d\s().\-–]{6,20}\d\s*$")
_DATE = re.compile(r"^\s*((?:19|20)\d\d)\s*[-./년]\s*\d{1,2}\s*[-./월]\s*\d{1,2}\s*일?\.?\s*$")
_KOREAN_NAME = re.compile(r"^[가-힣]{2,5}$")
_LATIN_NAME = re.compile(r"^[^\W\d_][\w.'’-]*(?:\s+[^\W\d_][\w.'’-]*){0,3}$")
_PROVINCE = re.compile(
    r"^(?:[가-힣]{2,}(?:특별시|광역시|특별자치시|특별자치도|시|도)|서울|부산|대구|인천|광주|대전|울산|세종|경기|강원|충북|충남|전북|전남|경북|경남|제주)$"
)
_DISTRICT = re.compile(r"^[가-힣]+(?:시|군|구)$")
_POSTCODE = re.compile(r"\b[A-Z]{1,2}\d[A-Z\d]?\s*\d[A-Z]{2}\b|\b\d{5}(?:-\d{4})?\b")
_ADDRESS_NAME = re.compile(r"address|street|주소|배송지", re.IGNORECASE)
_DISTRICT_NAME = re.compile(r"district|city|region|구역|지역|시군구", re.IGNORECASE)
_NAME_NAME = re.compile(r"(?:^|_)name$|이름|성명", re.IGNORECASE)
_CARD_NAME = re.compile(r"card|account|iban|카드|계좌", re.IGNORECASE)

# Facts of these names are identity documents, whatever category somebody put them into.
_DOCUMENT_NAME = re.compile(
    r"national_?(?:id|number|insurance)|(?:^|_)(?:ssn|nino|rrn)(?:_|$)|social_?security|passport"
    r"|resident_?(?:registration|number|id)|driv\w*_?licen[cs]e|licen[cs]e_?(?:no|number)|identity_?card|id_?card"
    r"|주민_?등록|주민_?번호|여권|면허|외국인_?등록|고유_?식별",
    re.IGNORECASE,
)
_DOCUMENTS = frozenset({"national_number", "passport", "licence"})
_NUMBERS = frozenset({"card", "account"})
_DIGIT = re.compile(r"\d")
FEWEST_DIGITS = 5  # of any of these numbers; a value with fewer holds none

CARD_DIGITS = 12  # ISO/IEC 7812: the shortest card number


def shown_as(name: str, category: str, value: str, precision: Literal["full", "hint"]) -> str | None:
    """Return the value as a view may hold it at this precision; `None` when it may not hold it at all.

    A national number, passport or licence never is, whatever its fact is called and whichever category it is in; of a
    card or account there is a hint at most.
    """
    if _DOCUMENT_NAME.search(name):
        return None
    told = f"{name.replace('_', ' ')}: "  # what the fact is called tells what its number is
    numbers = _numbers(told, value)
    if any(found.kind in _DOCUMENTS for found in numbers):
        return None
    if not numbers or (precision == "hint" and category == "payment"):
        return value if precision == "full" else hint(name, category, value)
    parts, end = [], 0
    for found in numbers:
        start, stop = found.start - len(told), found.end - len(told)
        parts += [value[end:start], hint_of_identifier(found.kind, value[start:stop])]
        end = stop
    shown = "".join([*parts, value[end:]])
    whole = len(numbers) == 1 and shown.strip() == parts[1]
    return shown if precision == "full" or whole else None


def _numbers(told: str, value: str) -> list[canonical.Identifier]:
    if len(_DIGIT.findall(value)) < FEWEST_DIGITS:
        return []
    found = canonical.identifiers(canonical.normalise(told + value))
    return [one for one in found if one.kind in _DOCUMENTS | _NUMBERS and one.start >= len(told)]


def hint(name: str, category: str, value: str) -> str | None:
    """Return a readable hint of the value, as `010-****-5678` or `k***@example.com`; `None` when there is none.

    A value that is masked already is its own hint.
    """
    text = value.strip()
    if not text:
        return None
    if email := _EMAIL.match(text):
        return f"{email[1]}***{email[2]}"
    digits = re.sub(r"\D", "", text)
    if category == "payment" or _CARD_NAME.search(name):
        return _ending(digits) if _is_number(text, digits) else None
    if date := _DATE.match(text):
        return f"{date[1]}-**-**"
    if _PHONE.match(text):
        return _phone(text, digits)
    if category == "location" or _ADDRESS_NAME.search(name) or _DISTRICT_NAME.search(name):
        return _district(text, named=bool(_DISTRICT_NAME.search(name)))
    if category == "identity" or _NAME_NAME.search(name):
        return _person(text)
    return _ending_of_id(text) if re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9\-_/]{5,}", text) else None


def hint_of_identifier(kind: str, value: str) -> str:
    """Return what stands for a card, account or identity number somebody wrote: its ending, or only dots."""
    digits = re.sub(r"\D", "", value)
    ending = _ending(digits) if kind in ("card", "account") else None
    return ending or DOTS


def _is_number(text: str, digits: str) -> bool:
    return len(digits) >= CARD_DIGITS - 2 or bool(ALREADY_MASKED.search(text) and len(digits) >= 4)


def _ending(digits: str) -> str | None:
    return f"{DOTS} {digits[-4:]}" if len(digits) >= 4 else None


def _ending_of_id(text: str) -> str:
    return f"{DOTS}{text[-3:]}"


def _phone(text: str, digits: str) -> str | None:
    if len(digits) < 8:
        return None
    groups = re.findall(r"\d+", text)
    first = groups[0] if len(groups) > 2 else digits[:3]
    lead = "+" if text.lstrip().startswith("+") else ""
    return f"{lead}{first}-****-{digits[-4:]}"


def _district(text: str, *, named: bool) -> str | None:
    """The province and the district of a Korean address; the parts without figures after the street elsewhere."""
    words = re.split(r"[\s,]+", text)
    province = [word for word in words[:2] if _PROVINCE.match(word)][:1]
    district = [word for word in words[:4] if _DISTRICT.match(word) and word not in province][:2]
    if province or district:
        return " ".join([*province, *district])
    parts = [_POSTCODE.sub("", part).strip(" ,") for part in text.split(",")]
    places = [part for part in parts if part and not re.search(r"\d", part)]
    if len(parts) > 1 and places:
        romanised = [part for part in places[:-1] if re.search(r"-(?:gu|gun|si)$", part)]
        return ", ".join([*romanised[-1:], places[-1]])
    return text if named and not re.search(r"\d", text) else None


def _person(text: str) -> str | None:
    if _KOREAN_NAME.match(text):
        return text[0] + "*" * max(1, len(text) - 2) + (text[-1] if len(text) > 2 else "")
    if _LATIN_NAME.match(text):
        first, *rest = text.split()
        return f"{first[0]}***" if not rest else f"{first} {rest[-1][0]}."
    return None
