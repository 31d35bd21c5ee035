"""Which consent events are new: they are only ever added, and importing the same file twice adds nothing."""

from __future__ import annotations

import dataclasses
import secrets
from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any

from heedful.errors import ConflictError
from heedful.store.tables import moment
from heedful.values import Consent

About = tuple[str, str | None, str | None]  # purpose, category, fact


@dataclasses.dataclass(slots=True)
class Known:
    """The events of one customer so far."""

    last: int = 0
    by_id: dict[str, Consent] = dataclasses.field(default_factory=dict)
    said: set[Consent] = dataclasses.field(default_factory=set)  # without their ids
    latest: dict[About, Consent] = dataclasses.field(default_factory=dict)  # by time, then by order

    def take(self, row: Any) -> None:
        """Add an event from its row; rows come in the order they were recorded."""
        self.last = row.number
        self.add(Consent(row.id, row.purpose, row.state, row.at, row.category, row.fact, row.valid_until))

    def add(self, consent: Consent) -> None:
        """Add an event behind those there are."""
        self.by_id[consent.id] = consent
        self.said.add(_unnamed(consent))
        before = self.latest.get(_about(consent))
        if before is None or before.at <= consent.at:
            self.latest[_about(consent)] = consent


def added(consents: Sequence[Consent], known: Known, *, imported: bool) -> Iterator[tuple[int, Consent]]:
    """Yield (number, event) of those that are to be written behind `known`.

    An imported event whose id is taken by another one gets a new id: a file that says "given" again, after
    "refused", has derived the id it had the first time.

    Raises:
        ConflictError: An event that is not imported has the id of another one.
    """
    for event in consents:
        consent = dataclasses.replace(event, at=_exact(event.at), valid_until=_exact(event.valid_until))
        if known.by_id.get(consent.id) == consent and not imported:
            continue
        if imported and _says_nothing_new(consent, known):
            continue
        if consent.id in known.by_id:
            if not imported:
                raise ConflictError("this consent id is already that of another event; events are only ever added")
            consent = dataclasses.replace(consent, id=f"cns_{secrets.token_urlsafe(16)}")
        known.add(consent)
        known.last += 1
        yield known.last, consent


def as_row(customer_id: str, number: int, consent: Consent) -> dict[str, Any]:
    """Return the columns of an event."""
    return {"customer_id": customer_id, "number": number, **dataclasses.asdict(consent)}


def _says_nothing_new(consent: Consent, known: Known) -> bool:
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
