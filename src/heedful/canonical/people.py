"""Names and addresses found again in a text: in full, in part where a part is enough, Korean and English."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import regex

from heedful.canonical import romanised
from heedful.canonical.sought import Sought
from heedful.canonical.text import PATIENCE_S, Normalised
from heedful.canonical.wording import Span, said_of_customer

Finder = Callable[[Normalised], Iterator[Span]]

_TITLE_KO = r"(?=\s?(?:님|씨(?![가-힣])|고객|회원|선생|양(?![가-힣])|군(?![가-힣])|사장))"
_AFTER_NAME_KO = (
    r"(?=$|[^가-힣]|님|씨|고객|회원|선생|이?[가는은을를의와과도]|에게|께|이라|입니다|이시|이신|한테|랑"
    r"|인데|이?(?:예요|에요|라고|라는|라서|고요|구요|지만|였)|이(?:었|랑|야)|인(?![가-힣])|요(?![가-힣]))"
)
_TITLE_EN = r"(?:mr|ms|mrs|miss|mx|dr|prof)\.?\s+"
_GREETING = r"(?:dear|hi|hello|hey|thanks|thank you|sorry|welcome|morning|afternoon|evening)[,!]?\s+"
# Given names that are everyday words or months: they count only where someone is addressed.
_EVERYDAY = frozenset(
    "will mark grace hope joy may june april august rose summer art bill sue frank pat grant "
    "chase dean drew rich faith dawn ray max "
    "jean miles page daisy lily ruby amber crystal ivy holly olive pearl penny victor young "
    "sunny star angel carol christian jack josh "
    "rob sandy skip stone wade ward west woods king knight price long short small brown green white black gray "
    "park page bell cook hill lane field moon song day love see an min so do no".split()
)
_LONG_GIVEN = 5
# A family name and what may be a given one; whether it is anybody's is seen by how it is spelt.
_WHOLE_KO = regex.compile(
    r"(?<![가-힣])(?:남궁|황보|선우|제갈|독고|사공"
    r"|[김이박최정강조윤장임한오서신권황안송류전홍고문양손배백허유남심노하곽성차주우구민나진지엄채원천방공현함]"
    r"|[변염여추도소석설마길연위표명기반왕금옥육인맹제모탁국])"
    r"[가-힣]{1,2}" + _AFTER_NAME_KO
)
_ADDRESSED_KO = regex.compile(r"(?<![가-힣])[가-힣]{2,4}(?=\s?(?:고객|회원)?님)")


def name(value: str) -> Finder:
    """Return what finds a person's name: full, either way round; given name alone where distinctive or addressed."""
    patterns: list[str] = []
    for hangul in regex.findall(r"[가-힣]{2,5}(?:\s[가-힣]{1,4})?", value):
        patterns.extend(_korean_name(hangul.replace(" ", "")))
        patterns.extend(romanised.patterns_of(hangul.replace(" ", "")))
    words = [
        w for w in regex.findall(r"[A-Za-z][A-Za-z'\-]+", value) if w.lower() not in ("mr", "ms", "mrs", "dr", "miss")
    ]
    if words:
        patterns.extend(_english_name(words))
    latin = " ".join(words) if words and not regex.search(r"[가-힣]", value) else ""
    compiled = Sought("|".join(patterns)) if patterns else None

    def find(text: Normalised) -> Iterator[Span]:
        for m in compiled.finditer(text.text) if compiled else ():
            named = m.groupdict().get("name")
            yield m.span("name") if named else m.span()
        for m in _ADDRESSED_KO.finditer(text.text, timeout=PATIENCE_S) if latin and "님" in text.text else ():
            if romanised.is_spelt(latin, m[0]):
                yield m.span()
        for m in _WHOLE_KO.finditer(text.text, timeout=PATIENCE_S) if " " in latin else ():
            if romanised.is_whole(latin, m[0]):
                yield m.span()

    return find


def _korean_name(full: str) -> Iterator[str]:
    """Yield patterns of a Korean name: full, given with 님 or 씨, family with 고객님."""
    family = 2 if len(full) >= 4 and full[:2] in ("남궁", "황보", "선우", "제갈", "독고", "사공", "서문", "동방") else 1
    spaced = r"[\s.·\-_/]{0,2}".join(full)
    yield rf"(?<![가-힣]){spaced}" + ("" if len(full) >= 4 else _AFTER_NAME_KO)
    if len(full) - family >= 1:
        yield rf"(?<![가-힣]){full[family:]}{_TITLE_KO}"
    yield rf"(?<![가-힣]){full[:family]}(?=\s?(?:고객님|회원님|선생님|사장님|씨(?![가-힣])))"


def _english_name(words: list[str]) -> Iterator[str]:
    """Yield patterns of a name in Latin letters; the first and the last word may each be the given name."""
    first, last = regex.escape(words[0]), regex.escape(words[-1])
    edge, end = r"(?<![A-Za-z])", r"(?![A-Za-z])"
    if len(words) > 1:
        inner = r"[\s,.\-_]{1,2}"
        case = "" if all(word.lower() in _EVERYDAY for word in words) else "i"  # May Park, but not "you may park"
        yield rf"(?{case}:{edge}{inner.join(regex.escape(word) for word in words)}{end})"
        yield rf"(?{case}:{edge}{first}{inner}(?:[A-Z]\.?{inner})?{last}{end}|{edge}{last}{inner}{first}{end})"
        yield rf"{edge}(?:{first[0]}\.\s?{last}|{last[0]}\.\s?{first}){end}"
    for word in dict.fromkeys((words[0], words[-1])):
        escaped = regex.escape(word)
        yield rf"(?i:{edge}(?:{_TITLE_EN}|{_GREETING})(?P<name>{escaped}){end})"
        yield rf"(?:^|(?<=\n)|(?<=[.!?,] )){escaped.capitalize()}(?=,)|(?<=[,] ){escaped.capitalize()}(?=[,.!?])"
        yield rf"(?i:{edge}{escaped}(?=\s?(?:님|씨(?![가-힣])|고객)))"
        if len(word) >= _LONG_GIVEN and word.lower() not in _EVERYDAY:
            yield rf"{edge}(?:{escaped.capitalize()}|{escaped.upper()}){end}"


_ROAD = regex.compile(
    r"(?P<road>[가-힣A-Za-z0-9·]+?(?:대로|로|길)(?:\s?\d+(?:번)?[가-힣]?길)?)\s?(?P<no>\d+(?:-\d+)?)(?!\d|번?길)"
)
_LOT = regex.compile(r"(?P<road>[가-힣]{1,5}\d?(?:동|리|가))\s(?P<no>\d+(?:-\d+)?)(?!\d|[동호층])")
_DISTRICT = regex.compile(r"[가-힣]{1,5}(?:구|군|동|읍|면|시|아파트|빌라|마을)(?![가-힣])")
_STREET_WORDS = {
    "street": "st", "road": "rd", "avenue": "ave", "lane": "ln", "drive": "dr", "boulevard": "blvd", "court": "ct",
    "square": "sq", "place": "pl", "terrace": "ter", "crescent": "cres", "close": "cl", "highway": "hwy",
    "apartment": "apt",
}  # fmt: skip
_STREET = regex.compile(r"(?P<no>\d+[A-Za-z]?(?:[-/]\d+)?)\s+(?P<street>[A-Z][\w'.\-]*(?:\s+[A-Z][\w'.\-]*){0,4})")
_POSTCODE = regex.compile(r"(?<![A-Z0-9])(?:[A-Z]{1,2}\d[A-Z\d]?\s?\d[A-Z]{2}|[A-Z]\d[A-Z]\s?\d[A-Z]\d)(?![A-Z0-9])")
_FIVE_DIGITS = regex.compile(r"(?<![\d\-])\d{5}(?:-\d{4})?(?![\d\-])")
_TOWN = regex.compile(r"(?<=,\s)[A-Z][A-Za-z'\-]{3,}(?:\s[A-Z][a-z]+)*")


def looks_like_address(value: str) -> bool:
    """Whether `value` is a postal address: a Korean road or lot number, or a number and a street name."""
    return bool(
        (_ROAD.search(value) and _DISTRICT.search(value))
        or regex.search(
            r"\d+[A-Za-z]?\s+(?:[A-Z][\w'.\-]*\s+){1,3}(?:Street|St|Road|Rd|Avenue|Ave|Lane|Ln|Drive|Dr"
            r"|Mews|Close|Court|Way|Place|Square"
            r"|Terrace|Crescent|Boulevard|Blvd|Row|Gardens|Park|Hill|Walk|Green|Grove|Yard|Quay|Rise)\b",
            value,
        )
    )


def address(value: str) -> Finder:
    """Return what finds an address: road with its number anywhere; district, town, street when said of them."""
    sure, of_customer = _address_patterns(value)

    def find(text: Normalised) -> Iterator[Span]:
        for m in sure.finditer(text.text) if sure else ():
            yield m.span()
        for m in of_customer.finditer(text.text) if of_customer else ():
            if said_of_customer(text.text, *m.span()) or _WHERE.search(text.text, max(0, m.start() - 30), m.end() + 30):
                yield m.span()

    return find


_WHERE = regex.compile(
    r"주소|배송지|거주|사시|사는\s|계신|자택|address|where you live|live in|living in|home in", regex.IGNORECASE
)


def _address_patterns(value: str) -> tuple[Sought | None, Sought | None]:
    """Return the patterns that identify an address by themselves, and those that do only when said of the"
    " customer."""
    sure: list[str] = []
    parts: list[str] = []
    for m in (*_ROAD.finditer(value), *_LOT.finditer(value)):
        road = r"\s?".join(regex.escape(c) for c in m["road"] if not c.isspace())
        sure.append(rf"{road}\s?{regex.escape(m['no'])}(?![\d])(?!번?길)")
        parts.append(rf"(?<![가-힣0-9]){road}(?=[^0-9]|$)")
    for m in _STREET.finditer(value):
        words = [w.strip(".,") for w in m["street"].split()]
        street = r"[\s,.]+".join(_street_word(word) for word in words if word)
        sure.append(rf"(?i:(?<![\w\-]){regex.escape(m['no'])},?\s+{street}(?![A-Za-z0-9]))")
        if len(words) > 1:
            parts.append(rf"(?i:(?<![A-Za-z0-9]){street}(?![A-Za-z0-9]))")
    for m in _POSTCODE.finditer(value):
        code = m[0].replace(" ", "")
        sure.append(rf"(?i:(?<![A-Z0-9]){code[:-3]}\s?{code[-3:]}(?![A-Z0-9]))")
    parts.extend(rf"(?<!\d){m[0]}(?!\d)" for m in _FIVE_DIGITS.finditer(value))
    parts.extend(rf"(?<![가-힣]){m[0]}" for m in _DISTRICT.finditer(value))
    parts.extend(rf"(?<![A-Za-z0-9]){regex.escape(m[0])}(?![A-Za-z0-9])" for m in _TOWN.finditer(value))
    rooms = regex.findall(r"\d+동\s?\d+호", value)
    sure.extend(r"\s?".join(regex.escape(part) for part in regex.findall(r"\d+[동호]", room)) for room in rooms)
    return (Sought("|".join(sure)) if sure else None), (Sought("|".join(parts)) if parts else None)


def _street_word(word: str) -> str:
    """Return a pattern for a word of a street name, `Street` and `St.` alike."""
    lower = word.lower()
    for long, short in _STREET_WORDS.items():
        if lower in (long, short):
            return rf"(?:{long}|{short}\.?)"
    return str(regex.escape(word))
