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
    sa.Column("owner", sa.String(64), sa.ForeignKey("profiles.owner"), index=True),  # a verified customer
    sa.Column("key_id", sa.String(64), nullable=False),  # of the customer's key, or of one of its own
    sa.Column("content", sa.LargeBinary, nullable=False),  # sealed: who is writing, and the mail
    sa.Column("purpose", sa.Text),
    sa.Column("without_my_data", sa.Boolean, nullable=False),
    sa.Column("opted_out", sa.Boolean, nullable=False),
    sa.Column("state", sa.String(16), nullable=False),
    sa.Column("notice_given", sa.Boolean, nullable=False),
    sa.Column("opened_at", Moment, nullable=False),
    sa.Column("erasing", sa.String(64), index=True),  # the erasure that is taking it
)

events = sa.Table(
    "events",
    metadata,
    sa.Column("conversation_id", sa.String(64), sa.ForeignKey("conversations.id"), primary_key=True),
    sa.Column("id", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("position", sa.BigInteger, nullable=False, unique=True),  # its place in the chain
    sa.Column("reply_id", sa.String(64), nullable=False),
    sa.Column("type", sa.String(16), nullable=False),
    sa.Column("message", sa.String(64)),  # keyed digest of its client_message_id
    sa.Column("content", sa.LargeBinary, nullable=False),  # sealed: the salt, and the very bytes that were digested
    sa.Column("at", Moment, nullable=False),
    sa.UniqueConstraint("conversation_id", "message"),
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
    sa.Column("subject", sa.Text, nullable=False),  # conversation/event/reply, key/number of a consent, erasure
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

# Which key store seals what stands here; another one's keys would open nothing.
sealed_by = sa.Table(
    "sealed_by",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True, autoincrement=False),  # always 1
    sa.Column("store_id", sa.String(64), nullable=False),
)

# One row for each customer of whom anything is kept. `owner` is a keyed digest of the customer's id.
profiles = sa.Table(
    "profiles",
    metadata,
    sa.Column("owner", sa.String(64), primary_key=True),
    sa.Column("key_id", sa.String(64), nullable=False, unique=True),
    sa.Column("name", sa.LargeBinary, nullable=False),  # sealed: the customer's id
    sa.Column("facts", sa.LargeBinary),  # sealed: all of them, in order; nothing when there are none
    sa.Column("facts_held", sa.Integer, nullable=False),  # how many: an erasure counts them when they can't be read
    sa.Column("version", sa.BigInteger, nullable=False),  # grows with each change of facts or consents
    sa.Column("changed_at", Moment, nullable=False),
    sa.Column("erasing", sa.String(64), index=True),  # the erasure that is taking it
)

# What a view needs stands in columns; the words of the notice are sealed, with all the rest once more.
consents = sa.Table(
    "consents",
    metadata,
    sa.Column("owner", sa.String(64), sa.ForeignKey("profiles.owner"), primary_key=True),
    sa.Column("number", sa.Integer, primary_key=True, autoincrement=False),  # counts up per customer: the order
    sa.Column("id", sa.Text, nullable=False),
    sa.Column("purpose", sa.Text, nullable=False),
    sa.Column("state", sa.String(16), nullable=False),
    sa.Column("at", Moment, nullable=False),
    sa.Column("category", sa.Text),
    sa.Column("fact", sa.Text),
    sa.Column("valid_until", Moment),
    sa.Column("position", sa.BigInteger, nullable=False, unique=True),  # its place in the chain
    sa.Column("content", sa.LargeBinary, nullable=False),  # sealed: the salt, and the very bytes that were digested
    sa.UniqueConstraint("owner", "id"),
)

# Who holds a value, without the value: keyed digests of what identifies a person.
holders = sa.Table(
    "holders",
    metadata,
    sa.Column("digest", sa.String(64), primary_key=True),
    sa.Column("owner", sa.String(64), sa.ForeignKey("profiles.owner"), primary_key=True, index=True),
    sa.Column("kind", sa.String(32), primary_key=True),
)

# What customers asked to have corrected.
corrections = sa.Table(
    "corrections",
    metadata,
    sa.Column("id", sa.String(64), primary_key=True),
    sa.Column("owner", sa.String(64), sa.ForeignKey("profiles.owner"), nullable=False, index=True),
    sa.Column("at", Moment, nullable=False),
    sa.Column("state", sa.String(16), nullable=False),
    sa.Column("content", sa.LargeBinary, nullable=False),  # sealed: the fact, how it should be, a note
)

# Legal holds: nothing of these customers is erased.
holds = sa.Table(
    "holds",
    metadata,
    sa.Column("owner", sa.String(64), sa.ForeignKey("profiles.owner"), primary_key=True),
    sa.Column("since", Moment, nullable=False),
    sa.Column("content", sa.LargeBinary, nullable=False),  # sealed: the reason
)

# What was erased, when and how much; nobody's name. One without a position has begun and is not finished.
erasures = sa.Table(
    "erasures",
    metadata,
    sa.Column("id", sa.String(64), primary_key=True),
    sa.Column("why", sa.String(16), nullable=False),
    sa.Column("at", Moment, nullable=False),
    sa.Column("position", sa.BigInteger, unique=True),  # its place in the chain
    sa.Column("content", sa.Text),  # the very text that was digested
    sa.Column("salt", sa.LargeBinary),
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

# What the help content did not answer, counted; nothing says who asked.
unanswered = sa.Table(
    "unanswered",
    metadata,
    sa.Column("key", sa.String(64), primary_key=True),  # keyed digest of the words
    sa.Column("language", sa.String(16), nullable=False),
    sa.Column("nearest_id", sa.String(200), nullable=False),
    sa.Column("nearest_title", sa.Text, nullable=False),
    sa.Column("count", sa.BigInteger, nullable=False),
    sa.Column("first_at", Moment, nullable=False),
    sa.Column("last_at", Moment, nullable=False, index=True),
)

# The words of such a question, once for each who asked, under that customer's key.
asked_words = sa.Table(
    "asked_words",
    metadata,
    sa.Column("question", sa.String(64), sa.ForeignKey("unanswered.key", ondelete="CASCADE"), primary_key=True),
    sa.Column("key_id", sa.String(64), primary_key=True, index=True),
    sa.Column("content", sa.LargeBinary, nullable=False),  # sealed
    sa.Column("at", Moment, nullable=False),
)
