"""`python -m benchmarks.own_questions`: our own Korean questions on two real help centres, beside plain BM25.

The articles are not here: they are those of `HEEDFUL_SHARED_DATA` (or `../shared/data`).
"""

from __future__ import annotations

import argparse
import asyncio
import json
import math
import os
import random
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from benchmarks.rows import Row, table
from heedful.errors import IngestError
from heedful.evaluate.retrieval import Wishes, evaluate
from heedful.knowledge.load import files, read_all
from heedful.ports import Embedder

QUESTIONS = Path(__file__).resolve().parent / "questions"
DEEP = 10
DRAWS = 2_000


def main() -> None:
    """Measure both sets and print one table."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.own_questions", description=__doc__)
    parser.add_argument("--minilm", type=Path, metavar="FOLDER", help="the English embedder's weights, to use them too")
    parser.add_argument("--misses", type=Path, metavar="FOLDER", help="write there what was not found first")
    given = parser.parse_args()
    shared = Path(os.environ.get("HEEDFUL_SHARED_DATA") or Path(__file__).resolve().parents[2] / "shared" / "data")
    if not shared.is_dir():
        sys.exit("the help centres are not here; set HEEDFUL_SHARED_DATA to their folder")
    embedder: Embedder | None = None
    if given.minilm:
        from heedful.adapters.minilm import MiniLM

        embedder = MiniLM.load(given.minilm)
    rows: list[Row] = []
    with tempfile.TemporaryDirectory() as work:
        korean = Path(work) / "powerbi_ko.jsonl"
        write_corpus(shared / "help_centers" / "powerbi_ko", korean)
        for name, corpus, more in (
            ("powerbi_ko", korean, 0.15),
            ("arduino_in_korean", shared / "retrieval" / "arduino_en" / "corpus.jsonl", 0.25),
        ):
            rows += asyncio.run(_rows(name, corpus, more, embedder, Path(work), given.misses))
    print(table(rows))


def write_corpus(folder: Path, corpus: Path) -> None:
    """Write the articles of a folder, read by our own loader, as lines; an id is the path without its suffix."""
    lines = []
    for path in files([folder]):
        try:
            articles = read_all(path, root=folder)
        except IngestError:
            continue  # pictures, licences
        for number, article in enumerate(articles):
            id_ = str(path.relative_to(folder).with_suffix("")) + (f"#{number}" if number else "")
            line = {"id": id_, "title": article.title, "text": article.text, "lang": article.lang, "path": id_}
            lines.append(json.dumps(line, ensure_ascii=False) + "\n")
    corpus.write_text("".join(lines), encoding="utf-8")


async def _rows(
    name: str, corpus: Path, more: float, embedder: Embedder | None, work: Path, misses: Path | None
) -> list[Row]:
    questions = QUESTIONS / f"{name}.jsonl"
    plain = plain_bm25(corpus, questions)
    beside = sum(plain) / len(plain)
    bound = beside + more if name == "powerbi_ko" else more
    kept = misses / f"{name}.jsonl" if misses else None
    rows = []
    for what, using in (("words alone", None), ("with the English embedder", embedder)):
        if what == "words alone" or using is not None:
            folder = work / name / what.replace(" ", "_")
            folder.mkdir(parents=True)
            figures: dict[str, Any] = await evaluate(
                corpus, questions, embedder=using, work=folder, wishes=Wishes(misses=kept)
            )
            for figure in ("ndcg@10", "hit@5", "mrr@10"):
                first = figure == "ndcg@10"
                rows.append(
                    Row(
                        f"{name}, {what}: {figure} of {figures['n']}",
                        figures[figure],
                        "",
                        beside=beside if first else None,
                        hold=round(bound, 3) if first else None,
                        more=True,
                        digits=3,
                    )
                )
    print(f"{name}: plain BM25 {beside:.3f}, 95 % from {_interval(plain)}", file=sys.stderr)
    return rows


def plain_bm25(corpus: Path, questions: Path) -> list[float]:
    """Return nDCG@10 of each question for what most would use: BM25 over words between spaces, article by article."""
    import bm25s

    articles, asked = _read(corpus), _read(questions)
    index = bm25s.BM25()
    index.index([f"{one['title']}\n{one['text']}".lower().split() for one in articles], show_progress=False)
    known = index.vocab_dict
    scores = []
    for question in asked:
        words = [word for word in question["text"].lower().split() if word in known]
        rated = index.get_scores(words) if words else [0.0] * len(articles)
        best = sorted((n for n in range(len(articles)) if rated[n] > 0), key=lambda n: -rated[n])[:DEEP]
        scores.append(_ndcg([articles[n]["id"] for n in best], set(question["relevant"])))
    return scores


def _ndcg(found: Sequence[str], relevant: set[str]) -> float:
    gains = [1 / math.log2(rank + 1) for rank in range(1, DEEP + 1)]
    got = sum(gain for gain, id_ in zip(gains, found, strict=False) if id_ in relevant)
    return got / sum(gains[: len(relevant)])


def _interval(scores: Sequence[float]) -> str:
    chance = random.Random(1)  # noqa: S311 - a reproducible bootstrap, no secret
    means = sorted(sum(chance.choices(scores, k=len(scores))) / len(scores) for _ in range(DRAWS))
    return f"{means[int(DRAWS * 0.025)]:.3f} to {means[int(DRAWS * 0.975)]:.3f}"


def _read(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").split("\n") if line.strip()]


if __name__ == "__main__":
    main()
