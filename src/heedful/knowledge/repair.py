"""Finds where an index is not as the database has it, and makes room for what reconciling builds anew."""

from __future__ import annotations

import random
from dataclasses import dataclass

from heedful.errors import IndexUnavailableError
from heedful.knowledge import collection, reconcile
from heedful.knowledge.reconcile import OURS, Shelf, Wanted, Words
from heedful.ports import Embedder, VectorIndex

SAMPLE = 32  # passages of each vector collection that are embedded again and searched for
SAME = 0.99  # cosine of a passage's vector with one made again: rounding apart, they are one


@dataclass(frozen=True, slots=True)
class Repaired:
    """What was found not to be as the database has it, one sentence each, and is mended now; nothing: all was well."""

    found: tuple[str, ...]
    passages: int
    proved: int  # deletions that are proved only now
    seconds: float


async def find(shelf: Shelf, words: Words, vectors: VectorIndex | None, embedder: Embedder | None) -> list[str]:
    """Return what is wrong with the indexes; what can't be mended by its difference is dropped, to be made anew.

    Raises:
        IndexUnavailableError: An index did not answer, and can't be put away either.
    """
    wanted = await shelf.passage_ids()
    found = await _words(words, wanted)
    if vectors is not None and embedder is not None:
        found += await _vectors(shelf, vectors, embedder, wanted)
    return found


async def _words(words: Words, wanted: Wanted) -> list[str]:
    found: list[str] = []
    async with words.alone():
        differ = await reconcile.words_differ(words, wanted)
        others = sorted(await words.collections() - differ.keys())
        found.extend(f"words {name}: belongs to nothing any more; removed" for name in others)
        for name, one in differ.items():
            if flaw := await words.flaw(name):
                found.append(f"words {name}: {flaw}; rebuilt from the database")
                await words.drop(name)
            elif one.missing or one.surplus:
                found.append(f"words {name}: {len(one.missing)} passages too few, {len(one.surplus)} too many; mended")
    return found


async def _vectors(shelf: Shelf, vectors: VectorIndex, embedder: Embedder, wanted: Wanted) -> list[str]:
    try:
        differ = await reconcile.vectors_differ(vectors, embedder, wanted)
        found = [
            f"vectors {name}: belongs to nothing any more; removed"
            for name in sorted(await vectors.collections() - differ.keys())
            if name.startswith(OURS)
        ]
    except IndexUnavailableError as error:
        reset = getattr(vectors, "reset", None)  # an index of somebody else's may have no such thing
        if error.retryable or reset is None:
            raise
        await reset()
        return ["vectors: the files can't be read; put away, and all vectors made again"]
    for name, one in differ.items():
        there = sorted(_ids(wanted, name, embedder) - one.missing)
        if flaw := await _flaw(shelf, vectors, embedder, name, there):
            found.append(f"vectors {name}: {flaw}; made again")
            await vectors.drop(name)
        elif one.missing or one.surplus:
            found.append(f"vectors {name}: {len(one.missing)} too few, {len(one.surplus)} too many; mended")
    return found


def _ids(wanted: Wanted, name: str, embedder: Embedder) -> frozenset[str]:
    return next(ids for group, ids in wanted.items() if collection.vectors(*group, embedder.name) == name)


async def _flaw(shelf: Shelf, vectors: VectorIndex, embedder: Embedder, name: str, ids: list[str]) -> str:
    """Return why a collection can't be trusted: of some passages it holds, none is found by its own vector."""
    some = random.Random(0).sample(ids, min(SAMPLE, len(ids)))  # noqa: S311 - any sample will do
    passages = await shelf.passages(some)
    if not passages:
        return ""
    rows = await embedder.embed([collection.passage_text(one) for one in passages.values()], role="passage")
    lost = 0
    for row in rows:
        try:
            hits = await vectors.nearest(name, row, 10)
        except IndexUnavailableError as error:
            if error.retryable:
                raise
            return "can't be searched"
        lost += not any(hit.score >= SAME for hit in hits)
    return f"{lost} of {len(passages)} passages were not found by their own vector" if lost else ""
