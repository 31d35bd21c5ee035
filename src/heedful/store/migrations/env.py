"""What Alembic runs: every table of ours, on the connection and inside the transaction that `migrate` has opened."""

from __future__ import annotations

from alembic import context

from heedful.store import knowledge, tables
from heedful.store.database import metadata

assert knowledge.articles.metadata is tables.events.metadata is metadata  # noqa: S101 - importing them declares them

context.configure(connection=context.config.attributes["connection"], target_metadata=metadata, transactional_ddl=True)
with context.begin_transaction():
    context.run_migrations()
