"""`python -m benchmarks.train_ranking`: the numbers of ranking, learned from questions about our own help centre.

An article that is taken out of the help centre makes its questions unanswerable, so every question gives both labels,
in help centres of 1 to 46 articles. Nothing else is looked at. Writes `knowledge/ranking.toml` and prints how well the
numbers do on questions that were left out.
"""

from __future__ import annotations

import argparse
import asyncio
import random
import tempfile
import tomllib
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from benchmarks import models
from benchmarks.fitting import FOLDS, Table, curve, report
from benchmarks.processes import ROOT
from heedful import learned, retrieve
from heedful.adapters.bm25 import BM25Index
from heedful.evaluate.kept import KeptEmbeddings
from heedful.evaluate.memory import MemoryShelf, MemoryVectors
from heedful.knowledge import reconcile
from heedful.knowledge.load import files, read
from heedful.knowledge.split import split
from heedful.ports import Embedder
from heedful.query import make_query
from heedful.rerank import Weighed
from heedful.signs import Signs
from heedful.values import Passage

CASES = ROOT / "tests" / "cases"
WITH_VECTORS = (
    *("lead", "words_lead", "coverage", "told", "known", "agreement"),
    *("cosine", "cosine_lead", "cosine_tenth", "cosine_above"),
)
WORDS_ALONE = ("lead", "words", "words_lead", "coverage", "told", "title", "known")
SAMPLES = {30: 8, 20: 8, 10: 12, 5: 16, 3: 20, 1: 40}  # articles: how many help centres of that size
COUNTS = {"whole": 3.0, "out": 3.0, "30": 2.0, "20": 2.0}  # how much a help centre of a usual size counts; others 1
# Of the questions to a help centre: what the chance takes for granted before it has looked. Ours that are not answered
# are nearly all close misses, harder than what is asked elsewhere; by words alone there is less to go by.
ANSWERED = {"vectors": 0.6, "en": 0.5, "ko": 0.5, "crossed": 0.6}
# On standardised signs: they overlap, and no one of them may carry the curve; those with vectors overlap more.
RIDGE = {"vectors": 0.1, "en": 0.03, "ko": 0.03, "crossed": 0.03}
LEAN = 0.3  # the same for the order, which is held to the fused one


@dataclass(frozen=True, slots=True)
class Question:
    """A question, and the slugs of the articles that answer it."""

    text: str
    lang: str
    slugs: frozenset[str]


@dataclass(frozen=True, slots=True)
class Seen:
    """One question asked to one help centre: what was seen, and what is true."""

    question: Question
    centre: str  # what kind of sample it was
    is_there: bool
    signs: Signs
    candidates: tuple[tuple[bool, float, float, float], ...]  # right or not, fused, coverage, pairs; one an article


class Watched(retrieve.Retriever):
    """A retriever that lets its candidates be seen before they are put into their last order."""

    seen: tuple[tuple[Passage, Weighed], ...] = ()

    async def _weighed(self, query, passages, crossed):  # type: ignore[no-untyped-def]
        found = await super()._weighed(query, passages, crossed)
        self.seen = tuple((passage, found[passage.id]) for passage in passages if passage.id in found)
        return found


def questions() -> list[Question]:
    """Return all questions of which it is known what answers them."""
    found = []
    sample = tomllib.loads((CASES / "sample_questions.toml").read_text(encoding="utf-8"))["questions"]
    found += [Question(one["text"], one["lang"], frozenset(one["slug"])) for one in sample]
    for name in ("everyday_questions", "detailed_questions"):
        for lang, some in tomllib.loads((CASES / f"{name}.toml").read_text(encoding="utf-8")).items():
            found += [Question(text, lang, frozenset(slugs)) for text, slugs in some.items()]
    plain = tomllib.loads((CASES / "answerable_questions.toml").read_text(encoding="utf-8"))
    found += [Question(text, lang, frozenset()) for lang in plain for text in plain[lang]["not_answered"]]
    return found


def help_centre() -> dict[str, dict[str, tuple[Passage, ...]]]:
    """Return the passages of our own published articles, by language and slug."""
    root = ROOT / "knowledge_base"
    found: dict[str, dict[str, tuple[Passage, ...]]] = {}
    for path in files([root / "en", root / "ko"]):
        article = read(path, root=root)
        if article.trust == "published":
            found.setdefault(article.lang, {})[path.stem] = split(article)
    return found


async def look(embedder: Embedder, seed: int) -> list[Seen]:
    """Ask the questions in help centres of all sizes, with and without what answers them."""
    chance = random.Random(seed)  # noqa: S311 - reproducible samples, no secret
    found: list[Seen] = []
    for lang, articles in help_centre().items():
        asked = [one for one in questions() if one.lang == lang]
        found += await ask(embedder, articles, asked, "whole")
        for slugs in {one.slugs for one in asked if one.slugs}:
            rest = {slug: passages for slug, passages in articles.items() if slug not in slugs}
            found += await ask(embedder, rest, [one for one in asked if one.slugs == slugs], "out")
        for size, many in SAMPLES.items():
            for _ in range(many):
                part = {slug: articles[slug] for slug in chance.sample(sorted(articles), size)}
                there = [one for one in asked if one.slugs & part.keys()]
                others = [one for one in asked if not one.slugs & part.keys()]
                there = chance.sample(there, min(len(there), 40))
                others = chance.sample(others, max(8, len(there)))
                found += await ask(embedder, part, [*there, *others], str(size))
    return found


async def look_across() -> list[Seen]:
    """Ask the questions of each language in the help centre of the other, by words alone."""
    found: list[Seen] = []
    centre = help_centre()
    for lang, other in (("ko", "en"), ("en", "ko")):
        articles, asked = centre[other], [one for one in questions() if one.lang == lang]
        found += await ask(None, articles, asked, "whole")
        for slugs in {one.slugs for one in asked if one.slugs}:
            rest = {slug: passages for slug, passages in articles.items() if slug not in slugs}
            found += await ask(None, rest, [one for one in asked if one.slugs == slugs], "out")
    return found


async def ask(
    embedder: Embedder | None, articles: Mapping[str, Sequence[Passage]], asked: Sequence[Question], centre: str
) -> list[Seen]:
    """Return what is seen when a help centre of these articles is asked."""
    shelf, vectors = MemoryShelf([one for some in articles.values() for one in some]), MemoryVectors()
    with tempfile.TemporaryDirectory() as work:
        words = BM25Index(Path(work))
        wanted = await shelf.passage_ids()
        await reconcile.words(shelf, words, wanted, reconcile.quiet)
        languages = tuple({language for language, _ in wanted})
        if embedder is not None:
            await reconcile.vectors(shelf, vectors, embedder, wanted, reconcile.quiet)
        retriever = Watched(shelf, words, vectors, embedder)
        found = []
        for one in asked:
            retriever.seen = ()
            query = make_query(one.text, one.lang)
            ranked = await retriever.rank(query, languages=languages)
            right = {articles[slug][0].article_id for slug in one.slugs & articles.keys()}
            found.append(Seen(one, centre, bool(right), ranked.signs, _candidates(retriever.seen, right)))
        if embedder and asked and (embedder.languages is None or asked[0].lang in embedder.languages):
            alone = Watched(shelf, words)
            for n, one in enumerate(asked):
                ranked = await alone.rank(make_query(one.text, one.lang), languages=languages)
                found.append(Seen(one, centre, found[n].is_there, ranked.signs, ()))
    return found


def _candidates(
    seen: Sequence[tuple[Passage, Weighed]], right: set[str]
) -> tuple[tuple[bool, float, float, float], ...]:
    first: dict[str, tuple[bool, float, float, float]] = {}
    for passage, weighed in seen:
        row = (passage.article_id in right, passage.score, weighed.coverage, weighed.pairs)
        first.setdefault(passage.article_id, row)
    return tuple(first.values())[:12]


def fit_order(seen: Sequence[Seen]) -> dict[str, float]:
    """Return how much coverage and pairs add to a fused score: a softmax over articles, held to the fused order."""
    tables = []
    for one in seen:
        rows = np.array(one.candidates, float)
        if one.centre in ("whole", "30", "20") and one.is_there and len(rows) and 0 < rows[:, 0].sum() < len(rows):
            tables.append((rows[:, 1:], rows[:, 0] / rows[:, 0].sum()))
    wide = np.concatenate([rows - rows.mean(0) for rows, _ in tables]).std(0) + 1e-9
    weights = np.array([1.0, 0.0, 0.0])
    for _ in range(500):
        slope = np.zeros(3)
        for rows, wanted in tables:
            height = rows / wide @ weights
            share = np.exp(height - height.max())
            slope += (rows / wide).T @ (share / share.sum() - wanted)
        slope = slope / len(tables) + LEAN * np.array([0.0, *weights[1:]])
        weights = np.maximum(weights - slope, 0.0)
    weights = weights / wide
    return {"coverage": weights[1] / weights[0], "pairs": weights[2] / weights[0]}


def table(seen: Sequence[Seen], names: Sequence[str], answered: float) -> Table:
    """Return the rows; within each kind of help centre those with an answer count `answered` of all."""
    signs = np.array([[getattr(one.signs, name) or 0.0 for name in names] for one in seen])
    many = Counter((one.centre, one.is_there) for one in seen)
    share = {True: answered, False: 1 - answered}
    counts = [
        COUNTS.get(one.centre, 1.0) * share[one.is_there] / many[one.centre, one.is_there]
        if many[one.centre, not one.is_there] or one.centre in ("whole", "out")
        else 0.0
        for one in seen
    ]
    texts = {text: n for n, text in enumerate(sorted({one.question.text for one in seen}))}
    fold = np.random.default_rng(0).integers(0, FOLDS, len(texts))
    return Table(
        signs,
        np.array([float(one.is_there) for one in seen]),
        np.array(counts) / sum(counts),
        np.array([fold[texts[one.question.text]] for one in seen]),
        np.array([one.centre for one in seen]),
    )


async def learn(embedder: Embedder, seed: int, file: Path) -> None:
    """Learn the order, then the curves under that order, and write them."""
    write(file, fit_order(await look(embedder, seed)), None)
    order = learned.order()
    seen = await look(embedder, seed)
    curves = {}
    for name, names, some in (
        ("vectors", WITH_VECTORS, [one for one in seen if one.signs.cosine is not None]),
        ("en", WORDS_ALONE, [one for one in seen if one.question.lang == "en" and one.signs.cosine is None]),
        ("ko", WORDS_ALONE, [one for one in seen if one.question.lang == "ko" and one.signs.cosine is None]),
        ("crossed", WORDS_ALONE, await look_across()),
    ):
        rows = table([one for one in some if one.signs.found], names, ANSWERED[name])
        curves[name], unseen = curve(rows, names, RIDGE[name])
        print(f"{name}: {report(rows, unseen)}")
    write(file, {"coverage": order.coverage, "pairs": order.pairs}, curves)


def write(file: Path, order: Mapping[str, float], curves: Mapping[str, Mapping[str, float]] | None) -> None:
    """Write what was learned; without curves, those that are there stay."""
    kept = curves or tomllib.loads(file.read_text(encoding="utf-8"))["curves"]
    lines = [
        "# Learned by benchmarks/train_ranking.py from questions about our own help centre; run it to make it anew."
    ]
    for title, numbers in (("order", order), *((f"curves.{name}", one) for name, one in kept.items())):
        lines += ["", f"[{title}]", *(f"{name} = {round(float(number), 3)}" for name, number in numbers.items())]
    file.write_text("\n".join(lines) + "\n", encoding="utf-8")
    learned.forget()


def main() -> None:
    """Learn, print and write."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.train_ranking", description=__doc__)
    parser.add_argument("--seed", type=int, default=7, help="of the samples [7]")
    given = parser.parse_args()

    async def work() -> None:
        kept = KeptEmbeddings(models.load(), models.folder().parent / "evaluation")
        await learn(kept, given.seed, learned.FILE)
        await kept.keep()

    asyncio.run(work())


if __name__ == "__main__":
    main()
