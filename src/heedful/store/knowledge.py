"""The help content as it is kept: articles, their passages, and a number that grows with each change."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from typing import Any

import sqlalchemy as sa

from heedful.knowledge.changes import Change, Deleted, Source
from heedful.store import alone
from heedful.store.database import Database, metadata
from heedful.values import Article, Passage, Trust

ASK_AT_ONCE = 500  # ids in one IN list; SQLite takes 999 variables in its older builds

articles = sa.Table(
    "articles",
    metadata,
    sa.Column("id", sa.String(200), primary_key=True),
    sa.Column("title", sa.Text, nullable=False),
    sa.Column("text", sa.Text, nullable=False),
    sa.Column("url", sa.Text, nullable=False),
    sa.Column("lang", sa.String(8), nullable=False),
    sa.Column("trust", sa.String(16), nullable=False),
    sa.Column("source", sa.Text, nullable=False, index=True),
    sa.Column("digest", sa.String(64), nullable=False),
    sa.Column("updated", sa.String(40), nullable=False),
)

passages = sa.Table(
    "passages",
    metadata,
    sa.Column("id", sa.String(64), primary_key=True),
    sa.Column(
        "article_id", sa.String(200), sa.ForeignKey("articles.id", ondelete="CASCADE"), nullable=False, index=True
    ),
    sa.Column("title", sa.Text, nullable=False),
    sa.Column("text", sa.Text, nullable=False),
    sa.Column("url", sa.Text, nullable=False),
    sa.Column("lang", sa.String(8), nullable=False),
    sa.Column("trust", sa.String(16), nullable=False),
    sa.Column("headings", sa.JSON, nullable=False),
    sa.Column("position", sa.Integer, nullable=False),
    sa.Column("updated", sa.String(40), nullable=False),
    sa.Index("ix_passages_lang_trust", "lang", "trust"),
)

sources = sa.Table(
    "sources",
    metadata,
    sa.Column("source", sa.Text, primary_key=True),
    sa.Column("digest", sa.String(64), nullable=False),  # empty: to be read again
    sa.Column("skipped", sa.JSON, nullable=False),
)

# What went and is not yet proved to be found by nobody; the words are kept for that long, to search for them.
deletions = sa.Table(
    "deletions",
    metadata,
    sa.Column("passage_id", sa.String(64), primary_key=True),
    sa.Column("article_id", sa.String(200), nullable=False),
    sa.Column("title", sa.Text, nullable=False),
    sa.Column("text", sa.Text, nullable=False),
    sa.Column("lang", sa.String(8), nullable=False),
    sa.Column("trust", sa.String(16), nullable=False),
)

knowledge_state = sa.Table(
    "knowledge_state",
    metadata,
    sa.Column("name", sa.String(40), primary_key=True),
    sa.Column("value", sa.BigInteger, nullable=False),
)

VERSION, UNSETTLED = "index_version", "unsettled"


class KnowledgeStore:
    """Articles and passages in the database; what the indexes are always reconciled with."""

    def __init__(self, database: Database) -> None:
        self.database = database

    async def articles(self) -> tuple[Article, ...]:
        """Return every article, ordered by source."""
        async with self.database.read() as connection:
            rows = await connection.execute(sa.select(articles).order_by(articles.c.source, articles.c.id))
            return tuple(Article(**row) for row in rows.mappings())

    async def counts(self) -> Mapping[tuple[str, Trust], int]:
        """Return how many articles there are by (language, trust), without reading them."""
        query = sa.select(articles.c.lang, articles.c.trust, sa.func.count()).group_by(
            articles.c.lang, articles.c.trust
        )
        return await self.database.ask(
            lambda connection: {(row[0], row[1]): row[2] for row in connection.execute(query)}
        )

    async def sources(self) -> Mapping[str, Source]:
        """Return every file that was read, and those of articles of which no more is known, without their texts."""

        def work(connection: sa.Connection) -> dict[str, Source]:
            ids: dict[str, list[str]] = {}
            for row in connection.execute(sa.select(articles.c.source, articles.c.id).order_by(articles.c.id)):
                ids.setdefault(row.source, []).append(row.id)
            noted = {row.source: row for row in connection.execute(sa.select(sources))}
            return {
                name: Source(
                    noted[name].digest if name in noted else "",
                    tuple(noted[name].skipped) if name in noted else (),
                    tuple(ids.get(name, ())),
                )
                for name in ids.keys() | noted.keys()
            }

        return await self.database.ask(work)

    async def held(self, ids: Collection[str]) -> Mapping[str, tuple[Article, tuple[Passage, ...]]]:
        """Return the articles that exist among `ids`, each with its passages in order."""

        def work(connection: sa.Connection) -> dict[str, tuple[Article, tuple[Passage, ...]]]:
            found: dict[str, tuple[Article, list[Passage]]] = {}
            for some in _slices(sorted(ids)):
                for row in connection.execute(sa.select(articles).where(articles.c.id.in_(some))).mappings():
                    found[row["id"]] = (Article(**row), [])
                theirs = sa.select(passages).where(passages.c.article_id.in_(some)).order_by(passages.c.position)
                for one in connection.execute(theirs):
                    found[one.article_id][1].append(_passage(one))
            return {id_: (article, tuple(pieces)) for id_, (article, pieces) in found.items()}

        return await self.database.ask(work)

    async def write(self, changes: Sequence[Change]) -> None:
        """Write what some files changed in one transaction: all of it or nothing.

        The words of articles that go are kept until they are `proved` to be gone.
        """

        def work(connection: sa.Connection) -> None:
            for change in changes:
                _remove(connection, change.removed)
                for article, pieces in change.written:
                    _put(connection, article, pieces)
                connection.execute(sa.delete(sources).where(sources.c.source == change.source))
                if change.digest is not None:
                    mine = sa.and_(articles.c.source == change.source, articles.c.digest != change.digest)
                    if change.digest:
                        connection.execute(sa.update(articles).where(mine).values(digest=change.digest))
                    row = {"source": change.source, "digest": change.digest, "skipped": list(change.skipped)}
                    connection.execute(sa.insert(sources).values(row))
            if any(change.written or change.removed for change in changes):
                _note(connection, UNSETTLED, 1)

        if changes:
            await self.database.transact(work)

    async def passages(self, ids: Sequence[str]) -> Mapping[str, Passage]:
        """Return the passages that still exist among `ids`."""

        def work(connection: sa.Connection) -> dict[str, Passage]:
            rows = (row for some in _slices(ids) for row in connection.execute(_SOME, {"ids": some}))
            return {row.id: _passage(row) for row in rows}

        return await self.database.ask(work)

    async def all_passages(self, language: str, trust: Trust) -> tuple[Passage, ...]:
        """Return every passage of one language and trust, in the order of their articles."""
        query = sa.select(passages).where(passages.c.lang == language, passages.c.trust == trust)
        async with self.database.read() as connection:
            rows = await connection.execute(query.order_by(passages.c.article_id, passages.c.position))
            return tuple(_passage(row) for row in rows)

    async def passage_ids(self) -> Mapping[tuple[str, Trust], frozenset[str]]:
        """Return the ids of all passages by (language, trust): what each index has to hold."""

        def work(connection: sa.Connection) -> dict[tuple[str, Trust], frozenset[str]]:
            groups: dict[tuple[str, Trust], set[str]] = {}
            for id_, language, trust in connection.execute(sa.select(passages.c.id, passages.c.lang, passages.c.trust)):
                groups.setdefault((language, trust), set()).add(id_)
            return {group: frozenset(ids) for group, ids in groups.items()}

        return await self.database.ask(work)

    async def deleted(self) -> tuple[Deleted, ...]:
        """Return the passages that went and are not yet proved to be gone from the indexes."""
        query = sa.select(deletions).order_by(deletions.c.article_id, deletions.c.passage_id)
        return await self.database.ask(lambda connection: tuple(Deleted(*row) for row in connection.execute(query)))

    async def proved(self, passage_ids: Collection[str]) -> None:
        """Forget the words of these deleted passages."""

        def work(connection: sa.Connection) -> None:
            for some in _slices(sorted(passage_ids)):
                connection.execute(sa.delete(deletions).where(deletions.c.passage_id.in_(some)))

        if passage_ids:
            await self.database.transact(work)

    async def index_version(self) -> int:
        """Return a number that grows when a change of the knowledge has reached the indexes; 0 before the first."""
        return await self.database.ask(lambda connection: _noted(connection, VERSION))

    async def is_settled(self) -> bool:
        """Return whether nothing was written since the index version last grew."""
        return await self.database.ask(lambda connection: not _noted(connection, UNSETTLED))

    async def settle(self) -> int:
        """Grow the index version if anything was written since it last grew; return it.

        Every process that finds it grown looks at its indexes anew.
        """

        def work(connection: sa.Connection) -> int:
            mine = sa.and_(knowledge_state.c.name == UNSETTLED, knowledge_state.c.value == 1)
            # Of two processes that settle at once one finds nothing left to settle.
            if connection.execute(sa.update(knowledge_state).where(mine).values(value=0)).rowcount:
                _note(connection, VERSION, _noted(connection, VERSION) + 1)
            return _noted(connection, VERSION)

        return await self.database.transact(work)

    def alone(self) -> AbstractAsyncContextManager[None]:
        """Wait until no other process syncs this database, and keep the others waiting meanwhile.

        Raises:
            StoreError: It can't be waited for.
        """
        return alone.alone(self.database)


def _remove(connection: sa.Connection, article_ids: Iterable[str]) -> None:
    for some in _slices(sorted(article_ids)):
        theirs = passages.c.article_id.in_(some)
        words = [passages.c[name] for name in ("id", "article_id", "title", "text", "lang", "trust")]
        known = [deletions.c[name] for name in ("passage_id", "article_id", "title", "text", "lang", "trust")]
        ids = sa.select(passages.c.id).where(theirs)
        connection.execute(sa.delete(deletions).where(deletions.c.passage_id.in_(ids)))
        connection.execute(sa.insert(deletions).from_select(known, sa.select(*words).where(theirs)))
        connection.execute(sa.delete(passages).where(theirs))
        connection.execute(sa.delete(articles).where(articles.c.id.in_(some)))


def _put(connection: sa.Connection, article: Article, pieces: Sequence[Passage]) -> None:
    """Write an article in place of itself; the file it was in before has to be read again."""
    row = _columns(article, articles)
    before = connection.execute(sa.select(articles.c.source).where(articles.c.id == article.id)).scalar()
    if before is None:
        connection.execute(sa.insert(articles).values(row))
    else:
        connection.execute(sa.update(articles).where(articles.c.id == article.id).values(row))
        if before != article.source:
            connection.execute(sa.update(sources).where(sources.c.source == before).values(digest=""))
    there = (
        set()
        if before is None
        else set(connection.execute(sa.select(passages.c.id).where(passages.c.article_id == article.id)).scalars())
    )
    for some in _slices(sorted(there)):  # also those that stay: their place or address may be another
        connection.execute(sa.delete(passages).where(passages.c.id.in_(some)))
    if pieces:
        connection.execute(sa.insert(passages), [_columns(piece, passages) for piece in pieces])
    for some in _slices([piece.id for piece in pieces]):
        connection.execute(sa.delete(deletions).where(deletions.c.passage_id.in_(some)))


def _noted(connection: sa.Connection, name: str) -> int:
    query = sa.select(knowledge_state.c.value).where(knowledge_state.c.name == name)
    return int(connection.execute(query).scalar() or 0)


def _note(connection: sa.Connection, name: str, value: int) -> None:
    mine = knowledge_state.c.name == name
    if not connection.execute(sa.update(knowledge_state).where(mine).values(value=value)).rowcount:
        connection.execute(sa.insert(knowledge_state).values(name=name, value=value))


def _columns(value: Article | Passage, table: sa.Table) -> dict[str, Any]:
    row = {column.name: getattr(value, column.name) for column in table.columns}
    if "headings" in row:
        row["headings"] = list(row["headings"])
    return row


def _passage(row: Sequence[Any]) -> Passage:
    """Read a row by the order of its columns, which is that of the value: by name it takes thrice as long."""
    id_, article_id, title, text, url, lang, trust, headings, position, updated = row
    return Passage(id_, article_id, title, text, url, lang, trust, tuple(headings), position, updated)


_SOME = sa.select(passages).where(passages.c.id.in_(sa.bindparam("ids", expanding=True)))


def _slices(ids: Sequence[str]) -> Iterator[list[str]]:
    for start in range(0, len(ids), ASK_AT_ONCE):
        yield list(ids[start : start + ASK_AT_ONCE])
