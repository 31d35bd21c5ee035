"""A customer's profile in rows: all facts sealed together, read in one statement with the consents."""

from __future__ import annotations

import json
from datetime import datetime

import sqlalchemy as sa

from heedful.errors import SealError
from heedful.sealing import ContentKey
from heedful.store.tables import Moment, consents, moment, profiles
from heedful.values import Fact

Facts = tuple[Fact, ...]


def sealed(facts: Facts, owner: str, key: ContentKey) -> bytes | None:
    """Return facts as they stand in the row of their owner; nothing for none."""
    if not facts:
        return None
    rows = [
        [
            fact.name,
            fact.value,
            fact.category,
            fact.source,
            None if fact.at is None else moment(fact.at),
            fact.collected_for,
            None if fact.expires is None else moment(fact.expires),
        ]
        for fact in facts
    ]
    text = json.dumps(rows, ensure_ascii=False, separators=(",", ":"))
    return key.seal(text.encode(), "profiles", "facts", owner)


def opened(content: bytes | None, owner: str, key: ContentKey) -> Facts:
    """Return the facts of a row.

    Raises:
        SealError: They were changed, or put there from another row.
    """
    if content is None:
        return ()
    try:
        rows = json.loads(key.open(content, "profiles", "facts", owner))
        return tuple(
            Fact(name, value, category, source, _time(at), collected_for, _time(expires))
            for name, value, category, source, at, collected_for, expires in rows
        )
    except ValueError as error:
        raise SealError("what is held about a customer can't be read; restore the database from a backup") from error


def _time(text: str | None) -> datetime | None:
    return None if text is None else datetime.fromisoformat(text)


LOOK = sa.select(profiles.c.key_id, profiles.c.version).where(
    profiles.c.owner == sa.bindparam("whose"), profiles.c.erasing.is_(None)
)
CHANGE = (
    sa.update(profiles)
    .where(profiles.c.owner == sa.bindparam("of"))
    .values(
        facts=sa.bindparam("anew"),
        facts_held=sa.bindparam("many"),
        version=sa.bindparam("at_version"),
        changed_at=sa.bindparam("when"),
    )
)
# The profile's row, then its consents. One statement sees one moment without a transaction, and goes to the database
# and back once.
_NAMES = ("id", "purpose", "state", "category", "fact")
WHOLE = sa.union_all(
    sa.select(
        sa.literal(0, sa.Integer).label("part"),
        profiles.c.version.label("number"),
        profiles.c.facts.label("facts"),
        profiles.c.changed_at.label("at"),
        sa.cast(sa.null(), Moment).label("valid_until"),
        profiles.c.key_id.label("id"),
        *(sa.null().label(name) for name in _NAMES[1:]),
    ).where(profiles.c.owner == sa.bindparam("whose"), profiles.c.erasing.is_(None)),
    sa.select(
        sa.literal(1, sa.Integer).label("part"),
        consents.c.number,
        sa.null(),
        consents.c.at,
        consents.c.valid_until,
        *(consents.c[name] for name in _NAMES),
    ).where(consents.c.owner == sa.bindparam("whose")),
).order_by(sa.text("1"), sa.text("2"))
