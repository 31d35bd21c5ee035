"""Consent events in the database: only ever added, each with its place in the audit chain, its words sealed."""

from __future__ import annotations

import dataclasses
import json
import secrets
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from heedful import audit
from heedful.audit import Entry, Record
from heedful.errors import ConflictError, StoreError
from heedful.sealing import ContentKey
from heedful.store.chain import Chain
from heedful.store.customers import Customer
from heedful.store.tables import consents, moment
from heedful.values import Consent, Terms

KIND = "consent"  # of an entry in the chain
About = tuple[str, str | None, str | None]  # purpose, category, fact


@dataclasses.dataclass(frozen=True, slots=True)
class Said:
    """What one customer says: events to record. Imported ones are passed over where they say nothing new."""

    customer: Customer
    consents: Sequence[Consent]
    imported: bool = False


def record(connection: sa.Connection, ends: Chain, said: Sequence[Said]) -> tuple[Entry, ...]:
    """Write what is new, with its entries, behind a chain that is locked in this transaction; return the entries.

    Raises:
        ConflictError: An event that is not imported has the id of another one.
    """
    known = {one.customer.owner: _Known() for one in said}
    query = sa.select(consents).where(consents.c.owner.in_(sorted(known))).order_by(consents.c.number)
    for row in connection.execute(query):
        known[row.owner].take(row)
    head, rows, entries = ends.lock(connection), [], []
    for one in said:
        for number, consent in _added(one.consents, known[one.customer.owner], imported=one.imported):
            salt, text = secrets.token_bytes(audit.SALT_BYTES), audit.canonical(_content(consent))
            subject = subject_of(one.customer.key.id, number)
            entry = ends.follow(head, Record(moment(consent.at), subject, KIND, audit.content_digest(salt, text)))
            head = entry.head
            entries.append(entry)
            sealed = one.customer.key.seal(salt + text.encode(), *place_of(one.customer.owner, number))
            rows.append(
                {
                    "owner": one.customer.owner,
                    "number": number,
                    **{name: getattr(consent, name) for name in ("id", "purpose", "state", "at", "category", "fact")},
                    "valid_until": consent.valid_until,
                    "position": entry.position,
                    "content": sealed,
                }
            )
    if rows:
        connection.execute(sa.insert(consents), rows)
        ends.append(connection, entries)
    return tuple(entries)


def place_of(owner: str, number: int | str) -> tuple[str, str, int | str]:
    """Return the place that an event's words are sealed for."""
    return ("consents", owner, number)


def subject_of(key_id: str, number: int | str) -> str:
    """Return what an event is called in the audit chain: nothing that leads to the customer once the rest is gone."""
    return f"{key_id}/{number}"


def opened(row: Any, key: ContentKey) -> Consent:
    """Return an event with its terms.

    Raises:
        SealError: It was changed behind heedful's back.
    """
    content = json.loads(key.open(row.content, *place_of(row.owner, row.number))[audit.SALT_BYTES :])
    return dataclasses.replace(plain(row), terms=_terms(content["terms"]))


def plain(row: Any) -> Consent:
    """Return an event without its terms."""
    return Consent(row.id, row.purpose, row.state, row.at, row.category, row.fact, row.valid_until)


def _content(consent: Consent) -> dict[str, Any]:
    content = dataclasses.asdict(consent)
    until = consent.valid_until
    return {**content, "at": moment(consent.at), "valid_until": None if until is None else moment(until)}


def _terms(content: Mapping[str, Any] | None) -> Terms | None:
    if content is None:
        return None
    try:
        recipients = tuple((str(name), str(country)) for name, country in content["recipients"])
        return Terms(**{**content, "recipients": recipients})
    except (KeyError, TypeError, ValueError) as error:
        raise StoreError("a consent in the database can't be read; run `heedful audit verify`") from error


@dataclasses.dataclass(slots=True)
class _Known:
    """The events of one customer so far."""

    last: int = 0
    by_id: dict[str, Consent] = dataclasses.field(default_factory=dict)
    said: set[Consent] = dataclasses.field(default_factory=set)  # without their ids
    latest: dict[About, Consent] = dataclasses.field(default_factory=dict)  # by time, then by order

    def take(self, row: Any) -> None:
        """Add an event from its row; rows come in the order they were recorded."""
        self.last = row.number
        self.add(plain(row))

    def add(self, consent: Consent) -> None:
        """Add an event behind those there are."""
        self.by_id[consent.id] = consent
        self.said.add(_unnamed(consent))
        before = self.latest.get(_about(consent))
        if before is None or before.at <= consent.at:
            self.latest[_about(consent)] = consent


def _added(events: Sequence[Consent], known: _Known, *, imported: bool) -> Iterator[tuple[int, Consent]]:
    """Yield (number, event) of those that are to be written behind `known`.

    An imported event gets an id of its own: the one that a file gives is derived from what it says, and whoever has
    the rows could find out from it whose they are.
    """
    for event in events:
        consent = dataclasses.replace(event, at=_exact(event.at), valid_until=_exact(event.valid_until))
        bare = dataclasses.replace(consent, terms=None)
        if known.by_id.get(consent.id) == bare and not imported:
            continue
        if imported:
            if _says_nothing_new(bare, known):
                continue
            name = f"cns_{secrets.token_urlsafe(16)}"
            consent, bare = dataclasses.replace(consent, id=name), dataclasses.replace(bare, id=name)
        elif consent.id in known.by_id:
            raise ConflictError("this consent id is already that of another event; events are only ever added")
        known.add(bare)
        known.last += 1
        yield known.last, consent


def _says_nothing_new(consent: Consent, known: _Known) -> bool:
    """Whether it was said before, and saying it again would not undo something said since."""
    latest = known.latest.get(_about(consent))
    if latest is None or _unnamed(consent) not in known.said:
        return False
    return _unnamed(latest) == _unnamed(consent) or consent.at < latest.at


def _about(consent: Consent) -> About:
    return (consent.purpose, consent.category, consent.fact)


def _unnamed(consent: Consent) -> Consent:
    return dataclasses.replace(consent, id="")


def _exact(at: Any) -> Any:
    """Give a time as it comes back from the database, so that the same time is equal to itself."""
    return None if at is None else datetime.fromisoformat(moment(at))
