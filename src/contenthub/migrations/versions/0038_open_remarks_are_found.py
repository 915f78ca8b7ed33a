"""Open remarks are found without reading the settled ones

Revision ID: 0038
Revises: 0036
"""

import sqlalchemy as sa
from alembic import op

revision = "0038"
down_revision = "0036"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Index the first comment of every open thread."""
    op.create_index(
        "ix_review_comments_open",
        "review_comments",
        ["tenant_id"],
        postgresql_where=sa.text("id = thread_id and resolved_at is null"),
    )


def downgrade() -> None:
    """Forget the index."""
    op.drop_index("ix_review_comments_open", "review_comments")
