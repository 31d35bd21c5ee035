"""The fixed sentences: the same keys and values in both languages, natural Korean, and none that sells or pretends."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from heedful.errors import PromptError
from heedful.phrases import Phrases

FOLDER = Path(__file__).resolve().parents[2] / "prompts" / "phrases"
NEEDED = [
    "no_answer",
    "offer_person",
    "ask_back",
    "other_language_sentence",
    "notice.chat",
    "notice.email",
    "handed_off.guard",
    "handed_off.asked",
    "handed_off.model_down",
    "handed_off.no_answer",
    "handed_off.not_complete",
    "handed_off.record",
    "hand_off.next",
    "closing.email",
]
VALUES = {"ai_name": "달빛리빙 AI 상담 도우미", "contact": "help@dalbit.example"}


@pytest.fixture(scope="module")
def phrases() -> Phrases:
    return Phrases.load(FOLDER)


def test_both_languages_have_what_the_rooms_ask_for(phrases: Phrases) -> None:
    """English and Korean are there, with every key that another room names."""
    assert phrases.languages == {"en", "ko"}
    assert [key for key in NEEDED if not phrases.has(key)] == []


@pytest.mark.parametrize("language", ["en", "ko"])
def test_every_sentence_is_in_its_language(phrases: Phrases, language: str) -> None:
    """No Korean sentence is without Hangul, no English one has any."""
    for key in phrases.keys:
        sentence = phrases.get(language, key, **_values(phrases, key))
        bare = sentence.replace("VALUE", "")

        assert bool(re.search(r"[가-힣]", bare)) == (language == "ko"), key


def test_korean_is_in_the_formal_style_throughout(phrases: Phrases) -> None:
    """Every Korean sentence ends in 합쇼체: -ㅂ니다, -ㅂ니까, -십시오."""
    for key in phrases.keys:
        for sentence in re.split(r"(?<=[.?!]) ", phrases.get("ko", key, **_values(phrases, key))):
            if sentence != "VALUE":
                assert re.search(r"(?:니다|니까|십시오)[.?]$", sentence), (key, sentence)


@pytest.mark.parametrize(
    "never",
    [r"\bI (?:understand|feel)\b", r"\bhow you feel\b", r"(?i)\boffer\b|discount", "이해합니다", "느낍니다", "할인"],
)
def test_nothing_pretends_or_sells(phrases: Phrases, never: str) -> None:
    """No sentence claims to feel, and none has anything to sell."""
    said = [phrases.get(language, key, **_values(phrases, key)) for language in ("en", "ko") for key in phrases.keys]

    assert [sentence for sentence in said if re.search(never, sentence)] == []


def test_another_language_gets_english(phrases: Phrases) -> None:
    """A language without phrases falls back to English."""
    assert phrases.get("ja", "no_answer") == phrases.get("en", "no_answer")


@pytest.mark.parametrize(
    ("name", "said"), [("김봇", "김봇이 답변"), ("도우미", "도우미가 답변"), ("Dalbit", "Dalbit이 답변")]
)
def test_the_korean_particle_agrees_with_the_value(name: str, said: str) -> None:
    """`{name}이(가)` becomes 이 or 가, as the value sounds."""
    phrases = Phrases({"en": {"a": "{name} answers."}, "ko": {"a": "{name}이(가) 답변드립니다."}})

    assert phrases.get("ko", "a", name=name).startswith(said)


def test_a_placeholder_keeps_both_forms() -> None:
    """What a placeholder stands for is not known yet: its particle is left for whoever puts the value back."""
    phrases = Phrases({"en": {"a": "{name} answers."}, "ko": {"a": "{name}이(가) 답변드립니다."}})

    assert phrases.get("ko", "a", name="‹order-1›") == "‹order-1›이(가) 답변드립니다."


@pytest.mark.parametrize(
    ("english", "korean", "what"),
    [
        ({"a": "A."}, {}, "differ in"),
        ({"a": "A."}, {"a": "가.", "b": "나."}, "differ in"),
        ({"a": "A {x}."}, {"a": "가."}, "takes"),
    ],
)
def test_languages_that_differ_are_refused(english: dict[str, str], korean: dict[str, str], what: str) -> None:
    """A key or a value that one language lacks is an error when the phrases are loaded."""
    with pytest.raises(PromptError, match=what):
        Phrases({"en": english, "ko": korean})


def test_mistakes_in_use_are_errors(phrases: Phrases, tmp_path: Path) -> None:
    """An unknown key, a missing or unknown value, and a file that is no TOML are told, not guessed."""
    with pytest.raises(PromptError, match="there is no phrase 'nothing'"):
        phrases.get("en", "nothing")
    with pytest.raises(PromptError, match="takes"):
        phrases.get("en", "notice.chat")
    with pytest.raises(PromptError, match="takes"):
        phrases.get("en", "no_answer", name="x")
    (tmp_path / "en.toml").write_text("a = ", encoding="utf-8")
    with pytest.raises(PromptError, match="can't be read"):
        Phrases.load(tmp_path)
    with pytest.raises(PromptError, match="no 'en'"):
        Phrases({})


def _values(phrases: Phrases, key: str) -> dict[str, str]:
    try:
        phrases.get("en", key)
    except PromptError as error:
        return dict.fromkeys(re.findall(r"'([a-z_]+)'", str(error).split(" takes ")[1].split(", not ")[0]), "VALUE")
    return {}
