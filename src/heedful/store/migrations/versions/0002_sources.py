"""What each file of help content gave when it was read, and what was deleted but is not yet proved to be gone."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create both tables, empty: at the next sync every file is read once more, and found to be as it was."""
    op.create_table(
        "sources",
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("skipped", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("source", name=("pk_sources")),
    )
    op.create_table(
        "deletions",
        sa.Column("passage_id", sa.String(length=64), nullable=False),
        sa.Column("article_id", sa.String(length=200), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("lang", sa.String(length=8), nullable=False),
        sa.Column("trust", sa.String(length=16), nullable=False),
        sa.PrimaryKeyConstraint("passage_id", name=("pk_deletions")),
    )
