"""Customers are suited to risks: grade and last day of their assessment (SUIT-01).

Revision ID: 0041
Revises: 0040
"""

import sqlalchemy as sa
from alembic import op

from contenthub.migrations.policy import PLATFORM

revision = "0041"
down_revision = "0040"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the two columns; nobody is assessed yet."""
    op.add_column(
        "customers",
        sa.Column("risk_grade", sa.SmallInteger(), server_default="0", nullable=False),
    )
    op.add_column("customers", sa.Column("risk_until", sa.Date(), nullable=True))
    op.create_index(
        "ix_customers_risk_until",
        "customers",
        ["tenant_id", "risk_until"],
        postgresql_where=sa.text("risk_grade > 0"),
    )
    # What the sweep over all banks asks, and nothing of who it is.
    op.execute(f"grant select (tenant_id, risk_grade, risk_until) on customers to {PLATFORM}")


def downgrade() -> None:
    """Take both away."""
    op.execute(f"revoke select (tenant_id, risk_grade, risk_until) on customers from {PLATFORM}")
    op.drop_index("ix_customers_risk_until", "customers")
    op.drop_column("customers", "risk_until")
    op.drop_column("customers", "risk_grade")
