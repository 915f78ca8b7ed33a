"""Of which day facts of customers are, where a bank merges files by the day they are of.

Revision ID: 0079
Revises: 0078
"""

import sqlalchemy as sa
from alembic import op

revision = "0079"
down_revision = "0078"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """No fact has a day of its own yet."""
    op.add_column("customers", sa.Column("dated", sa.Text(), nullable=False, server_default=""))


def downgrade() -> None:
    """Forget the days."""
    op.drop_column("customers", "dated")
