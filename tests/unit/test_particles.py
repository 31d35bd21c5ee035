"""Korean particles agree with the sound before them, be it Hangul, a figure, a letter or a word."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from heedful.particles import PAIRS, agree, ending


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("김미나", "vowel"),
        ("박준", "consonant"),
        ("서울", "rieul"),
        ("MO-88213", "consonant"),  # 삼
        ("DT0000417731", "rieul"),  # 일
        ("1234", "vowel"),  # 사
        ("7", "rieul"),
        ("6", "consonant"),
        ("2", "vowel"),
        ("3,000", "consonant"),  # 천
        ("₩39,000", "consonant"),
        ("39,000원", "consonant"),
        ("•••• 4417", "rieul"),
        ("010-****-5678", "rieul"),
        ("m***@example.com", "consonant"),
        ("AB-12M", "consonant"),  # 엠
        ("AB-12R", "rieul"),  # 알
        ("VIP", "vowel"),  # 피
        ("SMS", "vowel"),
        ("Mina", "vowel"),
        ("Jun", "consonant"),
        ("apple", "rieul"),
        ("cup", "consonant"),
        ("desk", "vowel"),
        ("30cm", "vowel"),
        ("2kg", "consonant"),
        ("15%", "vowel"),
        ("MO-88213(2개)", "consonant"),  # what is in brackets is not read
        ("‘달빛’", "consonant"),
        ("반달.", "rieul"),
        ("", None),
        ("!!", None),
        ("😀", None),
    ],
)
def test_how_a_text_ends_when_read_aloud(text: str, expected: str | None) -> None:
    """The last sound decides, whatever script it is written in."""
    assert ending(text) == expected


@pytest.mark.parametrize(
    ("value", "written", "expected"),
    [
        ("MO-88213", "가 도착했습니다", "이 도착했습니다"),
        ("MO-88212", "이 도착했습니다", "가 도착했습니다"),
        ("김미나", "은 ", "는 "),
        ("박준", "를 ", "을 "),
        ("박준", "와 함께", "과 함께"),
        ("서울", "으로 보냅니다", "로 보냅니다"),
        ("부산", "로 보냅니다", "으로 보냅니다"),
        ("대구", "으로 보냅니다", "로 보냅니다"),
        ("MO-1", "으로는 찾을 수 없습니다", "로는 찾을 수 없습니다"),
        ("부산", "로부터", "으로부터"),
        ("박준", "라고 합니다", "이라고 합니다"),
        ("김미나", "이라는 분", "라는 분"),
        ("김미나", "이나 박준", "나 박준"),
        ("박준", "나 김미나", "이나 김미나"),
        ("박준", "예요", "이에요"),
        ("김미나", "이에요", "예요"),
        ("김미나", "이었습니다", "였습니다"),
        ("박준", "였습니다", "이었습니다"),
        ("박준", "은(는) ", "은 "),
        ("김미나", "이(가) ", "가 "),
        ("김미나", "을/를 ", "를 "),
        ("서울", "(으)로 ", "로 "),
        ("부산", "(으)로.", "으로."),
        ("박준", "님은 오늘", "님은 오늘"),  # the title agrees, not the name
        ("박준", "입니다", "입니다"),
        ("박준", "나무", "나무"),  # a word that only begins like a particle
        ("김미나", "이사", "이사"),
        ("김미나", " 은행", " 은행"),
        ("김미나", "은행", "은행"),
        ("!!", "은 ", "은 "),
        ("박준", "", ""),
        ("MO-88213", " has shipped", " has shipped"),
    ],
)
def test_a_particle_agrees(value: str, written: str, expected: str) -> None:
    """The right form stands after the value, whichever form or pair of forms was written."""
    assert agree(value, written) == expected


@given(
    st.sampled_from(["김미나", "박준", "서울", "MO-88213", "12", "cup"]),
    st.sampled_from(PAIRS),
    st.sampled_from([0, 1]),
)
def test_agreeing_twice_changes_nothing(value: str, pair: tuple[str, str], which: int) -> None:
    """Both forms of a pair lead to the same one, and that one stays."""
    tail = "습니다" if pair[0] == "이었" else " 그리고"
    once = agree(value, pair[which] + tail)

    assert once == agree(value, pair[1 - which] + tail)
    assert agree(value, once) == once
