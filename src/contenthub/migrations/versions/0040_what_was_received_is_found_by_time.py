"""What customers received and employees shared lately is found by its time

Revision ID: 0040
Revises: 0039
"""

import sqlalchemy as sa
from alembic import op

revision = "0040"
down_revision = "0039"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Index the ledger and employees' own links by time, for the mix of content."""
    op.create_index(
        "ix_deliveries_mix",
        "deliveries",
        ["tenant_id", "updated_at"],
        postgresql_where=sa.text("state not in ('skipped', 'failed')"),
    )
    op.create_index(
        "ix_links_own",
        "links",
        ["tenant_id", "created_at"],
        postgresql_where=sa.text("push_id is null and parent_id is null"),
    )


def downgrade() -> None:
    """Forget both."""
    op.drop_index("ix_links_own", "links")
    op.drop_index("ix_deliveries_mix", "deliveries")
