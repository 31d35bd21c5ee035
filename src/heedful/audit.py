"""The audit chain, without a database: what an entry is, how it is linked, and how a chain is found to be whole.

An entry holds `SHA-256(salt ‖ content)` and never the words themselves; a link is an HMAC over the link before it, so
that nothing can be changed, taken out, moved or added without the key. The salt stays with the content: when both
are erased, the digest says nothing of them.
"""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import AsyncIterable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from heedful.errors import ChainError, InputError

SALT_BYTES = 32
ERASURE = "erasure"  # the kind of an entry that says: what these entries were about is gone, on purpose


@dataclass(frozen=True, slots=True)
class Head:
    """Where a chain ends. Position 0 is the chain that has no entry yet."""

    position: int = 0
    link: bytes = bytes(32)


@dataclass(frozen=True, slots=True)
class Record:
    """What is to be chained. `subject` says where the content is kept; `at` is ISO 8601 as it will be stored."""

    at: str
    subject: str
    kind: str
    digest: bytes


@dataclass(frozen=True, slots=True)
class Entry:
    """A record in its place, which counts up from 1."""

    position: int
    record: Record
    link: bytes

    @property
    def head(self) -> Head:
        """The head of the chain once this is its last entry."""
        return Head(self.position, self.link)


@dataclass(frozen=True, slots=True)
class Kept:
    """The content that an entry speaks of, byte for byte as the database holds it, its seal opened.

    `columns` are those that say what the content says, too: (name, what stands there, what the content says).
    """

    at: bytes | None
    subject: bytes
    kind: bytes | None
    salt: bytes | None
    content: bytes | None
    columns: tuple[tuple[str, bytes | None, bytes | None], ...] = ()
    sealed: str = ""  # why its seal could not be opened
    is_going: bool = False  # its key is destroyed, by an erasure that has not come to its end


@dataclass(frozen=True, slots=True)
class Row:
    """One entry, byte for byte as the database holds it; nothing about it is believed yet.

    `erased_by` is the position of the erasure that took its content, `eraser` that entry's kind.
    """

    position: Any
    at: bytes | None
    subject: bytes | None
    kind: bytes | None
    digest: bytes | None
    link: bytes | None
    kept: Kept | None
    erased_by: Any = None
    eraser: bytes | None = None


@dataclass(frozen=True, slots=True)
class Verified:
    """A chain that is whole: how many entries, and the last link in hex."""

    entries: int
    head: str


def canonical(content: Mapping[str, Any]) -> str:
    """Return the one JSON text of `content`: keys sorted, no spaces, whole numbers without a fraction.

    Numbers as in RFC 8785, so that a receipt which has been through JavaScript gives the same text.

    Raises:
        InputError: Something in it is not JSON.
    """
    try:
        text = json.dumps(_whole(content), ensure_ascii=False, allow_nan=False, sort_keys=True, separators=(",", ":"))
    except (TypeError, ValueError, RecursionError) as error:
        raise InputError(f"this can't be recorded: it is not JSON ({type(error).__name__})") from error
    try:
        text.encode()
    except UnicodeEncodeError:  # half a character: no database takes it, but JSON has a way to write it
        text = text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "surrogatepass")  # two halves are one
        text = "".join(f"\\u{ord(char):04x}" if "\ud800" <= char <= "\udfff" else char for char in text)
    return text


def content_digest(salt: bytes, content: str | bytes) -> bytes:
    """Return SHA-256 over a 32-byte salt and the canonical text of a content."""
    return hashlib.sha256(salt + (content.encode() if isinstance(content, str) else content)).digest()


def chained(key: bytes, head: Head, records: Iterable[Record]) -> tuple[Entry, ...]:
    """Return the entries that follow `head`, in the order of `records`."""
    entries = []
    for record in records:
        position = head.position + 1
        fields = (record.at.encode(), record.subject.encode(), record.kind.encode())
        head = Head(position, _link(key, head.link, position, fields, record.digest))
        entries.append(Entry(position, record, head.link))
    return tuple(entries)


def took(positions: Iterable[int]) -> str:
    """Return what an erasure says of the entries whose content it took: SHA-256 over their positions, lowest first."""
    return hashlib.sha256(b"".join(b"%d," % position for position in sorted(positions))).hexdigest()


async def verify(rows: AsyncIterable[Row], key: bytes, *, head: Head | None, outside: Head | None) -> Verified:
    """Say that a chain is whole: `rows` by position, its `head` row, and the head kept `outside` the database.

    `outside` may be behind (it is written a moment later), but must name an entry that is still there.

    Raises:
        ChainError: It is not; the error names the first bad position and what is wrong there.
    """
    last = Head()
    taken: dict[Any, list[int]] = {}  # erasure → the entries marked with it
    async for row in rows:
        expected = last.position + 1
        if row.position != expected:
            what = "is there twice" if row.position == last.position else "is missing"
            raise _broken(last.position if row.position == last.position else expected, what)
        _check_entry(row, key, last)
        _check_content(row, taken.pop(expected, []))
        if row.erased_by is not None:
            taken.setdefault(row.erased_by, []).append(expected)
        last = Head(expected, row.link or b"")
        if outside and outside.position == expected and outside.link != last.link:
            raise _broken(expected, "is not the one that the head kept outside the database names")
    _check_end(last, head, outside)
    return Verified(last.position, last.link.hex())


def _check_entry(row: Row, key: bytes, last: Head) -> None:
    columns = [column for column in (row.at, row.subject, row.kind, row.digest, row.link) if isinstance(column, bytes)]
    if len(columns) != 5:
        raise _broken(row.position, "has a column that was emptied")
    at, subject, kind, digest, link = columns
    wanted = _link(key, last.link, row.position, (at, subject, kind), digest)
    if not hmac.compare_digest(wanted, link):
        what = "was changed, moved, or written without the key"
        if row.position == 1:
            what += " (or the master key is not the one that this record was begun with)"
        raise _broken(row.position, what)


def _check_content(row: Row, taken: list[int]) -> None:
    if row.erased_by is not None and not _was_erased(row):
        raise _broken(row.position, "is marked as erased by something that is no erasure of it")
    kept = row.kept
    if kept is None:
        if row.erased_by is not None and row.kind != ERASURE.encode():
            return
        raise _broken(row.position, "speaks of something that is missing")
    for column, mine, theirs in (
        ("conversation, id or reply", row.subject, kept.subject),
        ("type", row.kind, kept.kind),
        ("time", row.at, kept.at),
    ):
        if mine != theirs:
            raise _broken(row.position, f"speaks of something whose {column} was changed")
    if kept.is_going:
        return
    if kept.sealed:
        raise _broken(row.position, f"speaks of something whose content {kept.sealed}")
    if not isinstance(kept.salt, bytes) or not isinstance(kept.content, bytes):
        raise _broken(row.position, "speaks of something whose content or salt is gone")
    if content_digest(kept.salt, kept.content) != row.digest or len(kept.salt) != SALT_BYTES:
        raise _broken(row.position, "speaks of something whose content or salt was changed")
    for column, there, stated in kept.columns:
        if there != stated:
            raise _broken(row.position, f"speaks of something whose {column} was changed")
    if row.kind == ERASURE.encode() and json.loads(kept.content).get("took") != took(taken):
        raise _broken(row.position, "is an erasure of other records than those that are marked with it")


def _was_erased(row: Row) -> bool:
    return isinstance(row.erased_by, int) and row.erased_by > row.position and row.eraser == ERASURE.encode()


def _check_end(last: Head, head: Head | None, outside: Head | None) -> None:
    if head is None:
        raise _broken(last.position, "is the last one, and the head row of the chain is missing")
    for other, named in ((head, "the head row"), (outside, "the head kept outside the database")):
        if other and other.position > last.position:
            raise _broken(
                last.position + 1,
                f"and all after it are cut off: the record ends at {last.position}, {named} at {other.position}",
            )
    if head.position < last.position:
        raise _broken(head.position + 1, "was added behind the head row of the chain")
    if head.link != last.link:
        raise _broken(last.position, "is the last one, and the head row of the chain was changed")


def _link(key: bytes, previous: bytes, position: int, fields: tuple[bytes, bytes, bytes], digest: bytes) -> bytes:
    """Each field goes in behind its length: no two different entries give the same bytes."""
    mac = hmac.new(key, previous, hashlib.sha256)
    mac.update(position.to_bytes(8, "big"))
    for field in fields:
        mac.update(len(field).to_bytes(4, "big"))
        mac.update(field)
    mac.update(digest)
    return mac.digest()


def _broken(position: int, what: str) -> ChainError:
    return ChainError(f"record {position} {what}", position=position)


def _whole(value: Any) -> Any:
    if isinstance(value, float) and value.is_integer() and abs(value) < 2**53:
        return int(value)
    if isinstance(value, Mapping):
        if not all(isinstance(key, str) for key in value):
            raise TypeError("keys of JSON are text")
        return {key: _whole(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_whole(item) for item in value]
    return value
