"""Word indexes by bm25s: one per collection, in a folder, memory-mapped, rebuilt in a thread and swapped whole."""

from __future__ import annotations

import asyncio
import hashlib
import json
import logging
import math
import shutil
import uuid
from collections.abc import AsyncIterator, Collection, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from heedful.adapters.bm25_postings import K1, B, postings
from heedful.errors import IndexUnavailableError
from heedful.locks import locked
from heedful.ports import Hit
from heedful.rerank import Looked
from heedful.sounds import Sounds
from heedful.spelling import meant
from heedful.terms import is_part

logging.getLogger("bm25s").setLevel(logging.WARNING)  # it tells every step of a rebuild
USUAL = 0.02  # of all passages hold a word that a question is about: a Beta prior of one such passage
NO_TERMS = ("",)  # of a passage without any: bm25s divides by the mean length
HEARD = 50_000  # words, the commonest, that one of the other script may sound like
FORMAT = "2"  # grows when the files of an index change; an older index is rebuilt
SUMS = "sums.json"  # SHA-256 of each file of an index
LOCK = "rebuilding.lock"


@dataclass(frozen=True, slots=True)
class _Words:
    """One index as it is searched. `rows` are the term numbers of all passages; `ends` where each passage's end."""

    ids: tuple[str, ...]
    places: Mapping[str, int]
    vocabulary: Mapping[str, int]
    rows: NDArray[np.int32]
    ends: NDArray[np.int64]
    bm25: Any
    sounds: list[Sounds] = field(default_factory=list)  # one, made when it is first asked for

    def weight(self, term: str) -> float:
        """How telling a term is: its idf as Lucene has it; highest for a term that stands nowhere."""
        holders = self.holders(term)
        return math.log(1 + (len(self.ids) - holders + 0.5) / (holders + 0.5))

    def surprise(self, term: str) -> float:
        """How telling a term is, in nats, seen as one passage more in a help centre of usual passages."""
        return math.log((len(self.ids) + 1 / USUAL) / (self.holders(term) + 1))

    def holders(self, term: str) -> int:
        """In how many passages a term stands."""
        number = self.vocabulary.get(term)
        starts = self.bm25.scores["indptr"]
        return 0 if number is None else int(starts[number + 1] - starts[number])


class BM25Index:
    """Implements `ports.WordIndex` in `folder`; several processes may read it, each sees the newest at once."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._loaded: dict[str, tuple[str, _Words]] = {}
        self._stamps: dict[str, tuple[tuple[int, ...], str | None]] = {}  # which file was read, and what it said
        self._writing: dict[str, asyncio.Lock] = {}

    async def search(self, collection: str, terms: Mapping[str, float], limit: int) -> tuple[Hit, ...]:
        """Return at most `limit` passages that hold any of the weighted terms, best first.

        A score is the share of the question's weight that BM25 finds in the passage, from 0 to 1.
        """
        words = await self._words(collection)
        if words is None or not terms or limit < 1:
            return ()
        return await asyncio.to_thread(_search, words, terms, limit)

    async def look(
        self, collection: str, rows: Collection[tuple[str, ...]], pairs: Sequence[tuple[str, str]], ids: Sequence[str]
    ) -> Looked:
        """Return how much each row tells, and for each id which rows stand in that passage and the share of the pairs.

        Any term of a row will do; a row tells as much as the commonest of its terms. What a word tells is smoothed:
        what a handful of passages shows of how rare it is counts for little. A pair stands side by side.
        """
        words = await self._words(collection)
        if words is None:
            return Looked((0.0,) * len(rows), (False,) * len(rows), {})
        return await asyncio.to_thread(_look, words, rows, pairs, ids)

    async def spelt(self, collection: str, terms: Collection[str]) -> Mapping[str, str]:
        """Return, for terms that stand in no passage, the commonest one that they may be a misspelling of."""
        words = await self._words(collection)
        if words is None:
            return {}
        unknown = {
            term: [one for one in meant(term) if one in words.vocabulary]
            for term in terms
            if term not in words.vocabulary
        }
        return {term: max(found, key=lambda one: (words.holders(one), one)) for term, found in unknown.items() if found}

    async def sounding(self, collection: str, words: Collection[str]) -> Mapping[str, tuple[tuple[str, float], ...]]:
        """Return, for words of the other script, the terms that sound like them, each with how alike: up to 1."""
        there = await self._words(collection) if words else None
        if there is None:
            return {}
        if there.sounds and there.sounds[0].knows(words):
            return _sounding(there, words)
        return await asyncio.to_thread(_sounding, there, words)

    async def ids(self, collection: str) -> frozenset[str]:
        """Return every id in a collection; none when there is no usable index of that name."""
        words = await self._words(collection)
        return frozenset(words.ids) if words else frozenset()

    def stamp(self, collection: str) -> str | None:
        """Return what changes with each change of a collection; `None` when there is none of that name."""
        try:  # one look instead of a read: each lets the other threads go first
            there = (self.folder / collection / "current").stat()
        except OSError:
            return None
        sign = (there.st_ino, there.st_mtime_ns, there.st_size)
        known = self._stamps.get(collection)
        if known is None or known[0] != sign:
            self._stamps[collection] = known = (sign, _stamp(self.folder / collection))
        return known[1]

    async def collections(self) -> frozenset[str]:
        """Return the names of the collections there are."""
        if not self.folder.is_dir():
            return frozenset()
        return frozenset(path.name for path in self.folder.iterdir() if (path / "current").is_file())

    async def rebuild(self, collection: str, ids: Collection[str], added: Mapping[str, Sequence[str]]) -> None:
        """Make a collection hold exactly `ids`: those it holds keep their terms, the others' are in `added`.

        Searches go on in the old index until the new one is on disk.

        Raises:
            IndexUnavailableError: The folder can't be written; the old index stays.
        """
        async with self._writing.setdefault(collection, asyncio.Lock()):
            if not ids:
                await self.drop(collection)
                return
            old = await self._words(collection)
            try:
                words, stamp = await asyncio.to_thread(self._write, collection, old, sorted(ids), added)
            except OSError as error:
                raise IndexUnavailableError(
                    f"the word index {collection!r} can't be written ({error.strerror}); make room in {self.folder}"
                ) from error
            self._loaded[collection] = (stamp, words)

    @asynccontextmanager
    async def alone(self) -> AsyncIterator[None]:
        """Wait until nobody else, in any process, rebuilds the indexes of this folder, and keep them waiting meanwhile.

        Raises:
            IndexUnavailableError: The folder can't be written.
        """
        async with AsyncExitStack() as stack:
            try:
                self.folder.mkdir(parents=True, exist_ok=True)
                await stack.enter_async_context(locked(self.folder / LOCK))
            except OSError as error:
                raise IndexUnavailableError(
                    f"the word index can't be kept in {str(self.folder)!r} ({error.strerror}); set HEEDFUL_DATA_DIR"
                ) from error
            yield

    async def flaw(self, collection: str) -> str:
        """Return why the files of a collection are not as they were written, looked at whole; empty when they are."""
        return await asyncio.to_thread(_flaw, self.folder / collection)

    async def drop(self, collection: str) -> None:
        """Remove a collection and all in it; nothing when it is not there."""
        self._loaded.pop(collection, None)
        await asyncio.to_thread(shutil.rmtree, self.folder / collection, ignore_errors=True)

    async def _words(self, collection: str) -> _Words | None:
        """The newest index, also when another process wrote it; one small read of a file tells."""
        stamp = self.stamp(collection)
        if stamp is None:
            self._loaded.pop(collection, None)
            return None
        loaded = self._loaded.get(collection)
        if loaded is None or loaded[0] != stamp:
            words = await asyncio.to_thread(_load, self.folder / collection)
            if words is None:
                return None
            self._loaded[collection] = loaded = (stamp, words)
        return loaded[1]

    def _write(
        self, collection: str, old: _Words | None, ids: Sequence[str], added: Mapping[str, Sequence[str]]
    ) -> tuple[_Words, str]:
        words = _build(old, ids, added)
        here, stamp = self.folder / collection, uuid.uuid4().hex[:12]
        folder = here / stamp
        words.bm25.save(folder, show_progress=False)
        np.save(folder / "rows.npy", words.rows)
        np.save(folder / "ends.npy", words.ends)
        (folder / "ids.json").write_text(json.dumps(words.ids), encoding="utf-8")
        (folder / SUMS).write_text(json.dumps(_sums(folder)), encoding="utf-8")
        pointer = here / f"current.{stamp}"
        pointer.write_text(f"{FORMAT} {stamp}", encoding="utf-8")
        pointer.replace(here / "current")
        for other in here.iterdir():
            if other.is_dir() and other.name != stamp:
                shutil.rmtree(other, ignore_errors=True)
        return words, stamp


def _stamp(folder: Path) -> str | None:
    try:
        form, _, stamp = (folder / "current").read_text(encoding="utf-8").partition(" ")
    except OSError:
        return None
    return stamp if form == FORMAT and stamp else None


def _sums(folder: Path) -> dict[str, str]:
    files = sorted(path for path in folder.iterdir() if path.name != SUMS)
    return {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in files}


def _flaw(folder: Path) -> str:
    if not (folder / "current").is_file():
        return "its files are missing"
    stamp = _stamp(folder)
    if stamp is None:
        return "its files are of another version"
    try:
        whole = _sums(folder / stamp) == json.loads((folder / stamp / SUMS).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        whole = False
    return "" if whole else "its files are damaged"


def _load(folder: Path) -> _Words | None:
    """Open the current index; `None` when its files are not whole, and then it is rebuilt from the database."""
    for _ in range(3):  # another process may swap it while we read
        stamp = _stamp(folder)
        if stamp is None:
            return None
        try:
            return _open(folder / stamp)
        except (OSError, ValueError, KeyError, EOFError):
            if _stamp(folder) == stamp:
                return None
    return None


def _open(folder: Path) -> _Words:
    import bm25s

    bm25 = bm25s.BM25.load(folder, mmap=True, show_progress=False)
    bm25.scores = {
        name: np.asarray(value) if isinstance(value, np.ndarray) else value for name, value in bm25.scores.items()
    }
    ids = tuple(json.loads((folder / "ids.json").read_text(encoding="utf-8")))
    rows, ends = np.load(folder / "rows.npy", mmap_mode="r"), np.load(folder / "ends.npy")
    whole = len(ids) == len(ends) == bm25.scores["num_docs"] and len(rows) == ends[-1]
    if not whole:
        raise ValueError("the files do not belong together")
    places = {id_: place for place, id_ in enumerate(ids)}
    return _Words(ids, places, bm25.vocab_dict, np.asarray(rows), ends, bm25)


def _build(old: _Words | None, ids: Sequence[str], added: Mapping[str, Sequence[str]]) -> _Words:
    import bm25s

    vocabulary = dict(old.vocabulary) if old else {}
    rows: list[NDArray[np.int32]] = []
    for id_ in ids:
        if id_ in added:
            numbers = [vocabulary.setdefault(term, len(vocabulary)) for term in added[id_] or NO_TERMS]
            rows.append(np.array(numbers, dtype=np.int32))
        elif old:
            rows.append(_row(old, old.places[id_]))
    ends = np.cumsum([len(row) for row in rows], dtype=np.int64)
    flat = np.concatenate(rows)
    # A word that only deleted passages had must not stay behind in the vocabulary.
    used = np.flatnonzero(np.bincount(flat, minlength=len(vocabulary)))
    packed = np.zeros(len(vocabulary), np.int32)
    packed[used] = np.arange(len(used), dtype=np.int32)
    flat, names = packed[flat], list(vocabulary)
    vocabulary = {names[number]: place for place, number in enumerate(used.tolist())}
    bm25 = bm25s.BM25(k1=K1, b=B, method="lucene")
    bm25.scores = postings(flat, ends, len(vocabulary))
    bm25.vocab_dict, bm25.nonoccurrence_array = vocabulary, None
    return _Words(tuple(ids), {id_: place for place, id_ in enumerate(ids)}, vocabulary, flat, ends, bm25)


def _sounding(words: _Words, wanted: Collection[str]) -> dict[str, tuple[tuple[str, float], ...]]:
    if not words.sounds:
        words.sounds.append(Sounds(sorted(words.vocabulary, key=words.holders, reverse=True)[:HEARD]))
    return {word: found for word in wanted if (found := words.sounds[0].alike(word))}


def _look(
    words: _Words, rows: Collection[tuple[str, ...]], pairs: Sequence[tuple[str, str]], ids: Sequence[str]
) -> Looked:
    numbers = [[words.vocabulary[term] for term in row if term in words.vocabulary] for row in rows]
    known = [(words.vocabulary.get(one, -1), words.vocabulary.get(other, -1)) for one, other in pairs]
    wide = len(words.vocabulary)
    wanted = {one * wide + other for one, other in known if min(one, other) >= 0}
    held: dict[str, tuple[tuple[bool, ...], float]] = {}
    for id_ in ids:
        if (place := words.places.get(id_)) is not None:
            row = _row(words, place).astype(np.int64)
            there = set(row.tolist())
            beside = wanted.intersection((row[:-1] * wide + row[1:]).tolist()) if wanted else ()
            held[id_] = tuple(any(n in there for n in some) for some in numbers), len(beside) / (len(pairs) or 1)
    tells = tuple(min(words.surprise(term) for term in row) for row in rows)
    # A pair of syllables stands within many words: it is no sign that the help centre speaks of this one.
    spoken_of = tuple(any(term in words.vocabulary and not is_part(term) for term in row) for row in rows)
    return Looked(tells, spoken_of, held)


def _row(words: _Words, place: int) -> NDArray[np.int32]:
    start = words.ends[place - 1] if place else 0
    return words.rows[start : words.ends[place]]


def _search(words: _Words, terms: Mapping[str, float], limit: int) -> tuple[Hit, ...]:
    by_weight: dict[float, list[int]] = {}
    for term, weight in terms.items():
        if (number := words.vocabulary.get(term)) is not None:
            by_weight.setdefault(weight, []).append(number)
    if not by_weight:
        return ()
    scores = sum(weight * words.bm25.get_scores(numbers) for weight, numbers in by_weight.items())
    most = sum(words.weight(term) * weight for term, weight in terms.items()) or 1.0
    limit = min(limit, len(words.ids))
    best = np.argpartition(-scores, limit - 1)[:limit]
    best = best[np.lexsort((best, -scores[best]))]
    return tuple(Hit(words.ids[i], min(1.0, float(scores[i]) / most)) for i in best.tolist() if scores[i] > 0)
