"""A small help centre and all that outlives a process beside it: database, words, vectors, and who embeds."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import numpy as np

from heedful.adapters.bm25 import BM25Index
from heedful.evaluate.memory import MemoryVectors
from heedful.knowledge import collection
from heedful.knowledge.sync import Knowledge, Summary
from heedful.ports import Vectors
from heedful.retrieve import Retriever
from heedful.store.knowledge import KnowledgeStore
from heedful.values import Trust


class LetterEmbedder:
    """Knows English; a text's vector is a digest of its words, so equal texts are near and others are not."""

    name = "letters-1"
    dimensions = 16
    languages: frozenset[str] | None = frozenset({"en"})
    in_process = True

    def __init__(self) -> None:
        self.embedded: list[str] = []

    async def embed(self, texts: Sequence[str], *, role: Literal["passage", "question"]) -> Vectors:
        if role == "passage":
            self.embedded.extend(texts)
        rows = np.zeros((len(texts), self.dimensions), np.float32)
        for row, text in zip(rows, texts, strict=True):
            for word in text.lower().split():
                row[hashlib.sha256(word.encode()).digest()[0] % self.dimensions] += 1
        found: Vectors = rows / np.maximum(np.linalg.norm(rows, axis=1, keepdims=True), 1e-9)
        return found


@dataclass(frozen=True)
class Place:
    """Everything that outlives a process: files, database, vectors, words."""

    files: Path
    store: KnowledgeStore
    words: BM25Index
    vectors: MemoryVectors
    embedder: LetterEmbedder

    def knowledge(self) -> Knowledge:
        return Knowledge(self.store, self.words, self.vectors, self.embedder)

    def write(self, name: str, text: str, **front: str) -> Path:
        path = self.files / name
        path.parent.mkdir(parents=True, exist_ok=True)
        lines = "".join(f"{key}: {value}\n" for key, value in front.items())
        path.write_text(f"---\n{lines}---\n\n{text}\n" if front else text, encoding="utf-8")
        return path

    async def sync(self, **options: Any) -> Summary:
        return await self.knowledge().sync([self.files], **options)

    async def ask(self, question: str, language: str, trusts: Sequence[Trust] = ("published",)) -> list[str]:
        retriever = Retriever(self.store, BM25Index(self.words.folder), self.vectors, self.embedder)
        found = await retriever.retrieve(question, language=language, trusts=trusts)
        return list(dict.fromkeys(passage.article_id for passage in found.passages))

    async def agree(self) -> bool:
        """Whether both indexes hold exactly what the database holds."""
        wanted = await self.store.passage_ids()
        words = {collection.words(*group): ids for group, ids in wanted.items()}
        vectors = {collection.vectors(*group, "letters-1"): ids for group, ids in wanted.items() if group[0] == "en"}
        words_there = {name: await self.words.ids(name) for name in await self.words.collections()}
        vectors_there = {name: await self.vectors.ids(name) for name in await self.vectors.collections()}
        return words_there == words and vectors_there == vectors


def counts(summary: Summary) -> tuple[int, int, int, int]:
    return (summary.added, summary.changed, summary.removed, summary.unchanged)
