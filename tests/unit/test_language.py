"""Which language a text is in."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from heedful.language import detect, is_hangul_heavy


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("How do I return something I have already opened?", "en"),
        ("주문한 물건이 아직도 안 왔어요.", "ko"),
        ("Galaxy Watch 6 Classic 환불 가능한가요", "ko"),
        ("What does 배송 mean?", "en"),
        ("ㅠㅠ", "ko"),
        ("Wie kann ich mein Geld zurück bekommen?", "de"),
        ("¿Dónde está mi pedido?", "es"),
        ("Où est ma commande ?", "fr"),
        ("注文はどこですか", "ja"),
        ("我的订单在哪里", "zh"),
        ("Где мой заказ?", "ru"),
    ],
)
def test_the_words_say_the_language(text: str, language: str) -> None:
    """Script decides first, then little words; product names in Latin letters do not make Korean English."""
    assert detect(text) == language


@pytest.mark.parametrize("text", ["", "🙂", "12345", "DL-20260511", "help@dalbit.example"])
def test_a_text_that_says_nothing_has_the_default(text: str) -> None:
    """Numbers, codes and addresses leave the language as it was."""
    assert detect(text, default="ko") == "ko"


@given(st.text(max_size=300))
def test_any_text_has_a_language(text: str) -> None:
    """No text makes it raise, and the answer is always a code of two letters."""
    assert len(detect(text)) == 2


def test_hangul_heavy_looks_at_the_share() -> None:
    """One Korean word in an English sentence is a quotation; an English name in a Korean one is a name."""
    assert is_hangul_heavy("Wi-Fi 연결이 안 돼요")
    assert not is_hangul_heavy("The label on the box says 취급 주의, what is that?")
