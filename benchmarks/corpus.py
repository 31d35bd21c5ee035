"""Help content to measure with: a help centre of any size around the sample company's own, and real articles."""

from __future__ import annotations

import json
import os
import random
import shutil
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from itertools import chain
from pathlib import Path

import numpy as np

from heedful.knowledge.load import files, read
from heedful.knowledge.split import split
from heedful.ports import Embedder, Vectors
from heedful.settings import shipped
from heedful.units import sentences

QUESTION = "How do I return something I have already opened?"
QUESTION_KO = "이미 개봉한 상품도 반품할 수 있나요?"
# What the model on loopback says: 60 words that the sample help centre supports, figures and all.
ANSWER = (
    "You can return an opened item within 7 days of delivery if it is unused and complete. [1] Open My page > Orders, "
    'choose the order and then "Return". [1] Put the item with all parts in a sturdy box and hand it to the carrier on '
    "the collection day. [1] Return shipping costs ₩3,000, which is taken from the refund. [1]"
)
PER_PASSAGE = 5  # sentences
PER_ARTICLE = 4  # passages


@dataclass(frozen=True, slots=True)
class Grown:
    """How made-up articles differ from those of the sample: how many are Korean, and words that only a few hold.

    Sentences of a hundred articles have few words between them; names and product codes make an index as wide as that
    of a large help centre. `rare` of them, drawn by Zipf's law, stand in each passage.
    """

    korean_every: int = 0  # articles; 0 for none
    rare: int = 0
    names: int = 200_000


def write(folder: Path, passages: int, *, seed: int = 7, grown: Grown | None = None) -> None:
    """Write the sample help centre, and articles made of its sentences, that split into about `passages` passages.

    What answers `QUESTION` stands in the sample's own article alone: the made-up ones leave returns out.
    """
    grown = grown or Grown()
    root = shipped("knowledge_base")
    shutil.copytree(root, folder / "sample")
    own = sum(len(split(read(path, root=root))) for path in files([root]))
    spoken = {"en": _spoken(root / "en", "return", 6), "ko": _spoken(root / "ko", "반품", 4)}
    chance = random.Random(seed)  # noqa: S311 - a reproducible corpus, no secret
    for number in range((passages - own) // PER_ARTICLE):
        lang = "ko" if grown.korean_every and number % grown.korean_every == 0 else "en"
        parts = [
            f"---\ntitle: Article {number}\nurl: https://help.dalbit.example/{lang}/a{number}\nlang: {lang}\n---\n"
        ]
        for section in range(PER_ARTICLE):
            lines = chance.choices(spoken[lang], k=PER_PASSAGE)
            lines += [f"({', '.join(_name(chance, grown.names) for _ in range(grown.rare))})"] if grown.rare else []
            parts.append(f"## Part {section} of {number}\n\n" + " ".join(lines) + "\n")
        path = folder / f"{number % 100:02d}" / f"a{number}.md"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("\n".join(parts), encoding="utf-8")


def _spoken(folder: Path, without: str, longer_than: int) -> list[str]:
    articles = [read(path, root=folder) for path in files([folder])]
    return [
        line.strip()
        for article in articles
        if without not in article.text and article.trust == "published"
        for line in sentences(article.text)
        if len(line.split()) > longer_than
    ]


def _name(chance: random.Random, names: int) -> str:
    """A made-up name or code; the commonest of `names` comes as often as the rarest tenth of them together, about."""
    rank = int(names ** chance.random())
    syllables = ("ka", "lo", "mi", "ren", "so", "ta", "vu", "zel", "bri", "dor")
    name = "".join(syllables[int(digit)] for digit in f"{rank:05d}")
    return f"{name.upper()[:4]}-{rank}" if rank % 3 == 0 else name.capitalize()


def real(folder: Path, passages: int) -> str:
    """Write real English help articles that split into about `passages` passages; return whose they are.

    They are those of `HEEDFUL_SHARED_DATA` (or `../shared/data`), where that is present, else the sample company's.
    """
    shared = Path(os.environ.get("HEEDFUL_SHARED_DATA") or Path(__file__).resolve().parents[2] / "shared" / "data")
    sources = chain(_of_folder(shared / "help_centers" / "arduino"), _of_lines(shared / "retrieval" / "techqa_en"))
    folder.mkdir(parents=True)
    count = _take(sources, folder, passages)
    if not count:
        count = _take(_of_folder(shipped("knowledge_base") / "en"), folder, passages)
        return f"{count:,} passages of the sample help centre"
    return f"{count:,} passages of real help articles"


def _take(sources: chain[str] | Sequence[str], folder: Path, passages: int) -> int:
    count = 0
    for number, text in enumerate(sources):
        if count >= passages:
            break
        path = folder / f"{number:04d}.md"
        path.write_text(text, encoding="utf-8")
        count += len(split(read(path, root=folder)))
    return count


def _of_folder(folder: Path) -> Sequence[str]:
    return [path.read_text(encoding="utf-8") for path in sorted(folder.rglob("*.md"))] if folder.is_dir() else []


def _of_lines(folder: Path) -> Sequence[str]:
    path = folder / "corpus.jsonl"
    if not path.is_file():
        return []
    articles = [json.loads(line) for line in path.read_text(encoding="utf-8").split("\n") if line.strip()]
    return [f"# {article['title']}\n\n{article['text']}\n" for article in articles]


def blended(embedder: Embedder) -> Callable[[Sequence[str]], Awaitable[Vectors]]:
    """Return what gives a vector to a text of any length: the mean of its sentences', each embedded only once.

    Embedding 10,000 passages takes minutes, and they are made of few sentences: near enough to search among.
    """
    known: dict[str, Vectors] = {}

    async def vectors(texts: Sequence[str]) -> Vectors:
        parts = [[line.strip() for line in sentences(text) if line.strip()] or [text] for text in texts]
        new = sorted({line for lines in parts for line in lines} - known.keys())
        known.update(zip(new, await embedder.embed(new, role="passage"), strict=True))
        rows = np.stack([np.mean([known[line] for line in lines], axis=0) for lines in parts])
        return np.asarray(rows / np.linalg.norm(rows, axis=1, keepdims=True), np.float32)

    return vectors
