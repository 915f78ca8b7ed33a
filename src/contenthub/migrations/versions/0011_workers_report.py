"""Workers report that they sweep, so that a stopped or stuck one is seen within a minute

Revision ID: 0011
Revises: 0010
"""

import sqlalchemy as sa
from alembic import op

from contenthub.migrations.policy import grant

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the reports: written by the platform role, read by the web's /readyz."""
    op.create_table(
        "worker_heartbeats",
        sa.Column("worker", sa.Text(), nullable=False),
        sa.Column("beat_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("due_seconds", sa.Integer(), nullable=False),
        sa.Column("unknown_seconds", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("worker", name=op.f("pk_worker_heartbeats")),
    )
    grant("worker_heartbeats", app="select", platform="select, insert, update, delete")


def downgrade() -> None:
    """Take the reports away."""
    op.drop_table("worker_heartbeats")
