"""A copy of an item knows which item it was copied from

Revision ID: 0046
Revises: 0045
"""

import sqlalchemy as sa
from alembic import op

revision = "0046"
down_revision = "0045"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the source of a copy; of copies made before nobody knows it."""
    op.add_column("items", sa.Column("copy_of_id", sa.Uuid()))
    op.create_index(
        "ix_items_copies",
        "items",
        ["tenant_id", "copy_of_id"],
        postgresql_where=sa.text("copy_of_id is not null"),
    )


def downgrade() -> None:
    """Forget it."""
    op.drop_index("ix_items_copies", "items")
    op.drop_column("items", "copy_of_id")
