"""What waits for somebody, and what somebody wrote, is found by an index

Revision ID: 0045
Revises: 0044
"""

from alembic import op

revision = "0045"
down_revision = "0044"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Index revisions by state, and items by author: the library counts both on every page."""
    op.create_index("ix_revisions_state", "revisions", ["tenant_id", "state", "item_id", "id"])
    op.create_index("ix_items_author", "items", ["tenant_id", "author_id"])


def downgrade() -> None:
    """Drop the indexes."""
    op.drop_index("ix_items_author", table_name="items")
    op.drop_index("ix_revisions_state", table_name="revisions")
