"""What heedful adds to a direct streamed call, alone and with fifty conversations, beside the simplest chain."""

from __future__ import annotations

import asyncio
import json
import sys
import time
from collections.abc import Mapping
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx

from benchmarks import corpus, models, ready
from benchmarks.chain import Beside, Took, evenly
from benchmarks.corpus import ANSWER, QUESTION
from benchmarks.processes import (
    LOAD_CPU,
    MEASURED_CPU,
    Service,
    heedful,
    on_one_processor,
    paced_model,
    process,
    service,
    worked_s,
)
from benchmarks.rows import Row, at, median
from heedful.adapters.chroma import ChromaIndex
from heedful.assemble import assemble
from heedful.knowledge import collection
from heedful.ports import Embedder
from heedful.settings import read, shipped
from heedful.store.knowledge import KnowledgeStore

PAIRS = 12
CONVERSATIONS = 50
ROUNDS = 4
CUSTOMER = "demo-mina"  # verified, with consents: the door, the view and the seal are all at work


@dataclass(slots=True)
class Takings:
    """What was measured of one way to answer: seconds alone, seconds of many at once, processor seconds a call."""

    alone: list[float] = field(default_factory=list)
    many: list[float] = field(default_factory=list)
    worked_s: list[float] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Caller:
    """A client of the service that holds a key."""

    url: str
    key: str
    http: httpx.AsyncClient

    async def opened(self, count: int) -> list[Mapping[str, Any]]:
        """Return new conversations of a verified customer."""
        headers = {"Authorization": f"Bearer {self.key}"}
        wish = {"customer_id": CUSTOMER}
        made = [await self.http.post(f"{self.url}/v1/conversations", json=wish, headers=headers) for _ in range(count)]
        return [answer.raise_for_status().json() for answer in made]

    async def answer(self, opened: Mapping[str, Any], question: str = QUESTION) -> tuple[float, Mapping[str, Any]]:
        """Return seconds until `done` of one message in a conversation, and the whole reply.

        Raises:
            RuntimeError: The reply was handed off, or is not there.
        """
        path = f"{self.url}/v1/conversations/{opened['id']}/messages"
        headers = {"Authorization": f"Bearer {opened['token']}", "Accept": "text/event-stream"}
        event = ""
        reply: dict[str, Any] = {"handed_off": True}
        began = time.perf_counter()
        async with self.http.stream("POST", path, json={"text": question}, headers=headers, timeout=60) as answer:
            async for line in answer.aiter_lines():
                if line.startswith("event: "):
                    event = line.removeprefix("event: ")
                elif event in ("reply", "error") and line.startswith("data: "):
                    reply = json.loads(line.removeprefix("data: "))
                if event == "done":
                    break
        seconds = time.perf_counter() - began
        if reply.get("handed_off", True) or reply["receipt"]["changed"]:
            raise RuntimeError(f"this reply is not the one to be measured: {reply}")
        return seconds, reply


async def index(data: Path, folder: Path, embedder: Embedder) -> int:
    """Fill a data folder from the help content in `folder`, and return its number of passages."""
    settings = read({"HEEDFUL_DATA_DIR": str(data), "HEEDFUL_EMBEDDER": "none"})
    async with assemble(settings) as ours:
        done = await ours.knowledge.sync([folder])
        await ours.profiles.import_lines(shipped("demo_profiles.jsonl").read_text(encoding="utf-8").split("\n"))
        store = KnowledgeStore(ours.records.database)
        vectors, there = corpus.blended(embedder), ChromaIndex.in_process(data / "vectors")
        for trust in ("published", "internal"):
            passages = await store.all_passages("en", trust)
            rows = await vectors([passage.text for passage in passages])
            await there.upsert(collection.vectors("en", trust, embedder.name), [one.id for one in passages], rows)
        await there.close()
    return done.passages


async def _round(caller: Caller, serving: Service, beside: Beside, over_s: float) -> tuple[Took, Took, Took]:
    """Return what many calls took that began evenly: direct, heedful's, the chain's."""
    direct = beside.ask("direct", CONVERSATIONS, over_s)
    waiting = await caller.opened(CONVERSATIONS)

    async def ours() -> float:
        return (await caller.answer(waiting.pop()))[0]

    before = worked_s(serving.pid)
    seconds = await evenly(ours, CONVERSATIONS, over_s)
    mine = Took(seconds, (worked_s(serving.pid) - before) / CONVERSATIONS)
    return direct, mine, beside.ask("chain", CONVERSATIONS, over_s)


async def _measure(key: str, serving: Service, beside: Beside) -> tuple[Takings, Takings, Takings]:
    """Return the takings of direct calls, of heedful, of the chain; they take turns."""
    direct, ours, chain = Takings(), Takings(), Takings()
    async with httpx.AsyncClient(limits=httpx.Limits(max_connections=200), trust_env=False) as http:
        caller = Caller(serving.url, key, http)
        for turn in range(-2, PAIRS):
            (opened,) = await caller.opened(1)
            plain = beside.ask("direct").seconds
            mine, _ = await caller.answer(opened)
            theirs = beside.ask("chain").seconds
            if turn >= 0:  # the first ones open connections and load what is loaded late
                direct.alone += plain
                ours.alone.append(mine)
                chain.alone += theirs
        for turn in range(-1, ROUNDS):
            rounds = await _round(caller, serving, beside, median(direct.alone))
            if turn >= 0:
                for takings, took in zip((direct, ours, chain), rounds, strict=True):
                    takings.many += took.seconds
                    takings.worked_s.append(took.worked_s)
    return direct, ours, chain


def rows(direct: Takings, ours: Takings, chain: Takings) -> list[Row]:
    """Return what was measured as rows."""

    def added(takings: Takings) -> list[float]:
        return [(one - plain) * 1000 for one, plain in zip(takings.alone, direct.alone, strict=True)]

    def added_by_many(takings: Takings) -> list[float]:
        return [(one - median(direct.many)) * 1000 for one in takings.many]

    def worked_ms(takings: Takings) -> float:
        return (median(takings.worked_s) - median(direct.worked_s)) * 1000

    alone, alone_chain, many, many_chain = added(ours), added(chain), added_by_many(ours), added_by_many(chain)
    together = f"{CONVERSATIONS} conversations"
    return [
        Row("a direct streamed call, p50", median(direct.alone) * 1000, "ms", digits=0),
        Row("added to it, alone, p50", median(alone), "ms", median(alone_chain), hold=15),
        Row("added to it, alone, slowest", max(alone), "ms", max(alone_chain)),
        Row(f"added to it, {together}, p50", median(many), "ms", median(many_chain)),
        Row(f"added to it, {together}, p95", at(many, 0.95), "ms", at(many_chain, 0.95), hold=60),
        Row(f"processor time added a reply, {together}", worked_ms(ours), "ms", worked_ms(chain)),
    ]


def run(work: Path, passages: int) -> list[Row]:
    """Return the rows of overhead, of the time to be ready, and of memory, over one index of `passages` passages."""
    folder, data = work / "help", work / "data"
    folder.mkdir()
    corpus.write(folder, passages)
    count = asyncio.run(index(data, folder, models.load()))
    settings = {"HEEDFUL_DATA_DIR": str(data), "HEEDFUL_MODELS_DIR": str(models.folder())}
    key = heedful(settings, "keys", "create", "--scopes", "chat")["key"]
    found = ready.rows(data, settings, key)
    with on_one_processor(LOAD_CPU), ExitStack() as stack:
        url = stack.enter_context(paced_model(ANSWER, work))
        model = {"HEEDFUL_MODEL": "openai:loopback", "HEEDFUL_MODEL_BASE_URL": url}
        serving = stack.enter_context(service(data, {**settings, **model}))
        command = [sys.executable, "-m", "benchmarks.chain", str(folder), url]
        beside = Beside(stack.enter_context(process(command, cpu=MEASURED_CPU)))
        at_rest = Row(f"memory at rest, {count:,} passages", serving.resident_mb, "MB", beside.resident_mb, digits=0)
        taken = asyncio.run(_measure(key, serving, beside))
    return [*rows(*taken), *found, at_rest]
