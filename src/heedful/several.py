"""What was found for each question of one message → one list to answer from, in which each has its place."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import zip_longest

from heedful.answerable import THRESHOLD
from heedful.query import Query
from heedful.values import Part, Passage, Retrieved

ALONE = 2  # queries for a message with one question: as it stands, and the question by itself
MORE = 2  # passages beyond the usual number, for a message with several questions


def together(queries: Sequence[Query], found: Sequence[Retrieved], limit: int) -> Retrieved:
    """Return the passages of all questions in turn, best first; `queries` and `found` begin with the whole message.

    Where no question alone finds anything, what the whole message found stays. What is found for one question in
    another language only is left out where the message is answered in its own.
    """
    whole, alone = found[0], [_readable(one, found, queries[0].language) for one in found[1:]]
    if max(one.answerable for one in (whole, *alone)) >= THRESHOLD:
        alone = [one if one.answerable >= THRESHOLD else replace(one, passages=()) for one in alone]
    if not any(one.passages for one in alone):
        return whole
    kept: dict[_Section, Passage] = {}
    for rank in zip_longest(*(one.passages for one in alone)):
        for passage in rank:
            if passage is not None and (_section(passage) in kept or len(kept) < limit + MORE):
                before = kept.setdefault(_section(passage), passage)
                kept[_section(passage)] = replace(before, score=max(before.score, passage.score))
    for passage in whole.passages:
        if len(kept) < limit:
            kept.setdefault(_section(passage), passage)
    parts = tuple(
        Part(query.text, tuple(_ids(one.passages, kept)), "\n".join(reversed(query.earlier)))
        for query, one in zip(queries[1:], alone, strict=True)
    )
    best = max((whole, *alone), key=lambda one: one.answerable)
    return replace(whole, passages=tuple(kept.values()), answerable=best.answerable, nearest=best.nearest, parts=parts)


_Section = tuple[str, str]  # article and text: two passages of one section are given with the same words


def _section(passage: Passage) -> _Section:
    return passage.article_id, passage.text


def _ids(passages: Sequence[Passage], kept: Mapping[_Section, Passage]) -> Iterator[str]:
    return (kept[_section(passage)].id for passage in passages if _section(passage) in kept)


def _readable(one: Retrieved, found: Sequence[Retrieved], language: str) -> Retrieved:
    own = any(passage.lang == language for other in found for passage in other.passages)
    kept = tuple(passage for passage in one.passages if passage.lang == language)
    return one if not own or len(kept) == len(one.passages) else replace(one, passages=kept, answerable=0.0)
