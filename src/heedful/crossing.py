"""What a question looks for in help content of another language, and how well a passage there covers it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Collection, Mapping
from dataclasses import dataclass

from heedful.glossary import Meanings, crossing
from heedful.query import ASKING, Query
from heedful.terms import is_concept

Sounding = Callable[[Collection[str]], Awaitable[Mapping[str, Meanings]]]


@dataclass(frozen=True, slots=True)
class Crossed:
    """A question in another language: its weighted search terms, the rows that `coverage` takes, and its words."""

    terms: Mapping[str, float]
    rows: Mapping[tuple[str, ...], float]
    text: str


async def cross(query: Query, into: str, sounding: Sounding) -> Crossed | None:
    """Return the question for passages in `into`; `None` where it is searched as it stands.

    `sounding` tells which terms of that help content sound like a word. What was said before the question counts
    less, as it does within one language.
    """
    if query.language == into:
        return None
    own = {term: weight for term, weight in query.terms().items() if is_concept(term)} | query.others()
    found: dict[str, float] = {}
    rows: dict[tuple[str, ...], float] = {}
    said: list[str] = []
    for text, share in query.weighted():
        words = crossing(text, query.language, into)
        if words is None:
            return None
        heard = await sounding(words.unknown)
        for term, weight in words.terms(heard).items():
            found.setdefault(term, weight * share)
        rows |= {row: 1.0 for row in words.rows(heard) if row[0] not in ASKING and row not in rows}
        said.append(words.text(heard))
    return Crossed(own | found, rows, "\n".join(reversed([text for text in said if text])))
