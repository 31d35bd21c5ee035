"""Passages and vectors in memory, with the faces of the database and of a vector index: for scoring and for tests."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from heedful.knowledge.reconcile import Wanted
from heedful.ports import Hit, Vectors
from heedful.values import Passage, Trust


class MemoryShelf:
    """Passages in memory, with the face of the database."""

    def __init__(self, passages: Sequence[Passage]) -> None:
        self._passages = {passage.id: passage for passage in passages}

    async def passages(self, ids: Sequence[str]) -> Mapping[str, Passage]:
        return {id_: self._passages[id_] for id_ in ids if id_ in self._passages}

    async def passage_ids(self) -> Wanted:
        groups: dict[tuple[str, Trust], set[str]] = {}
        for passage in self._passages.values():
            groups.setdefault((passage.lang, passage.trust), set()).add(passage.id)
        return {group: frozenset(ids) for group, ids in groups.items()}

    async def index_version(self) -> int:
        return 0


class MemoryVectors:
    """Exact search over rows in memory, with the face of `ports.VectorIndex`."""

    def __init__(self) -> None:
        self._rows: dict[str, dict[str, Vectors]] = {}
        self._whole: dict[str, tuple[tuple[str, ...], Vectors]] = {}

    async def upsert(self, collection: str, ids: Sequence[str], vectors: Vectors) -> None:
        self._rows.setdefault(collection, {}).update(zip(ids, vectors, strict=True))
        self._whole.pop(collection, None)

    async def delete(self, collection: str, ids: Sequence[str]) -> None:
        for id_ in ids:
            self._rows.get(collection, {}).pop(id_, None)
        self._whole.pop(collection, None)

    async def nearest(self, collection: str, vector: Vectors, limit: int) -> tuple[Hit, ...]:
        rows = self._rows.get(collection)
        if not rows:
            return ()
        if collection not in self._whole:
            self._whole[collection] = tuple(rows), np.stack(list(rows.values()))
        ids, matrix = self._whole[collection]
        scores = matrix @ vector.reshape(-1)
        best = np.argsort(-scores, kind="stable")[:limit]
        return tuple(Hit(ids[i], float(np.clip(scores[i], 0, 1))) for i in best.tolist())

    async def ids(self, collection: str) -> frozenset[str]:
        return frozenset(self._rows.get(collection, {}))

    async def collections(self) -> frozenset[str]:
        return frozenset(self._rows)

    async def drop(self, collection: str) -> None:
        self._rows.pop(collection, None)
        self._whole.pop(collection, None)

    async def close(self) -> None:
        self._rows.clear()
