"""What people would use instead, in a process of its own: a direct call, and LangChain over Chroma, without a check.

`python -m benchmarks.chain FOLDER URL` prints a line when it is ready, then answers a line of JSON with a line of JSON.
"""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
import sys
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import openai
from langchain_core.callbacks import AsyncCallbackManagerForRetrieverRun, CallbackManagerForRetrieverRun
from langchain_core.documents import Document
from langchain_core.output_parsers import StrOutputParser
from langchain_core.prompts import ChatPromptTemplate
from langchain_core.retrievers import BaseRetriever
from langchain_core.runnables import Runnable, RunnablePassthrough
from langchain_openai import ChatOpenAI
from langchain_text_splitters import RecursiveCharacterTextSplitter
from pydantic import SecretStr

from benchmarks import models
from benchmarks.corpus import QUESTION, blended
from benchmarks.processes import resident_mb, said, worked_s
from heedful.ports import Embedder

PROMPT = "Answer from this help content and cite it as [n].\n\n{passages}\n\nQuestion: {question}"
CHUNK = 1000  # characters, as LangChain's own tutorial has it; the splitter's other defaults stay
NEAREST = 6


class Near(BaseRetriever):
    """A retriever over Chroma, as `langchain-chroma` has it, without that package."""

    collection: Any
    embedder: Any

    def _get_relevant_documents(self, query: str, *, run_manager: CallbackManagerForRetrieverRun) -> list[Document]:
        raise NotImplementedError

    async def _aget_relevant_documents(
        self,
        query: str,
        *,
        run_manager: AsyncCallbackManagerForRetrieverRun,  # noqa: ARG002 - LangChain's face
    ) -> list[Document]:
        vectors = await self.embedder.embed([query], role="question")
        found = await asyncio.to_thread(self.collection.query, query_embeddings=vectors, n_results=NEAREST)
        return [Document(page_content=text) for text in found["documents"][0]]


def pieces_of(folder: Path) -> list[str]:
    """Return the Markdown files under `folder`, cut by LangChain's splitter."""
    splitter = RecursiveCharacterTextSplitter(chunk_size=CHUNK)
    paths = sorted(folder.rglob("*.md"))
    return [piece for path in paths for piece in splitter.split_text(path.read_text(encoding="utf-8"))]


def collection(folder: Path | None = None) -> Any:
    """Return a new Chroma collection, in memory or in a folder."""
    import chromadb
    from chromadb.config import Settings

    settings = Settings(_env_file=None, anonymized_telemetry=False)
    client = chromadb.PersistentClient(folder, settings) if folder else chromadb.EphemeralClient(settings)
    return client.create_collection("chain", embedding_function=None, configuration={"hnsw": {"space": "cosine"}})


def add(into: Any, texts: Sequence[str], vectors: Any, start: int) -> None:
    """Put texts and their vectors into a collection; ids count up from `start`."""
    into.add(ids=[str(start + at) for at in range(len(texts))], documents=list(texts), embeddings=vectors)


async def filled(folder: Path, embedder: Embedder) -> Any:
    """Return a collection in memory of all that lies under `folder`."""
    texts, vectors, there = pieces_of(folder), blended(embedder), collection()
    for start in range(0, len(texts), 1000):
        part = texts[start : start + 1000]
        add(there, part, await vectors(part), start)
    return there


def chain_over(there: Any, embedder: Embedder, url: str) -> Runnable[str, str]:
    """Return the simplest chain people write: retriever, prompt, model."""
    model = ChatOpenAI(model="loopback", base_url=url, api_key=SecretStr("none"), max_retries=0)
    near = Near(collection=there, embedder=embedder) | _joined
    return (
        {"passages": near, "question": RunnablePassthrough()}
        | ChatPromptTemplate.from_template(PROMPT)
        | model
        | StrOutputParser()
    )


def _joined(documents: Sequence[Document]) -> str:
    return "\n\n".join(document.page_content for document in documents)


async def direct(client: openai.AsyncOpenAI) -> float:
    """Return how many seconds a streamed call to the model takes, with nothing around it."""
    began = time.perf_counter()
    stream = await client.chat.completions.create(
        model="loopback", messages=[{"role": "user", "content": QUESTION}], stream=True
    )
    async for _ in stream:
        pass
    return time.perf_counter() - began


async def answered(chain: Runnable[str, str]) -> float:
    """Return how many seconds a whole streamed answer of the chain took."""
    began = time.perf_counter()
    async for _ in chain.astream(QUESTION):
        pass
    return time.perf_counter() - began


async def evenly(call: Callable[[], Awaitable[float]], count: int, over_s: float) -> list[float]:
    """Return what `count` calls took that began evenly over `over_s` seconds."""

    async def later(number: int) -> float:
        await asyncio.sleep(number * over_s / count)
        return await call()

    return list(await asyncio.gather(*(later(number) for number in range(count))))


@dataclass(frozen=True, slots=True)
class Took:
    """What calls took, in seconds, and the processor time that each cost on average."""

    seconds: list[float]
    worked_s: float


class Beside:
    """This file's process, as the benchmarks speak to it."""

    def __init__(self, process: subprocess.Popen[bytes]) -> None:
        self.pid = process.pid
        self._process = process
        self.passages = int(said(process))

    def ask(self, what: str, count: int = 1, over_s: float = 0.0) -> Took:
        """Return what `count` calls took, `direct` or `chain`, begun evenly over `over_s` seconds."""
        assert self._process.stdin is not None
        before = worked_s(self.pid)
        self._process.stdin.write(json.dumps([what, count, over_s]).encode() + b"\n")
        self._process.stdin.flush()
        seconds: list[float] = json.loads(said(self._process))
        return Took(seconds, (worked_s(self.pid) - before) / count)

    @property
    def resident_mb(self) -> float:
        """How much memory it holds, in MB."""
        return resident_mb(self.pid)


async def _serve(folder: Path, url: str) -> None:
    embedder = models.load()
    chain = chain_over(await filled(folder, embedder), embedder, url)
    client = openai.AsyncOpenAI(base_url=url, api_key="none", max_retries=0)
    calls: dict[str, Callable[[], Awaitable[float]]] = {
        "direct": lambda: direct(client),
        "chain": lambda: answered(chain),
    }
    print(len(pieces_of(folder)), flush=True)
    while line := await asyncio.to_thread(sys.stdin.readline):
        what, count, over_s = json.loads(line)
        print(json.dumps(await evenly(calls[what], count, over_s)), flush=True)


if __name__ == "__main__":
    os.environ.setdefault("LANGSMITH_TRACING", "false")
    asyncio.run(_serve(Path(sys.argv[1]), sys.argv[2]))
