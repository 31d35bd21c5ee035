"""A question as it is searched: its words and what they lean on, without those that only say how it is asked."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field

from heedful import questions
from heedful.knowledge import collection
from heedful.terms import PART, alternatives, is_concept, is_part, terms
from heedful.topics import readings, topics_of
from heedful.values import Turn

LONGEST_QUESTION = 8_000  # characters
EARLIER_TURNS = 3
OF_KIND = 2.0  # how much more a word counts that shows the kind of question
LITTLE = 1  # words of its own up to which a question leans on the one before: "and how long does that take?"
SHIFTED = 0.1  # of that weight, where the question is of another kind than the turn before
LEANING = 0.3  # of the weight of a word of asking, where an earlier turn says what it is about
# Terms that say how something is asked, and how one feels about it ("how long does it take", "속상하네요"); an answer
# says it in other words, or with a figure.
ASKING = frozenset(
    (
        "long take much mani get got go goe went look work use say u "
        "upset angri annoy frustrat disappoint sad worri ridicul unaccept terribl "
        "얼마나 언제 아직 안 이미 하나 걸리 오 내 가 나 거 받 들어오 쓰 적 "
        "속상 속상하 답답 답답하 화나 화 짜증 짜증나 실망 실망하 걱정 불안 불안하 황당 황당하 급하 슬프"
    ).split()
)
_LATIN = re.compile(r"[A-Za-z]{4,}")
_HANGUL = re.compile(r"[가-힣]{2,}")


# A phrase of the question as its terms, and terms that say the same, each with its weight.
Also = tuple[tuple[str, ...], tuple[tuple[str, float], ...]]
Hide = Callable[[str], Awaitable[str]]


@dataclass(frozen=True, slots=True)
class Query:
    """A question as it is searched. `earlier` are the customer's turns before it, newest first.

    `also` is what else its words may be called. `hide` puts placeholders in place of values, for an embedder elsewhere.
    """

    text: str
    language: str
    earlier: tuple[str, ...] = ()
    also: tuple[Also, ...] = ()
    hide: Hide | None = field(default=None, compare=False, repr=False)

    @property
    def standing_alone(self) -> str:
        """The question with the turn it most likely refers to before it."""
        return "\n".join([*self.topics[:1], self.text])

    @property
    def topics(self) -> tuple[str, ...]:
        """The earlier turns that say what they are about; "And how long does that take?" does not."""
        own = {text: own_words(collection.question_terms(text, self.language)) for text in self.earlier}
        return tuple(text for text in own if own[text] > 1) or tuple(text for text in own if own[text])

    @property
    def own_count(self) -> int:
        """How many words of the question itself say what it is about."""
        return own_words(collection.question_terms(self.text, self.language))

    def terms(self) -> dict[str, float]:
        """Return the weighted terms: the question's own, then those of earlier turns, decayed.

        A short question ("And how long does that take?") leans on what was said before; one that says everything
        itself hardly does.
        """
        terms = collection.question_terms(self.text, self.language)
        share, topics = self.lean(terms), self.topics
        terms = {**self.others(), **terms}
        if topics:
            terms |= {term: weight * LEANING for term, weight in terms.items() if term in ASKING}
        for k, text in enumerate(topics):
            for term, weight in collection.question_terms(text, self.language).items():
                terms.setdefault(term, weight * share * 0.5**k)
        return terms

    def others(self) -> dict[str, float]:
        """Return the terms that its words may be called by, with their weights."""
        found: dict[str, float] = {}
        for _, others in self.also:
            for term, weight in others:
                found[term] = max(found.get(term, 0.0), weight)
        return found

    def weighted(self) -> tuple[tuple[str, float], ...]:
        """Return the question, and the turns before it that say what it is about, each with how much it counts."""
        share = self.lean(collection.question_terms(self.text, self.language))
        return (self.text, 1.0), *((text, share * 0.5**k) for k, text in enumerate(self.topics))

    def lean(self, own: Mapping[str, float]) -> float:
        """Return how much weight the turn before has: 1 for a question without words of its own, less with each.

        One of another kind than the turn before ("환불은 며칠 걸려요?" after a parcel that has not come) hardly leans.
        """
        return (SHIFTED if self.is_new_topic else 1.0) / (1 + own_words(own) / 2)

    @property
    def is_new_topic(self) -> bool:
        """Whether the question says of what kind it is, and the turn before was of another."""
        own = topics_of(self.text, self.language)
        before = topics_of(self.topics[0], self.language) if own and self.topics else ()
        return bool(own and before) and set(own).isdisjoint(before)


def own_words(terms: Mapping[str, float]) -> int:
    """Return how many words say what is asked about, rather than how."""
    return sum(not (is_part(term) or is_concept(term) or term in ASKING) for term in terms)


def rows(query: Query) -> dict[tuple[str, ...], float]:
    """Return the words to look for in a passage, each with what says the same, and how much it counts.

    "Return" tells more of what is wanted than "mug": what shows the kind of question counts more than the rest.
    """
    shown = " ".join(reading.words for reading in readings(query.standing_alone, query.language))
    of_kind = frozenset(terms(shown, query.language))
    worth: dict[tuple[str, ...], float] = {}
    for text, share in query.weighted()[:2]:  # the question, and the turn it leans on as far as it does
        for row in alternatives(text, query.language):
            worth.setdefault(row, share * (OF_KIND if row[0] in of_kind else 1.0))
    telling = {row: weight for row, weight in worth.items() if row[0] not in ASKING} or worth
    others = [(frozenset(phrase), tuple(term for term, _ in other)) for phrase, other in query.also]
    return {
        (*row, *_shorter(row[0]), *(term for phrase, other in others if row[0] in phrase for term in other)): weight
        for row, weight in telling.items()
    }


def written(text: str, language: str) -> dict[str, str]:
    """Return words as they stand in the text, each with its term; of a Korean one what may stand before a particle."""
    found = {word: term[0] for word in _LATIN.findall(text) if len(term := terms(word, "en")) == 1}
    if language == "ko":
        found |= {word[:end]: word[:end] for word in _HANGUL.findall(text) for end in (4, 3, 2) if len(word) >= end}
    return found


def _shorter(word: str) -> tuple[str, ...]:
    """A Korean word without its last syllable (제주 of 제주도); one of two also as it stands within another word."""
    if len(word) < 2 or not _HANGUL.fullmatch(word):
        return ()
    return (f"{PART}{word}",) if len(word) == 2 else (word[:-1],)


def make_queries(question: str, language: str, history: Sequence[Turn] = ()) -> tuple[Query, ...]:
    """Return the message as one question, and after it each of its questions alone, where it holds more than one.

    What is told around them is what they lean on, as on an earlier turn, and the question before where one says little.
    """
    whole = make_query(question, language, history)
    asked = questions.read(whole.text, language)
    if not asked.questions or (len(asked.questions) == 1 and not asked.told):
        return (whole,)
    alone = []
    for place, text in enumerate(asked.questions):
        leaning = Query(text, language).own_count <= LITTLE
        before = [*(asked.questions[place - 1 : place] if leaning else ()), asked.told, *whole.earlier]
        alone.append(Query(text, language, tuple(turn for turn in before if turn)[:EARLIER_TURNS]))
    return (whole, *alone)


def make_query(question: str, language: str, history: Sequence[Turn] = ()) -> Query:
    """Return the question with the customer's last few turns before it, newest first."""
    text = question[:LONGEST_QUESTION]
    earlier = [turn.text[:LONGEST_QUESTION] for turn in reversed(history) if turn.speaker == "customer"]
    if earlier and earlier[0] == text:  # the history may end with the question itself
        earlier = earlier[1:]
    return Query(text, language, tuple(earlier[:EARLIER_TURNS]))
