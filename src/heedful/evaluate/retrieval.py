"""Scores retrieval on anyone's articles and questions: the product's own path, from splitting to ranking."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

from heedful.adapters.bm25 import BM25Index
from heedful.answerable import THRESHOLD, answerable
from heedful.errors import InputError
from heedful.evaluate import runs
from heedful.evaluate.memory import MemoryShelf, MemoryVectors
from heedful.evaluate.page import page
from heedful.evaluate.scores import DEEP, Scored, compared, figures
from heedful.knowledge import reconcile
from heedful.knowledge.clean import clean
from heedful.knowledge.split import split
from heedful.ports import Embedder
from heedful.query import make_query
from heedful.retrieve import Retriever
from heedful.values import Article, Passage, Speaker, Turn


@dataclass(frozen=True, slots=True)
class Wishes:
    """What else a run should do. At most `history` earlier turns count, and only the first `limit` questions do.

    `misses` gets what went wrong, one JSON object a line, `html` the same as a page; `save` keeps the run, and
    `against` names one that was kept, to be compared with.
    """

    history: int = 0
    limit: int | None = None
    misses: Path | None = None
    html: Path | None = None
    save: Path | None = None
    against: Path | None = None


async def evaluate(
    corpus: Path, queries: Path, *, embedder: Embedder | None, work: Path, wishes: Wishes | None = None
) -> dict[str, Any]:
    """Return the figures of `heedful eval retrieval`, over articles, with binary relevance, and more.

    `work` is a folder for the word index.

    Raises:
        InputError: A file can't be read or written, or a line is not as the format says.
    """
    wishes = wishes or Wishes()
    before = await asyncio.to_thread(runs.load, wishes.against) if wishes.against else ()
    passages = await asyncio.to_thread(read_corpus, corpus)
    retriever, languages = await opened(passages, embedder, work)
    asked = (await asyncio.to_thread(_lines, queries))[: wishes.limit]
    scored = [await ask(retriever, line, languages, wishes.history) for line in asked]
    found = await asyncio.to_thread(figures, scored)
    if before:
        found["against"] = await asyncio.to_thread(compared, scored, before)
    titles = {passage.article_id: passage.title for passage in passages}
    await asyncio.to_thread(_write, wishes, scored, titles, found)
    return found


async def opened(
    passages: Sequence[Passage], embedder: Embedder | None, work: Path, make: Callable[..., Retriever] = Retriever
) -> tuple[Retriever, tuple[str, ...]]:
    """Return a retriever over these passages, and their languages; the word index is put into `work`."""
    shelf, words = MemoryShelf(passages), BM25Index(work / "words")
    vectors = MemoryVectors() if embedder else None
    wanted = await shelf.passage_ids()
    await reconcile.words(shelf, words, wanted, reconcile.quiet)
    if vectors is not None and embedder is not None:
        await reconcile.vectors(shelf, vectors, embedder, wanted, reconcile.quiet)
    return make(shelf, words, vectors, embedder), tuple(sorted({passage.lang for passage in passages}))


async def ask(retriever: Retriever, line: Mapping[str, Any], languages: Sequence[str], history: int = 0) -> Scored:
    """Return what the retriever finds for one line of a set."""
    turns = [Turn(cast("Speaker", turn["speaker"]), str(turn["text"])) for turn in line.get("history") or ()]
    lang, text = str(line.get("lang") or "en"), str(line["text"])
    query = make_query(text, lang, turns[-history:] if history else ())
    # A help centre without the question's language is searched in the languages it has.
    ranked = await retriever.rank(query, languages=(lang,) if lang in languages else languages)
    found = tuple(dict.fromkeys(passage.article_id for passage in ranked.passages))[:DEEP]
    relevant = frozenset(str(id_) for id_ in line.get("relevant") or ())
    is_there = bool(line.get("answerable", True))
    return Scored(str(line["id"]), lang, relevant, is_there, found, answerable(ranked.signs), text)


def _write(wishes: Wishes, scored: Sequence[Scored], titles: Mapping[str, str], found: Mapping[str, Any]) -> None:
    if wishes.save:
        runs.save(scored, wishes.save)
    missed = list(runs.misses(scored, titles, THRESHOLD)) if wishes.misses or wishes.html else []
    try:
        if wishes.misses:
            lines = "".join(json.dumps(line, ensure_ascii=False) + "\n" for line in missed)
            wishes.misses.write_text(lines, encoding="utf-8")
        if wishes.html:
            wishes.html.write_text(page("Retrieval", found, missed), encoding="utf-8")
    except OSError as error:
        name = str(error.filename or "")
        raise InputError(f"{name!r} can't be written ({error.strerror}); name another file") from error


def read_corpus(corpus: Path) -> tuple[Passage, ...]:
    """Return the passages of a set's articles, cleaned and split as `ingest` does it."""
    found: list[Passage] = []
    for line in _lines(corpus):
        article = Article(
            id=str(line["id"]),
            title=str(line.get("title") or ""),
            text=clean(str(line.get("text") or "")),
            url=str(line.get("url") or line.get("path") or line["id"]),
            lang=str(line.get("lang") or "en"),
            trust="published",
            source=str(line.get("path") or ""),
            digest="",
        )
        found.extend(split(article))
    return tuple(found)


def _lines(path: Path) -> list[dict[str, Any]]:
    """Read JSON Lines by `\\n` only: texts hold U+2028 and the like, which `splitlines` would cut at."""
    try:
        text = path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(f"{str(path)!r} can't be read as UTF-8; give a JSON Lines file") from error
    found = []
    for number, line in enumerate(text.split("\n"), start=1):
        if line.strip():
            try:
                value = json.loads(line)
            except ValueError as error:
                raise InputError(f"{path.name}, line {number}: not JSON ({error})") from error
            if not isinstance(value, dict) or "id" not in value or "text" not in value:
                raise InputError(f"{path.name}, line {number}: needs at least `id` and `text`")
            found.append(value)
    return found
