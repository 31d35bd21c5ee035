"""Customers as they are kept: facts, sealed; consent events, only ever added; who holds which identifying value."""

from __future__ import annotations

import asyncio
import dataclasses
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa

from heedful.audit import Entry
from heedful.consent import read_profile
from heedful.errors import InputError
from heedful.keys import keyed_digest
from heedful.ports import Profile
from heedful.store import consent_events, profile_rows
from heedful.store.chain import Chain
from heedful.store.consent_events import Said
from heedful.store.corrections import Corrections
from heedful.store.customers import Customer, Customers
from heedful.store.database import Database
from heedful.store.profile_lines import Broken, Imported, Line, check, is_storable, read_line
from heedful.store.profile_rows import CHANGE, LOOK, WHOLE, Facts
from heedful.store.tables import consents, holders, profiles
from heedful.store.vault import Recent, Vault
from heedful.values import Consent, Fact

__all__ = ["Broken", "Imported", "Profiles", "identifying"]

TOLD, CLAIMED = "customer", "identity_token"  # sources of facts that no company's system takes away
AT_ONCE = 500  # profiles in one transaction of an import
REMEMBERED = 256  # profiles in memory, opened; a look at the database says whether they are still as they were

Identifiers = Callable[[str], Iterable[tuple[str, str]]]  # a value → (kind, canonical form) of what identifies
Found = Mapping[str, frozenset[tuple[str, str]]]  # a value → (kind, digest) of what identifies in it


def identifying(value: str) -> tuple[tuple[str, str], ...]:
    """Return (kind, canonical form) of each thing in a value that identifies a person: mail, phone, card, id …"""
    from heedful.canonical import identifiers, normalise

    return tuple((found.kind, found.canonical) for found in identifiers(normalise(value)))


@dataclasses.dataclass(frozen=True, slots=True)
class _Change:
    """What is to be written for one customer: which facts, given those there are; `None` leaves them."""

    customer_id: str
    facts: Callable[[Facts], Facts] | None = None
    given: Facts = ()  # those of them that are new
    consents: tuple[Consent, ...] = ()
    imported: bool = False


class Profiles(Corrections):
    """The profile store in the database; a `ProfileStore`. `now` gives the time of a change."""

    def __init__(
        self,
        database: Database,
        vault: Vault,
        ends: Chain,
        *,
        identifiers: Identifiers = identifying,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        super().__init__(database, vault, Customers(database, vault), now=now)
        self._chain = ends
        self._digests = vault.secret("holders of values")
        self._identifiers = identifiers
        self._opened: Recent[str, tuple[str, int, Profile]] = Recent(REMEMBERED)

    async def profile(self, customer_id: str) -> Profile | None:
        """Return what is held about this customer, consents in the order they were recorded and without their terms.

        `None` for nobody. A profile that has not changed since it was last read costs one small query.

        Raises:
            StoreError: The database or the key store did not answer.
            SealError: What is held was changed behind heedful's back.
        """
        if not is_storable(customer_id):
            return None
        owner = self._customers.owner(customer_id)
        row = await self._database.ask(lambda connection: connection.execute(LOOK, {"whose": owner}).one_or_none())
        if row is None:
            self._opened.forget([owner])
            return None
        known = self._opened.get(owner)
        if known is not None and known[:2] == (row.key_id, row.version):
            return known[2]
        return await self._read(customer_id, owner)

    async def consents(self, customer_id: str) -> tuple[Consent, ...]:
        """Return every consent event with its terms, in the order they were recorded.

        Raises:
            StoreError: The database or the key store did not answer.
            SealError: An event was changed behind heedful's back.
        """
        query = sa.select(consents, profiles.c.key_id).join(profiles, profiles.c.owner == consents.c.owner)
        mine = (consents.c.owner == self._customers.owner(customer_id), profiles.c.erasing.is_(None))
        query = query.where(*mine).order_by(consents.c.number)
        rows = await self._database.ask(lambda connection: connection.execute(query).all())
        key = await self._vault.key(rows[0].key_id) if rows else None
        return () if key is None else tuple(consent_events.opened(row, key) for row in rows)

    async def holders(self, digests: Sequence[str]) -> Mapping[str, frozenset[str]]:
        """Return the customers who hold the values of these digests (see `digest`); digests of nobody are not there.

        Raises:
            StoreError: The database or the key store did not answer.
        """
        if not digests:
            return {}
        query = sa.select(holders.c.digest, holders.c.owner).where(holders.c.digest.in_(sorted(set(digests))))
        rows = await self._database.ask(lambda connection: connection.execute(query).all())
        names = await self._customers.names(sorted({row.owner for row in rows})) if rows else {}
        found: dict[str, set[str]] = {}
        for digest, owner in rows:
            if owner in names:
                found.setdefault(digest, set()).add(names[owner])
        return {digest: frozenset(customers) for digest, customers in found.items()}

    def digest(self, canonical: str) -> str:
        """Return the keyed digest under which the holders of an identifying value are found, by its canonical form."""
        return keyed_digest(self._digests, canonical)

    async def customers(self, *, after: str = "", limit: int = 1000) -> tuple[str, ...]:
        """Return at most `limit` customer ids; those behind `after`, in an order of the store's own.

        Raises:
            StoreError: The database or the key store did not answer.
        """
        query = sa.select(profiles.c.owner).where(profiles.c.erasing.is_(None)).order_by(profiles.c.owner).limit(limit)
        if after:
            query = query.where(profiles.c.owner > self._customers.owner(after))
        owners = await self._database.ask(lambda connection: connection.execute(query).scalars().all())
        names = await self._customers.names(owners)
        return tuple(names[owner] for owner in owners if owner in names)

    async def put(self, customer_id: str, facts: Sequence[Fact]) -> None:
        """Hold exactly these facts of the company about a customer, in this order.

        What the customer asked to have remembered, what their identity token says, and their consents stay as they are.

        Raises:
            InputError: A text holds what no database can keep.
            StoreError: Nothing was written.
        """
        await self._write([_Change(customer_id, _of_company(tuple(facts)), tuple(facts))])

    async def put_claims(self, customer_id: str, facts: Sequence[Fact]) -> None:
        """Hold exactly these facts from the customer's identity token (source `identity_token`); the others stay.

        Raises:
            InputError: A text holds what no database can keep.
            StoreError: Nothing was written.
        """
        claimed = tuple(dataclasses.replace(fact, source=CLAIMED) for fact in facts)
        profile = await self.profile(customer_id)
        if tuple(fact for fact in (profile.facts if profile else ()) if fact.source == CLAIMED) != claimed:
            await self._write(
                [_Change(customer_id, lambda held: (*_without(held, source=CLAIMED), *claimed), given=claimed)]
            )

    async def remember(self, customer_id: str, fact: Fact, consents: Sequence[Consent]) -> None:
        """Hold a fact that the customer asked to have remembered (source `customer`), with its consent events.

        A fact of that name which they had told before is replaced. All in one transaction.

        Raises:
            ConflictError: A consent's id is already that of another event.
            InputError: A text holds what no database can keep.
            StoreError: Nothing was written.
        """
        told = dataclasses.replace(fact, source=TOLD)
        change: Callable[[Facts], Facts] = lambda held: (*_without(held, source=TOLD, name=fact.name), told)  # noqa: E731 - a value
        await self._write([_Change(customer_id, change, (told,), tuple(consents))])

    async def forget(self, customer_id: str, fact_name: str, *, consents: Sequence[Consent] = ()) -> bool:
        """Remove a fact that the customer had told (source `customer`), with what they say of it; whether it was there.

        Raises:
            ConflictError: A consent's id is already that of another event.
            StoreError: Nothing was written.
        """
        profile = await self.profile(customer_id)
        facts = profile.facts if profile else ()
        was_there = any((fact.source, fact.name) == (TOLD, fact_name) for fact in facts)
        if was_there or consents:
            change: Callable[[Facts], Facts] = lambda held: _without(held, source=TOLD, name=fact_name)  # noqa: E731
            await self._write([_Change(customer_id, change, (), tuple(consents))])
        return was_there

    async def record_consents(self, customer_id: str, agreed: Sequence[Consent]) -> None:
        """Add consent events behind those there are; an event that is there already, word for word, is passed over.

        Raises:
            ConflictError: An id is already that of another event.
            InputError: A text holds what no database can keep.
            StoreError: Nothing was written.
        """
        await self._write([_Change(customer_id, consents=tuple(agreed))])

    async def import_profile(self, profile: Profile) -> None:
        """Hold exactly the company's facts of this profile, and add those of its events that say something new.

        Importing the same twice changes nothing.

        Raises:
            InputError: A text holds what no database can keep.
            StoreError: Nothing was written.
        """
        await self._write([_imported(profile)])

    async def import_lines(
        self, lines: Iterable[Line], *, read: Callable[[Mapping[str, Any]], Profile] = read_profile
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
                profile = read_line(line, read)
            except InputError as error:
                broken.append(Broken(number, str(error)))
                continue
            if profile is None:
                continue
            if len(batch) >= AT_ONCE or profile.customer_id in batch:  # twice in a file: one after the other
                await self._write(list(batch.values()))
                batch.clear()
            batch[profile.customer_id] = _imported(profile)
            count += 1
        if batch:
            await self._write(list(batch.values()))
        return Imported(count, tuple(broken))

    async def _read(self, customer_id: str, owner: str) -> Profile | None:
        rows = await self._database.ask(lambda connection: connection.execute(WHOLE, {"whose": owner}).all())
        if not rows:  # it was erased in between
            return None
        row = rows[0]
        key = await self._vault.key(row.id)
        if key is None:
            return None
        agreed = tuple(consent_events.plain(row) for row in rows[1:])
        profile = Profile(customer_id, profile_rows.opened(row.facts, owner, key), agreed)
        self._opened.keep(owner, (row.id, row.number, profile))
        return profile

    async def _write(self, changes: Sequence[_Change]) -> None:
        for change in changes:
            check(Profile(change.customer_id, change.given, change.consents))
        found = await asyncio.to_thread(self._find, [fact for change in changes for fact in change.given])
        by_name = {change.customer_id: change for change in changes}
        speaks = any(change.consents for change in changes)
        if speaks:
            await self._chain.begin()

        def work(connection: sa.Connection, locked: Mapping[str, Customer]) -> tuple[Entry, ...]:
            self._put(connection, [(locked[name], change) for name, change in by_name.items()], found)
            said = [Said(locked[name], one.consents, one.imported) for name, one in by_name.items() if one.consents]
            return consent_events.record(connection, self._chain, said) if said else ()

        first = self._chain.lock if speaks else lambda _connection: None  # the chain is locked before any customer
        self._chain.committed(await self._customers.change(list(by_name), self._now(), work, before=first))

    def _put(self, connection: sa.Connection, changes: Sequence[tuple[Customer, _Change]], found: Found) -> None:
        """Write facts, and who holds what in them, and say that these customers' rows have changed."""
        now, rows, held, changed = self._now(), [], set(), []
        for customer, change in changes:
            sealed, count = customer.facts, customer.facts_held
            if change.facts is not None:
                facts = change.facts(profile_rows.opened(customer.facts, customer.owner, customer.key))
                sealed, count = profile_rows.sealed(facts, customer.owner, customer.key), len(facts)
                changed.append(customer.owner)
                found = {**found, **self._find([fact for fact in facts if fact.value not in found])}
                held |= {(digest, customer.owner, kind) for fact in facts for kind, digest in found[fact.value]}
            version = customer.version + 1
            rows.append({"of": customer.owner, "anew": sealed, "many": count, "at_version": version, "when": now})
        connection.execute(CHANGE, rows)
        if changed:
            connection.execute(sa.delete(holders).where(holders.c.owner.in_(changed)))
        if held:
            names = ("digest", "owner", "kind")
            connection.execute(sa.insert(holders), [dict(zip(names, row, strict=True)) for row in sorted(held)])

    def _find(self, facts: Iterable[Fact]) -> dict[str, frozenset[tuple[str, str]]]:
        """Return what identifies in the values of facts: reading many takes its time, so outside the lock."""
        return {
            value: frozenset((kind, self.digest(canonical)) for kind, canonical in self._identifiers(value))
            for value in {fact.value for fact in facts}
        }


def _imported(profile: Profile) -> _Change:
    facts = profile.facts
    return _Change(profile.customer_id, _of_company(facts), facts, profile.consents, imported=True)


def _of_company(given: Facts) -> Callable[[Facts], Facts]:
    return lambda held: (*given, *(fact for fact in held if fact.source in (TOLD, CLAIMED) and fact not in given))


def _without(held: Facts, *, source: str, name: str | None = None) -> Facts:
    return tuple(fact for fact in held if fact.source != source or name not in (None, fact.name))
