"""A question in the words of the other language: by the glossary, and what only its sound can tell."""

from __future__ import annotations

import tomllib

import pytest

from heedful.glossary import FILE, crossing


def terms_of(text: str, language: str, into: str) -> dict[str, float]:
    """Return the terms of a question in the other language, without any sound."""
    found = crossing(text, language, into)
    assert found is not None
    return found.terms({})


@pytest.mark.parametrize(
    ("question", "terms"),
    [
        ("비밀번호를 잊어버렸어요", {"password", "forgot"}),
        ("펌웨어업데이트 하는법", {"firmwar", "updat"}),
        ("와이파이연결이 자꾸 끊겨요", {"wifi", "connect", "disconnect"}),
        ("USB 케이블을 꽂아도 인식을 못 해요", {"usb", "cabl", "plug", "recogn"}),
        ("배송지변경하고싶은데요", {"address", "chang"}),
        ("시리얼모니터 글자가 깨져요", {"serial", "monitor", "text"}),
    ],
)
def test_a_korean_question_is_looked_for_in_english(question: str, terms: set[str]) -> None:
    """Words, verbs in any form, and words written without spaces are found in the glossary."""
    assert terms <= terms_of(question, "ko", "en").keys()


@pytest.mark.parametrize(
    ("question", "terms"),
    [
        ("I forgot my password", {"잊", "비밀번호"}),
        ("How do I sign in with two-factor authentication?", {"로그인", "인증"}),
        ("return shipping fee", {"반품", "배송", "수수료"}),
    ],
)
def test_an_english_question_is_looked_for_in_korean(question: str, terms: set[str]) -> None:
    """Phrases before their words, and the Korean words as the analysis of a text gives them."""
    assert terms <= terms_of(question, "en", "ko").keys()


def test_the_usual_meaning_counts_most() -> None:
    """Of several meanings the first of a line weighs most, and a word with many does not outweigh one that has one."""
    terms = terms_of("택배 비밀번호 펌웨어", "ko", "en")

    assert terms["courier"] > terms["parcel"] > 0
    assert terms["firmwar"] == 1
    assert terms["courier"] < terms["firmwar"]


def test_a_word_only_its_sound_can_tell() -> None:
    """A name that no glossary has is handed on in its spellings, and counts as what it sounds like."""
    found = crossing("쿼드콥터를 연결하고 싶어요", "ko", "en")
    assert found is not None
    heard = {"쿼드콥터": (("quadcopt", 0.8),), "쿼드": (("quad", 0.7),)}

    assert "쿼드콥터" in found.unknown
    assert found.terms(heard)["quadcopt"] == pytest.approx(0.72)
    assert "quad" not in found.terms(heard)
    assert found.text(heard).split()[0] == "quadcopt"


def test_words_keep_their_order() -> None:
    """What an embedder reads says the words in the order they were said."""
    found = crossing("프린터 드라이버 다운로드 실패", "ko", "en")
    assert found is not None

    assert found.text({}) == "printer driver download fail"


@pytest.mark.parametrize(("language", "into"), [("ko", "ko"), ("en", "en"), ("de", "ko"), ("en", "fr")])
def test_other_pairs_are_searched_as_they_stand(language: str, into: str) -> None:
    """Where there is no glossary there is nothing to cross."""
    assert crossing("Wo ist mein Paket?", language, into) is None


@pytest.mark.parametrize("text", ["", "🙂", "ㅋㅋ", "?!", "1234", "\ud55c" * 3000])
def test_anything_can_be_crossed(text: str) -> None:
    """Nothing, emoji, one jamo, digits and a run without end are no error."""
    for language, into in (("ko", "en"), ("en", "ko")):
        found = crossing(text, language, into)
        assert found is not None
        assert all(0 < weight <= 1 for weight in found.terms({}).values())


def test_the_glossary_is_well_formed() -> None:
    """Every line gives words, each once; several hundred of them."""
    lines = [
        (english, [word.strip() for word in korean.split(",")])
        for some in tomllib.loads(FILE.read_text(encoding="utf-8")).values()
        for english, korean in some.items()
    ]

    assert len(lines) > 700
    assert [english for english, words in lines if len(set(words)) < len(words) or not all(words)] == []
