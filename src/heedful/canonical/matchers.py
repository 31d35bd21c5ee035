"""One value, found again in any usual spelling: what kind of value it is decides how it is looked for."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import regex

from heedful.canonical import people
from heedful.canonical.dates import Date, dates, same_year
from heedful.canonical.digits import runs, spelled
from heedful.canonical.figures import Figure, figures
from heedful.canonical.sought import Sought
from heedful.canonical.text import PATIENCE_S, Normalised, normalise, squash
from heedful.canonical.wording import (
    SHORT,
    Span,
    content,
    is_short,
    merged,
    phrase,
    repeated,
    said_of_customer,
    sentence,
)

Finder = Callable[[Normalised], Iterator[Span]]

_NAME = regex.compile(
    r"(?:^|_)(?:full_?|first_?|given_?|last_?|family_?|sur|customer_?|contact_?|recipient_?"
    r"|holder_?|child_?|spouse_?|partner_?)?name(?:_|$)"
    r"|surname|이름|성명|성함|예금주|수령인|받는\s?사람|^recipient$|^cardholder$",
    regex.IGNORECASE,
)
_NO_PERSON = regex.compile(
    r"(?:plan|product|item|company|user|store|branch|file|pet|tariff|team)_?name", regex.IGNORECASE
)
_ADDRESS = regex.compile(r"address|addr(?:_|$)|주소|배송지|street|postcode|zip", regex.IGNORECASE)
_BIRTH = regex.compile(r"birth|dob|생년월일|생일", regex.IGNORECASE)
_BIRTH_CUE = regex.compile(r"birth|born|turn(?:ed|ing)?\s\d|생일|생신|생년|년생|일생|태어나", regex.IGNORECASE)
_PLAIN_TRAITS = frozenset(
    "free diet need user type daily only none with high condition status member 사용 필요 여부 있음 없음 관련"
    " 정보 상태".split()
)
_IS_OF_CUSTOMER = regex.compile(
    r"\byou(?:'re|'ve| are| have| had| were| suffer| live with| use| follow| keep| practi[cs]e| belong| need|"
    r" can't| cannot)\b"
    r"|\b(?:your|given your|because of your|with your) (?!order|parcel|question|account|request|item|basket|cart"
    r"|return)"
    r"|(?:있으|이|중이|으|하|앓고 계|받고 계|계)(?:시[니므지며고는]|신|셔|십니다|시죠)|고객님(?:의|은|께서는|께서)",
    regex.IGNORECASE,
)
_DASHED = regex.compile(r"(?<![\d-])\d{2}-\d{2}(?![\d-])")
_AMOUNT = regex.compile(
    r"amount|balance|limit|total|price|fee|cost|points?|credit|debt|income|salary|spend|paid|금액|잔액|한도"
    r"|포인트|요금|소득|할부",
    regex.IGNORECASE,
)
_CARD_CUE = regex.compile(
    r"card|account|ending|ends|last (?:four|digits)|final four|phone|number|카드|계좌|번호|전화|끝\s?(?:자리|네)"
    r"|뒷\s?(?:자리|네|번호)|마지막|끝나",
    regex.IGNORECASE,
)
_LABEL = regex.compile(
    r"(?:order|booking|ticket|claim|customer|member(?:ship)?|account|reference|ref|case|invoice|no"
    r"|number|id|주문|예약|접수|회원|고객|송장|운송장|번호)"
    r"[\s.:#]*(?:no\.?|number|id|번호)?\s*(?:is|은|는|이|가|:|#)?\s*$",
    regex.IGNORECASE,
)
_AT = regex.compile(r"[\[({<]?\s*(?:@|(?<![a-z])at(?![a-z])|골뱅이|앳|엣|에트)\s*[\])}>]?", regex.IGNORECASE)
_SIGNS = {
    ".": r"\s*[\[({<]?\s*(?:\.|(?<![a-z])(?:dot|point|period)(?![a-z])|점|닷|쩜|도트)\s*[\])}>]?\s*",
    "_": r"\s*(?:_|underscore|언더바|언더스코어|밑줄)\s*",
    "-": r"\s*(?:-|dash|hyphen|minus|대시|하이픈|빼기)\s*",
    "+": r"\s*(?:\+|plus|더하기|플러스)\s*",
}
_SPOKEN_LABELS = {
    "com": "컴",
    "net": "넷",
    "co": "씨오",
    "kr": "케이알",
    "naver": "네이버",
    "gmail": "지메일",
    "daum": "다음",
}
_MAIL_CHARACTERS = "._%+-"
_MAIL_MASKED = "._-*•"
_CODES = ("82", "44", "1", "81", "61", "49", "33", "86")  # country codes tried for a number stored the national way
_MASK = regex.compile(r"[*•●○◦×#□■]+|(?<![A-Za-z])[xX]{3,}(?![A-Za-z])|(?<=\d)[xX]{2,}(?![A-Za-z])")
_PIECE = regex.compile(r"[A-Za-z0-9]+")
_MASK_RUN = regex.compile(
    rf"(?:[+(]?[A-Za-z0-9]+[\s\-./()]{{0,2}}){{1,6}}+"
    rf"(?:(?:{_MASK.pattern})[\s\-./]?)+(?:[A-Za-z]{{0,2}}\d[A-Za-z0-9]*(?:[\-./ ](?=\d))?){{0,4}}"
)
SHOWN = 4  # characters of a value that may be seen
DISTINCT = 1_000  # an amount below this needs to be said of the customer


class Matcher:
    """Finds one value of a profile in a text. It keeps no readable copy in its repr."""

    __slots__ = ("_finders", "name")

    def __init__(self, name: str, finders: tuple[Finder, ...]) -> None:
        self.name = name
        self._finders = finders

    def __repr__(self) -> str:
        return f"Matcher({self.name!r}, …)"

    def __reduce__(self) -> str:
        raise TypeError("a Matcher holds a customer's value and is never pickled or copied")

    def find(self, text: Normalised) -> tuple[Span, ...]:
        """Return where the value stands: offsets of the original text, in order, none overlapping."""
        spans = merged(span for finder in self._finders for span in finder(text))
        return tuple(text.original(start, end) for start, end in spans)


def matcher(name: str, category: str, value: str) -> Matcher:
    """Return what finds `value` of the fact `name` in any usual spelling, with or without particles attached."""
    normalised = normalise(value.strip())
    text = normalised.text
    if not any(c.isalnum() for c in text):
        return Matcher(name, ())
    finders = [*_whole(name, category, normalised), *_inside(normalised)]
    return Matcher(name, tuple(finders))


def _whole(name: str, category: str, normalised: Normalised) -> Iterator[Finder]:
    """Yield the finders for a value that is one thing: a name, an address, a date, a sum, a number, an id, or"
    " words."""
    text = normalised.text
    digits = "".join(c for c in text if c.isdigit())
    if _NAME.search(name) and not _NO_PERSON.search(name) and not digits:
        yield people.name(text)
        return
    main = regex.sub(r"\s*\([^)]*\)\s*$", "", text).strip()
    known = figures(normalise(main))
    whole = next((f for f in known if f.start == 0 and f.end >= len(main) - 1), None)
    if (_ADDRESS.search(name) and "@" not in text) or people.looks_like_address(text):
        yield people.address(text)
        yield _words(normalised)
    elif any(dated.start == 0 and dated.end >= len(main) - 10 and dated.dates[0].month for dated in dates(main)):
        dated = next(dates(main))
        yield _date(dates_in=dated.dates, birth=bool(_BIRTH.search(name)))
        if len(dated.dates) == 1 and dated.dates[0].year >= 1000 and dated.dates[0].day:
            yield _masked((f"{dated.dates[0].year}{dated.dates[0].month:02d}{dated.dates[0].day:02d}",))
    elif whole and whole.kind in ("money", "percent", "quantity") and not _AMOUNT.search(name):
        yield _figure(whole)
    elif whole and (whole.kind == "money" or (_AMOUNT.search(name) and whole.kind in ("number", "quantity", "code"))):
        yield _sum(float(digits) if whole.kind == "code" else whole.value, whole.family)
    elif whole and whole.kind == "email":
        yield _mail(whole.key)
    elif regex.fullmatch(r"[+\d\s().\-/·*•x]+", main) and digits:
        yield _number(digits, plus=main.startswith("+"), masked=bool(regex.search(r"[*•x]", main)), category=category)
        if not regex.search(r"[*•x]", main):
            yield _masked(_phone_variants(digits, plus=main.startswith("+")))
    elif (
        regex.fullmatch(r"[A-Za-z0-9][A-Za-z0-9\-_./# ]*", main) and digits and len(main.split()) <= 2 and _is_id(main)
    ) or (category == "unique_identifier" and len(digits) >= 6):
        yield _id(main)
        yield _masked((squash(main),))
    else:
        yield _words(normalised)
        if category == "special":
            yield _trait(normalised)


def _is_id(value: str) -> bool:
    squashed = "".join(c for c in value if c.isalnum())
    letters = [part for part in regex.findall("[A-Za-z]+", value) if len(part) > 4]
    return len(squashed) >= 3 and not letters and any(c.isalpha() for c in squashed)


def _inside(normalised: Normalised) -> Iterator[Finder]:
    """Yield finders for what identifies by itself inside a longer value: mail, long numbers, full dates, odd sums."""
    found = figures(normalised)
    if len(found) == 1 and found[0].start == 0 and found[0].end >= len(normalised.text) - 1:
        return
    for figure in found:
        if figure.kind == "email":
            yield _mail(figure.key)
        elif figure.kind == "code" and figure.key.isdigit() and len(figure.key) >= 7:
            yield _number(figure.key, plus=False, masked=False, category="")
        elif figure.kind == "code" and len(figure.key) >= 6 and sum(c.isdigit() for c in figure.key) >= 3:
            yield _id(normalised.text[figure.start : figure.end])
        elif figure.kind == "date" and all(d.year and d.month and d.day for d in figure.dates):
            yield _date(dates_in=figure.dates, birth=False)
        elif figure.kind == "money" and figure.value >= DISTINCT and len(str(int(figure.value)).rstrip("0")) >= 3:
            yield _sum(figure.value, figure.family)


def _date(*, dates_in: tuple[Date, ...], birth: bool) -> Finder:
    wanted = dates_in[0] if len(dates_in) == 1 else dates_in[1] if dates_in[1].month <= 12 else dates_in[0]
    alternatives = dates_in

    def find(text: Normalised) -> Iterator[Span]:
        for figure in figures(text):
            if figure.kind == "date" and any(_is_date(seen, one) for seen in figure.dates for one in alternatives):
                yield from _dated_span(text, figure, birth=birth)
            elif figure.kind == "date" and birth and _is_year(figure, wanted) and _near(_BIRTH_CUE, text.text, figure):
                yield figure.start, figure.end
        compact = f"{wanted.month:02d}{wanted.day:02d}"
        if wanted.year >= 1000 and wanted.day:
            for run in (*runs(text), *spelled(text)):
                for year in (f"{wanted.year:04d}", f"{wanted.year % 100:02d}"):
                    span = run.find(year + compact, text.text)
                    if span and (birth or len(year) == 4):
                        yield span
        for m in _DASHED.finditer(text.text) if birth and wanted.day and "-" in text.text else ():
            if m[0] == f"{wanted.month:02d}-{wanted.day:02d}" and _BIRTH_CUE.search(
                text.text, max(0, m.start() - 20), m.end() + 20
            ):
                yield m.span()

    return find


def _dated_span(text: Normalised, figure: Figure, *, birth: bool) -> Iterator[Span]:
    """Yield the span of a date that agrees; a birthday without its year only when a birth is spoken of."""
    if not birth or any(date.year for date in figure.dates) or _near(_BIRTH_CUE, text.text, figure):
        yield figure.start, figure.end


def _is_date(seen: Date, wanted: Date) -> bool:
    if not (seen.month and wanted.month == seen.month and same_year(seen.year, wanted.year)):
        return False
    return seen.day == wanted.day if wanted.day else True


def _is_year(figure: Figure, wanted: Date) -> bool:
    return any(not date.month and date.year and same_year(date.year, wanted.year) for date in figure.dates)


def _near(cue: regex.Pattern[str], text: str, figure: Figure, reach: int = 20) -> bool:
    return cue.search(text, max(0, figure.start - reach), figure.end + reach, timeout=PATIENCE_S) is not None


def _sum(value: float, family: str) -> Finder:
    """Find an amount: as money of the same currency, or as a bare number too large to be a coincidence."""

    def find(text: Normalised) -> Iterator[Span]:
        for figure in figures(text):
            same = abs(figure.value - value) < 0.005
            alike = figure.kind == "money" and (not family or family in ("count", "points") or figure.family == family)
            alike = alike or (figure.kind == "quantity" and figure.family in ("points", "count", family))
            alike = alike or (figure.kind == "number" and value >= DISTINCT)
            if (
                same
                and alike
                and (value >= DISTINCT or figure.value % 1 or said_of_customer(text.text, figure.start, figure.end))
            ):
                yield figure.start, figure.end

    return find


def _figure(wanted: Figure) -> Finder:
    """Find a percentage, duration or measure, when it is said of the customer; a sum of money as `_sum` does."""
    if wanted.kind == "money":
        return _sum(wanted.value, wanted.family)

    def find(text: Normalised) -> Iterator[Span]:
        for figure in figures(text):
            same = figure.kind == wanted.kind and figure.family == wanted.family and figure.value == wanted.value
            if same and said_of_customer(text.text, figure.start, figure.end):
                yield figure.start, figure.end

    return find


def _mail(address: str) -> Finder:
    local, _, domain = address.lower().partition("@")
    spoken = domain.replace(".", " dot ")
    said = (
        f"{local} at {spoken}",
        f"{local.replace('.', ' dot ')} at {spoken}",
        f"{local}골뱅이{domain.replace('.', '점')}",
    )
    keys = tuple(dict.fromkeys(squash(spelling) for spelling in (address, *said)))
    masked = "@" + domain
    bent = _bent_mail(local, domain)

    def find(text: Normalised) -> Iterator[Span]:
        for m in bent.finditer(text.text):
            yield m.span()
        yield from phrase(keys[0], text, before=_MAIL_CHARACTERS, after="@.-")
        for key in keys[1:]:
            yield from phrase(key, text, gap=3)
        yield from _masked_mail(local[0], masked, text.text.lower())

    return find


def _bent_mail(local: str, domain: str) -> Sought:
    """Return what finds an address with its signs in words, in brackets or with spaces around them."""
    name = "".join(_SIGNS.get(part, regex.escape(part)) for part in regex.findall(r"[._\-+]|[^._\-+]+", local))
    labels = [_label(part) for part in domain.split(".")]
    return Sought(
        rf"(?<![A-Za-z0-9._%+\-]){name}\s*{_AT.pattern}\s*{_SIGNS['.'].join(labels)}(?![A-Za-z0-9@\-]|\.[A-Za-z0-9])",
        regex.IGNORECASE,
    )


def _label(part: str) -> str:
    spoken = _SPOKEN_LABELS.get(part)
    return rf"(?:{regex.escape(part)}|{spoken})" if spoken else str(regex.escape(part))


def _masked_mail(initial: str, ending: str, text: str) -> Iterator[Span]:
    """Yield where an address stands with its name hidden: `m***@example.com`."""
    at = text.find(ending)
    while at >= 0:
        start = at
        while start and (text[start - 1] in _MAIL_MASKED or (text[start - 1].isalnum() and text[start - 1].isascii())):
            start -= 1
        if text[start : start + 1] == initial and ("**" in text[start:at] or "••" in text[start:at]):
            yield start, at + len(ending)
        at = text.find(ending, at + 1)


def _number(digits: str, *, plus: bool, masked: bool, category: str) -> Finder:
    """Find a number of digits only: however spaced, national or international, or a hint that gives its end."""
    variants = _phone_variants(digits, plus=plus) if not masked and category != "unique_identifier" else (digits,)
    ending = digits[-4:]

    def find(text: Normalised) -> Iterator[Span]:
        if not masked and len(digits) >= 6:
            for run in (*runs(text), *spelled(text)):
                yield from (span for variant in variants if (span := run.find(variant, text.text)))
        elif not masked:
            for start, end in phrase(digits, text, gap=0, before=".,", after=".,"):
                if _is_labelled(text.text, start) or _CARD_CUE.search(text.text, max(0, start - 30), end + 20):
                    yield start, end
        yield from _ending_spelled(ending, text)
        for figure in figures(text):
            if (
                figure.kind == "hint"
                and figure.key.split()[-1] == ending[-len(figure.key.split()[-1]) :]
                and len(ending) >= 3
            ) or (masked and figure.kind == "number" and figure.key == ending and _near(_CARD_CUE, text.text, figure)):
                yield figure.start, figure.end

    return find


def _ending_spelled(ending: str, text: Normalised) -> Iterator[Span]:
    """Yield where the last four digits of a number are read out as its end."""
    if len(ending) < 4:
        return
    for run in spelled(text):
        span = run.find(ending, text.text) if run.words and len(run.digits) <= 2 * len(ending) else None
        if span and _CARD_CUE.search(text.text, max(0, span[0] - 30), span[1] + 20, timeout=PATIENCE_S):
            yield span


def _masked(keys: tuple[str, ...]) -> Finder:
    """Find a value of which a mask hides little: more is shown than its last four characters."""

    def find(text: Normalised) -> Iterator[Span]:
        for m in _MASK_RUN.finditer(text.text, timeout=PATIENCE_S) if text.once(_is_masked) else ():
            masks = list(_MASK.finditer(m[0]))
            tail = squash(m[0][masks[-1].end() :])
            words = list(_PIECE.finditer(m[0], 0, masks[0].start()))
            for first in range(len(words)):
                lead = squash(m[0][words[first].start() : masks[0].start()])
                shown = len(lead) + len(tail)
                if shown > SHOWN and any(k.startswith(lead) and k.endswith(tail) and shown <= len(k) for k in keys):
                    yield m.start() + words[first].start(), m.start() + len(m[0].rstrip())
                    break

    return find


def _is_masked(text: Normalised) -> bool:
    return _MASK.search(text.text) is not None


def _phone_variants(digits: str, *, plus: bool) -> tuple[str, ...]:
    """Return the ways the digits of one phone number are written, longest first; other numbers give themselves."""
    national = digits
    for code in _CODES:
        rest = digits[len(code) :]
        if (plus or digits.startswith("00")) and digits.removeprefix("00").startswith(code):
            rest = digits.removeprefix("00")[len(code) :]
            national = rest if rest.startswith("0") or code == "1" else "0" + rest
            break
    bare = national.removeprefix("0")
    forms = [digits, national]
    if national.startswith("0") and 9 <= len(national) <= 11:
        forms.extend(form for code in _CODES for form in (code + bare, code + national, "00" + code + bare))
        forms.append(bare)
        if len(bare) == 10 and bare.startswith("10"):
            forms.append(bare[-8:])  # a Korean mobile without its 010
    elif plus and len(national) >= 9:
        forms.append(bare)
    elif len(digits) == 10:
        forms.append("1" + digits)
    return tuple(sorted(dict.fromkeys(forms), key=len, reverse=True))


def _id(value: str) -> Finder:
    """Find an id: letters and digits with any or no separators; its digits alone where they are labelled."""
    key = squash(value)
    short = len(key) < SHORT
    number = max((group for group in regex.findall(r"\d+", value)), key=len, default="")
    letters = squash("".join(regex.findall(r"^[^\d]*", value)))
    every = "".join(c for c in value if c.isdigit())

    def find(text: Normalised) -> Iterator[Span]:
        for start, end in phrase(key, text):
            if not short or said_of_customer(text.text, start, end) or _is_labelled(text.text, start):
                yield start, end
        if len(number) >= 4 and number != key:
            for start, end in phrase(number, text, gap=0, before="-", after="-"):
                if len(number) >= 6 or _is_labelled(text.text, start):
                    yield start, end
        for run in spelled(text) if len(every) >= 4 else ():
            span = run.find(every, text.text) if run.words else None  # plain digits were looked at above
            before = squash(text.text[max(0, span[0] - 3 * len(letters) - 6) : span[0]]) if span else ""
            if span and (len(every) >= 6 or (letters and before.endswith(letters)) or _is_labelled(text.text, span[0])):
                yield span

    return find


def _is_labelled(text: str, start: int) -> bool:
    return _LABEL.search(text[max(0, start - 30) : start], timeout=PATIENCE_S) is not None


def _trait(value: Normalised) -> Finder:
    """Find one telling word of a special fact where the sentence says what the customer is, has or needs."""
    telling = [s for s in content(value) if s not in _PLAIN_TRAITS and len(s) >= (2 if "가" <= s[0] <= "힣" else 4)]

    def find(text: Normalised) -> Iterator[Span]:
        for stem in telling:
            for start, end in repeated((stem,), text):
                first, last = sentence(text.text, start, end)
                if _IS_OF_CUSTOMER.search(text.text, first, last, timeout=PATIENCE_S):
                    yield start, end

    return find


def _words(value: Normalised) -> Finder:
    """Find a value of words: near verbatim, or most of them close together; a plain word when said of the"
    " customer."""
    wanted = content(value)
    key = squash(value.text)
    short = is_short(value.text)

    def find(text: Normalised) -> Iterator[Span]:
        spans = list(phrase(key, text))
        if len(wanted) > 1:
            spans.extend(repeated(wanted, text))
        for start, end in spans:
            if not short or said_of_customer(text.text, start, end):
                yield start, end

    return find
