"""`python -m benchmarks.ablation FOLDER …`: what each leg and each idea of retrieval is worth, taken away in turn.

A folder holds `corpus.jsonl` and `queries.jsonl`. Each row is the change of nDCG@10 and of the AUROC of answering when
one thing is missing, with its 95 % interval (paired bootstrap over the questions).
"""

from __future__ import annotations

import argparse
import asyncio
import json
import tempfile
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any

from benchmarks import models
from heedful import retrieve
from heedful.evaluate.kept import KeptEmbeddings
from heedful.evaluate.retrieval import ask, opened, read_corpus
from heedful.evaluate.scores import Scored, compared, figures
from heedful.ports import Embedder, Hit
from heedful.query import Query
from heedful.rerank import Weighed
from heedful.retrieve import Retriever
from heedful.terms import is_concept, is_part
from heedful.values import Passage


@dataclass(frozen=True, slots=True)
class Idea:
    """One thing that can be taken away: from the retriever, or from what is indexed."""

    name: str
    without: type[Retriever] = Retriever
    passages: Callable[[Passage], Passage] | None = None
    vector_share: float = retrieve.VECTOR_SHARE
    has_vectors: bool = True


class _NoWords(Retriever):
    async def _by_words(self, *_: Any) -> tuple[Hit, ...]:
        return ()


class _NoCoverage(Retriever):
    async def _weighed(self, *given: Any) -> Mapping[str, Weighed]:
        return {id_: replace(one, coverage=0.0) for id_, one in (await super()._weighed(*given)).items()}


class _NoPairs(Retriever):
    async def _weighed(self, *given: Any) -> Mapping[str, Weighed]:
        return {id_: replace(one, pairs=0.0) for id_, one in (await super()._weighed(*given)).items()}


class _NoReranking(Retriever):
    async def _weighed(self, *given: Any) -> Mapping[str, Weighed]:
        return {id_: replace(one, pairs=0.0, coverage=0.0) for id_, one in (await super()._weighed(*given)).items()}


class _NoSpelling(Retriever):
    async def _spelt(self, query: Query, *_: Any) -> Query:
        return query


class _NoWidening(Retriever):
    async def _widened(self, query: Query, *_: Any) -> Query:
        return query


class _NoGlossary(Retriever):
    async def _crossed(self, *_: Any) -> None:
        return None


def _leaving_out(unwanted: Callable[[str], bool]) -> type[Retriever]:
    """A retriever that does not search for some terms."""

    class Some(Retriever):
        def __init__(self, source: Any, words: Any, *given: Any, **named: Any) -> None:
            super().__init__(source, _Filtered(words, unwanted), *given, **named)

    return Some


class _Filtered:
    """A word index that is not asked for some terms."""

    def __init__(self, words: Any, unwanted: Callable[[str], bool]) -> None:
        self._words, self._unwanted = words, unwanted

    def __getattr__(self, name: str) -> Any:
        return getattr(self._words, name)

    async def search(self, collection: str, terms: Mapping[str, float], limit: int) -> tuple[Hit, ...]:
        wanted = {term: weight for term, weight in terms.items() if not self._unwanted(term)}
        found: tuple[Hit, ...] = await self._words.search(collection, wanted, limit)
        return found


IDEAS = (
    Idea("the word leg", _NoWords),
    Idea("the vector leg", has_vectors=False),
    Idea("unequal shares of the legs", vector_share=0.5),
    Idea("reranking", _NoReranking),
    Idea("reranking: coverage", _NoCoverage),
    Idea("reranking: word pairs", _NoPairs),
    Idea("titles as a field", passages=lambda passage: replace(passage, title="")),
    Idea("headings as a field", passages=lambda passage: replace(passage, headings=())),
    Idea("concepts (same meaning)", _leaving_out(is_concept)),
    Idea("pairs of syllables (Korean)", _leaving_out(is_part)),
    Idea("misspelt words mended", _NoSpelling),
    Idea("words widened (codes, other script)", _NoWidening),
    Idea("glossary (other language)", _NoGlossary),
)


async def measure(folder: Path, embedder: Embedder, only: Collection[str] = ()) -> list[str]:
    """Return the rows of one set as lines of a table."""
    passages = read_corpus(folder / "corpus.jsonl")
    asked = [json.loads(line) for line in (folder / "queries.jsonl").read_text("utf-8").split("\n") if line.strip()]
    whole = await run(passages, asked, embedder, Idea("nothing"))
    base = figures(whole)
    auroc = f" · AUROC {base['answerable_auroc']}" if "answerable_auroc" in base else ""
    lines = [f"\n{folder.name}: {base['n']} questions, nDCG@10 {base['ndcg@10']}{auroc}", ""]
    lines += ["| without | nDCG@10 | 95 % | AUROC | 95 % |", "|---|---|---|---|---|"]
    for idea in IDEAS:
        if only and not any(word in idea.name for word in only):
            continue
        changed = compared(await run(passages, asked, embedder, idea), whole)
        lines.append(f"| {idea.name} | {_cells(changed.get('ndcg@10'))} | {_cells(changed.get('answerable_auroc'))} |")
        print(lines[-1], flush=True)
    return lines


async def run(
    passages: Sequence[Passage], asked: Sequence[Mapping[str, Any]], embedder: Embedder, idea: Idea
) -> list[Scored]:
    """Ask all questions with one idea taken away."""
    kept = [idea.passages(passage) for passage in passages] if idea.passages else passages
    with tempfile.TemporaryDirectory() as work:
        make = partial(idea.without, vector_share=idea.vector_share)
        retriever, languages = await opened(kept, embedder if idea.has_vectors else None, Path(work), make)
        return [await ask(retriever, line, languages) for line in asked]


def _cells(change: Mapping[str, Any] | None) -> str:
    if change is None:
        return "– | –"
    low, high = change["interval"]
    mark = " *" if change["sure"] else ""
    return f"{change['change']:+.4f}{mark} | {low:+.4f} to {high:+.4f}"


def main() -> None:
    """Measure the sets that were named."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.ablation", description=__doc__)
    parser.add_argument("folders", nargs="+", type=Path, metavar="FOLDER")
    parser.add_argument("--only", nargs="*", default=(), metavar="WORD", help="ideas whose name holds one of these")
    given = parser.parse_args()

    async def work() -> None:
        kept = KeptEmbeddings(models.load(), models.folder().parent / "evaluation")
        for folder in given.folders:
            lines = await measure(folder, kept, given.only)
            await kept.keep()
            print("\n".join(lines))
        print("\n* the interval leaves out 0")

    asyncio.run(work())


if __name__ == "__main__":
    main()
