"""Which units leave together: qualifiers, and identifiers that are still open."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from heedful.holding import Holder
from heedful.qualifiers import begins_with_qualifier
from tests.scripted import cut

drawn = settings(max_examples=200, deadline=None)  # a slow machine is no failure

WORDS = [
    "Yes",
    "But",
    "unless",
    "only if",
    "However",
    "단",
    "다만",
    "단순",
    "하지만",
    "가능합니다",
    "900101",
    "zero",
    "공",
    "010",
    "a@b.co",
]
STOPS = [". ", ". ", "! ", "\n", "\n- ", "\n1. ", ", ", " ", "… ", "(", ")", "[1]", "[", "-", "sk-", "@"]
TEXTS = st.lists(st.sampled_from([*WORDS, *STOPS]), max_size=25).map("".join)


def groups(text: str) -> list[str]:
    """Return the groups of a whole text, each joined."""
    holder = Holder()
    return ["".join(units) for units in holder.feed(text) + holder.close()]


@pytest.mark.parametrize(
    "marked",
    [
        "Yes, you can. Unless it is opened. ¦We pay the return.",
        "Yes. But wait. However, no. ¦Fine. ¦Butter is fine.",
        "You can:\n¦- return it\n- except lamps\n¦- keep it",
        "You can return it. … But lamps. ¦Ok.",
        "You can return it. (Only if it is unopened.) ¦Thanks.",
        "You can return it. **However**, not today. ¦Thanks.",
        "You can return it. As long as it is new. ¦As a guest, too.",
        "네, 가능합니다. 단, 개봉한 상품은 제외됩니다. ¦감사합니다.",
        "네, 가능합니다. 다만 개봉하시면 어렵습니다. ¦단순 변심도 됩니다. ¦단체 주문도 됩니다.",
        "반품됩니다.\n- 하지만 조명은 안 됩니다.\n¦- 도자기는 됩니다.",
        "반품됩니다. ¦세일 상품은요. 제외하고 모두 됩니다. ¦네.",
        "가능합니다. [1] 그러나 기한이 있습니다. [2] ¦끝",
    ],
)
def test_qualifiers_stay_with_what_they_qualify(marked: str) -> None:
    """A unit that begins with a qualifier leaves with the one before it, in both languages, also behind a bullet."""
    assert groups(marked.replace("¦", "")) == marked.split("¦")


@pytest.mark.parametrize(
    "marked",
    [
        "The number:\n¦- 900101\n- 1234567\n- 123456\n¦- 34\n",
        "The number:\n¦- zero\n- one\n- zero\n- nine\n- eight\n¦Thanks.",
        "번호는\n¦- 공\n- 일\n- 공\n- 구\n- 팔\n¦입니다.",
        "It is nine.\nEight. Seven. ¦That is all.",
        "You can send it on 3 March. ¦One item costs more.",
        "네, 2개입니다. ¦이 상품은 품절입니다.",
        "Call 010.\n1. 1234 then 5678.\n¦Thanks.",
        "We are open in 2026. ¦Please come.",
        "Write to help@dalbit\nexample now. ¦Thanks.",
        "Write to help@dalbit.example. ¦Thanks.",
        "The key is sk-abc.\nDEF12 is next. ¦Thanks.",
        "카드 번호는\n¦- 1234 5678\n- 9012 3456\n¦입니다. ¦네.",
    ],
)
def test_open_identifiers_wait(marked: str) -> None:
    """A unit that ends inside what may become an identifier waits, for two further units at most."""
    assert groups(marked.replace("¦", "")) == marked.split("¦")


def test_open_identifier_waits_for_200_characters() -> None:
    """After 200 further characters an open identifier waits no more."""
    further = "1 " + "word " * 50 + "1234\n"

    assert groups(f"- 900101\n- {further}- 5678\n") == [f"- 900101\n- {further}", "- 5678\n"]


def test_first_word_decides_early() -> None:
    """A unit leaves with the first character that can't begin a qualifier."""
    holder = Holder()

    assert holder.feed("Yes, you can. ") == []
    assert holder.feed("G") == [("Yes, you can. ",)]
    assert holder.feed("o on. Un") == []
    assert holder.feed("i") == [("Go on. ",)]
    assert holder.feed("corns. Unless") == []
    assert holder.feed(" opened.") == []
    assert holder.close() == [("Unicorns. ", "Unless opened.")]


@pytest.mark.parametrize(
    ("text", "ended", "begins"),
    [
        ("but", False, None),
        ("but", True, True),
        ("but ", False, True),
        ("Butter", False, False),
        ("- ", False, None),
        ("(단", False, None),
        ("단,", False, True),
        ("단순", False, False),
        ("on con", False, None),
        ("on Monday", False, False),
        ("", True, False),
    ],
)
def test_begins_with_qualifier(text: str, ended: bool, begins: bool | None) -> None:
    """It is known as soon as the word is whole or can't become a qualifier."""
    assert begins_with_qualifier(text, ended=ended) is begins


@drawn
@given(TEXTS, st.lists(st.integers(0, 1_000), max_size=30))
def test_any_cutting_gives_the_same_groups(text: str, places: list[int]) -> None:
    """The groups depend on the text alone; nothing is lost."""
    holder = Holder()

    found = [units for part in cut(text, places) for units in holder.feed(part)] + holder.close()

    assert ["".join(units) for units in found] == groups(text)
    assert "".join(groups(text)) == text
