"""`heedful eval retrieval`: its figures, and what the product reaches on our own and on others' help centres."""

from __future__ import annotations

import json
import tomllib
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Literal

import numpy as np
import pytest

from heedful.adapters.bm25 import BM25Index
from heedful.errors import InputError
from heedful.evaluate.kept import KeptEmbeddings
from heedful.evaluate.retrieval import Wishes, evaluate
from heedful.evaluate.scores import Scored, auroc, calibration_error, compared
from heedful.knowledge.sync import Knowledge
from heedful.ports import Vectors
from heedful.retrieve import Retriever
from heedful.store.database import Database
from heedful.store.knowledge import KnowledgeStore

pytestmark = pytest.mark.anyio

ROOT = Path(__file__).resolve().parents[2]
CASES = ROOT / "tests" / "cases"


def lines(path: Path, rows: Sequence[dict[str, Any]]) -> Path:
    path.write_text("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows), encoding="utf-8")
    return path


def small(folder: Path) -> tuple[Path, Path]:
    corpus: list[dict[str, Any]] = [
        {
            "id": "a",
            "title": "Returns",
            "text": "Return an opened item within 7 days.\u2028Pack it well.",
            "lang": "en",
        },
        {"id": "b", "title": "Fees", "text": "Delivery to Jeju costs more.", "lang": "en"},
        {"id": "c", "title": "반품", "text": "개봉한 상품은 7일 안에 반품됩니다.", "lang": "ko"},
        {"id": "d", "title": "포인트", "text": "포인트는 1년 뒤에 소멸됩니다.", "lang": "ko"},
    ]
    queries: list[dict[str, Any]] = [
        {"id": "1", "text": "return an opened item", "lang": "en", "relevant": ["a"]},
        {"id": "2", "text": "delivery Jeju", "lang": "en", "relevant": ["a", "b"]},
        {"id": "3", "text": "개봉한 상품 반품", "lang": "ko", "relevant": ["c"], "answerable": True},
        {"id": "4", "text": "호주의 수도", "lang": "ko", "relevant": [], "answerable": False},
        {"id": "5", "text": "points", "lang": "en", "relevant": ["b"]},
    ]
    return lines(folder / "corpus.jsonl", corpus), lines(folder / "queries.jsonl", queries)


async def test_figures_are_those_of_the_definition(tmp_path: Path) -> None:
    """Binary relevance over articles: one found first, one half found, one found, one missed, one without answer."""
    corpus, queries = small(tmp_path)

    wishes = Wishes(misses=tmp_path / "misses.jsonl")
    figures = await evaluate(corpus, queries, embedder=None, work=tmp_path, wishes=wishes)

    assert figures["n"] == 4
    assert figures["hit@5"] == 0.75
    assert figures["recall@5"] == round((1 + 0.5 + 1 + 0) / 4, 4)
    assert figures["mrr@10"] == 0.75
    assert figures["ndcg@10"] == pytest.approx((1 + 1 / (1 + 0.63093) + 1 + 0) / 4, abs=1e-4)
    assert figures["answerable_auroc"] == 0.875
    assert {lang: part["n"] for lang, part in figures["by_lang"].items()} == {"en": 3, "ko": 1}
    missed = [json.loads(line) for line in (tmp_path / "misses.jsonl").read_text("utf-8").split("\n")[:-1]]
    assert [line["id"] for line in missed if "not_first" in line["wrong"]] == ["5"]


async def test_history_counts_when_asked_for(tmp_path: Path) -> None:
    """Earlier turns are used up to the number given, and not at all by default."""
    corpus, _ = small(tmp_path)
    said = [{"speaker": "customer", "text": "Jeju delivery"}, {"speaker": "assistant", "text": "Yes?"}]
    queries = lines(
        tmp_path / "q.jsonl", [{"id": "1", "text": "And what is it?", "lang": "en", "relevant": ["b"], "history": said}]
    )

    without = await evaluate(corpus, queries, embedder=None, work=tmp_path)
    with_history = await evaluate(corpus, queries, embedder=None, work=tmp_path, wishes=Wishes(history=2))

    assert (without["hit@5"], with_history["hit@5"]) == (0.0, 1.0)


@pytest.mark.parametrize("content", ['{"id": "a"', '["a"]', '{"text": "a"}'])
async def test_a_malformed_line_is_named(tmp_path: Path, content: str) -> None:
    """File and line are told, so that it can be mended."""
    corpus, queries = small(tmp_path)
    queries.write_text(queries.read_text() + content + "\n")

    with pytest.raises(InputError, match=r"queries\.jsonl, line 6"):
        await evaluate(corpus, queries, embedder=None, work=tmp_path)


async def test_a_run_is_compared_with_a_kept_one(tmp_path: Path) -> None:
    """The same run again changes nothing; a worse one shows by how much, for sure, and what it found instead."""
    corpus, queries = small(tmp_path)
    kept, page = tmp_path / "run.jsonl", tmp_path / "page.html"
    await evaluate(corpus, queries, embedder=None, work=tmp_path, wishes=Wishes(save=kept))

    same = await evaluate(corpus, queries, embedder=None, work=tmp_path, wishes=Wishes(against=kept))
    other = corpus.read_text("utf-8").replace("Return an opened item", "A lamp").replace('"Returns"', '"<b>Lamps</b>"')
    corpus.write_text(other.replace("Delivery to", "Return an opened item, delivery to"), "utf-8")
    worse = await evaluate(corpus, queries, embedder=None, work=tmp_path, wishes=Wishes(against=kept, html=page))

    assert same["against"]["questions"] == 5
    assert same["against"]["ndcg@10"] == {"change": 0.0, "interval": [0.0, 0.0], "sure": False, "better": 0.0}
    assert worse["against"]["ndcg@10"]["change"] < 0
    assert "return an opened item" in page.read_text("utf-8")
    assert "<b>" not in page.read_text("utf-8")
    assert "return an opened item" not in kept.read_text("utf-8")


@pytest.mark.parametrize("content", ["{}", '{"id": "1"}', "[1]", "no"])
async def test_what_is_no_kept_run_is_named(tmp_path: Path, content: str) -> None:
    """Before anything is read or searched."""
    corpus, queries = small(tmp_path)
    kept = tmp_path / "run.jsonl"
    kept.write_text(content + "\n")

    with pytest.raises(InputError, match=r"run\.jsonl"):
        await evaluate(corpus, queries, embedder=None, work=tmp_path, wishes=Wishes(against=kept))


def scored(id_: str, likely: float, *, answerable: bool = True, found: tuple[str, ...] = ("a",)) -> Scored:
    return Scored(id_, "en", frozenset({"a"} if answerable else ()), answerable, found, likely)


def test_the_change_is_paired_and_has_an_interval() -> None:
    """Forty questions that all got better leave 0 out of the interval; one that did leaves it in."""
    before = [scored(str(n), 0.5, found=("b", "a")) for n in range(40)]

    every = compared([scored(str(n), 0.5) for n in range(40)], before)["mrr@10"]
    one = compared([scored(str(n), 0.5, found=("a",) if n == 0 else ("b", "a")) for n in range(40)], before)["mrr@10"]

    assert (every["change"], every["sure"], every["better"]) == (0.5, True, 1.0)
    assert one["change"] == pytest.approx(0.5 / 40, abs=1e-4)
    assert one["interval"][0] == 0.0
    assert not one["sure"]
    assert compared([scored("x", 0.5)], before)["questions"] == 0


def test_auroc_counts_ties_half() -> None:
    """By ranks the same as by looking at every pair."""
    likely, truth = np.array([0.9, 0.5, 0.5, 0.1, 0.5]), np.array([True, True, False, False, True])

    pairs = [(yes > no) + 0.5 * (yes == no) for yes in likely[truth] for no in likely[~truth]]

    assert auroc(likely, truth) == pytest.approx(sum(pairs) / len(pairs))
    assert auroc(likely[:2], truth[:2]) == 0.5


def test_chances_that_come_true_are_calibrated() -> None:
    """Of ten said to be likely by 0.7 seven are there: no error; sure of all ten would be wrong by 0.3."""
    truth = np.array([True] * 7 + [False] * 3)

    assert calibration_error(np.full(10, 0.7), truth) == pytest.approx(0.0)
    assert calibration_error(np.full(10, 1.0), truth) == pytest.approx(0.3)


class CountingEmbedder:
    """Two numbers a text, and how many texts it was given."""

    name = "counting-1"
    dimensions = 2
    languages: frozenset[str] | None = None
    in_process = True

    def __init__(self) -> None:
        self.texts: list[str] = []

    async def embed(self, texts: Sequence[str], *, role: Literal["passage", "question"]) -> Vectors:
        self.texts.extend(texts)
        return np.array([[len(text), role == "question"] for text in texts], np.float32).reshape(len(texts), 2)


def damage(folder: Path) -> None:
    for file in folder.iterdir():
        file.write_bytes(b"no archive")


async def test_what_was_embedded_once_is_kept(tmp_path: Path) -> None:
    """A second run embeds only what is new, a passage and a question apart; a damaged file counts as none."""
    first, second, third = CountingEmbedder(), CountingEmbedder(), CountingEmbedder()

    one = KeptEmbeddings(first, tmp_path)
    rows = await one.embed(["a", "bb", "a"], role="passage")
    await one.keep()
    two = KeptEmbeddings(second, tmp_path)
    again = await two.embed(["bb", "ccc", "a"], role="passage")
    asked = await two.embed(["bb"], role="question")
    damage(tmp_path)
    await KeptEmbeddings(third, tmp_path).embed(["a"], role="passage")

    assert rows.tolist() == [[1, 0], [2, 0], [1, 0]]
    assert again.tolist() == [[2, 0], [3, 0], [1, 0]]
    assert asked.tolist() == [[2, 1]]
    assert (first.texts, second.texts, third.texts) == (["a", "bb"], ["ccc", "bb"], ["a"])
    assert (await two.embed([], role="passage")).shape == (0, 2)


async def ingested(database: Database, folder: Path, words: BM25Index) -> Retriever:
    store = KnowledgeStore(database)
    summary = await Knowledge(store, words, None, None).sync([folder])
    assert summary.skipped == ()
    again = await Knowledge(store, words, None, None).sync([folder])
    assert (again.unchanged, again.added + again.changed + again.removed) == (summary.articles, 0)
    return Retriever(store, words)


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
async def test_our_own_help_centre_answers_its_customers(database: Database, tmp_path: Path) -> None:
    """By words alone: the right article among the first five, silence on most of what is not there."""
    retriever = await ingested(database, ROOT / "knowledge_base", BM25Index(tmp_path))
    asked = tomllib.loads((CASES / "sample_questions.toml").read_text(encoding="utf-8"))["questions"]
    plain = tomllib.loads((CASES / "answerable_questions.toml").read_text(encoding="utf-8"))

    for lang in ("en", "ko"):
        there = [one for one in asked if one["lang"] == lang and one["slug"]]
        found = [(await retriever.retrieve(one["text"], language=lang), one["slug"]) for one in there]
        first = [part.nearest.article_id.rsplit("/", 1)[1] in slug for part, slug in found if part.nearest]
        answered = [bool((await retriever.retrieve(text, language=lang)).passages) for text in plain[lang]["answered"]]
        silent = [not (await retriever.retrieve(text, language=lang)).passages for text in plain[lang]["not_answered"]]

        assert sum(first) / len(there) >= 0.7, lang
        assert sum(answered) / len(answered) >= 0.8, lang
        assert sum(silent) / len(silent) >= 0.8, lang


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
async def test_a_help_centre_of_414_articles_goes_in_whole(
    database: Database, tmp_path: Path, shared_data: Path
) -> None:
    """Every article of a real help centre is read, none skipped, and a second run finds nothing to do."""
    retriever = await ingested(database, shared_data / "help_centers" / "arduino", BM25Index(tmp_path))

    found = await retriever.retrieve("My board is not recognised by the computer, what can I do?", language="en")

    assert len(await KnowledgeStore(database).articles()) == 414
    assert found.passages
    assert all("{%" not in passage.text and "<img" not in passage.text for passage in found.passages)


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
async def test_a_korean_help_centre_goes_in_whole(database: Database, tmp_path: Path, shared_data: Path) -> None:
    """149 Korean articles are read as Korean, and a question by their subject finds them."""
    retriever = await ingested(database, shared_data / "help_centers" / "powerbi_ko", BM25Index(tmp_path))

    found = await retriever.retrieve("대시보드에 차트를 고정하려면 어떻게 하나요?", language="ko")

    assert {article.lang for article in await KnowledgeStore(database).articles()} == {"ko"}
    assert any("대시보드" in passage.text and "고정" in passage.text for passage in found.passages)


@pytest.mark.parametrize(
    ("name", "floor"), [("arduino_en", 0.5), ("techqa_en", 0.82), ("korquad_ko", 0.97)], ids=lambda value: str(value)
)
async def test_words_alone_hold_their_figures(tmp_path: Path, shared_data: Path, name: str, floor: float) -> None:
    """nDCG@10 on three sets of others does not fall below what was measured, less a little."""
    folder = shared_data / "retrieval" / name

    figures = await evaluate(
        folder / "corpus.jsonl", folder / "queries.jsonl", embedder=None, work=tmp_path, wishes=Wishes(limit=300)
    )

    assert figures["ndcg@10"] >= floor
