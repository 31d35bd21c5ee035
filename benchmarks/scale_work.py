"""One step of the measurement at scale, in a process of its own, so that memory is that of the step alone.

`python -m benchmarks.scale_work STEP …` prints its figures as one line of JSON. Steps: `ingest FOLDER DATA`,
`ask DATA [URL OF CHROMA]`, `chain FOLDER` (LangChain's splitter and Chroma, fed and asked).
"""

from __future__ import annotations

import asyncio
import hashlib
import json
import os
import resource
import sys
import time
from collections.abc import Awaitable, Callable, Sequence
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Literal

import numpy as np

from benchmarks import chain, models
from benchmarks.processes import resident_mb
from benchmarks.rows import at, median
from heedful.adapters.bm25 import BM25Index
from heedful.adapters.chroma import ChromaIndex
from heedful.knowledge.load import files, read
from heedful.knowledge.sync import Knowledge
from heedful.library import library_of
from heedful.policy import load
from heedful.ports import Embedder, Vectors
from heedful.retrieve import Retriever
from heedful.settings import read as read_settings
from heedful.settings import shipped
from heedful.store.database import Database
from heedful.store.knowledge import KnowledgeStore
from heedful.store.migrate import migrate
from heedful.units import sentences

WARM = 5  # questions before those that are counted: connections, caches
AT_ONCE = 1000  # pieces that the chain puts into Chroma at once


class Blending:
    """An embedder for passages made of the sample's sentences: the mean of theirs, each embedded once.

    A line that is not the sample's has a random vector, seeded by its words. Questions are embedded as ever.
    """

    def __init__(self, embedder: Embedder) -> None:
        self._embedder = embedder
        self._known: dict[str, Vectors] = {}
        self.name, self.dimensions, self.languages = embedder.name, embedder.dimensions, embedder.languages
        self.in_process = embedder.in_process

    async def embed(self, texts: Sequence[str], *, role: Literal["passage", "question"]) -> Vectors:
        """Return one unit-length row per text."""
        if role == "question":
            return await self._embedder.embed(texts, role=role)
        if not self._known:
            lines = sorted(_sample_lines())
            self._known = dict(zip(lines, await self._embedder.embed(lines, role="passage"), strict=True))
        return await asyncio.to_thread(self._blended, texts)

    def _blended(self, texts: Sequence[str]) -> Vectors:
        rows = [np.mean([self._line(line) for line in sentences(text) if line.strip()], axis=0) for text in texts]
        return np.asarray(rows / np.linalg.norm(rows, axis=1, keepdims=True), np.float32)

    def _line(self, line: str) -> Vectors:
        known = self._known.get(line.strip())
        if known is not None:
            return known
        seed = int.from_bytes(hashlib.blake2b(line.encode(), digest_size=8).digest())
        row = np.random.default_rng(seed).standard_normal(self.dimensions, np.float32)
        return np.asarray(row / np.linalg.norm(row) / 2, np.float32)  # its words are few beside the sentences


def _sample_lines() -> set[str]:
    root = shipped("knowledge_base")
    articles = [read(path, root=root) for path in files([root / "en"])]
    texts = [text for article in articles for text in (article.title, article.text)]
    return {line.strip() for text in texts for line in sentences(text) if line.strip()}


def questions(language: str) -> list[str]:
    """Return what is asked: of each article of the sample its title, and its longest sentence as one might tell it."""
    root = shipped("knowledge_base")
    asked = []
    for path in files([root / language]):
        article = read(path, root=root)
        asked += [f"{article.title}?", max(sentences(article.text), key=len, default=article.title).strip()[:150]]
    return asked


async def _timed(ask: Callable[[str], Awaitable[object]], asked: Sequence[str]) -> list[float]:
    for question in asked[:WARM]:
        await ask(question)
    taken = []
    for question in asked:
        began = time.perf_counter()
        await ask(question)
        taken.append((time.perf_counter() - began) * 1000)
    return taken


async def ingest(folder: Path, data: Path) -> dict[str, float]:
    """Take in a folder whose vectors are blended; everything else is as `heedful ingest` does it."""
    database = Database(read_settings({"HEEDFUL_DATA_DIR": str(data)}).database_url)
    vectors = ChromaIndex.in_process(data / "vectors")
    try:
        await migrate(database)
        store, words = KnowledgeStore(database), BM25Index(data / "words")
        ours = Knowledge(store, words, vectors, Blending(models.load()))
        began = [("", time.perf_counter())]

        def tell(progress: object) -> None:
            if (stage := getattr(progress, "stage", "")) != began[-1][0]:
                began.append((stage, time.perf_counter()))

        done = await ours.sync([folder], progress=tell)
    finally:
        await vectors.close()
        await database.close()
    stages: dict[str, float] = {}
    for (stage, start), (_, end) in zip(began[1:], [*began[2:], ("", time.perf_counter())], strict=True):
        stages[stage] = stages.get(stage, 0.0) + end - start
    print({name: round(seconds, 1) for name, seconds in stages.items()}, file=sys.stderr, flush=True)
    return {"passages": done.passages, "seconds": done.seconds, "peak_mb": _peak_mb()}


async def ask(data: Path, url: str = "") -> dict[str, float]:
    """Ask an index on disk, and say how long it took to be ready, what an answer takes, and what stays in memory."""
    wanted = {"HEEDFUL_DATA_DIR": str(data), "HEEDFUL_MODELS_DIR": str(models.folder())}
    settings = read_settings({**wanted, **({"HEEDFUL_CHROMA_URL": url} if url else {})})
    began = time.perf_counter()
    async with AsyncExitStack() as stack:
        database = Database(settings.database_url)
        stack.push_async_callback(database.close)
        await migrate(database)
        ours = library_of(settings, database, models.load(), load(settings.policy), stack)
        await ours.knowledge.start(embed=False)
        retriever = Retriever(ours.store, ours.words, ours.vectors, ours.embedder)
        ready = time.perf_counter() - began
        english = await _timed(lambda text: retriever.retrieve(text, language="en"), questions("en"))
        without_kiwi = resident_mb(os.getpid())
        korean = await _timed(lambda text: retriever.retrieve(text, language="ko"), questions("ko"))
        return {
            "ready_s": ready,
            "en_p50": median(english),
            "en_p95": at(english, 0.95),
            "ko_p50": median(korean),
            "ko_p95": at(korean, 0.95),
            "english_mb": without_kiwi,
            "resident_mb": resident_mb(os.getpid()),
        }


async def beside(folder: Path) -> dict[str, float]:
    """Feed and ask what people would use instead: the same files and embedder, LangChain's splitter, Chroma."""
    embedder = models.load()
    blending = Blending(embedder)
    await blending.embed(["none"], role="passage")
    began = time.perf_counter()
    texts, there = chain.pieces_of(folder), chain.collection()
    for start in range(0, len(texts), AT_ONCE):
        part = texts[start : start + AT_ONCE]
        chain.add(there, part, await blending.embed(part, role="passage"), start)
    seconds = time.perf_counter() - began
    near = chain.Near(collection=there, embedder=embedder)
    taken = await _timed(near.ainvoke, questions("en"))
    return {
        "passages": len(texts),
        "seconds": seconds,
        "en_p50": median(taken),
        "en_p95": at(taken, 0.95),
        "resident_mb": resident_mb(os.getpid()),
        "peak_mb": _peak_mb(),
    }


def _peak_mb() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def _main(step: str, *words: str) -> dict[str, float]:
    if step == "ask":
        return asyncio.run(ask(Path(words[0]), *words[1:]))
    if step == "ingest":
        Path(words[1]).mkdir(parents=True)
        return asyncio.run(ingest(Path(words[0]), Path(words[1])))
    return asyncio.run(beside(Path(words[0])))


if __name__ == "__main__":
    print(json.dumps(_main(*sys.argv[1:])))
