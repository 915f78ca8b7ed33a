"""A hand-over counts open leads, and names the long job of a large one

Revision ID: 0014
Revises: 0013
"""

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add two columns; the release before this one leaves them at their defaults."""
    op.add_column("handovers", sa.Column("leads", sa.Integer(), nullable=False, server_default="0"))
    op.add_column("handovers", sa.Column("job_id", sa.Uuid(), nullable=True))


def downgrade() -> None:
    """Take the columns away."""
    op.drop_column("handovers", "job_id")
    op.drop_column("handovers", "leads")
