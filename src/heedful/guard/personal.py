"""Where a text holds personal data, whoever it belongs to: identifiers, addresses of machines, business numbers."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import regex

from heedful.canonical import identifiers
from heedful.canonical.text import PATIENCE_S, Normalised


class Personal(NamedTuple):
    """One piece of personal data: what it is, and where; offsets are of the original text."""

    kind: str
    start: int
    end: int


# Numbers that no person has: 15xx to 19xx and 080 in Korea, 0800, 03xx, 084x and 087x in Britain, toll-free ones.
_OFFICE_PHONE = regex.compile(
    r"\+821[5-9]\d{6}$|\+8280\d+|\+44(?:800|808|3\d\d|84|87)\d+|\+18(?:00|88|77|66|55|44|33)\d+"
)
_BUSINESS = regex.compile(r"(?<![\d-])\d{3}(?P<gap>[- ])\d{2}(?P=gap)\d{5}(?![\d-])")
_BUSINESS_CUE = regex.compile(r"사업자|세금|계산서|상호|business (?:registration|number|no)", regex.IGNORECASE)
_OCTET = r"(?:25[0-5]|2[0-4]\d|1?\d?\d)"
_MACHINE = regex.compile(
    rf"(?<![\d.])(?:{_OCTET}\.){{3}}{_OCTET}(?![\d.]*\d)"
    r"|(?<![0-9A-Fa-f:])(?:[0-9A-Fa-f]{1,4}:){7}[0-9A-Fa-f]{1,4}(?![0-9A-Fa-f:])"
    r"|(?<![0-9A-Fa-f:])(?=[0-9A-Fa-f:]*[0-9])(?:[0-9A-Fa-f]{1,4}:){1,6}:(?:[0-9A-Fa-f]{1,4}(?::[0-9A-Fa-f]{1,4}){0,5})?"
    r"(?![0-9A-Fa-f:])"
    r"|(?<![0-9A-Fa-f:-])[0-9A-Fa-f]{2}(?:[:-][0-9A-Fa-f]{2}){5}(?![0-9A-Fa-f:-])"
)
# Numbers in no country's form, beside a word that says they are called, or charged.
_GROUPED = regex.compile(
    r"(?<![\w.+/-])(?:\+|00 ?)?(?:\(\d{1,5}\) ?|\d{1,5}[ .\-]{1,2})"
    r"(?:\(\d{1,4}\)[ .\-]?|\d{2,8}[ .\-]?){1,5}(?<![ .\-])"
    r"(?: ?x\d{1,6})?(?![\w]|[.-]\d)"
    r"|(?<![\w.+/-])(?:\+|00)?\d{7,15}(?![\w]|[.-]\d)"
)
_TOLL_FREE = regex.compile(r"^(?:\+?1[ .\-]?)?\(?8(?:00|88|77|66|55|44|33)\)?[ .\-]")
_CALLED = regex.compile(
    r"\b(?:phone|mobile|cell|tel(?:ephone)?|fax|desk|office|whatsapp)\b[^\d\n]{0,12}\s*$"
    r"|\b(?:call|calling|ring|ringing|text|texting|reach(?:ed)?|dial|phone|answering|messages?|sms|contact)\b[^.!?\n\d]{0,24}$"
    r"|\bmy\s(?:new\s|registered\s|old\s)?(?:number|registered)\b[^.!?\n\d]{0,10}$|\bregistered\s$",
    regex.IGNORECASE,
)
_CALLED_AFTER = regex.compile(r"^\s?[-(]?\s?(?:office|fax|mobile|home|desk|cell|work)\b", regex.IGNORECASE)
_CHARGED = regex.compile(
    r"\b(?:card|cc|visa|mastercard|amex)\b(?:\s?(?:number|no\.?|is|#|:)){0,3}\s?$", regex.IGNORECASE
)
_NO_CALL = regex.compile(
    r"\b(?:order|ticket|invoice|case|reference|tracking|serial|model|version|part|article|item|booking|parcel|error|port"
    r"|extension|room|code|zip|policy|claim)\b[^.!?\n]{0,14}$",
    regex.IGNORECASE,
)
_VERSION = regex.compile(r"(?:version|firmware|release|build|driver|버전|펌웨어|\bv)\s*[:.]?\s*$", regex.IGNORECASE)
_CHECK = (1, 3, 7, 1, 3, 7, 1, 3, 5)  # weights of a Korean business number's check digit
_SEVEN_DIGITS = regex.compile(r"\d(?:[^\d\n]{0,3}\d){6}")
REACH = 20  # characters before a number in which a word says what it is


def is_office_phone(canonical: str) -> bool:
    """Whether a phone number in its one spelling is of a sort that only companies have."""
    return _OFFICE_PHONE.match(canonical) is not None


def personal(text: Normalised) -> tuple[Personal, ...]:
    """Return the personal data of `text`, in order. Ids of orders and the like identify nobody to a stranger."""
    return tuple(sorted(_found(text), key=lambda one: one.start))


def _found(text: Normalised) -> Iterator[Personal]:
    known = identifiers(text)
    for one in known:
        if one.kind != "id" and not (one.kind == "phone" and is_office_phone(one.canonical)):
            yield Personal(one.kind, one.start, one.end)
    taken = [(one.start, one.end) for one in known if one.kind != "id"]
    for m in _BUSINESS.finditer(text.text, timeout=PATIENCE_S):
        named = _BUSINESS_CUE.search(text.text, max(0, m.start() - REACH), m.end() + REACH) is not None
        if named or (m["gap"] == "-" and _checks_out(m[0].replace("-", ""))):
            yield from _free("business_number", text, m.span(), taken)
    for m in _GROUPED.finditer(text.text, timeout=PATIENCE_S) if _SEVEN_DIGITS.search(text.text) else ():
        kind = _called(text.text, m)
        if kind:
            yield from _free(kind, text, m.span(), taken)
    for m in _MACHINE.finditer(text.text, timeout=PATIENCE_S):
        is_mask = m[0].startswith("255.")  # of a subnet: no machine has it
        if not is_mask and not _VERSION.search(text.text[max(0, m.start() - REACH) : m.start()]):
            yield from _free("machine", text, m.span(), taken)


def _called(text: str, m: regex.Match[str]) -> str:
    """Return what the words around a number say it is: `phone`, `card`, or nothing."""
    digits = sum(c.isdigit() for c in m[0])
    before = text[max(0, m.start() - 2 * REACH) : m.start()]
    if 12 <= digits <= 19 and _CHARGED.search(before, timeout=PATIENCE_S):
        return "card"
    if not 7 <= digits <= 15 or _TOLL_FREE.match(m[0]) or _NO_CALL.search(before, timeout=PATIENCE_S):
        return ""
    after = text[m.end() : m.end() + REACH]
    return "phone" if _CALLED.search(before, timeout=PATIENCE_S) or _CALLED_AFTER.search(after) else ""


def _free(kind: str, text: Normalised, span: tuple[int, int], taken: list[tuple[int, int]]) -> Iterator[Personal]:
    start, end = text.original(*span)
    if not any(first < end and start < last for first, last in taken):
        yield Personal(kind, start, end)


def _checks_out(digits: str) -> bool:
    """Whether the check digit of a Korean business number fits."""
    total = sum(int(d) * w for d, w in zip(digits, _CHECK, strict=False)) + int(digits[8]) * 5 // 10
    return (10 - total % 10) % 10 == int(digits[9])
