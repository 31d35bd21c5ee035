"""Words that sound alike across Hangul and Latin letters."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from heedful.sounds import Sounds, letters, likeness, sound

ENGLISH = Sounds(
    "bluetooth python microsoft ethernet driver firmware router javascript android calendar photoshop matrix bookmark "
    "way head hat hay power usb api hello bank".split()
)
KOREAN = Sounds("블루투스 파이썬 드라이버 라우터 달력 방법 배송 문제 캘린더 안드로이드".split())


@pytest.mark.parametrize(
    ("hangul", "latin"),
    [
        ("블루투스", "bluetooth"),
        ("파이썬", "python"),
        ("이더넷", "ethernet"),
        ("펌웨어", "firmware"),
        ("자바스크립트", "javascript"),
        ("포토샵", "photoshop"),
        ("매트릭스", "matrix"),
        ("유에스비", "usb"),
        ("에이피아이", "api"),
        ("파워유에스비", "power usb"),
    ],
)
def test_an_english_word_in_hangul_is_heard(hangul: str, latin: str) -> None:
    """A borrowed word, letters read out, and two words written as one lead to the English spelling."""
    found = ENGLISH.alike(hangul)

    assert found[0][0] == latin
    assert 0.75 < found[0][1] <= 1


@pytest.mark.parametrize("latin", ["bluetooth", "python", "driver", "router", "calendar", "android"])
def test_an_english_word_is_heard_in_hangul(latin: str) -> None:
    """The other way round as well."""
    (found,) = KOREAN.alike(latin)

    assert sound(found[0])[0] in sound(latin) or sound(latin)[0] in "aeiou"


@pytest.mark.parametrize(
    "word", ["방법", "문제", "해야", "하는", "어떻게", "이유", "배송", "반품", "", "ㅋㅋ", "a1", "값"]
)
def test_a_korean_word_is_not_taken_for_an_english_one(word: str) -> None:
    """Short words, and words that only share a sound or two, stand for nothing else."""
    assert ENGLISH.alike(word) == ()


@pytest.mark.parametrize(
    ("word", "spelt"), [("유에스비", "usb"), ("디비", ""), ("파워", ""), ("usb", ""), ("에이에스", "as")]
)
def test_letters_are_read_only_where_nothing_else_is_left(word: str, spelt: str) -> None:
    """A word is read as letters when all of it names letters, and when it is long enough to be no word."""
    assert letters(word) == spelt


@given(
    st.text(alphabet="가나다라마바사아자차카타파하드브스트", max_size=8),
    st.text(alphabet="abcdefghilmnoprstuw", max_size=10),
)
def test_likeness_is_the_same_both_ways(hangul: str, latin: str) -> None:
    """How alike two words are does not depend on which comes first, is 1 for itself, and never leaves 0 to 1."""
    one, other = sound(hangul), sound(latin)

    assert likeness(one, other) == pytest.approx(likeness(other, one))
    assert 0 <= likeness(one, other) <= 1
    assert not one or likeness(one, one) == 1
