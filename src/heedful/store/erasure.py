"""Erasures: the key goes first, then the rows; a receipt without a name stays. Killed half-way, it is finished later.

An erasure begins by marking the rows it takes; from then on nobody finds them. Their keys are destroyed, which makes
every backup unreadable, and the rows are deleted, in one transaction with the entry in the audit chain that says so.
"""

from __future__ import annotations

import contextlib
import json
import secrets
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime, timedelta

import sqlalchemy as sa

from heedful import audit
from heedful.agreements import Erased, ErasedWhy
from heedful.audit import Entry, Record
from heedful.errors import NotFoundError
from heedful.store import erasing
from heedful.store.chain import Chain
from heedful.store.database import Database
from heedful.store.holds import Holds
from heedful.store.tables import chain, conversations, erasures, events, holds, moment, profiles
from heedful.store.vault import Vault

AT_ONCE = 200  # conversations that ran out, in one erasure: the record is locked while it deletes
MARKS_AT_ONCE = 500  # entries of the chain in one statement
EMPTY_FOR = timedelta(days=1)  # a customer's row without anything may be about to be filled

Mark = Callable[[sa.Connection, str], int]  # marks with an erasure's id what it is to take; how much that is


class _NothingError(Exception):
    """Another process has taken it already."""


class Erasures(Holds):
    """Erases, unless a legal hold stands. `now` gives the time of an erasure."""

    def __init__(
        self, database: Database, vault: Vault, ends: Chain, *, now: Callable[[], datetime] = lambda: datetime.now(UTC)
    ) -> None:
        super().__init__(database, vault, now=now)
        self._chain = ends

    async def erase(self, customer_id: str, why: ErasedWhy = "asked") -> Erased:
        """Erase all that is kept of a customer; return the receipt, whose counts are empty when nothing was.

        Raises:
            LegalHoldError: A company's legal hold stands.
            StoreError: It was not finished; `resume` does that.
        """
        owner = self._customers.owner(customer_id)

        def mark(connection: sa.Connection, erasure: str) -> int:
            erasing.lock_customers(connection, [owner])
            erasing.check_hold(connection, owner)
            erasing.mark_customer(connection, erasure, owner)
            return 1  # also when nothing was kept: that, too, is an answer

        return await self._erase(mark, why)

    async def erase_conversation(self, conversation_id: str, why: ErasedWhy = "asked") -> Erased:
        """Erase one conversation; return the receipt.

        Raises:
            NotFoundError: There is no such conversation.
            LegalHoldError: A company's legal hold stands for its customer.
            StoreError: It was not finished; `resume` does that.
        """
        query = sa.select(conversations.c.owner)
        query = query.where(conversations.c.id == conversation_id, conversations.c.erasing.is_(None))

        def mark(connection: sa.Connection, erasure: str) -> int:
            row = connection.execute(query).one_or_none()
            if row is None:
                raise NotFoundError("there is no such conversation")
            if row.owner is not None:
                erasing.lock_customers(connection, [row.owner])
                erasing.check_hold(connection, row.owner)
            return erasing.mark_conversations(connection, erasure, [conversation_id])

        return await self._erase(mark, why)

    async def expire(self, retention: Mapping[str, int], now: datetime) -> tuple[Erased, ...]:
        """Erase the conversations whose last event is older than the days of their kind; 0 keeps them.

        Kinds are `conversations`, of verified customers, and `unverified_conversations`. A customer of whom nothing is
        left goes with the last conversation, key and all. Those under a legal hold stay.

        Raises:
            StoreError: It was not finished; the next time goes on.
        """
        done: list[Erased] = []
        for kind, verified in (("conversations", True), ("unverified_conversations", False)):
            days = retention.get(kind, 0)
            with contextlib.suppress(_NothingError):  # another process was first; the next time goes on
                while days and (ids := await self._over(now - timedelta(days=days), verified=verified)):
                    done.append(await self._erase(_marking(ids), "retention"))
        if owners := await self._empty(now - EMPTY_FOR):
            which = profiles.c.owner.in_(owners)
            with contextlib.suppress(_NothingError):
                mark: Mark = lambda connection, erasure: erasing.mark_bare(connection, erasure, which)  # noqa: E731
                done.append(await self._erase(mark, "retention"))
        return tuple(done)

    async def resume(self) -> int:
        """Finish the erasures that were interrupted; return how many there were.

        Raises:
            StoreError: They are still not finished.
        """
        query = sa.select(erasures).where(erasures.c.position.is_(None)).order_by(erasures.c.at, erasures.c.id)
        begun = await self._database.ask(lambda connection: connection.execute(query).all())
        for row in begun:
            await self._finish(row.id)
        return len(begun)

    async def _over(self, before: datetime, *, verified: bool) -> Sequence[str]:
        """Return conversations in which nothing has happened since, and that may go."""
        late = sa.exists().where(events.c.conversation_id == conversations.c.id, events.c.at >= before)
        owner = conversations.c.owner
        free = owner.is_not(None) & ~sa.exists().where(holds.c.owner == owner) if verified else owner.is_(None)
        query = sa.select(conversations.c.id).where(
            conversations.c.opened_at < before, conversations.c.erasing.is_(None), free, ~late
        )
        query = query.order_by(conversations.c.opened_at, conversations.c.id).limit(AT_ONCE)
        return await self._database.ask(lambda connection: connection.execute(query).scalars().all())

    async def _empty(self, before: datetime) -> Sequence[str]:
        """Return customers of whom nothing is kept, and was not lately."""
        kept = [sa.exists().where(table.c.owner == profiles.c.owner) for table in erasing.OF_CUSTOMERS]
        query = sa.select(profiles.c.owner).where(
            profiles.c.changed_at < before, profiles.c.erasing.is_(None), profiles.c.facts.is_(None)
        )
        query = query.where(*(~there for there in kept)).limit(AT_ONCE)
        return await self._database.ask(lambda connection: connection.execute(query).scalars().all())

    async def _erase(self, mark: Mark, why: ErasedWhy) -> Erased:
        erasure, at = f"er_{secrets.token_urlsafe(16)}", self._now()

        def begin(connection: sa.Connection) -> None:
            self._chain.lock(connection)  # nobody writes, and nobody else erases, until this is marked
            connection.execute(sa.insert(erasures), [{"id": erasure, "why": why, "at": at}])
            if not mark(connection, erasure):
                raise _NothingError

        await self._chain.begin()
        await self._database.transact(begin)
        return await self._finish(erasure)

    async def _finish(self, erasure: str) -> Erased:
        """Go on with an erasure that has begun, wherever it was left; one that is finished gives its receipt again."""
        keys = await self._database.ask(lambda connection: erasing.key_ids(connection, erasure))
        await self._vault.destroy(keys)
        await self._chain.begin()
        entries = await self._database.transact(lambda connection: self._take(connection, erasure, keys))
        self._chain.committed(entries)
        await self._database.fold()
        return await self._receipt(erasure)

    def _take(self, connection: sa.Connection, erasure: str, keys: Sequence[str]) -> tuple[Entry, ...]:
        """Delete what is marked and say so in the chain; nothing when another process has done it meanwhile."""
        head = self._chain.lock(connection)
        row = connection.execute(sa.select(erasures).where(erasures.c.id == erasure)).one()
        if row.position is not None:
            return ()
        gone = erasing.positions(connection, erasure)
        for start in range(0, len(gone), MARKS_AT_ONCE):
            some = chain.c.position.in_(gone[start : start + MARKS_AT_ONCE])
            connection.execute(sa.update(chain).where(some).values(erased_by=head.position + 1))
        counts = {**erasing.delete(connection, erasure, keys), "keys": len(keys)}
        content = audit.canonical(
            {
                "id": erasure,
                "at": moment(row.at),
                "why": row.why,
                "counts": {name: count for name, count in counts.items() if count},
                "took": audit.took(gone),
            }
        )
        salt = secrets.token_bytes(audit.SALT_BYTES)
        said = Record(moment(row.at), erasure, audit.ERASURE, audit.content_digest(salt, content))
        entry = self._chain.follow(head, said)
        self._chain.append(connection, [entry])
        finished = {"position": entry.position, "content": content, "salt": salt}
        connection.execute(sa.update(erasures).where(erasures.c.id == erasure).values(**finished))
        return (entry,)

    async def _receipt(self, erasure: str) -> Erased:
        query = sa.select(erasures, chain.c.link).join(chain, chain.c.position == erasures.c.position)
        query = query.where(erasures.c.id == erasure)
        row = await self._database.ask(lambda connection: connection.execute(query).one())
        said = json.loads(row.content)
        place = {"position": row.position, "hash": bytes(row.link).hex(), "took": said["took"]}
        return Erased(row.id, row.at, row.why, said["counts"], bytes(row.salt).hex(), place)


def _marking(ids: Sequence[str]) -> Mark:
    return lambda connection, erasure: erasing.mark_conversations(connection, erasure, ids)
