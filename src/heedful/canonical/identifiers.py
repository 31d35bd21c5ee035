"""What identifies a person in a text: mail, phone, card, account, national numbers, passport, licence, ids."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal, NamedTuple

import regex

from heedful.canonical.digits import Run, runs
from heedful.canonical.glance import Glance, glance
from heedful.canonical.links import links_of, mails_of, may_hold_mail
from heedful.canonical.lists import has_plus, several
from heedful.canonical.text import PATIENCE_S, Normalised, squash

IdentifierKind = Literal["email", "phone", "card", "account", "national_number", "passport", "licence", "id"]


class Identifier(NamedTuple):
    """One identifying value: its kind, the one spelling it is compared by, and where it stands."""

    kind: IdentifierKind
    canonical: str
    start: int
    end: int


def _compile(pattern: str) -> regex.Pattern[str]:
    return regex.compile(pattern, regex.IGNORECASE)


_NATIONAL_CUE = _compile(
    r"주민|외국인\s?등록|등록번호|resident|registration no|rrn|national (?:id|number)|생년월일|본인"
)
_ORDER_CUE = _compile(
    r"(?:바코드|barcode|ean|isbn|송장|운송장|등기|주문|예약|승인|접수|상품\s?번호|모델|쿠폰|상품권|기프트|일련"
    r"|시리얼|버전|펌웨어|인증서"
    r"|tracking|order|invoice|booking|serial|version|firmware|coupon|voucher|gift|promo|licen[cs]e key|activation)"
    r"[\s:#]*(?:번호|코드|카드|card|code|no\.?|number|id)?\s*(?:는|은|가|이|is|:)?\s*$"
)
_CARD_CUE = _compile(r"card|카드|visa|mastercard|amex|비자|마스터")
_ACCOUNT_CUE = _compile(
    r"계좌|은행|뱅크|예금주|입금|송금|이체|농협|신협|우체국|새마을금고"
    r"|(?<![가-힣])(?:신한|국민|우리|하나|기업|카카오|토스|케이|제일|씨티|부산|대구|광주|전북|경남|제주|수협"
    r"|산업|KB|IBK|NH|SC)"
    r"(?:은행|뱅크)?[\s:()]{0,3}(?=\d[\d\- ]{8,})"
    r"|bank|account (?:no|number)|(?:checking|savings?|current|deposit|salary|payroll) account|sort code|routing|a/c"
    r"|acct"
)
_IBAN = _compile(r"(?<![A-Z0-9])[A-Z]{2}\d{2}(?:\s?[A-Z0-9]{4}){2,7}(?:\s?[A-Z0-9]{1,3})?(?![A-Z0-9])")
_PASSPORT_CUES = ("passport", "여권")
_PASSPORT_CUE = _compile("|".join(_PASSPORT_CUES))
_PASSPORT = _compile(r"(?<![A-Z0-9])(?:[A-Z]{1,2}\s?-?\d{6,8}|[A-Z]\d{3}[A-Z]\d{4}|\d{9})(?![A-Z0-9])")
_PASSPORT_LABELLED = _compile(
    r"(?:passport|여권)\s?(?:no\.?|number|번호)?\s?(?:is|은|는|:|#|이)?\s?(?P<id>[A-Z]{0,2}[ -]?\d(?:["
    r" -]?[A-Z0-9]){5,9})(?![A-Z0-9])"
)
_KOREAN_PASSPORT = regex.compile(r"(?<![A-Z0-9])[MSRODG]\d{3}[A-Z]\d{4}(?![A-Z0-9])")
_PASSPORT_LETTERS = frozenset("MSRODG")
_LICENCE_CUES = ("licen", "면허", "driver")
_LICENCE_CUE = _compile(r"licen[cs]e|운전\s?면허|면허\s?번호|driver")
_KOREAN_LICENCE = regex.compile(
    r"(?<!\d)(?:(?:서울|부산|경기|강원|충북|충남|전북|전남|경북|경남|제주|대구|인천|광주|대전|울산)\s?)?(?:1[1-9]"
    r"|2[0-8])[\s-]\d{2}[\s-]\d{6}[\s-]\d{2}(?![\d])"
)
_LICENCE = _compile(
    r"(?<![A-Z0-9])(?:[A-Z]{2,5}[A-Z9]{0,3}\s?\d{6}\s?[A-Z9]{2}\s?\d[A-Z]{2}|[A-Z]\d{7,14}"
    r"|\d{2}[\s-]?\d{2}[\s-]?\d{6}[\s-]?\d{2})(?![A-Z0-9])"
)
_SSN = regex.compile(r"(?<![\d-])(?!000|666|9\d\d-[0-6])\d{3}-\d{2}-\d{4}(?![\d-])")
_BARE_SSN = regex.compile(r"(?<![\d-])\d{3}\s?\d{2}\s?\d{4}(?![\d-])")
_NINO = _compile(r"(?<![A-Z0-9])[A-CEGHJ-PR-TW-Z][A-CEGHJ-NPR-TW-Z]\s?\d{2}\s?\d{2}\s?\d{2}\s?[A-D](?![A-Z0-9])")
_NINO_CUE = _compile(r"national insurance|nino|ni number|insurance number")
_SSN_CUES = ("social", "ssn", "itin", "tax")
_SSN_CUE = _compile(
    r"social security|\bsocial\s(?:is|was|number|no|ends|#)|\b(?:my|your|his|her|their) social\b|ssn|itin|tax ?id"
)
_JOINING = "-_/#"
_ID_CHARACTERS = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789" + _JOINING)
_LABELS = (
    "order", "booking", "ticket", "claim", "customer", "member", "reference", "case", "invoice", "reservation",
    "policy", "번호",
)  # fmt: skip
_LABELLED = _compile(
    r"(?:(?:order|booking|ticket|claim|customer|member(?:ship)?|reference|case|invoice|reservation"
    r"|policy)\s?(?:no\.?|number|id|ref(?:erence)?)?"
    r"|(?:주문|예약|접수|회원|고객|송장|운송장|청구|계약)\s?번호)\s*(?:is|은|는|이"
    r"|가)?\s*[:#]?\s*(?P<id>[A-Za-z]{0,6}-?\d{3,}(?:-\d+)*)(?![A-Za-z0-9])"
)
_KOREAN_PHONE = regex.compile(
    r"01[016789]\d{7,8}|02\d{7,8}|0(?:3[1-3]|4[1-4]|5[1-5]|6[1-4])\d{7,8}|0[57]0\d{7,8}|050\d{8,9}"
    r"|1[5-9]\d{6}|080\d{7,8}"
)
_BRITISH_PHONE = regex.compile(r"07\d{9}|0[12]\d{8,9}|0[38]\d{8,9}")
# Area code and exchange begin with 2 to 9 and are grouped as North Americans group them; x11 is no area code.
_AMERICAN_PHONE = regex.compile(
    r"(?<![\w.+/\-(])(?:\+?1[ .\-]?)?(?P<number>\([2-9](?!11)\d\d\) ?[2-9]\d\d[ .\-]\d{4}"
    r"|[2-9](?!11)\d\d(?P<gap>[.\-])[2-9]\d\d(?P=gap)\d{4})(?![\w]|[.\-]\d)"
)
_ABROAD = regex.compile(r"82(?:0?10|2)|44(?:0?7)")
_DATE = regex.compile(r"(?:19|20)\d{2}-?(?:0[1-9]|1[0-2])-?(?:0[1-9]|[12]\d|3[01])(?:-.*)?")
SHORTEST = 6  # digits of a national number, two letters before them
SHORTEST_PHONE = SHORTEST_ACCOUNT = 8
AMERICAN = 10
LICENCE = 12
REACH = 30  # characters before and after a number in which a word says what it is


def identifiers(text: Normalised) -> tuple[Identifier, ...]:
    """Return what identifies a person in `text`, in order; of two readings of one place the stricter one.

    Offsets are of the original text. Only values that identify: e-mail, phone, card, account, national numbers,
    passports, licences, ids of at least six characters with a letter or eight digits, shorter ones with their label
    (`order 1234`). Checksums are not required.
    """
    return text.once(_in_original)


def _in_original(text: Normalised) -> tuple[Identifier, ...]:
    return tuple(Identifier(f.kind, f.canonical, *text.original(f.start, f.end)) for f in _found(text))


def _found(normalised: Normalised) -> tuple[Identifier, ...]:
    text = normalised.text
    kept: list[Identifier] = []
    if not glance(text).numbers and not may_hold_mail(text) and not runs(normalised):
        return ()
    taken = bytearray(len(text))
    for link in links_of(normalised):
        taken[link.start : link.end] = b"\x01" * (link.end - link.start)
    for finder in (_mails, _nationals, _licences, _accounts_by_iban, _cards, _passports, _accounts, _phones, _ids):
        for found in finder(normalised):
            if not any(taken[found.start : found.end]):
                kept.append(found)
                taken[found.start : found.end] = b"\x01" * (found.end - found.start)
    return tuple(sorted(kept, key=lambda found: found.start))


def _near(cue: regex.Pattern[str], text: str, start: int, end: int) -> bool:
    return cue.search(text, max(0, start - REACH), min(len(text), end + REACH), timeout=PATIENCE_S) is not None


def _labelled_as_order(text: str, start: int) -> bool:
    return _ORDER_CUE.search(text[max(0, start - REACH) : start], timeout=PATIENCE_S) is not None


def _mails(normalised: Normalised) -> Iterator[Identifier]:
    for start, end, address in mails_of(normalised):
        yield Identifier("email", address, start, end)


def _nationals(normalised: Normalised) -> Iterator[Identifier]:
    """Yield Korean resident and foreigner numbers, US social security and UK insurance numbers."""
    text = normalised.text
    for run in runs(normalised):
        for at in range(len(run.digits) - 12):
            digits = run.digits[at : at + 13]
            start, end = run.starts[at], run.ends[at + 12]
            if _stands_alone(text, start, end) and _is_resident_number(text, digits, run, at):
                yield Identifier("national_number", digits, start, end)
    look = glance(text)
    if look.most_digits < SHORTEST:
        return
    for m in _SSN.finditer(text) if "-" in text else ():
        if not _labelled_as_order(text, m.start()):
            yield Identifier("national_number", squash(m[0]), *m.span())
    if look.has(_SSN_CUES):
        for m in _BARE_SSN.finditer(text):
            if _near(_SSN_CUE, text, m.start() - REACH, m.end()):  # "the form needs your … number. Here that is …"
                yield Identifier("national_number", squash(m[0]), *m.span())
    for m in _NINO.finditer(text) if _has_letters_before(look, spaced=True) else ():
        if " " in m[0] or _near(_NINO_CUE, text, *m.span()):
            yield Identifier("national_number", squash(m[0]), *m.span())


def _has_letters_before(look: Glance, *, spaced: bool = False) -> bool:
    """Whether two letters stand before a number; `spaced`: as a word of their own, with a space between or not."""
    text = look.text
    for start, _ in look.numbers:
        before = text[max(0, start - 4) : start]
        if spaced:
            before = before[:-1] if before[-1:].isspace() else before
            if before[-2:].isalpha() and not before[-3:-2].isalnum():
                return True
        elif before[-2:].isalpha():
            return True
    return False


def _stands_alone(text: str, start: int, end: int) -> bool:
    return not (start and (text[start - 1].isdigit())) and not (end < len(text) and text[end].isdigit())


def _is_resident_number(text: str, digits: str, run: Run, at: int) -> bool:
    """Whether thirteen digits are a resident or foreigner number: a birth date, a sex digit, and nothing"
    " against it."""
    month, day = int(digits[2:4]), int(digits[4:6])
    if not (1 <= month <= 12 and 1 <= day <= 31) or (digits[6] == "0" and digits[7] == "0"):
        return False
    gaps = [i for i in range(12) if run.ends[at + i] != run.starts[at + i + 1]]
    if gaps == [5]:
        return not _labelled_as_order(text, run.starts[at])
    dashed = [i for i in gaps if "-" in text[run.ends[at + i] : run.starts[at + i + 1]]]
    if dashed == [5]:
        return not _labelled_as_order(text, run.starts[at])
    if 0 < len(gaps) < 12:
        return False  # grouped as something else: a card, a phone with another number behind it, versions
    if _near(_NATIONAL_CUE, text, run.starts[at], run.ends[at + 12]):
        return True
    return not _labelled_as_order(text, run.starts[at]) and (_checks_out(digits) or not _is_ean(digits))


def _checks_out(digits: str) -> bool:
    """Whether the check digit of a resident number fits; numbers since October 2020 have none."""
    weights = (2, 3, 4, 5, 6, 7, 8, 9, 2, 3, 4, 5)
    total = sum(int(d) * w for d, w in zip(digits, weights, strict=False))
    return (11 - total % 11) % 10 == int(digits[12]) or (13 - total % 11) % 10 == int(digits[12])


def _is_ean(digits: str) -> bool:
    total = sum(int(d) * (3 if i % 2 else 1) for i, d in enumerate(digits[:12]))
    return (10 - total % 10) % 10 == int(digits[12])


def luhn(digits: str) -> bool:
    """Whether the last digit is the check digit of ISO/IEC 7812."""
    total = 0
    for i, c in enumerate(reversed(digits)):
        doubled = int(c) * (2 if i % 2 else 1)
        total += doubled - 9 if doubled > 9 else doubled
    return total % 10 == 0


def _cards(normalised: Normalised) -> Iterator[Identifier]:
    """Yield what may be a card number, the surest first: of overlapping ones the first is taken."""
    text = normalised.text
    for run in runs(normalised):
        for length in (16, 15, 19, 14):
            places = range(len(run.digits) - length + 1)
            for at in sorted(places, key=lambda at: not luhn(run.digits[at : at + length])):
                digits = run.digits[at : at + length]
                start, end = run.starts[at], run.ends[at + length - 1]
                if _stands_alone(text, start, end) and _is_card(text, run, at, length, digits):
                    yield Identifier("card", digits, start, end)


def _is_card(text: str, run: Run, at: int, length: int, digits: str) -> bool:
    gaps = tuple(i for i in range(length - 1) if run.ends[at + i] != run.starts[at + i + 1])
    grouped = gaps in {(3, 7, 11), (3, 9), (3, 7, 11, 15), (7,)}
    start, end = run.starts[at], run.ends[at + length - 1]
    if gaps and not grouped and len(gaps) < length - 1:
        return False
    if luhn(digits) and digits[0] in "23456" and (grouped or not _labelled_as_order(text, start)):
        return True
    plain = grouped and length == 16 and "\n" not in text[start:end] and not _are_years(digits)
    return (plain and not _labelled_as_order(text, start)) or (
        _near(_CARD_CUE, text, start, end) and not _labelled_as_order(text, start)
    )


def _are_years(digits: str) -> bool:
    return all(digits[i : i + 2] in ("19", "20") for i in range(0, len(digits), 4))


def _accounts_by_iban(normalised: Normalised) -> Iterator[Identifier]:
    if not _has_letters_before(glance(normalised.text)):
        return
    for m in _IBAN.finditer(normalised.text, timeout=PATIENCE_S):
        code = squash(m[0]).upper()
        number = "".join(str(int(c, 36)) for c in code[4:] + code[:4])
        if 15 <= len(code) <= 34 and (int(number) % 97 == 1 or "iban" in normalised.text.lower()):
            yield Identifier("account", code, *m.span())


def _accounts(normalised: Normalised) -> Iterator[Identifier]:
    text = normalised.text
    long = [run for run in runs(normalised) if len(run.digits) >= SHORTEST_ACCOUNT]
    if not long or not _ACCOUNT_CUE.search(text):
        return
    for run in long:
        for digits, start, end in several(run, text, lambda digits, _plus: SHORTEST_ACCOUNT <= len(digits) <= 16):
            if _near(_ACCOUNT_CUE, text, start, end) and not _phone(digits, plus=run.plus):
                yield Identifier("account", digits, start, end)


def _passports(normalised: Normalised) -> Iterator[Identifier]:
    text = normalised.text
    look = glance(text)
    for m in _KOREAN_PASSPORT.finditer(text) if _has_passport_letter(look) else ():
        if not _labelled_as_order(text, m.start()):
            yield Identifier("passport", squash(m[0]), *m.span())
    if look.has(_PASSPORT_CUES):
        for m in _PASSPORT_LABELLED.finditer(text, timeout=PATIENCE_S):
            if sum(c.isdigit() for c in m["id"]) >= 6:
                yield Identifier("passport", squash(m["id"]), *m.span("id"))
        for m in _PASSPORT.finditer(text):
            if _near(_PASSPORT_CUE, text, *m.span()):
                yield Identifier("passport", squash(m[0]), *m.span())


def _has_passport_letter(look: Glance) -> bool:
    return any(look.text[start - 1 : start] in _PASSPORT_LETTERS for start, _ in look.numbers)


def _licences(normalised: Normalised) -> Iterator[Identifier]:
    text = normalised.text
    look = glance(text)
    for m in _KOREAN_LICENCE.finditer(text) if look.most_digits >= LICENCE else ():
        if not _near(_ACCOUNT_CUE, text, *m.span()) and not _labelled_as_order(text, m.start()):
            yield Identifier("licence", squash(m[0]), *m.span())
    if look.has(_LICENCE_CUES) and _LICENCE_CUE.search(text):
        for m in _LICENCE.finditer(text):
            if _near(_LICENCE_CUE, text, *m.span()):
                yield Identifier("licence", squash(m[0]), *m.span())


def _phones(normalised: Normalised) -> Iterator[Identifier]:
    text = normalised.text
    for run in runs(normalised):
        if len(run.digits) < SHORTEST_PHONE:
            continue
        for digits, start, end in several(run, text, lambda digits, plus: bool(_phone(digits, plus=plus))):
            plus = has_plus(text, start)
            if not _labelled_as_order(text, start):
                yield Identifier("phone", _phone(digits, plus=plus), start - plus, end)
    for m in _AMERICAN_PHONE.finditer(text, timeout=PATIENCE_S) if glance(text).most_digits >= AMERICAN else ():
        if not _labelled_as_order(text, m.start()):
            yield Identifier("phone", "+1" + "".join(c for c in m["number"] if c.isdigit()), *m.span())


def _phone(digits: str, *, plus: bool) -> str:
    """Return the one spelling of a phone number: `+` and country code where known; empty when it is none."""
    if not SHORTEST_PHONE <= len(digits) <= 15:
        return ""
    if not plus and digits.startswith("00"):
        plus, digits = True, digits[2:]
    if plus:
        return _international(digits)
    if _KOREAN_PHONE.fullmatch(digits):
        return "+82" + digits.removeprefix("0")
    if _BRITISH_PHONE.fullmatch(digits):
        return "+44" + digits[1:]
    return _international(digits) if _ABROAD.match(digits) and len(digits) >= 11 else ""


def _international(digits: str) -> str:
    import phonenumbers

    try:
        number = phonenumbers.parse("+" + digits, None)
    except phonenumbers.NumberParseException:
        return ""
    if not phonenumbers.is_possible_number(number):
        return ""
    return str(phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164))


def _ids(normalised: Normalised) -> Iterator[Identifier]:
    text = normalised.text
    for start, end in _coded(text):
        squashed = squash(text[start:end])
        letters, digits = sum(c.isalpha() for c in squashed), sum(c.isdigit() for c in squashed)
        if (letters and digits >= 3 and len(squashed) >= 6) or (
            not letters and digits >= 8 and not _is_date(text[start:end])
        ):
            yield Identifier("id", squashed, start, end)
    for m in _LABELLED.finditer(text, timeout=PATIENCE_S) if glance(text).has(_LABELS) else ():
        yield Identifier("id", squash(m["id"]), *m.span("id"))


def _coded(text: str) -> Iterator[tuple[int, int]]:
    """Yield each word of ASCII letters, digits and joining signs that holds a digit."""
    last = 0
    for start, end in glance(text).numbers:
        if start < last:
            continue
        while start and text[start - 1] in _ID_CHARACTERS:
            start -= 1
        while end < len(text) and text[end] in _ID_CHARACTERS:
            end += 1
        last = end
        word = text[start:end]
        start, end = start + len(word) - len(word.lstrip(_JOINING)), end - len(word) + len(word.rstrip(_JOINING))
        if not (start and text[start - 1] in "./") and not (
            text[end : end + 1] in (".", "-") and text[end + 1 : end + 2].isdigit()
        ):
            yield start, end


def _is_date(text: str) -> bool:
    return _DATE.fullmatch(text) is not None
