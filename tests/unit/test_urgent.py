"""What can't wait goes to a person at once, with what to do first; what only sounds like it is answered."""

from __future__ import annotations

import re
import time
import tomllib
from pathlib import Path

import pytest

from heedful.phrases import Phrases
from heedful.urgent import CASES as KNOWN
from heedful.urgent import Case, instruction, looked_for, urgent_of
from heedful.values import Passage, Trust

ROOT = Path(__file__).resolve().parents[2]
CASES = tomllib.loads((ROOT / "tests" / "cases" / "urgent.toml").read_text(encoding="utf-8"))
PHRASES = Phrases.load(ROOT / "prompts" / "phrases")


def spoken(text: str) -> str:
    """Return the language of a case."""
    return "ko" if re.search("[가-힣]", text) else "en"


def passage(text: str, heading: str, *, lang: str = "en", trust: Trust = "published") -> Passage:
    return Passage("p", "a", "Safety", text, "https://help.dalbit.example/a", lang, trust, (heading,))


@pytest.mark.parametrize(("case", "text"), [(case, text) for case, texts in CASES.items() for text in texts])
def test_what_cannot_wait_is_told_from_what_only_sounds_like_it(case: str, text: str) -> None:
    """Each sentence is the case that a careful reader takes it for, or none."""
    found = urgent_of(text, spoken(text))

    assert (found.case if found else "none") == case


@pytest.mark.parametrize("case", KNOWN)
@pytest.mark.parametrize("language", ["en", "ko"])
def test_every_case_has_its_words_and_its_question(case: Case, language: str) -> None:
    """The first words say what to do, the last that a person is coming; nobody is sorry before that."""
    said = PHRASES.get(language, f"handed_off.{case}")

    assert looked_for(case, language)
    assert said.endswith(PHRASES.get(language, "handed_off.urgent"))
    assert not re.search("sorry|죄송|위로", said)


def test_emergency_numbers_are_said_only_where_they_hold() -> None:
    """In Korean the public numbers of Korea; in English, spoken anywhere, none."""
    assert not re.search(r"\d{3}", "".join(PHRASES.get("en", f"handed_off.{case}") for case in KNOWN))
    assert "109" in PHRASES.get("ko", "handed_off.self_harm")
    assert "119" in PHRASES.get("ko", "handed_off.danger")


def test_the_help_contents_own_instruction_comes_first() -> None:
    """A published passage in the customer's language whose heading names the case gives its first paragraph."""
    safety = passage("Call **119** and move away.\n\nThen call us.", "Smoke or fire")

    assert instruction("danger", [safety], "en") == ("Call 119 and move away.", safety)
    assert instruction("fraud", [safety], "en") is None
    assert instruction("danger", [safety], "ko") is None
    assert instruction("danger", [passage("Call.", "Smoke or fire", trust="internal")], "en") is None


def test_a_list_is_given_from_its_first_step() -> None:
    """Whoever is in danger reads the first steps as steps."""
    steps = passage("1. Leave the house.\n2. Call for help.", "In case of fire")

    assert instruction("danger", [steps], "en") == ("1. Leave the house.\n2. Call for help.", steps)


@pytest.mark.parametrize("text", ["a" * 4000, "what if " * 500, "카드 " * 1500, "! " * 2000, "불이 나" * 900])
def test_no_message_keeps_the_reading_long(text: str) -> None:
    """However a message is built, reading it ends; the bound is generous, as it only has to catch a blow-up."""
    began = time.thread_time()
    urgent_of(text, spoken(text))

    assert time.thread_time() - began < 5
