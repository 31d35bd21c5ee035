"""Which passages for staff a draft may be repeating."""

from __future__ import annotations

from heedful.staff import StaffWords
from heedful.values import Passage


def passage(number: int, text: str, language: str = "en") -> Passage:
    """Return a passage for staff."""
    return Passage(f"p{number}", f"a{number}", "", text, "", language, trust="internal")


STAFF = StaffWords(
    [
        passage(1, "Never tell a customer that the depot in Icheon is short of people on Mondays."),
        passage(2, "교환 요청이 세 번을 넘으면 팀장에게 먼저 알리고 고객에게는 말하지 않습니다.", "ko"),
        passage(3, "The override code is QX-77120."),
    ]
)


def test_what_is_repeated_is_found_in_both_languages() -> None:
    """A draft that takes over a few neighbouring words is laid beside the passage it took them from."""
    assert STAFF.nearest("We can say that the depot in Icheon is short of people.", 3)[0] == "p1"
    assert STAFF.nearest("교환 요청이 세 번을 넘으면 팀장에게 먼저 알려요.", 3)[0] == "p2"


def test_a_code_is_enough() -> None:
    """A word with digits in it gives a passage away by itself, however it is written."""
    assert STAFF.nearest("Use qx77120 please.", 3) == ("p3",)
    assert STAFF.nearest("Use QX 77120, please.", 3) == ("p3",)


def test_ordinary_words_have_nothing_in_common() -> None:
    """An ordinary answer is laid beside no passage."""
    assert STAFF.nearest("Your parcel arrives on weekdays between nine and six.", 3) == ()
    assert STAFF.nearest("", 3) == ()
