"""A pattern that is tried only where a word it needs stands gives what the pattern itself gives."""

from __future__ import annotations

from random import Random

import pytest
import regex

from heedful.canonical.sought import Sought, needed

ATOMS = ["a", "b", "co", "이", "월", " ", "@", r"\.", r"\s", "[ab]", "[^c-]", "[]a]", ".", "bo", "aco"]
BETWEEN = [r"\b", "(?<!a)", "(?=b)", "(?!co)", "(?<=이)", "^", "$", ""]
TIMES = ["", "", "", "", "?", "*", "+", "{2}", "{0,2}", "{1,2}", "+?", "*+", "?+"]
GROUPS = ["?:", "?:", "", "?i:", "?>", "?P<one>"]
LETTERS = "abco이월 @-.ABCOİıſ"
MANY = 3000


def _pattern(chance: Random, depth: int = 2) -> str:
    parts = []
    for _ in range(chance.randint(1, 3)):
        if depth and chance.random() < 0.4:
            inner = "|".join(_pattern(chance, depth - 1) for _ in range(chance.randint(1, 3)))
            parts.append(f"({chance.choice(GROUPS)}{inner}){chance.choice(TIMES)}")
        else:
            parts.append(chance.choice(BETWEEN) + chance.choice(ATOMS) + chance.choice(TIMES))
    return "".join(parts)


def test_it_finds_what_the_pattern_finds() -> None:
    """Whatever the pattern and the text, no match is lost by looking for its words first."""
    chance = Random(7)  # noqa: S311 - the same patterns and texts every time, no secret
    different = []

    for _ in range(MANY):
        source = _pattern(chance)
        sought, plain = Sought(source, regex.IGNORECASE), regex.compile(source, regex.IGNORECASE)
        for _ in range(4):
            text = "".join(chance.choice(LETTERS) for _ in range(chance.randint(0, 8)))
            if [m.span() for m in sought.finditer(text)] != [m.span() for m in plain.finditer(text)]:
                different.append((source, text, sought.words))

    assert not different


@pytest.mark.parametrize(
    ("source", "words"),
    [
        ("due date(?! of)", {"due date"}),
        (r"\bmy (?:prompt|rules?)\b|시스템\s?프롬프트", {"prompt", "rule", "프롬프트"}),
        ("(?:foo|ba[rz])y+z", {"foo", "ba"}),
        ("colou?r", {"colo"}),
        ("(?:abc)?de{0,2}fg", {"fg"}),
        ("a|b", set()),
        (r"\d+\s?(?:won)?", set()),
        ("waterproof|water", {"water"}),
    ],
)
def test_the_words_are_those_without_which_nothing_matches(source: str, words: set[str]) -> None:
    """Of each alternative the most telling piece is needed; where one tells nothing, none is."""
    found = needed(source)

    assert found == words
