"""How long after the character that makes a unit's end known the unit is out: the whole gate, guard and record."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from pathlib import Path

from tests.loopback import spoken

from benchmarks.corpus import ANSWER, QUESTION
from benchmarks.overhead import CUSTOMER
from benchmarks.rows import Row, at, median
from heedful.assemble import Heedful, assemble
from heedful.holding import Holder
from heedful.settings import read, shipped
from heedful.values import ModelName, Prompt

RUNS = 30
PACE_S = 0.005
PIECES = spoken(ANSWER).pieces


class Paced:
    """A writer that notes when it gave each piece."""

    model = ModelName("paced", "this process")

    def __init__(self) -> None:
        self.given: list[float] = []

    async def stream(self, _prompt: Prompt) -> AsyncIterator[str]:
        """Yield the answer, a piece every few milliseconds."""
        self.given.clear()
        for piece in PIECES:
            await asyncio.sleep(PACE_S)
            self.given.append(time.perf_counter())
            yield piece


def known_at() -> list[int]:
    """Return with which piece each unit's end is known, by its number; the last one's is known at the end."""
    holder = Holder()
    return [number for number, piece in enumerate(PIECES) for _ in holder.feed(piece)]


async def _lags(ours: Heedful) -> tuple[list[float], list[float]]:
    """Return, in milliseconds, how long each reply's first unit took, and each of its later ones but the last."""
    writer, places = Paced(), known_at()
    ours.assistant._writer = writer  # noqa: SLF001 - a benchmark's own writer, with a clock in it
    first, later = [], []
    for run in range(-2, RUNS):
        opened = await ours.conversations.open("chat", customer_id=CUSTOMER)
        events = await ours.conversations.send(opened.id, QUESTION)
        out = [time.perf_counter() async for event in events if event.type == "text"]
        if len(out) != len(places) + 1:
            raise RuntimeError(f"{len(out)} units came out, not {len(places) + 1}")
        lags = [(came - writer.given[place]) * 1000 for came, place in zip(out, places, strict=False)]
        if run >= 0:
            first.append(lags[0])
            later += lags[1:]
    return first, later


async def _measure(work: Path) -> tuple[list[float], list[float]]:
    async with assemble(read({"HEEDFUL_DATA_DIR": str(work / "gate"), "HEEDFUL_EMBEDDER": "none"})) as ours:
        await ours.knowledge.sync([shipped("knowledge_base")])
        await ours.profiles.import_lines(shipped("demo_profiles.jsonl").read_text(encoding="utf-8").split("\n"))
        return await _lags(ours)


def run(work: Path) -> list[Row]:
    """Return the rows."""
    first, later = asyncio.run(_measure(work))
    return [
        Row("first unit out after its end is known, p50", median(first), "ms", hold=5),
        Row("first unit out after its end is known, p95", at(first, 0.95), "ms"),
        Row("later units out after their end is known, p50", median(later), "ms"),
        Row("later units out after their end is known, p95", at(later, 0.95), "ms"),
    ]
