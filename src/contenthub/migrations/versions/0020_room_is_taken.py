"""What photos and imports take of a bank's store counts at once, before it is measured

Revision ID: 0020
Revises: 0019
"""

import sqlalchemy as sa
from alembic import op

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Give every bank the bytes taken since its store was last measured."""
    op.add_column(
        "banks",
        sa.Column("stored_added_bytes", sa.BigInteger(), server_default="0", nullable=False),
    )


def downgrade() -> None:
    """Forget it."""
    op.drop_column("banks", "stored_added_bytes")
