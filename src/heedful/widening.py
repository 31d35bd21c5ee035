"""A question with what else its words may be called: the company's synonyms, the other script, codes cut otherwise."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import replace

from heedful.crossing import Sounding
from heedful.glossary import Meanings, spellings
from heedful.query import Also, Query
from heedful.synonyms import Synonyms
from heedful.terms import fold, words_in_place

SAME = 0.8  # of a word itself, for what the company says is the same
BY_SOUND = 0.6  # and for what sounds like it, beside how alike they sound
WIDENED = 400  # characters; a longer question says enough
IN_LATIN = 3  # letters from which a word is looked for in Hangul

# BCM-43, BCM 43 and BCM43; A1 2 and A12: letters and digits of one code, written together or not.
_CODE = re.compile(r"(?<![a-z0-9])[a-z]{1,6}[ \-_.]?[0-9]{1,6}(?:[ \-_.]?[a-z0-9]{1,4}\b)?(?![a-z0-9])")
_PIECES = re.compile(r"[a-z]+|[0-9]+")
_LATIN = re.compile(rf"[a-z]{{{IN_LATIN},}}")


async def widen(query: Query, synonyms: Synonyms, sounding: Sounding) -> Query:
    """Return the question with other words for its own, each with how much it counts beside them."""
    if len(query.text) > WIDENED:
        return query
    found = [*_synonyms(query, synonyms), *_codes(query.text)]
    if query.language == "ko":
        words = dict(_in_other_script(query.text))
        heard = await sounding({spelt for some in words.values() for spelt in some})
        found.extend(_sounding(words, heard))
    return replace(query, also=tuple(found)) if found else query


def _synonyms(query: Query, synonyms: Synonyms) -> Iterator[Also]:
    said = [term for _, _, term in words_in_place(query.text, query.language)]
    for phrase, others in synonyms.said(said, query.text):
        yield phrase, tuple((term, SAME / len(other) ** 0.5) for other in others for term in other)


def _codes(text: str) -> Iterator[Also]:
    for code in _CODE.finditer(fold(text)):
        pieces = _PIECES.findall(code[0])
        whole = "".join(pieces)
        others = {whole: 1.0}
        # What it may be cut into: "A1 2" stands as a12, "BCM43" as bcm and 43.
        others |= {piece: 0.5 for piece in pieces if len(piece) > 1}
        yield tuple(term for _, _, term in words_in_place(code[0], "en")), tuple(others.items())


def _in_other_script(text: str) -> Iterator[tuple[str, tuple[str, ...]]]:
    """Yield words that may stand in the other script, each with its spellings."""
    folded = fold(text)
    for spelt in spellings(folded):
        yield spelt[0], spelt
    for word in _LATIN.findall(folded):
        yield word, (word,)


def _sounding(words: Mapping[str, tuple[str, ...]], heard: Mapping[str, Meanings]) -> Iterator[Also]:
    for word, spelt in words.items():
        found = max((heard[one] for one in spelt if heard.get(one)), key=lambda meanings: meanings[0][1], default=())
        if found:
            terms = {term: alike * BY_SOUND for other, alike in found for term in other.split()}
            own = tuple(term for _, _, term in words_in_place(word, "ko"))
            yield own, tuple(terms.items())
