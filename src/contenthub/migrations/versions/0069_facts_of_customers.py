"""Customers have products, days due, a village, a lunar birthday, a last contact and a remark.

Revision ID: 0069
Revises: 0068
"""

import sqlalchemy as sa
from alembic import op

revision = "0069"
down_revision = "0068"
branch_labels = None
depends_on = None

_DAYS = ("deposit_due_on", "wealth_due_on", "loan_due_on", "contacted_on", "added_on")


def upgrade() -> None:
    """Nobody told us yet: constants, so that no row of a million is written."""
    for name in ("lunar_birthday", "products", "grid"):
        op.add_column("customers", sa.Column(name, sa.Text(), server_default="", nullable=False))
    for name in _DAYS:
        op.add_column("customers", sa.Column(name, sa.Date(), nullable=True))
    op.add_column("customers", sa.Column("is_merchant", sa.Boolean(), nullable=True))
    op.add_column(
        "customers",
        sa.Column("remark_sealed", sa.LargeBinary(), server_default="", nullable=False),
    )


def downgrade() -> None:
    """Forget the facts."""
    for name in ("remark_sealed", "is_merchant", *_DAYS, "grid", "products", "lunar_birthday"):
        op.drop_column("customers", name)
