"""How fast help content is taken in: read, split, embedded, stored, indexed; beside LangChain's splitter and Chroma."""

from __future__ import annotations

import asyncio
import time
from pathlib import Path

from benchmarks import chain, corpus, models
from benchmarks.rows import Row
from heedful.assemble import assemble
from heedful.ports import Embedder
from heedful.settings import read

PASSAGES = 2_000
AT_ONCE = 64


async def _ours(folder: Path, data: Path) -> tuple[int, float]:
    """Return how many passages were taken in, and the seconds from the first file to the last index."""
    settings = read({"HEEDFUL_DATA_DIR": str(data), "HEEDFUL_MODELS_DIR": str(models.folder())})
    async with assemble(settings) as ours:
        done = await ours.knowledge.sync([folder])
    return done.passages, done.seconds


async def _beside(folder: Path, data: Path, embedder: Embedder) -> tuple[int, float]:
    there, began = chain.collection(data), time.perf_counter()
    texts = chain.pieces_of(folder)
    for start in range(0, len(texts), AT_ONCE):
        part = texts[start : start + AT_ONCE]
        chain.add(there, part, await embedder.embed(part, role="passage"), start)
    return len(texts), time.perf_counter() - began


def run(work: Path) -> list[Row]:
    """Return the rows."""
    folder = work / "real"
    whose = corpus.real(folder, PASSAGES)
    passages, seconds = asyncio.run(_ours(folder, work / "ingested"))
    pieces, seconds_beside = asyncio.run(_beside(folder, work / "ingested-beside", models.load()))
    return [
        Row(f"ingest of {whose}, MiniLM", passages / seconds, "/s", pieces / seconds_beside, more=True),
        Row("the same files, in all", seconds, "s", seconds_beside),
    ]
