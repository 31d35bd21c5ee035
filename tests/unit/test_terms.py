"""What texts are found by."""

from __future__ import annotations

import threading

import pytest

from heedful.terms import is_concept, is_part, terms, warm


def words(text: str, language: str) -> list[str]:
    return [term for term in terms(text, language) if not is_part(term) and not is_concept(term)]


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("refunded", "refunds"),
        ("Wi-Fi", "wifi"),
        ("ＷＩＦＩ", "wifi"),
        ("customer's", "customers"),
        ("e-mail", "email"),
    ],
)
def test_spellings_of_one_english_word_meet(one: str, other: str) -> None:
    """Case, inflection, hyphens and full-width letters do not keep a question from its article."""
    assert set(words(one, "en")) & set(words(other, "en"))


def test_stop_words_are_no_terms() -> None:
    """A question word is not what a question is about."""
    assert words("How do I return it?", "en") == ["return"]


def test_a_code_is_found_whole_and_in_parts() -> None:
    """`DL-2040` is found by itself, without its hyphen, and by its number."""
    assert {"dl2040", "dl", "2040"} <= set(words("Is the DL-2040 in stock?", "en"))


def test_korean_particles_and_endings_fall_away() -> None:
    """The same noun or verb is the same term whatever is attached to it."""
    assert set(words("환불을 받았습니다", "ko")) & set(words("환불은 언제 받나요?", "ko")) >= {"환불", "받"}


def test_spacing_errors_leave_the_pairs_of_syllables() -> None:
    """Words written together share their pairs with the same words written apart."""
    apart = {term for term in terms("환불 받고 싶어요", "ko") if is_part(term)}
    together = {term for term in terms("환불받고싶어요", "ko") if is_part(term)}

    assert apart == together


def test_latin_words_in_korean_are_stemmed_like_english() -> None:
    """`Dalbit` and a model number are found in Korean text as well."""
    assert {"lamp", "dl2040"} <= set(words("Lamps DL-2040 전구를 바꾸고 싶어요", "ko"))


@pytest.mark.parametrize(
    ("korean", "english"),
    [
        ("비번을 까먹었어요", "I forgot my password"),
        ("접시가 깨져서 왔어요", "The plate arrived broken"),
        ("돌려보내도 되나요?", "Can I send it back?"),
        ("와이파이가 안 돼요", "The Wi-Fi does not work"),
    ],
)
def test_both_languages_meet_in_concepts(korean: str, english: str) -> None:
    """A Korean question shares terms with English help content that speaks of the same thing."""
    assert {t for t in terms(korean, "ko") if is_concept(t)} & {t for t in terms(english, "en") if is_concept(t)}


@pytest.mark.parametrize("text", ["", "ㅋ", "🙂🙂", "​", "가" * 50_000, "a" * 50_000])
@pytest.mark.parametrize("language", ["en", "ko"])
def test_odd_texts_give_terms_or_none(text: str, language: str) -> None:
    """One jamo, only emoji or 50,000 characters are analysed like anything else."""
    assert isinstance(terms(text, language), list)


def test_many_threads_agree() -> None:
    """The analysers are loaded once and shared; twenty threads get what one gets."""
    text = "The refunded orders 환불된 주문"
    expected = terms(text, "ko")
    found: list[list[str]] = []
    threads = [threading.Thread(target=lambda: found.append(terms(text, "ko"))) for _ in range(20)]

    warm(["ko", "en"])
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert found == [expected] * 20
