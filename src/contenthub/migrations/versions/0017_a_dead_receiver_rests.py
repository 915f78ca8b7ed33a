"""A receiver that fails rests, and one that fails for days is paused until a person resumes it

Revision ID: 0017
Revises: 0016
"""

import sqlalchemy as sa
from alembic import op

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Give every endpoint its count of failures in a row, its rest, and why it is paused."""
    table = "webhook_endpoints"
    op.add_column(table, sa.Column("failures", sa.Integer(), server_default="0", nullable=False))
    op.add_column(table, sa.Column("rest_until", sa.DateTime(timezone=True), nullable=True))
    op.add_column(table, sa.Column("paused_for", sa.Text(), server_default="", nullable=False))


def downgrade() -> None:
    """Forget them."""
    for name in ("paused_for", "rest_until", "failures"):
        op.drop_column("webhook_endpoints", name)
