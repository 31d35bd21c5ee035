"""Makes the indexes hold exactly what the database holds, by the difference of ids; the same after any crash."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Collection, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from typing import Literal, Protocol, runtime_checkable

from heedful.knowledge import collection
from heedful.ports import Embedder, Hit, VectorIndex, Vectors
from heedful.values import Passage, Trust

AT_ONCE = 64  # passages analysed or embedded between two looks at the progress
OURS = "heedful."  # a Chroma server may hold other people's collections

Wanted = Mapping[tuple[str, Trust], frozenset[str]]  # (language, trust) → ids of its passages


Stage = Literal["reading", "splitting", "writing", "embedding", "storing", "indexing", "swapping", "proving"]


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a sync has come: `done` of `total` files (to `writing`), passages, or deleted articles (`proving`)."""

    stage: Stage
    done: int
    total: int


Tell = Callable[[Progress], None]


class Shelf(Protocol):
    """Where the passages are: the database."""

    async def passages(self, ids: Sequence[str]) -> Mapping[str, Passage]: ...
    async def passage_ids(self) -> Wanted: ...


class Words(Protocol):
    """What this room asks of the word index; `adapters.bm25.BM25Index` is the one there is."""

    async def ids(self, collection: str) -> frozenset[str]: ...
    async def search(self, collection: str, terms: Mapping[str, float], limit: int) -> tuple[Hit, ...]: ...
    async def collections(self) -> frozenset[str]: ...
    async def rebuild(self, collection: str, ids: Collection[str], added: Mapping[str, Sequence[str]]) -> None: ...
    async def drop(self, collection: str) -> None: ...
    async def flaw(self, collection: str) -> str: ...
    def alone(self) -> AbstractAsyncContextManager[None]: ...


@runtime_checkable
class Marked(Protocol):
    """A vector index that remembers, beside the vectors and lost with them, what they were last found to agree with."""

    def marked(self) -> str: ...
    def mark(self, note: str) -> None: ...


def marked(index: object) -> Marked | None:
    """Return the index if it is one that remembers."""
    return index if isinstance(index, Marked) else None


@dataclass(frozen=True, slots=True)
class Difference:
    """What one collection lacks, and what it holds beyond what the database has."""

    missing: frozenset[str]
    surplus: frozenset[str]


async def vectors(shelf: Shelf, index: VectorIndex, embedder: Embedder, wanted: Wanted, tell: Tell) -> None:
    """Remove the vectors that are too many and make those that are missing, a few at a time.

    Collections of ours that nothing belongs to any more, those of another embedder among them, are dropped.

    Raises:
        UpstreamError: The embedder or the index did not answer; what was done stays done.
    """
    differ = await vectors_differ(index, embedder, wanted)
    for name in await index.collections():
        if name.startswith(OURS) and name not in differ:
            await index.drop(name)
    for name, one in differ.items():
        if one.surplus:
            await index.delete(name, sorted(one.surplus))
    missing = [(name, id_) for name, one in differ.items() for id_ in sorted(one.missing)]
    for start in range(0, len(missing), AT_ONCE):
        some = missing[start : start + AT_ONCE]
        tell(Progress("embedding", start, len(missing)))
        made = await _embedded(shelf, embedder, some)
        tell(Progress("storing", start + len(some), len(missing)))
        for name, (ids, rows) in made.items():
            await index.upsert(name, ids, rows)
    tell(Progress("embedding", len(missing), len(missing)))


async def vectors_differ(index: VectorIndex, embedder: Embedder, wanted: Wanted) -> Mapping[str, Difference]:
    """Return how each vector collection that there ought to be differs from the database.

    Raises:
        IndexUnavailableError: The index did not answer.
    """
    speaks = embedder.languages
    names = {
        collection.vectors(language, trust, embedder.name): ids
        for (language, trust), ids in wanted.items()
        if speaks is None or language in speaks
    }
    there = {name: await index.ids(name) for name in names}
    return {name: Difference(ids - there[name], there[name] - ids) for name, ids in names.items()}


async def words(shelf: Shelf, index: Words, wanted: Wanted, tell: Tell) -> None:
    """Rebuild each word index whose ids differ; only passages that are new to it are analysed.

    Raises:
        IndexUnavailableError: Its folder can't be written; the old index goes on answering.
    """
    differ = await words_differ(index, wanted)
    for name in await index.collections() - differ.keys():
        await index.drop(name)
    await _reindex(shelf, index, wanted, differ, tell)


async def words_alone(shelf: Shelf, index: Words, tell: Tell) -> None:
    """Do that for what the database has as soon as no other process rebuilds the same files; raises as `words`."""
    async with index.alone():
        await words(shelf, index, await shelf.passage_ids(), tell)


async def words_differ(index: Words, wanted: Wanted) -> Mapping[str, Difference]:
    """Return how each word index that there ought to be differs from the database."""
    names = {collection.words(language, trust): ids for (language, trust), ids in wanted.items()}
    there = {name: await index.ids(name) for name in names}
    return {name: Difference(ids - there[name], there[name] - ids) for name, ids in names.items()}


async def _reindex(shelf: Shelf, index: Words, wanted: Wanted, differ: Mapping[str, Difference], tell: Tell) -> None:
    total = sum(len(one.missing) for one in differ.values())
    done = 0
    same: dict[str, str] = {}  # of a term only one copy: a large help centre has each of them a thousand times
    for (language, trust), ids in wanted.items():
        name = collection.words(language, trust)
        if not differ[name].missing and not differ[name].surplus:
            continue
        added: dict[str, list[str]] = {}
        missing = sorted(differ[name].missing)
        for start in range(0, len(missing), AT_ONCE):
            tell(Progress("indexing", done, total))
            passages = await shelf.passages(missing[start : start + AT_ONCE])
            added |= await asyncio.to_thread(_terms, passages, same)
            done += len(passages)
        tell(Progress("swapping", done, total))
        await index.rebuild(name, (ids - differ[name].missing) | added.keys(), added)
    tell(Progress("indexing", total, total))


def quiet(_: Progress) -> None:
    """Take a progress and tell nobody."""


async def _embedded(
    shelf: Shelf, embedder: Embedder, some: Sequence[tuple[str, str]]
) -> Mapping[str, tuple[list[str], Vectors]]:
    """Return ids and vectors by collection."""
    passages = await shelf.passages([id_ for _, id_ in some])
    made: dict[str, tuple[list[str], Vectors]] = {}
    for name in dict.fromkeys(name for name, _ in some):
        ids = [id_ for here, id_ in some if here == name and id_ in passages]
        texts = [collection.passage_text(passages[id_]) for id_ in ids]
        if ids:
            made[name] = (ids, await embedder.embed(texts, role="passage"))
    return made


def _terms(passages: Mapping[str, Passage], same: dict[str, str]) -> dict[str, list[str]]:
    return {
        id_: [same.setdefault(term, term) for term in collection.passage_terms(passage)]
        for id_, passage in passages.items()
    }
