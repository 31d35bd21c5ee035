"""One collection per language and trust: its name, and what of a passage and of a question goes into it."""

from __future__ import annotations

import hashlib

from heedful import terms
from heedful.values import Passage, Trust

TITLE_WEIGHT = 2  # times a title counts in the word index; 1 and 3 were worse on two of three question sets
PART_WEIGHT = 0.5  # of a pair of syllables in a question, beside whole words; 0.3 to 0.7 are alike
CONCEPT_WEIGHT = 0.5
TEXT_REVISION = "1"  # grows when another text of a passage is embedded


def words(language: str, trust: Trust) -> str:
    """Return the name of the word index of one language and trust."""
    return f"{language}.{trust}.w{terms.REVISION}"


def vectors(language: str, trust: Trust, embedder: str) -> str:
    """Return the name of a vector collection; another embedder, or another revision of it, has another name.

    Chroma takes 3 to 63 characters of [a-zA-Z0-9._-] that begin and end with a letter or digit.
    """
    kind = hashlib.sha256(f"{embedder}\0{TEXT_REVISION}".encode()).hexdigest()[:12]
    return f"heedful.{language}.{trust}.{kind}"


def language_of(name: str) -> str:
    """Return the language that a word index holds."""
    return name.partition(".")[0]


def passage_terms(passage: Passage) -> list[str]:
    """Return what a passage is found by in the word index: title, headings and text."""
    title = terms.terms(passage.title, passage.lang)
    headings = terms.terms("\n".join(passage.headings), passage.lang)
    return [*(title * TITLE_WEIGHT), *headings, *terms.terms(passage.text, passage.lang)]


def passage_text(passage: Passage) -> str:
    """Return what of a passage is embedded: title and headings say what an otherwise short text is about."""
    parts = (passage.title, " > ".join(passage.headings), passage.text)
    return "\n".join(part for part in parts if part)


def question_terms(text: str, language: str) -> dict[str, float]:
    """Return what a question looks for, each term once, with its weight."""
    return {term: _weight(term) for term in terms.terms(text, language)}


def _weight(term: str) -> float:
    if terms.is_part(term):
        return PART_WEIGHT
    return CONCEPT_WEIGHT if terms.is_concept(term) else 1.0
