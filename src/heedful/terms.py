"""Words to search by: English stems; Korean morphemes with character bigrams; Latin words in either."""

from __future__ import annotations

import re
import threading
import unicodedata
from collections.abc import Iterable, Iterator
from functools import lru_cache
from itertools import islice
from typing import Any, NamedTuple

from heedful import concepts

REVISION = "3"  # grows when the same text gives other terms, so that old word indexes are not used
PART = "~"  # stands before a pair of syllables
CONCEPT = "="  # stands before the name of a concept
FAILING = f"{CONCEPT}error"  # also said by what does not happen: "it won't open", "안 돼요"
MORPHEMES_OF = 20_000  # characters given to Kiwi at once; its time grows with the length of a sentence


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


_WORD = re.compile(r"[a-z0-9]+(?:['’.\-_][a-z0-9]+)*|[^\W_a-z0-9]+")
_PART = re.compile(r"[a-z]+|[0-9]+")
_NOT_HANGUL = re.compile(r"[^\uac00-\ud7a3]+")
_ASCII_RUN = re.compile(r"[a-z0-9]+(?:['’.\-_][a-z0-9]+)*")
_HANGUL = re.compile(r"[\uac00-\ud7a3]+")
_NOUN = ("NNG", "NNP", "XR", "SL", "UN", "XPN")
_BEHIND_A_NOUN = ("J", "E", "VCP", "VCN", "XSV", "XSA", "VX", "VV", "VA", "MAG", "SF", "SP", "NNB")
_CONTENT = frozenset({"NNG", "NNP", "NR", "XR", "VV", "VA", "VX", "MAG", "XPN", "SH", "NNB"})
_EMPTY_KOREAN = _words(
    "하 되 있 이 것 수 등 때 때문 경우 및 또 또는 그리고 그 저 이것 그것 저것 좀 더 왜 어떻 어떻게 무엇 뭐 누구 "
    "알 싶 주 보 같 말 않 못하 얼마 며칠 궁금 알리 드리 계시 여쭙 여쭈 부탁 안녕 감사 죄송 너무 정말 진짜 혹시 그냥"
)
_STOP = _words(
    "a about above after again all am an and any are as at be because been before being below between both but by "
    "can could did do does doing down during each few for from further had has have having he her here hers him his "
    "how i if in into is it its itself just me more most my myself no nor not now of off on once only or other our "
    "ours out over own same she should so some such than that the their theirs them then there these they this those "
    "through to too under until up very was we were what when where which while who whom why will with would you "
    "your yours yourself im ive id youre dont doesnt didnt cant isnt wasnt wont thats whats theres please hi hello "
    "thanks thank want need know tell also still already wonder"
)
_FAILS = re.compile(
    r"\b(?:does|do|did|is|are|was|wo|will|ca|can|could|would)(?:n['’]?t|\s?not)\s+(?:be\s+)?(?:appear|boot|compile|connect"
    r"|detect|find|install|launch|light|load|log|open|pay|recogni[sz]e|respond|see|show|sign|start|switch|turn|upload|work)"
    r"|안\s?(?:돼|되[는어네나고면]|됩니|됐|켜|열려|나와|들어가|보여)"
    r"|(?:작동|켜지|열리|연결|인식|로그인|결제|접속|설치)(?:되|하)?지\s?(?:않|못)",
    re.IGNORECASE,
)


def terms(text: str, language: str) -> list[str]:
    """Return the search terms of `text`, repeats kept: words, pairs of Korean syllables, and the concepts spoken of.

    Every language but Korean gets English analysis.
    """
    found: list[str] = []
    for words, table in _words_of(fold(text), language):
        found.extend(words)
        found.extend(f"{CONCEPT}{name}" for _, _, names in concepts.find(words, table) for name in names)
    found.extend(FAILING for _ in _FAILS.finditer(text))
    return [*found, *_pairs(fold(text))] if language == "ko" else found


def alternatives(text: str, language: str) -> list[tuple[str, ...]]:
    """Return each word of `text` once, with the concepts it speaks of: any of a row says what the word says."""
    rows: dict[str, tuple[str, ...]] = {}
    for words, table in _words_of(fold(text), language):
        rows.update((word, (word,)) for word in words if word not in rows)
        for place, length, names in concepts.find(words, table):
            for word in words[place : place + length]:
                rows[word] = tuple(dict.fromkeys([*rows[word], *(f"{CONCEPT}{name}" for name in names)]))
    if _FAILS.search(text):
        rows.setdefault(FAILING, (FAILING,))
    return list(rows.values())


def words_in_place(text: str, language: str) -> list[tuple[int, int, str]]:
    """Return where each word stands in `text`, and its term, in order; concepts and pairs of syllables left out.

    A folded text may be longer than what was given: the places are those of `fold(text)`.
    """
    folded = fold(text)
    latin = _ASCII_RUN if language == "ko" else _WORD
    words = ((match, islice(_latin(match.group()), 1)) for match in latin.finditer(folded))
    found = [(match.start(), match.end(), term) for match, first in words for term in first]
    return sorted([*found, *_morphemes_in_place(folded)]) if language == "ko" else found


def nouns_in_place(text: str) -> list[tuple[int, int, int]]:
    """Return the runs of Hangul in a folded text that begin with a noun: where each begins, its noun and it end.

    What the analysis does not know is a noun to it; a name it may cut in odd places, and then the noun ends later.
    """
    runs = [(run.start(), run.end()) for run in _HANGUL.finditer(text[:MORPHEMES_OF])]
    tokens = [(token.start, token.end, token.tag) for token in _kiwi().tokenize(text[:MORPHEMES_OF])] if runs else []
    found = []
    for start, end in runs:
        inside = [token for token in tokens if start <= token[0] and token[1] <= end]
        while inside and inside[-1][2].startswith(_BEHIND_A_NOUN):
            inside.pop()
        if inside and inside[0][2].startswith(_NOUN):
            found.append((start, inside[-1][1], end))
    return found


class Morpheme(NamedTuple):
    """A morpheme as it stands in a text: its form, its tag in Kiwi's (Sejong) tag set, where, and in which word."""

    form: str
    tag: str
    start: int
    end: int
    word: int


def analysed(text: str) -> list[Morpheme]:
    """Return every morpheme of a Korean text, endings and particles too, in order."""
    tokens = _kiwi().tokenize(text[:MORPHEMES_OF])
    return [Morpheme(one.form, one.tag.split("-")[0], one.start, one.end, one.word_position) for one in tokens]


def is_part(term: str) -> bool:
    """Whether a term is a pair of syllables rather than a word."""
    return term.startswith(PART)


def is_concept(term: str) -> bool:
    """Whether a term is a concept, the same in every language, rather than a word."""
    return term.startswith(CONCEPT)


def warm(languages: Iterable[str]) -> None:
    """Load what the analysis of these languages needs: about 2 to 3 seconds and 480 MB for Korean."""
    for language in languages:
        terms("준비 ready", language)


def _english(text: str) -> Iterator[str]:
    for match in _WORD.finditer(text):
        yield from _latin(match.group())


def _latin(word: str) -> Iterator[str]:
    """The stem; for a code such as `wi-fi` or `1.8.19` also its parts and the parts run together."""
    if word.isascii() and word.isalnum():
        if word not in _STOP:
            yield _stem(word)
        return
    whole = word.replace("'", "").replace("’", "")
    if whole.isalnum():
        plain = re.split("['’]", word)[0] if word[-2:] in {"'s", "’s"} else whole
        if plain not in _STOP:
            yield _stem(plain)
        return
    joined = re.sub(r"[.\-_]", "", whole)
    yield _stem(joined)
    for part in _PART.findall(whole):
        if part not in _STOP:
            yield _stem(part)


def fold(text: str) -> str:
    """Return the text as words are looked for in it: one form for each character, in small letters."""
    return unicodedata.normalize("NFKC", text).lower()


def _words_of(text: str, language: str) -> Iterator[tuple[list[str], concepts.Table]]:
    """The words in order, each script with the concepts of its own language."""
    if language == "ko":
        yield list(_morphemes(text)), _table("ko")
        yield [term for word in _ASCII_RUN.findall(text) for term in _latin(word)], _table("en")
    else:
        yield list(_english(text)), _table("en")


def _pairs(text: str) -> Iterator[str]:
    """Pairs of syllables, across spaces: people leave spaces out and put them in where they like."""
    syllables = _NOT_HANGUL.sub("", text)
    return (f"{PART}{syllables[i : i + 2]}" for i in range(len(syllables) - 1))


@lru_cache(maxsize=2)
def _table(language: str) -> concepts.Table:
    analyse = _morphemes if language == "ko" else _english
    return concepts.read(language, lambda phrase: list(analyse(phrase.lower())))


def _morphemes(text: str) -> Iterator[str]:
    return (form for _, _, form in _morphemes_in_place(text))


def _morphemes_in_place(text: str) -> Iterator[tuple[int, int, str]]:
    kiwi = _kiwi()
    for start in range(0, len(text), MORPHEMES_OF):
        for token in kiwi.tokenize(text[start : start + MORPHEMES_OF]):
            tag = token.tag.split("-")[0]
            if tag in _CONTENT and token.form not in _EMPTY_KOREAN:
                yield start + token.start, start + token.end, token.form


@lru_cache(maxsize=100_000)
def _stem(word: str) -> str:
    with _loading:  # one PyStemmer object is not safe in two threads at once
        return str(_stemmer().stemWord(word))


_loading = threading.RLock()


@lru_cache(maxsize=1)
def _stemmer() -> Any:
    import Stemmer

    return Stemmer.Stemmer("english")


def _kiwi() -> Any:
    """The one Kiwi of this process: it is large, and its `tokenize` may be called from several threads."""
    with _loading:
        return _load_kiwi()


@lru_cache(maxsize=1)
def _load_kiwi() -> Any:
    from kiwipiepy import Kiwi

    return Kiwi(num_workers=1)
