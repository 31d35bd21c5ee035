"""Questions the help content did not answer, without personal data: what to write next."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

import regex

from heedful import questions
from heedful.answerable import THRESHOLD
from heedful.canonical import Normalised, identifiers, matcher, normalise
from heedful.consent import Withheld
from heedful.guard.personal import personal
from heedful.guard.persons import names
from heedful.guard.places import homes
from heedful.query import own_words
from heedful.terms import is_concept, is_part, terms
from heedful.values import Conversation, FactInView, Passage, Retrieved

LONGEST = 300  # characters of a question that are kept
_LONG_NUMBER = regex.compile(r"\d[\d\s.\-]{3,}\d")  # five digits and more may be somebody's, a year or a price is not
_LETTERS = regex.compile(r"[가-힣a-z0-9]")  # "ㅋㅋ" says nothing
_OPENING = regex.compile(
    r"(?:^|[.!?]\s+)(?:Can|Could|Is|Are|Was|Were|Do|Does|Did|Has|Have|Had|Will|Would|Should|May|Must|How|What|When|Where"
    r"|Which|Who|Whose|Why|If|My|I|So|And|But|Or)(?=\s)"
)
_MORE_NAME = regex.compile(r"(?:\s[A-Z][a-z'\-]+)+")
_NOBODYS_KIND = "value"


@dataclass(frozen=True, slots=True)
class Gap:
    """One question without an answer, how often it was asked, and the article that came nearest."""

    text: str
    language: str
    count: int
    first_at: datetime
    last_at: datetime
    nearest_id: str = ""  # of an article; empty when nothing was near
    nearest_title: str = ""


@dataclass(frozen=True, slots=True)
class Asked:
    """A question to keep: its words without personal data, and `key`, the same for the same words in another order.

    The key is made of the words themselves: whoever keeps it keeps a keyed digest of it.
    """

    key: str
    text: str
    language: str
    nearest_id: str = ""
    nearest_title: str = ""


class Gaps(Protocol):
    """Where unanswered questions are kept."""

    async def keep(self, asked: Sequence[Asked], *, conversation_id: str) -> None:
        """Count each question once more; its words go when those of this conversation are erased.

        Raises:
            StoreError: It was not written.
        """
        ...


async def note(
    gaps: Gaps,
    conversation: Conversation,
    language: str,
    found: Retrieved,
    *,
    facts: Iterable[FactInView],
    withheld: Withheld,
) -> None:
    """Keep what of a conversation's last question the passages found do not answer; nothing when they answer it.

    Raises:
        StoreError: It was not written.
    """
    alone = [part.text for part in found.parts if not part.passages]
    if found.answerable < THRESHOLD:
        alone = [conversation.question]
    elif not alone:
        return
    facts = tuple(facts)

    def read() -> list[Asked]:
        return [one for text in alone for one in asked(text, language, found.nearest, facts=facts, withheld=withheld)]

    await gaps.keep(await asyncio.to_thread(read), conversation_id=conversation.id)


def asked(
    message: str, language: str, nearest: Passage | None, *, facts: Iterable[FactInView] = (), withheld: Withheld
) -> tuple[Asked, ...]:
    """Return what of an unanswered message may be kept: its questions, and nothing that says who asked.

    What is told around the questions is left out. Values held about the customer, whatever looks like an identifier,
    names and addresses are masked. A message without a word that says what it is about gives nothing.
    """
    facts = tuple(facts)
    found = questions.read(message, language).questions or (message,)
    return tuple(
        Asked(key, text, language, nearest.article_id if nearest else "", nearest.title if nearest else "")
        for question in found
        if (text := without_personal_data(question, facts, withheld)) and (key := _key(text, language))
    )


def without_personal_data(text: str, facts: Iterable[FactInView], withheld: Withheld) -> str:
    """Return the text with each piece of personal data as `[kind]`, on one line and cut to a sensible length."""
    normalised = normalise(text)
    spans = sorted(_spans(text, normalised, facts, withheld), key=lambda span: (span[0], -span[1]))
    parts: list[str] = []
    at = 0
    for start, end, kind in spans:
        if start >= at:
            parts += (text[at:start], f"[{kind}]")
        at = max(at, end)
    words = " ".join("".join([*parts, text[at:]]).split())
    return words if len(words) <= LONGEST else words[: LONGEST - 1] + "…"


def _spans(
    text: str, normalised: Normalised, facts: Iterable[FactInView], withheld: Withheld
) -> Iterator[tuple[int, int, str]]:
    for match in withheld.matches(text):
        yield match.start, match.end, _NOBODYS_KIND
    for fact in facts:
        for start, end in matcher(fact.name, fact.category, fact.value).find(normalised):
            yield start, end, _NOBODYS_KIND
    for one in personal(normalised):
        yield one.start, one.end, one.kind
    for found in identifiers(normalised):
        yield found.start, found.end, found.kind
    for start, end in homes(normalised):
        yield *normalised.original(start, end), "address"
    plain = _OPENING.sub(lambda found: found[0].lower(), normalised.text)  # "Can Anna" is nobody's name
    for start, end in names(plain, 0, len(plain)):
        more = _MORE_NAME.match(plain, end)
        yield *normalised.original(start, more.end() if more else end), "name"
    for number in _LONG_NUMBER.finditer(text):
        yield *number.span(), "number"


def _key(text: str, language: str) -> str:
    """The same for the same words; empty when they say nothing of what is asked."""
    said = [term for term in terms(text, language) if _LETTERS.search(term)]
    if not own_words(dict.fromkeys(said, 1.0)):
        return ""
    words = sorted({term for term in said if not (is_part(term) or is_concept(term))})
    return "\0".join([language, *words])
