"""What customers say in passing: what is worth an offer is read, and nothing that must never be remembered is."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from heedful import volunteered
from heedful.canonical import identifiers, normalise
from heedful.offers import offer_of
from heedful.phrases import Phrases
from heedful.policy import load
from heedful.settings import shipped
from heedful.volunteered import mentioned, read

CASES: list[dict[str, Any]] = tomllib.loads(
    (Path(__file__).parents[1] / "cases" / "volunteered.toml").read_text(encoding="utf-8")
)["messages"]
WORTH_IT = [case for case in CASES if case["fact"]]
NEVER = [case for case in CASES if not case["fact"]]
PHRASES = Phrases.load(shipped("prompts") / "phrases")
POLICY = load(shipped("policy.toml"))


def name(case: dict[str, Any]) -> str:
    """Return a case's words as its name."""
    return str(case["text"])[:40]


def test_the_cases_are_enough_and_even() -> None:
    """At least 60 messages a language, about half of them worth an offer."""
    for language in ("en", "ko"):
        of_it = [case for case in CASES if case["lang"] == language]
        worth = sum(bool(case["fact"]) for case in of_it)

        assert len(of_it) >= 60
        assert 0.4 <= worth / len(of_it) <= 0.6


@pytest.mark.parametrize("case", WORTH_IT, ids=name)
def test_what_is_worth_remembering_is_read(case: dict[str, Any]) -> None:
    """The fact is found, with its value where the words carry one, and the words that said it."""
    found = {one.fact: one for one in read(case["text"], case["lang"])}

    assert case["fact"] in found
    assert found[case["fact"]].words
    if "value" in case:
        assert found[case["fact"]].value == case["value"]


@pytest.mark.parametrize("case", NEVER, ids=name)
def test_everything_else_is_let_pass(case: dict[str, Any]) -> None:
    """Questions, denials, conditions, quotes, other people, one-off wishes, what is protected: nothing is read."""
    assert read(case["text"], case["lang"]) == ()


AROUND = {
    "en": [
        ("My colleague said: “", "” and laughed."),
        ("", " I have diabetes."),
        ("", " My passport number is M12345678."),
        ("", " Write to mina.kim@example.com."),
        ("I am pregnant. ", ""),
    ],
    "ko": [
        ("친구가 “", "”라고 했어요."),
        ("", " 제가 당뇨가 있어요."),
        ("", " 제 번호는 010-1234-5678이에요."),
        ("", " 임신 중이에요."),
    ],
}


@settings(max_examples=200, deadline=None)
@given(st.sampled_from(WORTH_IT), st.data())
def test_what_stands_around_it_can_forbid_it(case: dict[str, Any], data: st.DataObject) -> None:
    """A quotation, a word about what is protected, an identifier: the same words are not read then."""
    before, after = data.draw(st.sampled_from(AROUND[case["lang"]]))

    assert read(f"{before}{case['text']}{after}", case["lang"]) == ()


@settings(max_examples=300, deadline=None)
@given(st.text(max_size=300), st.sampled_from(["en", "ko", "de"]))
def test_whatever_is_written_no_value_identifies_anybody(text: str, language: str) -> None:
    """Any text at all is read without an error, and no value kept of it is long or an identifier."""
    for one in read(text, language):
        assert 0 < len(one.value) <= volunteered.LONGEST
        assert identifiers(normalise(one.value)) == ()


def test_other_languages_are_let_pass() -> None:
    """Rules exist for English and Korean; nobody is asked in words they did not use."""
    assert read("I'm left-handed.", "de") == ()


def test_several_wishes_for_a_delivery_are_one_fact() -> None:
    """What is said of one thing in one message stands side by side."""
    (found,) = read("Please don't ring the bell. Please leave parcels at the door.", "en")

    assert found.fact == "delivery_wish"
    assert set(found.value.split(", ")) == {"do not ring the bell", "leave parcels at the door"}


@pytest.mark.parametrize(
    ("text", "language", "fact"),
    [
        ("Forget that I'm left-handed.", "en", "handedness"),
        ("Please forget my shoe size", "en", "shoe_size"),
        ("Don't use e-mail any more", "en", "contact_channel"),
        ("신발 사이즈는 지워 주세요", "ko", "shoe_size"),
        ("왼손잡이라는 건 잊어 주세요", "ko", "handedness"),
    ],
)
def test_what_is_to_be_forgotten_is_recognised_by_name_or_value(text: str, language: str, fact: str) -> None:
    """The words that remove something need not be those that volunteered it."""
    assert fact in mentioned(text, language)


def test_everything_that_may_be_remembered_can_be_said_and_kept() -> None:
    """Each fact has words to offer it and to name it in both languages, and the policy lets it be used."""
    labels = Phrases.load(shipped("prompts") / "your_data")
    for fact in volunteered.facts().values():
        category = POLICY.categories[fact.category]

        assert PHRASES.has(f"remember.{fact.name}")
        assert labels.has(f"fact.{fact.name}")
        assert fact.label.keys() == {"en", "ko"}
        assert fact.purpose in category.purposes
        assert category.to_model


@pytest.mark.parametrize("language", ["en", "ko"])
def test_an_offer_says_what_for_for_whom_and_how_to_undo_it(language: str) -> None:
    """The sentence is the notice: value, use, benefit and a way back stand in each."""
    told = {
        "en": ("Shall I remember", "only", "your own benefit", "undo it"),
        "ko": ("기억해", "에만", "고객님을 위해", "취소"),
    }
    for case in (case for case in WORTH_IT if case["lang"] == language):
        said = next(one for one in read(case["text"], language) if one.fact == case["fact"])
        offer = offer_of(said, policy=POLICY, phrases=PHRASES, language=language, reply_id="r_7")

        assert offer is not None
        assert offer.value in offer.sentence
        assert [words for words in told[language] if words not in offer.sentence] == []
        assert offer.purpose == "personalisation_for_the_customer"
        assert offer.id == "offer_7"
