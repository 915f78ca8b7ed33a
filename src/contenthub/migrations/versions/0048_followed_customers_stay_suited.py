"""A customer on a cadence stays suited to what its steps bring (SUIT-01).

Revision ID: 0048
Revises: 0047
"""

import sqlalchemy as sa
from alembic import op

revision = "0048"
down_revision = "0047"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the risk that a run's steps ask for; 0 asks for nothing."""
    op.add_column(
        "cadence_runs", sa.Column("risk", sa.SmallInteger(), server_default="0", nullable=False)
    )


def downgrade() -> None:
    """Take it away."""
    op.drop_column("cadence_runs", "risk")
