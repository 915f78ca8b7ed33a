"""A hand-over counts the tasks that ended with the leaver

Revision ID: 0036
Revises: 0035
"""

import sqlalchemy as sa
from alembic import op

revision = "0036"
down_revision = "0035"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the count; what was handed over before says 0."""
    count = sa.Column("tasks_cancelled", sa.Integer(), nullable=False, server_default="0")
    op.add_column("handovers", count)


def downgrade() -> None:
    """Forget the count."""
    op.drop_column("handovers", "tasks_cancelled")
