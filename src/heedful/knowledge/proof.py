"""Proves that what was deleted is gone: searches for its own title and sentences, by words and by vectors."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from itertools import groupby

from heedful.errors import IndexUnavailableError
from heedful.knowledge import collection
from heedful.knowledge.changes import Deleted
from heedful.knowledge.reconcile import OURS, Progress, Tell, Words
from heedful.ports import Embedder, VectorIndex

AT_ONCE = 64  # questions embedded in one call
DEEP = 100  # hits looked through for each question: as many as an answer is looked for in
LONGEST = 300  # characters of a sentence that is searched for
SENTENCES = 3  # of each passage: the first, one of the middle, the last

_END = re.compile(r"(?<=[.!?。])\s+|\n+")


async def prove(
    deleted: Sequence[Deleted], words: Words, vectors: VectorIndex | None, embedder: Embedder | None, tell: Tell
) -> int:
    """Return how many deleted articles are proved to be found by no search for their own words.

    Raises:
        IndexUnavailableError: One is still found, or an index did not answer.
        UpstreamError: The embedder did not answer.
    """
    gone = frozenset(one.passage_id for one in deleted)
    articles = {id_: tuple(some) for id_, some in groupby(deleted, key=lambda one: one.article_id)}
    found = await _listed(gone, words, vectors)
    for done, (id_, some) in enumerate(articles.items()):
        tell(Progress("proving", done, len(articles)))
        if await _by_words(some, gone, words):
            found.add(id_)
    if vectors is not None and embedder is not None:
        found |= await _by_vectors(articles, gone, vectors, embedder)
    tell(Progress("proving", len(articles), len(articles)))
    if found:
        raise IndexUnavailableError(
            f"{len(found)} of {len(articles)} deleted articles are still in an index (no answer can quote them: the "
            "database has them no more); run `heedful doctor --repair`"
        )
    return len(articles)


async def _listed(gone: Collection[str], words: Words, vectors: VectorIndex | None) -> set[str]:
    """Return the deleted passages that an index still lists."""
    listed: set[str] = set()
    if gone:
        for name in await words.collections():
            listed |= await words.ids(name) & set(gone)
        for name in await vectors.collections() if vectors else ():
            if name.startswith(OURS) and vectors is not None:
                listed |= await vectors.ids(name) & set(gone)
    return listed


async def _by_words(some: Sequence[Deleted], gone: Collection[str], words: Words) -> bool:
    names = await words.collections()
    for question in _questions(some):
        terms = collection.question_terms(question, some[0].lang)
        for name in names:
            if any(hit.id in gone for hit in await words.search(name, terms, DEEP)):
                return True
    return False


async def _by_vectors(
    articles: Mapping[str, Sequence[Deleted]], gone: Collection[str], vectors: VectorIndex, embedder: Embedder
) -> set[str]:
    """Return the articles that the vector leg still finds; those of languages it does not speak never were in it."""
    speaks = embedder.languages
    asked = [
        (id_, question)
        for id_, some in articles.items()
        if speaks is None or some[0].lang in speaks
        for question in _questions(some)
    ]
    names = [name for name in await vectors.collections() if name.startswith(OURS)] if asked else []
    found: set[str] = set()
    for start in range(0, len(asked), AT_ONCE):
        part = asked[start : start + AT_ONCE]
        rows = await embedder.embed([question for _, question in part], role="question")
        for (id_, _), row in zip(part, rows, strict=True):
            for name in names:
                if any(hit.id in gone for hit in await vectors.nearest(name, row, DEEP)):
                    found.add(id_)
    return found


def _questions(some: Sequence[Deleted]) -> Iterator[str]:
    """Yield the title, and of each passage some sentences, each once."""
    asked = dict.fromkeys(one.title for one in some)
    for one in some:
        sentences = [part.strip() for part in _END.split(one.text) if re.search(r"\w", part)]
        picked = (
            sentences if len(sentences) <= SENTENCES else [sentences[0], sentences[len(sentences) // 2], sentences[-1]]
        )
        asked |= dict.fromkeys(sentence[:LONGEST] for sentence in picked)
    yield from asked
