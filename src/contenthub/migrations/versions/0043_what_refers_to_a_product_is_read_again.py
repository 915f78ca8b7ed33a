"""What refers to a product is read again when the product's wording changes or ends

Revision ID: 0043
Revises: 0042
"""

import sqlalchemy as sa
from alembic import op

revision = "0043"
down_revision = "0042"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add since when a product's references are to be read again; nothing waits at first."""
    op.add_column("items", sa.Column("references_due_at", sa.DateTime(timezone=True)))
    op.create_index(
        "ix_items_references_due",
        "items",
        ["references_due_at"],
        postgresql_where=sa.text("references_due_at is not null"),
    )


def downgrade() -> None:
    """Forget what waits."""
    op.drop_index("ix_items_references_due", "items")
    op.drop_column("items", "references_due_at")
