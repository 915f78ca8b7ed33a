"""The words an item is found by have a version: what an older one wrote is written anew.

Revision ID: 0053
Revises: 0052
"""

import sqlalchemy as sa
from alembic import op

revision = "0053"
down_revision = "0052"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Mark every item as written by an older version; the worker sees to the rest."""
    op.add_column(
        "items", sa.Column("words_version", sa.SmallInteger(), server_default="0", nullable=False)
    )
    op.create_index("ix_items_words_version", "items", ["words_version", "tenant_id"])


def downgrade() -> None:
    """Take the mark away."""
    op.drop_index("ix_items_words_version", "items")
    op.drop_column("items", "words_version")
