"""A webhook event waits for its deliveries to be written

Revision ID: 0012
Revises: 0011
"""

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None


def upgrade() -> None:
    # No event was written before this: the column comes with the first code that tells one.
    op.add_column(
        "webhook_events", sa.Column("expanded_at", sa.DateTime(timezone=True), nullable=True)
    )
    op.create_index(
        "ix_webhook_events_new",
        "webhook_events",
        ["at"],
        postgresql_where=sa.text("expanded_at is null"),
    )


def downgrade() -> None:
    raise NotImplementedError("restore the backup made before the upgrade")
