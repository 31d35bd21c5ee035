"""Where a unit ends, in English and Korean, however the stream was cut."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from heedful.units import BOUND, Cutter, sentences
from tests.scripted import cut

drawn = settings(max_examples=200, deadline=None)  # a slow machine is no failure

WORDS = ["Yes", "Dr", "e.g", "No", "3", "010", "help@dalbit.example", "반품은 3일", "가능합니다", "음", "단", "ᄀ"]
STOPS = [".", ".", "!", "?", "…", "...", "。", ",", ":", " ", " ", " ", "\n", "\n\n", "- ", "1. ", "# ", "| "]
MARKS = ["[1]", "[1, 2]", "[", "]", "”", '"', "’", ")", "(", "*", "‹order-1›", "👍", "x" * 350, " 라고"]
SCRAPS = st.sampled_from([*WORDS, *STOPS, *MARKS])
TEXTS = st.lists(SCRAPS, max_size=25).map("".join) | st.text(max_size=60)


# `¦` marks where a unit ends.
@pytest.mark.parametrize(
    "marked",
    [
        "Yes. ¦It is open. ¦Thanks",
        "It costs ₩3.5 a day. ¦Dr. Kim knows.",
        "Bring a proof, e.g. a receipt. ¦Then wait.",
        "Really?! ¦Yes… ¦I am. ¦Wait... what?",
        "“Is it open?” she asked. ¦It was.",
        "He said “yes.” ¦(It was late.) ¦Then he left.",
        "Within 7 days.[1] ¦Unopened only [2]. ¦Ok. [1] [3] ¦Bye [4",
        "Write to help@dalbit.example. ¦Open a.tar.gz at https://help.dalbit.example/en/x?a=1.b now. ¦Done.",
        "**Yes.** ¦_No._ ¦Go.",
        "Thanks!😊 ¦Bye. ¦😊",
        "... Yes. ¦…No. ¦(…) Well.",
        "Do this: 1. Open it. ¦2. Close it. ¦The limit is 3. ¦Good.",
        "Open from 9 a.m. to 6 p.m. in the U.S. too. ¦See No. 5. ¦No. ¦It is shut.",
    ],
)
def test_english_sentences(marked: str) -> None:
    """English sentences end at their terminator with what closes them, and not at a dot inside a word or figure."""
    assert sentences(marked.replace("¦", "")) == marked.split("¦")


@pytest.mark.parametrize(
    "marked",
    [
        "네, 가능합니다. ¦감사합니다.",
        "“괜찮아요.”라고 하셨습니다. ¦네.",
        "비용은 ₩3,000. [1] ¦7일 이내에 가능합니다. [1] ¦개봉 후에는 어렵습니다.[2] ¦끝",
        "기한은 2026. 11. 22. 까지입니다. ¦배송비는 3.5% 입니다!",
        "그건… 맞습니다. ¦네… ¦좋습니다",
        "배송은 3일 걸립니다\n¦교환도 됩니다 [1]\n¦감사합니다",
        "주문하신 상품은 영업일 기준\n3일 이내에 도착합니다. ¦네.",
        "はい。¦いいえ！¦「はい。」と言った。¦終",
        "可以退货。¦请在7天内申请。",
    ],
)
def test_korean_and_other_sentences(marked: str) -> None:
    """Korean sentences end with or without a full stop; a quoted one goes on; wide terminators need no space."""
    assert sentences(marked.replace("¦", "")) == marked.split("¦")


@pytest.mark.parametrize(
    "marked",
    [
        "Steps:\n¦1. Open it. Wait.\n¦2. Send it.\n\n¦Done.",
        "- 주문 번호\n¦- 성함\n¦가. 사진\n¦끝",
        "- Open\n  the box. ¦Then\n¦- close it",
        "# Returns\n¦you can\n\n¦Yes",
        "You can return it\nwithin 7 days, Mina,\nif unopened. ¦Ok",
        "| a | b |\n¦| c | d |\n¦Ok",
        "---\nYes. ¦No.\n\n¦---",
        "\n\n Hello.\n\n",
        "  \n ",
    ],
)
def test_lines(marked: str) -> None:
    """List items, headings and blank lines end a unit; a wrapped line does not; space stays with the unit before."""
    assert sentences(marked.replace("¦", "")) == marked.split("¦")


def test_next_character_decides() -> None:
    """A unit is given with the first character that can't belong to it, and not before."""
    cutter = Cutter()

    assert cutter.feed("It costs 3.") == []
    assert cutter.feed("5 won.") == []
    assert cutter.feed(" ") == []
    assert cutter.feed("[") == []
    assert cutter.feed("1] ") == []
    assert cutter.feed("N") == ["It costs 3.5 won. [1] "]
    assert cutter.pending == "N"
    assert cutter.close() == ["N"]


@pytest.mark.parametrize("filler", ["word ", "단어 ", "x", "한"])
def test_endless_run(filler: str) -> None:
    """A run without any terminator is cut at the bound, at a space where there is one."""
    text = filler * 1_200

    units = sentences(text)

    assert "".join(units) == text
    assert max(map(len, units)) <= BOUND
    assert all(unit.endswith(" ") for unit in units) == (" " in filler)


def test_bound_never_cuts_a_marker_or_placeholder() -> None:
    """The cut of an endless run is moved before a marker or placeholder it would go through."""
    for mark in ("[1, 2]", "‹order-12›"):
        for shift in range(len(mark)):
            text = "x" * (BOUND - shift) + mark + "x" * 50

            assert any(mark in unit for unit in sentences(text))


@drawn
@given(TEXTS, st.lists(st.integers(0, 10_000), max_size=30))
def test_any_cutting_gives_the_same_units(text: str, places: list[int]) -> None:
    """The units depend on the text alone; nothing is lost, added or changed."""
    cutter = Cutter()

    units = [unit for part in cut(text, places) for unit in cutter.feed(part)] + cutter.close()

    assert units == sentences(text)
    assert "".join(units) == text


@drawn
@given(TEXTS)
def test_character_by_character(text: str) -> None:
    """Even single characters give the same units."""
    cutter = Cutter()

    assert [unit for character in text for unit in cutter.feed(character)] + cutter.close() == sentences(text)
