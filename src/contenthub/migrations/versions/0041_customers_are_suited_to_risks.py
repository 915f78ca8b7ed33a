"""Customers are suited to risks: grade and last day of their assessment (SUIT-01).

Revision ID: 0041
Revises: 0040
"""

import sqlalchemy as sa
from alembic import op

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


def downgrade() -> None:
    """Take both away."""
    op.drop_index("ix_customers_risk_until", "customers")
    op.drop_column("customers", "risk_until")
    op.drop_column("customers", "risk_grade")
