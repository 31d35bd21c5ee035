"""The tables of conversations, their record, customers and keys; those of the knowledge stand in `knowledge.py`."""

from __future__ import annotations

from datetime import UTC, datetime
from functools import lru_cache
from typing import Any

import sqlalchemy as sa

from heedful.errors import InputError, StoreError
from heedful.store.database import metadata


def moment(at: datetime) -> str:
    """Return a time as it is stored and chained: UTC, ISO 8601, microseconds, the same text on every database.

    Raises:
        InputError: The time says no zone.
    """
    if at.tzinfo is None:
        raise InputError("a time without a zone can't be recorded; give it in UTC")
    return at.astimezone(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")


@lru_cache(maxsize=4096)  # what one import brought has one time, and a profile is read again for every unit
def _time(text: str) -> datetime:
    return datetime.fromisoformat(text)


class Moment(sa.TypeDecorator[datetime]):
    """A point in time, kept as text (see `moment`): it sorts, and its bytes are what the audit chain holds."""

    impl = sa.String(27)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Any) -> str | None:  # noqa: ARG002 - SQLAlchemy's face
        """Give the text of a time."""
        return None if value is None else moment(value)

    def process_result_value(self, value: str | None, dialect: Any) -> datetime | None:  # noqa: ARG002 - the same
        """Give the time of a text."""
        try:
            return None if value is None else _time(value)
        except ValueError as error:
            raise StoreError("a time in the database can't be read; run `heedful audit verify`") from error


conversations = sa.Table(
    "conversations",
    metadata,
    sa.Column("id", sa.String(64), primary_key=True),
    sa.Column("channel", sa.String(16), nullable=False),
    sa.Column("language", sa.String(16)),
    sa.Column("customer_id", sa.Text, index=True),
    sa.Column("purpose", sa.Text),
    sa.Column("without_my_data", sa.Boolean, nullable=False),
    sa.Column("mail", sa.Text),
    sa.Column("state", sa.String(16), nullable=False),
    sa.Column("notice_given", sa.Boolean, nullable=False),
    sa.Column("opened_at", Moment, nullable=False),
)

events = sa.Table(
    "events",
    metadata,
    sa.Column("conversation_id", sa.String(64), sa.ForeignKey("conversations.id"), primary_key=True),
    sa.Column("id", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("position", sa.BigInteger, nullable=False, unique=True),  # its place in the chain
    sa.Column("reply_id", sa.String(64), nullable=False),
    sa.Column("type", sa.String(16), nullable=False),
    sa.Column("client_message_id", sa.Text),
    sa.Column("content", sa.Text, nullable=False),  # canonical JSON: the very bytes that were digested
    sa.Column("at", Moment, nullable=False),
    sa.Column("salt", sa.LargeBinary, nullable=False),
    sa.UniqueConstraint("conversation_id", "client_message_id"),
)

# Replies that are being written, so that a start after a crash finds them without reading the whole record.
open_replies = sa.Table(
    "open_replies",
    metadata,
    sa.Column("reply_id", sa.String(64), primary_key=True),
    sa.Column("conversation_id", sa.String(64), sa.ForeignKey("conversations.id"), nullable=False, index=True),
)

chain = sa.Table(
    "chain",
    metadata,
    sa.Column("position", sa.BigInteger, primary_key=True, autoincrement=False),
    sa.Column("at", Moment, nullable=False),
    sa.Column("subject", sa.Text, nullable=False),  # conversation/event/reply
    sa.Column("kind", sa.String(16), nullable=False),
    sa.Column("digest", sa.LargeBinary, nullable=False),
    sa.Column("link", sa.LargeBinary, nullable=False),
    sa.Column("erased_by", sa.BigInteger),  # position of the erasure that took its event
)

chain_head = sa.Table(
    "chain_head",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True, autoincrement=False),  # always 1
    sa.Column("position", sa.BigInteger, nullable=False),
    sa.Column("link", sa.LargeBinary, nullable=False),
)

profiles = sa.Table(
    "profiles",
    metadata,
    sa.Column("customer_id", sa.Text, primary_key=True),
    sa.Column("changed_at", Moment, nullable=False),
)

facts = sa.Table(
    "facts",
    metadata,
    sa.Column("customer_id", sa.Text, sa.ForeignKey("profiles.customer_id"), primary_key=True),
    sa.Column("place", sa.Integer, primary_key=True, autoincrement=False),  # order as given; names may repeat
    sa.Column("name", sa.Text, nullable=False),
    sa.Column("value", sa.Text, nullable=False),
    sa.Column("category", sa.Text, nullable=False),
    sa.Column("source", sa.Text, nullable=False),
    sa.Column("at", Moment),
)

consents = sa.Table(
    "consents",
    metadata,
    sa.Column("customer_id", sa.Text, sa.ForeignKey("profiles.customer_id"), primary_key=True),
    sa.Column("number", sa.Integer, primary_key=True, autoincrement=False),  # counts up per customer: the order
    sa.Column("id", sa.Text, nullable=False),
    sa.Column("purpose", sa.Text, nullable=False),
    sa.Column("state", sa.String(16), nullable=False),
    sa.Column("at", Moment, nullable=False),
    sa.Column("category", sa.Text),
    sa.Column("fact", sa.Text),
    sa.Column("valid_until", Moment),
    sa.UniqueConstraint("customer_id", "id"),
)

# Who holds a value, without the value: keyed digests of what identifies a person.
holders = sa.Table(
    "holders",
    metadata,
    sa.Column("digest", sa.String(64), primary_key=True),
    sa.Column("customer_id", sa.Text, sa.ForeignKey("profiles.customer_id"), primary_key=True, index=True),
    sa.Column("kind", sa.String(32), primary_key=True),
)

api_keys = sa.Table(
    "api_keys",
    metadata,
    sa.Column("id", sa.String(64), primary_key=True),
    sa.Column("digest", sa.String(64), nullable=False, unique=True),  # SHA-256 of 256 random bits
    sa.Column("scopes", sa.Text, nullable=False),  # separated by a space
    sa.Column("publishable", sa.Boolean, nullable=False),
    sa.Column("origins", sa.Text, nullable=False),  # separated by a space
    sa.Column("created_at", Moment, nullable=False),
    sa.Column("revoked_at", Moment),
)

# What the help content did not answer, by the words of the question; nothing says who asked.
unanswered = sa.Table(
    "unanswered",
    metadata,
    sa.Column("key", sa.String(64), primary_key=True),
    sa.Column("text", sa.Text, nullable=False),
    sa.Column("language", sa.String(16), nullable=False),
    sa.Column("nearest_id", sa.String(200), nullable=False),
    sa.Column("nearest_title", sa.Text, nullable=False),
    sa.Column("count", sa.BigInteger, nullable=False),
    sa.Column("first_at", Moment, nullable=False),
    sa.Column("last_at", Moment, nullable=False, index=True),
)
