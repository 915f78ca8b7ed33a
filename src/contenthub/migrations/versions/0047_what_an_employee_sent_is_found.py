"""What one employee sent lately is found without reading everybody's

Revision ID: 0047
Revises: 0046
"""

import sqlalchemy as sa
from alembic import op

revision = "0047"
down_revision = "0046"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Index what was received by who sent it: each delivery enters once, at its end."""
    op.create_index(
        "ix_deliveries_sent",
        "deliveries",
        ["tenant_id", "employee_id", "updated_at"],
        postgresql_where=sa.text("state in ('confirmed', 'delivered')"),
    )


def downgrade() -> None:
    """Forget the index."""
    op.drop_index("ix_deliveries_sent", "deliveries")
