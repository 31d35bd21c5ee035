"""The rows that an erasure takes: marked first, then counted and deleted."""

from __future__ import annotations

from collections.abc import Sequence

import sqlalchemy as sa

from heedful.errors import LegalHoldError
from heedful.store.tables import (
    asked_words,
    consents,
    conversations,
    corrections,
    events,
    holders,
    holds,
    open_replies,
    profiles,
)

OF_CUSTOMERS = (conversations, consents, corrections, holds)
COUNTED = {"customer": "messages", "receipt": "receipts", "offer": "offers"}  # types of events that are told apart


def lock_customers(connection: sa.Connection, owners: Sequence[str]) -> None:
    """Let nobody change these customers until the transaction ends; in one order, so that nobody waits in a ring."""
    query = sa.select(profiles.c.owner).where(profiles.c.owner.in_(sorted(owners))).order_by(profiles.c.owner)
    connection.execute(query.with_for_update()).all()


def check_hold(connection: sa.Connection, owner: str) -> None:
    """Let pass who may be erased; the customer is locked, so that no hold comes in between.

    Raises:
        LegalHoldError: A hold stands.
    """
    since = connection.execute(sa.select(holds.c.since).where(holds.c.owner == owner)).scalar()
    if since is not None:
        raise LegalHoldError(
            f"a legal hold stands since {since:%Y-%m-%d}: nothing of this customer is erased until it is released"
        )


def mark_customer(connection: sa.Connection, erasure: str, owner: str) -> None:
    """Mark a customer and all their conversations, also what an erasure that was interrupted had marked."""
    for table in (profiles, conversations):
        connection.execute(sa.update(table).where(table.c.owner == owner).values(erasing=erasure))


def mark_conversations(connection: sa.Connection, erasure: str, ids: Sequence[str]) -> int:
    """Mark conversations that nobody is erasing and no hold keeps, and the customers of whom nothing is left then.

    Return how many conversations that is.
    """
    mine = (conversations.c.id.in_(ids), conversations.c.erasing.is_(None))
    owners = connection.execute(sa.select(conversations.c.owner).where(*mine).distinct()).scalars().all()
    known = [owner for owner in owners if owner is not None]
    lock_customers(connection, known)
    held = sa.exists().where(holds.c.owner == conversations.c.owner)
    marked = connection.execute(sa.update(conversations).where(*mine, ~held).values(erasing=erasure))
    mark_bare(connection, erasure, profiles.c.owner.in_(known))
    return int(marked.rowcount)


def mark_bare(connection: sa.Connection, erasure: str, which: sa.ColumnElement[bool]) -> int:
    """Mark those customers of whom nothing is kept besides what this erasure takes; return how many."""
    others = sa.exists().where(
        conversations.c.owner == profiles.c.owner,
        sa.or_(conversations.c.erasing.is_(None), conversations.c.erasing != erasure),
    )
    kept = [sa.exists().where(table.c.owner == profiles.c.owner) for table in (consents, corrections, holds)]
    bare = sa.and_(profiles.c.erasing.is_(None), profiles.c.facts.is_(None), *(~there for there in (*kept, others)))
    return int(connection.execute(sa.update(profiles).where(which, bare).values(erasing=erasure)).rowcount)


def key_ids(connection: sa.Connection, erasure: str) -> list[str]:
    """Return the keys that go: of marked customers, and of marked conversations that have one of their own."""
    own = sa.select(conversations.c.key_id).where(conversations.c.erasing == erasure, conversations.c.owner.is_(None))
    theirs = sa.select(profiles.c.key_id).where(profiles.c.erasing == erasure)
    return sorted(connection.execute(own.union(theirs)).scalars())


def positions(connection: sa.Connection, erasure: str) -> list[int]:
    """Return the places in the audit chain of what is marked, lowest first."""
    of_events = sa.select(events.c.position).where(events.c.conversation_id.in_(_conversations(erasure)))
    of_consents = sa.select(consents.c.position).where(consents.c.owner.in_(_owners(erasure)))
    return sorted(connection.execute(of_events.union_all(of_consents)).scalars())


def delete(connection: sa.Connection, erasure: str, keys: Sequence[str]) -> dict[str, int]:
    """Delete what is marked; return how much there was, by what it was."""
    ids, owners = _conversations(erasure), _owners(erasure)
    within = events.c.conversation_id.in_(ids)
    by_type = sa.select(events.c.type, sa.func.count()).where(within).group_by(events.c.type)
    types: dict[str, int] = dict(connection.execute(by_type).tuples().all())
    held = sa.select(sa.func.coalesce(sa.func.sum(profiles.c.facts_held), 0)).where(profiles.c.erasing == erasure)
    counts = {"events": sum(types.values()), "facts": int(connection.execute(held).scalar_one())}
    counts |= {name: types.get(kind, 0) for kind, name in COUNTED.items()}
    for name, table, which in (
        ("questions", asked_words, asked_words.c.key_id.in_(keys)),
        ("open_replies", open_replies, open_replies.c.conversation_id.in_(ids)),
        ("events", events, within),
        ("conversations", conversations, conversations.c.erasing == erasure),
        ("identifiers", holders, holders.c.owner.in_(owners)),
        ("consents", consents, consents.c.owner.in_(owners)),
        ("corrections", corrections, corrections.c.owner.in_(owners)),
        ("profiles", profiles, profiles.c.erasing == erasure),
    ):
        counts[name] = int(connection.execute(sa.delete(table).where(which)).rowcount)
    return counts


def _conversations(erasure: str) -> sa.Select[tuple[str]]:
    return sa.select(conversations.c.id).where(conversations.c.erasing == erasure)


def _owners(erasure: str) -> sa.Select[tuple[str]]:
    return sa.select(profiles.c.owner).where(profiles.c.erasing == erasure)
