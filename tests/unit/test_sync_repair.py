"""Deletions are proved, and indexes that are not as the database has them are found, named and mended."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from heedful.adapters.bm25 import BM25Index
from heedful.adapters.chroma import ChromaIndex
from heedful.errors import IndexUnavailableError
from heedful.evaluate.memory import MemoryVectors
from heedful.knowledge import collection
from heedful.knowledge.sync import Knowledge
from heedful.ports import Hit, Vectors
from tests.place import Place

pytestmark = [pytest.mark.anyio, pytest.mark.parametrize("database", ["sqlite"], indirect=True)]

ENGLISH = collection.words("en", "published")
VECTORS = collection.vectors("en", "published", "letters-1")


class Forgetful(MemoryVectors):
    """Says that it has deleted, lists the rest, and goes on finding what was deleted."""

    def __init__(self) -> None:
        super().__init__()
        self.hidden: set[str] = set()

    async def delete(self, collection: str, ids: Sequence[str]) -> None:
        self.hidden |= set(ids)

    async def ids(self, collection: str) -> frozenset[str]:
        return await super().ids(collection) - self.hidden

    async def nearest(self, collection: str, vector: Vectors, limit: int) -> tuple[Hit, ...]:
        return await super().nearest(collection, vector, limit)


def repairing(place: Place) -> Knowledge:
    """The knowledge as another process opens it."""
    return Knowledge(place.store, BM25Index(place.words.folder), place.vectors, place.embedder)


async def test_a_deletion_that_an_index_only_pretends_is_an_error(place: Place) -> None:
    """An index that still finds a deleted article fails the sync, which says what helps, every time."""
    place = replace(place, vectors=Forgetful())
    place.write("en/keep.md", "Lamps are sold in pairs.", title="Lamps")
    await place.sync()
    (place.files / "en/fees.md").unlink()

    for _ in range(2):
        with pytest.raises(IndexUnavailableError, match=r"1 of 1 deleted articles.*doctor --repair"):
            await place.sync()

    assert len(await place.store.deleted()) == 1
    assert "en/fees" not in await place.ask("What does delivery to Jeju cost?", "en")


async def test_a_deletion_is_proved_in_the_run_after_a_crash(place: Place) -> None:
    """Killed between database and indexes, the next run proves what that one deleted, and then forgets the words."""
    await place.sync()
    (place.files / "en/fees.md").unlink()
    crashed = Knowledge(place.store, Broken(place.words.folder), place.vectors, place.embedder)
    with pytest.raises(IndexUnavailableError):
        await crashed.sync([place.files])
    waiting = await place.store.deleted()

    summary = await place.sync()

    assert [one.article_id for one in waiting] == ["en/fees"]
    assert (summary.removed, summary.proved) == (0, 1)
    assert await place.store.deleted() == ()


class Broken(BM25Index):
    """Can't be written."""

    async def rebuild(self, *_: object) -> None:
        raise IndexUnavailableError("no room")


def cut(path: Path) -> None:
    """Leave half of a file."""
    content = path.read_bytes()
    path.write_bytes(content[: len(content) // 2])


def garble(path: Path) -> None:
    """Change some bytes, the size stays."""
    content = bytearray(path.read_bytes())
    content[-4:] = bytes(byte ^ 0xFF for byte in content[-4:])
    path.write_bytes(bytes(content))


def of_another_version(folder: Path) -> None:
    """As a version of long ago left it."""
    (folder / "current").write_text("0 " + (folder / "current").read_text("utf-8").partition(" ")[2], "utf-8")


DAMAGE: dict[str, tuple[Callable[[Path], None], str]] = {
    "cut rows": (lambda folder: cut(next(folder.glob("*/rows.npy"))), "damaged"),
    "garbled ends": (lambda folder: garble(next(folder.glob("*/ends.npy"))), "damaged"),
    "cut words": (lambda folder: cut(next(folder.glob("*/vocab*"))), "damaged"),
    "no ids": (lambda folder: next(folder.glob("*/ids.json")).unlink(), "damaged"),
    "another version": (of_another_version, "another version"),
    "no files": (lambda folder: (folder / "current").unlink(), "missing"),
}


@pytest.mark.parametrize(("damage", "named"), DAMAGE.values(), ids=list(DAMAGE))
async def test_damaged_word_files_are_named_and_rebuilt(
    place: Place, damage: Callable[[Path], None], named: str
) -> None:
    """Cut off, garbled, of another version or lost: made again from the database, without any file of help content."""
    await place.sync()
    before = await place.words.ids(ENGLISH)
    damage(place.words.folder / ENGLISH)
    for path in place.files.rglob("*.md"):
        path.unlink()

    repaired = await repairing(place).repair()
    again = await repairing(place).repair()

    assert [named in one and ENGLISH in one for one in repaired.found] == [True]
    assert again.found == ()
    fresh = BM25Index(place.words.folder)
    assert (await fresh.ids(ENGLISH), await fresh.flaw(ENGLISH)) == (before, "")
    assert await place.agree()


async def test_surplus_and_missing_vectors_are_counted_and_mended(place: Place) -> None:
    """What is too much goes, what is too little is made, what is nobody's is removed; a second look finds nothing."""
    await place.sync()
    await place.vectors.delete(VECTORS, [min(await place.vectors.ids(VECTORS))])
    await place.vectors.upsert(VECTORS, ["stranger"], np.ones((1, 16), np.float32))
    await place.vectors.upsert("heedful.xx.published.0", ["old"], np.ones((1, 16), np.float32))

    repaired = await repairing(place).repair()

    assert sorted(repaired.found) == [
        f"vectors {VECTORS}: 1 too few, 1 too many; mended",
        "vectors heedful.xx.published.0: belongs to nothing any more; removed",
    ]
    assert await place.agree()
    assert (await repairing(place).repair()).found == ()


async def test_vectors_that_are_another_passages_are_made_again(place: Place) -> None:
    """The ids agree and the rows do not: found by searching for passages, and the collection is made anew."""
    await place.sync()
    for id_ in await place.vectors.ids(VECTORS):
        await place.vectors.upsert(VECTORS, [id_], np.eye(1, 16, 15, dtype=np.float32))

    repaired = await repairing(place).repair()

    assert [f"vectors {VECTORS}" in one and "made again" in one for one in repaired.found] == [True]
    assert await place.ask("What does delivery to Jeju cost?", "en") == ["en/fees"]


async def test_damaged_chroma_files_are_put_away_and_made_again(place: Place, tmp_path: Path) -> None:
    """Chroma's own file cut off: named, and all vectors are there again, though a sync alone could not go on."""
    folder = tmp_path / "vectors"
    for n in range(120):
        place.write(f"en/lamp-{n}.md", f"Lamp {n} is lamp number {n}.", title=f"Lamp {n}")

    @asynccontextmanager
    async def opened() -> AsyncIterator[tuple[Knowledge, ChromaIndex]]:
        index = ChromaIndex.in_process(folder)
        yield Knowledge(place.store, place.words, index, place.embedder), index
        await index.close()

    async with opened() as (knowledge, index):
        await knowledge.sync([place.files])
        before = await index.ids(VECTORS)
    cut(folder / "chroma.sqlite3")
    async with opened() as (knowledge, index):
        repaired = await knowledge.repair()
        after = await index.ids(VECTORS)
    async with opened() as (knowledge, _):
        again = await knowledge.repair()

    assert len(repaired.found) == 1
    assert "can't be read" in repaired.found[0] or "too few" in repaired.found[0] or "made again" in repaired.found[0]
    assert (len(after), after) == (122, before)
    assert again.found == ()
