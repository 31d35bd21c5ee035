"""The whole record read back: every entry of the audit chain with what it speaks of, its seal opened."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Callable, Mapping
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlalchemy.exc import DatabaseError
from sqlalchemy.ext.asyncio import AsyncConnection

from heedful import audit
from heedful.audit import Head, Kept, Record, Row, Verified
from heedful.errors import ChainError, InputError, SealError
from heedful.sealing import ContentKey
from heedful.store import consent_events, outside, recording
from heedful.store.database import Database
from heedful.store.tables import chain, chain_head, consents, conversations, erasures, events, moment, profiles
from heedful.store.vault import Vault

PAGE = 1000  # entries read at once
NO_KEY = "can't be opened: its key is not in the key store, and nothing says that it was erased"
CHANGED = "can't be opened: it was changed, moved, or sealed under another key"
COLUMNS = ("id", "purpose", "state", "category", "fact", "valid_until")  # of a consent, that its content says, too

RENDERED = ("words",)  # of a receipt: the same once more in the reader's language, made when it is read

Raw = Callable[[sa.Column[Any]], sa.ColumnElement[Any]]


async def verify(database: Database, vault: Vault, head_file: Path) -> Verified:
    """Say that the whole record is what was written, entry by entry; see `audit.verify`.

    Raises:
        ChainError: It is not; names the first bad position and what is wrong there.
        StoreError: The database or the key store did not answer.
    """
    kept_outside = await asyncio.to_thread(outside.read, head_file)  # first: it may be behind, never ahead
    async with database.snapshot() as connection:
        row = (await connection.execute(sa.select(chain_head))).one_or_none()
        head = None if row is None else Head(row.position, bytes(row.link))
        if kept_outside is None and head is not None and head.position > 0:
            raise ChainError(
                f"the head of the chain is not in {str(head_file)!r}, so a tail that was cut off could not be found; "
                "restore that file, or name the one that is kept",
                position=head.position,
            )
        rows = _rows(connection, vault, _raw_sqlite if database.is_sqlite else _raw_postgresql)
        verified = await audit.verify(rows, vault.secret("audit chain"), head=head, outside=kept_outside)
        for what, query in _STRAY.items():
            if (stray := (await connection.execute(query)).scalar()) is not None:
                raise ChainError(f"record {stray} is {what} without an entry in the chain", position=stray)
    return verified


async def verify_alone(database: Database, vault: Vault, receipt: Mapping[str, Any]) -> int:
    """Say that one receipt, of a reply or of an erasure, is what was recorded at its place; return its position.

    Raises:
        ChainError: It is not, or it names no place.
        StoreError: The database did not answer.
    """
    try:
        salt, head, digest = _stated(receipt)
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise ChainError("this is no receipt: its salt or its place in the chain is missing", position=0) from error
    except InputError as error:
        raise ChainError("this is no receipt: it is not JSON", position=0) from error
    position = head.position
    query = sa.select(chain).where(chain.c.position.in_([position - 1, position])).order_by(chain.c.position)
    found = await database.ask(lambda connection: connection.execute(query).all())
    if not found or found[-1].position != position:
        raise ChainError(f"record {position}, which the receipt names, is not there", position=position)
    row = found[-1]
    record = Record(moment(row.at), row.subject, row.kind, bytes(row.digest))
    previous = Head(position - 1, bytes(found[0].link)) if len(found) > 1 else Head()
    (entry,) = audit.chained(vault.secret("audit chain"), previous, [record])
    if entry.link != bytes(row.link):
        raise ChainError(f"record {position} was changed in the database", position=position)
    if entry.head != head or len(salt) != audit.SALT_BYTES or digest != record.digest:
        raise ChainError(f"the receipt is not what was recorded as {position}: it was changed", position=position)
    return position


def _stated(receipt: Mapping[str, Any]) -> tuple[bytes, Head, bytes]:
    """Return salt, place, and the digest that the rest of a receipt has."""
    content = {name: value for name, value in receipt.items() if name not in RENDERED}
    salt, place = bytes.fromhex(content.pop("salt")), content.pop("chain")
    if "took" in place:  # an erasure's; its time may have been written in another way since
        content |= {"took": place["took"], "at": moment(datetime.fromisoformat(content["at"]))}
    head = Head(int(place["position"]), bytes.fromhex(place["hash"]))
    return salt, head, audit.content_digest(salt, audit.canonical(content))


def _raw_sqlite(column: sa.Column[Any]) -> sa.ColumnElement[Any]:
    return sa.cast(column, sa.LargeBinary)


def _raw_postgresql(column: sa.Column[Any]) -> sa.ColumnElement[Any]:
    if isinstance(column.type, sa.LargeBinary):
        return column
    return sa.func.convert_to(sa.cast(column, sa.Text), "UTF8", type_=sa.LargeBinary)


def _query(raw: Raw) -> sa.Select[Any]:
    """Select every entry with the one thing it speaks of, all columns as bytes: nothing has to be readable."""
    eraser = chain.alias("eraser")

    def of(prefix: str, table: sa.Table, *names: str) -> list[sa.ColumnElement[Any]]:
        return [raw(table.c[name]).label(f"{prefix}_{name}") for name in names]

    return (
        sa.select(
            chain.c.position,
            *of("chain", chain, "at", "subject", "kind", "digest", "link"),
            chain.c.erased_by,
            raw(eraser.c.kind).label("eraser"),
            events.c.position.label("of_event"),
            *of("event", events, "conversation_id", "id", "reply_id", "at", "type", "message", "content"),
            *of("conversation", conversations, "key_id", "erasing"),
            consents.c.position.label("of_consent"),
            *of("consent", consents, "owner", "number", "at", "content", *COLUMNS),
            *of("profile", profiles, "key_id", "erasing"),
            erasures.c.position.label("of_erasure"),
            *of("erasure", erasures, "id", "at", "salt", "content"),
        )
        .select_from(chain)
        .outerjoin(eraser, eraser.c.position == chain.c.erased_by)
        .outerjoin(events, events.c.position == chain.c.position)
        .outerjoin(conversations, conversations.c.id == events.c.conversation_id)
        .outerjoin(consents, consents.c.position == chain.c.position)
        .outerjoin(profiles, profiles.c.owner == consents.c.owner)
        .outerjoin(erasures, erasures.c.position == chain.c.position)
        .order_by(chain.c.position)
    )


async def _rows(connection: AsyncConnection, vault: Vault, raw: Raw) -> AsyncIterator[Row]:
    """Yield every entry by position, with what it speaks of."""
    query = _query(raw)
    last: int | None = None
    size = PAGE
    while True:
        page = query.limit(size) if last is None else query.where(chain.c.position > last).limit(size)
        try:
            rows = (await connection.execute(page)).all()
        except DatabaseError as error:
            if type(error) is not DatabaseError:  # its subclasses: the server is gone, a time-out …
                raise
            if size == 1:
                bad = (last or 0) + 1
                raise ChainError(f"record {bad} can't be read: the database file is damaged", position=bad) from error
            size = 1  # the file is damaged somewhere in this page: find out where
            continue
        keys = await vault.keys({_text(name) for row in rows for name in _key_ids(row)})
        for row in rows:
            yield _row(row, keys, vault)
        if len(rows) < size:
            return
        last = rows[-1].position


def _key_ids(row: Any) -> tuple[bytes, ...]:
    return tuple(name for name in (row.conversation_key_id, row.profile_key_id) if name)


def _row(row: Any, keys: Mapping[str, ContentKey], vault: Vault) -> Row:
    chained = (row.chain_at, row.chain_subject, row.chain_kind, row.chain_digest, row.chain_link)
    kept = None
    if row.of_event is not None:
        kept = _event(row, keys, vault)
    elif row.of_consent is not None:
        kept = _consent(row, keys)
    elif row.of_erasure is not None:
        kept = Kept(
            row.erasure_at, row.erasure_id or b"?", audit.ERASURE.encode(), row.erasure_salt, row.erasure_content
        )
    return Row(row.position, *chained, kept, row.erased_by, row.eraser)


def _event(row: Any, keys: Mapping[str, ContentKey], vault: Vault) -> Kept:
    conversation, number = _text(row.event_conversation_id), _text(row.event_id)
    about = (
        b"/".join(part or b"?" for part in (row.event_conversation_id, row.event_id))
        + b"/"
        + (row.event_reply_id or b"")
    )
    place = recording.place_of(conversation, number)
    opened = _opened(row.event_content, keys.get(_text(row.conversation_key_id)), place)
    kept = Kept(row.event_at, about, row.event_type, *opened, is_going=_is_going(row.conversation_erasing, opened))
    return _with(kept, ("client_message_id", row.event_message, _named(kept, conversation, vault)))


def _named(kept: Kept, conversation: str, vault: Vault) -> bytes | None:
    """Return what stands in the column of a message that says this."""
    content = _content(kept)
    name = content.get("client_message_id") if kept.kind == b"customer" else None
    if not isinstance(name, str):
        return None
    return recording.message_digest(vault.secret("names of messages"), conversation, name).encode()


def _consent(row: Any, keys: Mapping[str, ContentKey]) -> Kept:
    key_id, number = _text(row.profile_key_id), _text(row.consent_number)
    place = consent_events.place_of(_text(row.consent_owner), number)
    opened = _opened(row.consent_content, keys.get(key_id), place)
    about = consent_events.subject_of(key_id, number).encode()
    going = _is_going(row.profile_erasing, opened)
    kept = Kept(row.consent_at, about, consent_events.KIND.encode(), *opened, is_going=going)
    content = _content(kept)
    stated = {name: content.get(name) for name in COLUMNS}
    return _with(
        kept,
        *(
            (name, getattr(row, f"consent_{name}"), None if text is None else str(text).encode())
            for name, text in stated.items()
        ),
    )


def _opened(
    sealed: bytes | None, key: ContentKey | None, place: tuple[str | int, ...]
) -> tuple[bytes | None, bytes | None, tuple[()], str]:
    """Return salt, content, no columns, and why it could not be opened."""
    if key is None:
        return None, None, (), NO_KEY
    try:
        whole = key.open(sealed or b"", *place)
    except SealError:
        return None, None, (), CHANGED
    return whole[: audit.SALT_BYTES], whole[audit.SALT_BYTES :], (), ""


def _is_going(erasing: bytes | None, opened: tuple[Any, ...]) -> bool:
    return erasing is not None and opened[3] == NO_KEY


def _content(kept: Kept) -> Mapping[str, Any]:
    content = json.loads(kept.content) if kept.content else {}
    return content if isinstance(content, dict) else {}


def _with(kept: Kept, *columns: tuple[str, bytes | None, bytes | None]) -> Kept:
    return replace(kept, columns=columns)


def _text(raw: bytes | None) -> str:
    return (raw or b"").decode("utf-8", "replace")


_STRAY = {
    what: sa.select(table.c.position)
    .where(table.c.position.is_not(None), ~sa.exists().where(chain.c.position == table.c.position))
    .order_by(table.c.position)
    .limit(1)
    for what, table in (("an event", events), ("a consent", consents), ("an erasure", erasures))
}
