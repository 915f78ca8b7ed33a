"""Answers kept for an Idempotency-Key are found by their day, not by reading all of them

Revision ID: 0005
Revises: 0004
"""

from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the index that forgetting old answers looks into."""
    op.create_index(
        "ix_idempotency_records_created", "idempotency_records", ["tenant_id", "created_at"]
    )


def downgrade() -> None:
    """Take the index away."""
    op.drop_index("ix_idempotency_records_created", "idempotency_records")
