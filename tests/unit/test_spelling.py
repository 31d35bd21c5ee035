"""What a misspelt word may stand for: slips of the hand in Latin letters, letters that sound alike in Hangul."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from heedful.spelling import SHORTEST, meant


@pytest.mark.parametrize(
    ("typed", "right"),
    [
        ("pasword", "password"),
        ("passsword", "password"),
        ("recieve", "receive"),
        ("delivary", "delivery"),
        ("refnd", "refund"),
        ("베송", "배송"),
        ("결재", "결제"),
        ("까먹엇", "까먹었"),
        ("외이파이", "왜이파이"),
    ],
)
def test_a_slip_is_seen_through(typed: str, right: str) -> None:
    """The right word is among those that a slip may stand for."""
    assert right in set(meant(typed))


@pytest.mark.parametrize(
    ("typed", "other"), [("concert", "convert"), ("ship", "shop"), ("매장", "포장"), ("부산", "생산")]
)
def test_another_word_is_not_a_slip(typed: str, other: str) -> None:
    """A word that differs in a consonant, or is short, is taken at its word."""
    assert other not in set(meant(typed))


@given(
    st.text(alphabet="abcdefghijklmnopqrstuvwxyz", min_size=SHORTEST, max_size=20)
    | st.text(alphabet="배송결제왔웨깎", min_size=2)
)
def test_the_first_letter_holds_and_nothing_stands_for_itself(word: str) -> None:
    """Every suggestion differs from the word, keeps its first letter or initial, and is one letter longer at most."""
    for other in meant(word):
        assert other != word
        assert abs(len(other) - len(word)) <= 1
        assert other[0] == word[0] or (ord(other[0]) - 0xAC00) // 588 == (ord(word[0]) - 0xAC00) // 588


@pytest.mark.parametrize("word", ["", "a", "ab12cd", "=password", "~배송", "x-ray", "값"])
def test_what_is_no_plain_word_stands_for_itself(word: str) -> None:
    """Codes, single syllables and marked terms have no other meaning."""
    assert list(meant(word)) == []
