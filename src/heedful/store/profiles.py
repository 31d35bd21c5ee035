"""Customers as they are kept: facts, consent events that are only ever added, and who holds which identifying value."""

from __future__ import annotations

import asyncio
import dataclasses
import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite

from heedful.consent import read_profile
from heedful.errors import HeedfulError, InputError
from heedful.keys import keyed_digest
from heedful.ports import Profile
from heedful.store.consent_events import Known, added, as_row
from heedful.store.database import Database
from heedful.store.tables import consents, facts, holders, profiles
from heedful.values import Consent, Fact

AT_ONCE = 500  # profiles in one transaction of an import

Identifiers = Callable[[str], Iterable[tuple[str, str]]]  # a value → (kind, canonical form) of what identifies


def identifying(value: str) -> tuple[tuple[str, str], ...]:
    """Return (kind, canonical form) of each thing in a value that identifies a person: mail, phone, card, id …"""
    from heedful.canonical import identifiers, normalise

    return tuple((found.kind, found.canonical) for found in identifiers(normalise(value)))


@dataclasses.dataclass(frozen=True, slots=True)
class Broken:
    """A line that was not taken: its number from 1, and why, without its words."""

    line: int
    why: str


@dataclasses.dataclass(frozen=True, slots=True)
class Imported:
    """What an import did: how many profiles are in, and which lines are not."""

    profiles: int
    broken: tuple[Broken, ...]


@dataclasses.dataclass(frozen=True, slots=True)
class _Change:
    """What is to be written for one customer; `facts` of `None` stay as they are."""

    customer_id: str
    facts: tuple[Fact, ...] | None = None
    consents: tuple[Consent, ...] = ()
    imported: bool = False


class Profiles:
    """The profile store in the database; a `ProfileStore`.

    `key` is derived for the digests of identifying values; `now` gives the time of a change.
    """

    def __init__(
        self,
        database: Database,
        key: bytes,
        *,
        identifiers: Identifiers = identifying,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._database = database
        self._key = key
        self._identifiers = identifiers
        self._now = now

    async def profile(self, customer_id: str) -> Profile | None:
        """Return what is held about this customer, consents in the order they were recorded; `None` for nobody.

        Raises:
            StoreError: The database did not answer.
        """
        if not _is_storable(customer_id):
            return None
        return await self._database.ask(lambda connection: _profile(connection, customer_id))

    async def holders(self, digests: Sequence[str]) -> Mapping[str, frozenset[str]]:
        """Return the customers who hold the values of these digests (see `digest`); digests of nobody are not there.

        Raises:
            StoreError: The database did not answer.
        """
        found: dict[str, set[str]] = {}
        if digests:
            query = sa.select(holders.c.digest, holders.c.customer_id).where(holders.c.digest.in_(sorted(set(digests))))
            for digest, customer_id in await self._database.ask(lambda connection: connection.execute(query).all()):
                found.setdefault(digest, set()).add(customer_id)
        return {digest: frozenset(customers) for digest, customers in found.items()}

    def digest(self, canonical: str) -> str:
        """Return the keyed digest under which the holders of an identifying value are found, by its canonical form."""
        return keyed_digest(self._key, canonical)

    async def customers(self, *, after: str = "", limit: int = 1000) -> tuple[str, ...]:
        """Return at most `limit` customer ids above `after`, sorted."""
        query = sa.select(profiles.c.customer_id).where(profiles.c.customer_id > after)
        async with self._database.read() as connection:
            rows = await connection.execute(query.order_by(profiles.c.customer_id).limit(limit))
            return tuple(rows.scalars())

    async def put(self, customer_id: str, facts: Sequence[Fact]) -> None:
        """Hold exactly these facts about a customer, in this order; consents stay as they are.

        Raises:
            InputError: A text holds what no database can keep.
            StoreError: Nothing was written.
        """
        await self._write([_Change(customer_id, tuple(facts))])

    async def record_consents(self, customer_id: str, consents: Sequence[Consent]) -> None:
        """Add consent events behind those there are; an event that is there already, word for word, is passed over.

        Raises:
            ConflictError: An id is already that of another event.
            InputError: A text holds what no database can keep.
            StoreError: Nothing was written.
        """
        await self._write([_Change(customer_id, None, tuple(consents))])

    async def import_profile(self, profile: Profile) -> None:
        """Hold exactly the facts of this profile, and add those of its consent events that say something new.

        Importing the same twice changes nothing.

        Raises:
            InputError: A text holds what no database can keep.
            StoreError: Nothing was written.
        """
        await self._write([_imported(profile)])

    async def import_lines(
        self,
        lines: Iterable[str | Mapping[str, Any] | Exception],
        *,
        read: Callable[[Mapping[str, Any]], Profile] = read_profile,
    ) -> Imported:
        """Import the profiles of a JSON Lines file, line by line: the good ones are in, the broken ones are listed.

        A line is its text or its object; an exception stands for a line that could not be read; empty lines count
        and are passed over. A profile is in whole or not at all.

        Raises:
            StoreError: The database did not take a batch; those before it are in.
        """
        broken: list[Broken] = []
        batch: dict[str, _Change] = {}
        count = 0
        for number, line in enumerate(lines, start=1):
            try:
                change = _read_line(line, read)
            except InputError as error:
                broken.append(Broken(number, str(error)))
                continue
            if change is None:
                continue
            if len(batch) >= AT_ONCE or change.customer_id in batch:  # twice in a file: one after the other
                await self._write(list(batch.values()))
                batch.clear()
            batch[change.customer_id] = change
            count += 1
        if batch:
            await self._write(list(batch.values()))
        return Imported(count, tuple(broken))

    async def _write(self, changes: Sequence[_Change]) -> None:
        for change in changes:
            _check(change)
        held = await asyncio.to_thread(self._held, changes)  # reading many values takes its time: outside the lock
        await self._database.transact(lambda connection: self._apply(connection, changes, held))

    def _held(self, changes: Sequence[_Change]) -> list[dict[str, str]]:
        held = {
            (self.digest(canonical), change.customer_id, kind)
            for change in changes
            for fact in change.facts or ()
            for kind, canonical in self._identifiers(fact.value)
        }
        names = ("digest", "customer_id", "kind")
        return [dict(zip(names, row, strict=True)) for row in sorted(held)]

    def _apply(self, connection: sa.Connection, changes: Sequence[_Change], held: list[dict[str, str]]) -> None:
        """Write the changes of different customers; rows are locked in one order, so that nobody waits in a ring."""
        now = self._now()
        new = [{"customer_id": name, "changed_at": now} for name in sorted(change.customer_id for change in changes)]
        insert = (sqlite if connection.dialect.name == "sqlite" else postgresql).insert(profiles)
        again = insert.on_conflict_do_update(
            index_elements=["customer_id"], set_={"changed_at": insert.excluded.changed_at}
        )
        connection.execute(again, new)
        _replace_facts(connection, [change for change in changes if change.facts is not None])
        if held:
            connection.execute(sa.insert(holders), held)
        _add_consents(connection, [change for change in changes if change.consents])


def _replace_facts(connection: sa.Connection, changes: Sequence[_Change]) -> None:
    """Take away the facts there are, and the places in the index that rest on them, and write the new facts."""
    whose = [change.customer_id for change in changes]
    for table in (facts, holders):
        connection.execute(sa.delete(table).where(table.c.customer_id.in_(whose)))
    rows = [
        {"customer_id": change.customer_id, "place": place, **dataclasses.asdict(fact)}
        for change in changes
        for place, fact in enumerate(change.facts or ())
    ]
    if rows:
        connection.execute(sa.insert(facts), rows)


def _profile(connection: sa.Connection, customer_id: str) -> Profile | None:
    rows = connection.execute(_WHOLE, {"whose": customer_id}).all()
    if not rows:
        return None
    held: list[Fact] = []
    agreed: list[Consent] = []
    for part, _, at, valid_until, *texts in rows:
        if part == _FACT:
            name, value, category, source, *_ = texts
            held.append(Fact(name, value, category, source, at))
        elif part == _CONSENT:
            event_id, purpose, state, _, category, fact = texts
            agreed.append(Consent(event_id, purpose, state, at, category, fact, valid_until))
    return Profile(customer_id, tuple(held), tuple(agreed))


_CUSTOMER, _FACT, _CONSENT = range(3)


def _part(part: int, table: sa.Table, *columns: str | None) -> sa.Select[Any]:
    """Select one part of a profile: its place, its times, and six texts, `None` where it has none."""
    wide = [sa.null() if name is None else table.c[name] for name in columns]
    return sa.select(sa.literal(part, sa.Integer).label("part"), *wide).where(
        table.c.customer_id == sa.bindparam("whose")
    )


# One statement: it sees one moment without a transaction, and goes to the database and back once.
_WHOLE = sa.union_all(
    _part(_CONSENT, consents, "number", "at", "valid_until", "id", "purpose", "state", None, "category", "fact"),
    _part(_FACT, facts, "place", "at", None, "name", "value", "category", "source", None, None),
    _part(_CUSTOMER, profiles, None, "changed_at", None, "customer_id", None, None, None, None, None),
).order_by(sa.text("1"), sa.text("2"))


def _add_consents(connection: sa.Connection, changes: Sequence[_Change]) -> None:
    known = {change.customer_id: Known() for change in changes}
    query = sa.select(consents).where(consents.c.customer_id.in_(sorted(known))).order_by(consents.c.number)
    for row in connection.execute(query):
        known[row.customer_id].take(row)
    rows = [
        as_row(change.customer_id, number, consent)
        for change in changes
        for number, consent in added(change.consents, known[change.customer_id], imported=change.imported)
    ]
    if rows:
        connection.execute(sa.insert(consents), rows)


def _imported(profile: Profile) -> _Change:
    return _Change(profile.customer_id, profile.facts, profile.consents, imported=True)


def _read_line(
    line: str | Mapping[str, Any] | Exception, read: Callable[[Mapping[str, Any]], Profile]
) -> _Change | None:
    """Give what is to be written for a line; `None` for an empty one; an `InputError` that holds none of its words."""
    if isinstance(line, str):
        if not line.strip("\ufeff \t\r\n"):
            return None
        try:
            line = json.loads(line.lstrip("\ufeff"))
        except (ValueError, RecursionError) as error:
            raise InputError("the line is not JSON") from error
    if isinstance(line, HeedfulError):
        raise InputError(str(line))
    if isinstance(line, Exception):
        raise InputError(f"the line can't be read ({type(line).__name__})")
    if not isinstance(line, Mapping):
        raise InputError("the line is not a JSON object")
    change = _imported(read(line))
    _check(change)
    return change


def _check(change: _Change) -> None:
    if not _is_storable(change.customer_id) or not change.customer_id:
        raise InputError("customer_id is empty or holds characters that can't be stored")
    for fact in change.facts or ():
        if not all(map(_is_storable, (fact.name, fact.value, fact.category, fact.source))):
            raise InputError("a fact holds characters that can't be stored")
    for consent in change.consents:
        texts = (consent.id, consent.purpose, consent.state, consent.category or "", consent.fact or "")
        if not all(map(_is_storable, texts)):
            raise InputError("a consent holds characters that can't be stored")


def _is_storable(text: str) -> bool:
    """Whether every database keeps it: PostgreSQL takes no NUL, none takes half a character."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return "\x00" not in text
