"""One spelling for every way of encoding a text, and the way back to where it stood."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from heedful.canonical import normalise

PIECES = st.sampled_from(
    [
        "김미나",
        "ㄱㅣㅁ",
        "ㅋㅋㅋ",
        "０１０",
        "a\u200bb",
        "½",
        "㎏",
        "…",
        "’",
        "\u00ad",
        "é",
        "e\u0301",
        "ﾡ",
        "①",
        "٣",
        "–",
        "\u3000",
        "뷁",
        "x",
    ]
)
TEXTS = st.one_of(st.text(max_size=40), st.lists(PIECES, max_size=12).map("".join))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("０１０－１２３４", "010-1234"),
        ("ㄱㅣㅁㅁㅣㄴㅏ 님", "김미나 님"),
        (unicodedata.normalize("NFD", "김미나 고객님"), "김미나 고객님"),
        ("0\u200b1\u20600\u00ad", "010"),
        ("ㅋㅋㅋ ㅠㅠ", "ㅋㅋㅋ ㅠㅠ"),
        ("‘마이 > 주문’", "'마이 > 주문'"),
        ("٣일", "3일"),
        ("2 kg", "2 kg"),
    ],
)
def test_spellings_of_one_text_become_one(text: str, expected: str) -> None:
    """Full width, jamo, decomposed letters, invisible characters, other digits, quotes and spaces are seen through."""
    assert normalise(text).text == expected


def test_offsets_lead_back_over_what_was_removed() -> None:
    """A span of the normalised text gives the span of the original that it was read from."""
    text = "전화 ０\u200b１０ 님"

    normalised = normalise(text)

    start = normalised.text.index("010")
    first, last = normalised.original(start, start + 3)
    assert text[first:last] == "０\u200b１０"


@given(TEXTS)
def test_normalising_twice_changes_nothing(text: str) -> None:
    """A normalised text is its own normal form."""
    once = normalise(text).text

    assert normalise(once).text == once


@given(TEXTS, st.data())
def test_every_span_round_trips(text: str, data: st.DataObject) -> None:
    """Offsets never run backwards or outside, and the original of a span normalises to a text that holds the span."""
    normalised = normalise(text)
    size = len(normalised.text)
    start = data.draw(st.integers(0, size))
    end = data.draw(st.integers(start, size))

    first, last = normalised.original(start, end)

    assert 0 <= first <= last <= len(text)
    if end > start:
        assert normalised.text[start:end] in normalise(text[first:last]).text or "\u1100" <= text[first] <= "\uffdc"


@given(st.text(alphabet="abc 가나다 123.,-", max_size=60))
def test_plain_text_keeps_its_offsets(text: str) -> None:
    """A text that is in its one spelling already is the same, offset by offset."""
    normalised = normalise(text)

    assert normalised.text == text
    assert all(normalised.original(i, i + 1) == (i, i + 1) for i in range(len(text)))
