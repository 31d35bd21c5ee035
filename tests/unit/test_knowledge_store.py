"""Articles and passages in the database, on SQLite and PostgreSQL."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from heedful.errors import StoreError
from heedful.knowledge.changes import Change, Source
from heedful.knowledge.split import split
from heedful.store.database import Database
from heedful.store.knowledge import KnowledgeStore
from heedful.values import Article

pytestmark = pytest.mark.anyio

RETURNS = Article(
    id="returns",
    title="개봉한 상품 반품",
    text="## 기간\n\n7일 안에 됩니다.\n\n## 방법\n\n1. 신청합니다.",
    url="https://help.dalbit.example/ko/returns",
    lang="ko",
    trust="published",
    source="/kb/ko/returns.md",
    digest="a" * 64,
    updated="2026-04-14",
)
STAFF = replace(RETURNS, id="staff", trust="internal", source="/kb/ko/staff.md", text="## 직원용\n\n한도는 비밀입니다.")


def change(*given: Article, removed: Sequence[str] = (), source: str = "/kb/ko/returns.md") -> Change:
    """What one file changes."""
    return Change(source, "a" * 64, (), tuple((article, split(article)) for article in given), removed)


async def test_what_was_written_is_read_again(database: Database) -> None:
    """Articles and passages come back as they went in, Korean and headings too."""
    store = KnowledgeStore(database)
    pieces = split(RETURNS)

    await store.write([change(RETURNS)])

    assert await store.articles() == (RETURNS,)
    assert await store.passages([piece.id for piece in pieces]) == {piece.id: piece for piece in pieces}
    assert await store.all_passages("ko", "published") == pieces
    assert await store.sources() == {"/kb/ko/returns.md": Source("a" * 64, (), ("returns",))}
    assert await store.counts() == {("ko", "published"): 1}
    assert await store.held(["returns", "never"]) == {"returns": (RETURNS, pieces)}


async def test_an_article_replaces_itself_and_what_it_stands_for(database: Database) -> None:
    """Old passages go in the same step; so do the ids it is instead of."""
    store = KnowledgeStore(database)
    await store.write([change(RETURNS)])
    await store.write([change(STAFF, source="/kb/ko/staff.md")])
    newer = replace(RETURNS, text="이제 14일입니다.")

    await store.write([change(newer, removed=["staff"])])

    assert [article.id for article in await store.articles()] == ["returns"]
    assert [piece.text for piece in await store.all_passages("ko", "published")] == ["이제 14일입니다."]
    assert await store.passage_ids() == {("ko", "published"): {piece.id for piece in split(newer)}}


async def test_a_removed_article_takes_its_passages_along(database: Database) -> None:
    """A deleted passage is simply not there; its words are kept until it is proved to be in no index."""
    store = KnowledgeStore(database)
    pieces = split(RETURNS)
    await store.write([change(RETURNS)])

    await store.write([Change("/kb/ko/returns.md", None, removed=["returns", "never"])])
    gone = await store.deleted()
    await store.proved([one.passage_id for one in gone])

    assert {(one.passage_id, one.text) for one in gone} == {(piece.id, piece.text) for piece in pieces}
    assert await store.passages([piece.id for piece in pieces]) == {}
    assert (await store.articles(), await store.sources(), await store.deleted()) == ((), {}, ())


async def test_what_comes_back_is_not_deleted(database: Database) -> None:
    """An article that is written again before its deletion was proved has no deletion to prove."""
    store = KnowledgeStore(database)
    await store.write([change(RETURNS)])
    await store.write([Change("/kb/ko/returns.md", None, removed=["returns"])])

    await store.write([change(RETURNS)])

    assert await store.deleted() == ()


async def test_an_article_that_moves_leaves_a_file_to_be_read_again(database: Database) -> None:
    """The file it was in no longer counts as known: it may still claim the article."""
    store = KnowledgeStore(database)
    await store.write([change(RETURNS)])
    moved = replace(RETURNS, source="/kb/moved.md")

    await store.write([change(moved, source="/kb/moved.md")])

    assert await store.sources() == {
        "/kb/ko/returns.md": Source("", (), ()),
        "/kb/moved.md": Source("a" * 64, (), ("returns",)),
    }


async def test_half_an_article_is_never_written(database: Database) -> None:
    """A passage that can't be written takes the whole change back."""
    store = KnowledgeStore(database)
    pieces = split(RETURNS)
    await store.write([change(RETURNS)])
    broken = replace(RETURNS, title="Newer")

    twice = replace(change(broken), written=((broken, (*split(broken), split(broken)[0])),))
    with pytest.raises(StoreError):
        await store.write([change(STAFF, source="/kb/ko/staff.md"), twice])

    assert await store.articles() == (RETURNS,)
    assert await store.all_passages("ko", "published") == pieces


async def test_the_version_grows_when_a_change_has_settled(database: Database) -> None:
    """Writing alone does not count up, settling does; with nothing written since, or nothing but notes, it does not."""
    store = KnowledgeStore(database)
    versions = [await store.index_version()]

    await store.write([change(RETURNS)])
    versions.append(await store.index_version())
    versions.append(await store.settle())
    versions.append(await store.settle())
    await store.write([change()])
    versions.append(await store.settle())
    await store.write([change(removed=["returns"])])
    versions.append(await store.settle())

    assert versions == [0, 0, 1, 1, 1, 2]


async def test_one_process_at_a_time(database: Database, tmp_path: Path) -> None:
    """Who is alone keeps others waiting, over another connection, too; then it is their turn."""
    others = Database(database.url.render_as_string(hide_password=False), schema=database.schema)
    order: list[str] = []

    async def wait() -> None:
        async with KnowledgeStore(others).alone():
            order.append("second")

    async with KnowledgeStore(database).alone():
        waiting = asyncio.create_task(wait())
        done, _ = await asyncio.wait({waiting}, timeout=0.2)
        order.append("first")
    await waiting
    await others.close()

    assert not done
    assert order == ["first", "second"]


async def test_many_ids_are_asked_for_in_slices(database: Database) -> None:
    """More ids than a database takes in one list are no error."""
    store = KnowledgeStore(database)
    await store.write([change(RETURNS)])
    ids = [piece.id for piece in split(RETURNS)]

    assert set(await store.passages([*(f"no-{n}" for n in range(1200)), *ids])) == set(ids)
