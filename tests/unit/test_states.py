"""How a customer is, read from their words in both languages: what is denied, or said of a thing, shows nothing."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest

from heedful.states import state_of, without_words_of_state

CASES = tomllib.loads((Path(__file__).resolve().parents[1] / "cases" / "states.toml").read_text(encoding="utf-8"))


def spoken(text: str) -> str:
    """Return the language of a case."""
    return "ko" if re.search("[가-힣]", text) else "en"


@pytest.mark.parametrize(("state", "text"), [(state, text) for state, texts in CASES.items() for text in texts])
def test_the_state_is_the_one_that_is_shown(state: str, text: str) -> None:
    """Each sentence shows what a reader sees in it, and nothing where a reader sees nothing."""
    assert state_of(text, spoken(text)).name == state


def test_the_words_that_show_it_are_given() -> None:
    """Whoever doubts a reading can see what it rests on."""
    assert state_of("환불이 안 될까 봐 걱정돼요", "ko").words == "걱정"
    assert state_of("How long does it take?", "en").words == ""


def test_a_worse_state_outweighs_a_better_one() -> None:
    """Who loves the lamp and got it broken is told the answer to that, and grief outweighs all."""
    assert state_of("I love the lamp but I am furious about the delivery", "en").name == "angry"
    assert state_of("급해요. 어머니가 돌아가셔서 취소해야 해요", "ko").name == "grieving"


def test_both_languages_are_read_in_either() -> None:
    """Korean messages are full of English words, and the other way round."""
    assert state_of("order 취소 좀 asap", "ko").name == "hurried"
    assert state_of("my order is late 짜증", "en").name == "angry"


def test_a_language_without_rules_shows_nothing() -> None:
    """Nobody guesses in a language that no rule is for."""
    assert state_of("Ich bin wütend, I am furious", "de").name == "neutral"


def test_words_of_state_are_no_words_of_the_question() -> None:
    """What is searched for is what was asked, not how they are."""
    assert "disappointed" not in without_words_of_state("I am disappointed, where is my refund?")
    assert "refund" in without_words_of_state("I am disappointed, where is my refund?")
