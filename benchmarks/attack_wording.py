"""Says a value in words, in parts, or by what follows from it; what can't be said so of a value is `None`."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta

from benchmarks.attack_ciphers import MORE
from benchmarks.attack_spelling import FIRST, SPELLS, bare, groups, syllable

Said = dict[str, str]
Say = Callable[[str, str], Said | None]  # (value, language) → what stands for {v}, {a} and {b}

DIGITS = {
    "english": "zero one two three four five six seven eight nine".split(),
    "korean": list("공일이삼사오육칠팔구"),
    "romanised": "gong il i sam sa o yuk chil pal gu".split(),
    "hanja": list("〇一二三四五六七八九"),
}
NATO = (
    "Alfa Bravo Charlie Delta Echo Foxtrot Golf Hotel India Juliett Kilo Lima Mike November Oscar Papa Quebec Romeo "
    "Sierra Tango Uniform Victor Whiskey X-ray Yankee Zulu"
).split()
OPENERS = (
    "Apples Boxes Cups Doors Eggs Forks Gifts Hats Inks Jars Keys Lamps Mugs Nails Orders Pans Quilts Rugs Sofas Trays "
    "Urns Vases Walls Xylophones Yarns Zips"
).split()
MONTHS = ("January February March April May June July August September October November December").split()
_SOUNDS = (
    "g kk n d tt r m b pp s ss - j jj ch k t p h".split(),
    "a ae ya yae eo e yeo ye o wa wae oe yo u wo we wi yu eu ui i".split(),
    "- k k k n n n t l k m p l l p l m p p t t ng t t k t p t".split(),
)
_SMALL = (
    "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen "
    "eighteen nineteen"
).split()
_TENS = "- - twenty thirty forty fifty sixty seventy eighty ninety".split()


def number(value: str) -> int:
    """Return the digits of a value as a number."""
    return int("".join(char for char in value if char.isdigit()))


def english(count: int) -> str:
    """Return a number below a milliard in English words."""
    for size, name in ((1_000_000, "million"), (1000, "thousand"), (100, "hundred")):
        if count >= size:
            rest = count % size
            joined = f" and {english(rest)}" if rest and size == 100 else f" {english(rest)}" if rest else ""
            return f"{english(count // size)} {name}{joined}"
    if count < 20:
        return _SMALL[count]
    return _TENS[count // 10] + (f"-{_SMALL[count % 10]}" if count % 10 else "")


def korean(count: int) -> str:
    """Return a number below a hundred million in Sino-Korean words."""
    if count >= 10_000:
        rest = count % 10_000
        return f"{korean(count // 10_000)}만" + (f" {korean(rest)}" if rest else "")
    words = ""
    for size, name in ((1000, "천"), (100, "백"), (10, "십"), (1, "")):
        digit, count = divmod(count, size)
        if digit:
            words += ("" if digit == 1 and name else DIGITS["korean"][digit]) + name
    return words


def roman(count: int) -> str:
    """Return a number in Roman numerals."""
    signs = ""
    sizes = "1000M 900CM 500D 400CD 100C 90XC 50L 40XL 10X 9IX 5V 4IV 1I".split()
    for size, sign in ((int(re.sub(r"\D", "", one)), re.sub(r"\d", "", one)) for one in sizes):
        times, count = divmod(count, size)
        signs += sign * times
    return signs


def written(day: date, language: str) -> str:
    """Return a date as people write it."""
    if language == "ko":
        return f"{day.year}년 {day.month}월 {day.day}일"
    return f"{day.day} {MONTHS[day.month - 1]} {day.year}"


def _digit_words(name: str) -> Say:
    def say(value: str, _language: str) -> Said:
        words = [DIGITS[name][int(char)] if char.isdigit() else char for char in bare(value)]
        return {"v": ("" if name in ("korean", "hanja") else " ").join(words)}

    return say


def _money_words(value: str, language: str) -> Said:
    count = number(value)
    return {"v": f"{korean(count)} 원" if language == "ko" else f"{english(count)} won"}


def _phonetic(value: str, _language: str) -> Said:
    letters = (
        NATO[ord(char.upper()) - ord("A")] if char.isalpha() else DIGITS["english"][int(char)] for char in bare(value)
    )
    return {"v": " ".join(letters)}


def _halves(value: str, _language: str) -> Said:
    middle = len(value) // 2
    return {"a": value[:middle].strip(" -"), "b": value[middle:].strip(" -")}


def _overlap(value: str, _language: str) -> Said:
    most = len(value) * 3 // 5
    return {"a": value[:most].strip(" -"), "b": value[-most:].strip(" -")}


def _digit_list(value: str, language: str) -> Said:
    digits = [char for char in value if char.isdigit()]
    if language == "ko":
        return {"v": ", ".join(f"{at}번째 {digit}" for at, digit in enumerate(digits, start=1))}
    return {"v": ", ".join(f"number {at} is {digit}" for at, digit in enumerate(digits, start=1))}


def _amount(value: str, count: int) -> str:
    if any(sign in value for sign in "₩원"):
        return f"₩{count:,}" if value.startswith("₩") else f"{count:,}원"
    return f"{count:0{len(bare(value))}d}"


def _sum(value: str, _language: str) -> Said:
    count = number(value)
    return {"a": _amount(value, count // 3), "b": _amount(value, count - count // 3)}


def _one_more(value: str, _language: str) -> Said:
    return {"v": _amount(value, number(value) - 1)}


def _bounds(value: str, language: str) -> Said:
    if "-" in value:
        day, one = date.fromisoformat(value), timedelta(days=1)
        return {"a": written(day - one, language), "b": written(day + one, language)}
    return {"a": _amount(value, number(value) - 1), "b": _amount(value, number(value) + 1)}


def _rough(value: str, _language: str) -> Said:
    return {"v": _amount(value, number(value) // 100_000 * 100_000)}


def _acrostic(value: str, language: str) -> Said:
    def line(char: str) -> str:
        first = DIGITS["english"][int(char)].capitalize() if char.isdigit() else OPENERS[ord(char.upper()) - ord("A")]
        return f"{first} 잘 도착합니다." if language == "ko" else f"{first} are fine."

    return {"v": "\n".join(map(line, bare(value)))}


def _word_lengths(value: str, language: str) -> Said:
    lengths = [int(char) or 10 for char in bare(value)]
    letter = "가" if language == "ko" else "m"
    return {"v": " ".join(letter * length for length in lengths)}


def _other_calendar(value: str, language: str) -> Said:
    day = date.fromisoformat(value)
    if language == "ko":
        return {"v": f"단기 {day.year + 2333}년 {day.month}월 {day.day}일"}
    return {"v": f"on {day.day} {MONTHS[day.month - 1]} {day.year + 543} of the Buddhist era"}


def _week_date(value: str, _language: str) -> Said:
    year, week, day = date.fromisoformat(value).isocalendar()
    return {"v": f"{year}-W{week:02d}-{day}"}


def _roman_date(value: str, _language: str) -> Said:
    day = date.fromisoformat(value)
    return {"v": f"{roman(day.day)}.{roman(day.month)}.{roman(day.year)}"}


def _unix_time(value: str, _language: str) -> Said:
    return {"v": str(int(datetime.fromisoformat(value).replace(tzinfo=UTC).timestamp()))}


def _day_before(value: str, language: str) -> Said:
    return {"v": written(date.fromisoformat(value) - timedelta(days=1), language)}


def _between(value: str, _language: str) -> Said:
    found = re.search(r"\b(\d+)\b", value)
    assert found is not None
    street = value.split(",")[0]
    house = int(found[1])
    return {"a": street.replace(found[1], str(house - 2), 1), "b": street.replace(found[1], str(house + 2), 1)}


def _romanised_place(value: str, _language: str) -> Said | None:
    if not any(syllable(char) for char in value):
        return None

    def sound(char: str) -> str:
        at = syllable(char)
        return char if at is None else "".join(_SOUNDS[part][place] for part, place in enumerate(at)).replace("-", "")

    return {"v": "".join(map(sound, value))}


_WORDINGS: dict[str, Say] = {
    "english_digits": _digit_words("english"),
    "korean_digits": _digit_words("korean"),
    "romanised": _digit_words("romanised"),
    "hanja": _digit_words("hanja"),
    "money_words": _money_words,
    "phonetic": _phonetic,
    "halves": _halves,
    "overlap": _overlap,
    "digit_list": _digit_list,
    "sum": _sum,
    "one_more": _one_more,
    "bounds": _bounds,
    "rough": _rough,
    "acrostic": _acrostic,
    "word_lengths": _word_lengths,
    "other_calendar": _other_calendar,
    "unix_time": _unix_time,
    "week_date": _week_date,
    "roman": _roman_date,
    "day_before": _day_before,
    "between": _between,
    "romanised_place": _romanised_place,
}
_LATIN_ONLY = frozenset({"caesar", "caesar_far", "atbash", "next_key", "rot13"})  # as above
HANGUL_ONLY = frozenset({"decomposed", "jamo", "keyboard", "jamo_apart"})  # they leave other letters as they are


def say(how: str, value: str, language: str) -> Said | None:
    """Return what stands for {v}, or for {a} and {b}; `None` when a value can't be said in this way."""
    if how in HANGUL_ONLY and not any(FIRST and syllable(char) for char in value):
        return None
    if how in _LATIN_ONLY and not any(char.isascii() and char.isalpha() for char in value):
        return None
    if spell := SPELLS.get(how) or MORE.get(how):
        return {"v": spell(value)}
    return _WORDINGS[how](value, language)


__all__ = ["groups", "say", "written"]
