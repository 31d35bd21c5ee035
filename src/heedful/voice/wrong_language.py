"""A sentence in another language than the customer's; names, buttons and quotations may be in any."""

from __future__ import annotations

from collections.abc import Iterator

import regex

from heedful.language import detect
from heedful.voice.spoken import OPENING, Advice, Sentence, Spoken

LEAST_WORDS = 3  # shorter, a Latin sentence may be a name; Hangul is Korean from two words on
LEAST_LETTERS = 4  # of a script that the language is not written in
_KOREAN_WITH_ENGLISH = 4  # English words in small letters that make a Korean reply a mixture
_ENGLISH = frozenset(
    "the a an and or is are was be i you it we they my your our to of in on at for with from by not no do can will "
    "have this that if but so please yes as up".split()
)
_ANNOUNCED = regex.compile(
    r"(?:영어|영문|한국어|외국어)로만\s[^.!?]{0,20}원문|\bonly\sin\s(?:Korean|English)\b[^.!?]{0,60}\b(?:as\sit\s(?:is|stands)|original|quote)",
    regex.IGNORECASE,
)
_SENTENCE = regex.compile(r"[가-힣](?:니다|세요|십시오|어요|아요|에요|예요|해요|니까|까요|네요)")
_LATIN = regex.compile(r"[A-Za-zÀ-ÖØ-öø-ÿ]+(?:['’][a-z]+)?")
_HANGUL = regex.compile(r"[가-힣]+")
_OTHER = regex.compile(r"[\p{L}--[\p{Latin}\p{Hangul}]]", regex.V1)
_LOWER = regex.compile(r"(?<![\w.@/-])[a-z]+(?:['’][a-z]+)?(?![\w@/-]|\.\w)")


def rule(spoken: Spoken) -> Iterator[Advice]:
    """Yield each sentence that is in another language than the reply should be."""
    if _is_announced(spoken):
        return
    foreign = _KOREAN_WITH_ENGLISH if spoken.language == "ko" and _mixes(spoken) else 0
    for sentence in spoken.sentences:
        if _is_foreign(sentence, spoken.language, spoken.sources) or (foreign and len(_strange(sentence, spoken)) > 1):
            why = "is not in the customer's language"
            yield Advice("wrong_language", sentence.start, sentence.end, why, "write it in the customer's language")


def _is_announced(spoken: Spoken) -> bool:
    """Whether the reply says, in the customer's language, that it quotes help content of another as it stands."""
    return any(_ANNOUNCED.search(sentence.text) for sentence in spoken.body[: OPENING + 1])


def _mixes(spoken: Spoken) -> bool:
    """Whether English words stand for Korean ones throughout: neither names nor words somebody has used."""
    return sum(len(_strange(sentence, spoken)) for sentence in spoken.sentences) >= _KOREAN_WITH_ENGLISH


def _strange(sentence: Sentence, spoken: Spoken) -> list[str]:
    return [word for word in _LOWER.findall(sentence.text) if len(word) > 2 and word not in spoken.sources]


def _is_foreign(sentence: Sentence, language: str, sources: str) -> bool:
    hangul, latin = _HANGUL.findall(sentence.text), _LATIN.findall(sentence.text)
    if language == "ko":
        running = _LOWER.findall(sentence.text)  # an English clause, not a name with its capitals
        if not hangul:
            return len(_OTHER.findall(sentence.text)) >= LEAST_LETTERS or (len(latin) >= LEAST_WORDS and bool(running))
        return len(running) >= 4 and len(latin) > len(hangul)
    if hangul:
        unknown = [word for word in hangul if word not in sources]
        return bool(unknown) and (
            2 * sum(map(len, hangul)) > sum(map(len, latin)) or bool(_SENTENCE.search(sentence.text))
        )
    if len(_OTHER.findall(sentence.text)) >= LEAST_LETTERS and language in ("en", "de", "fr", "es", "it", "pt", "nl"):
        return True
    if len(latin) <= LEAST_WORDS:
        return False
    has_accents = any(not word.isascii() for word in latin)
    if language == "en" and has_accents and not any(word.lower() in _ENGLISH for word in latin):
        return True
    return detect(sentence.text, default=language) != language
