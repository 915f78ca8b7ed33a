"""When a bank's unused files were last collected, and what that freed

Revision ID: 0042
Revises: 0041
"""

import sqlalchemy as sa
from alembic import op

from contenthub.migrations.policy import secure

revision = "0042"
down_revision = "0041"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the table; a bank without a row has never been looked at."""
    op.create_table(
        "asset_collections",
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("collected_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("files", sa.Integer(), nullable=False, server_default="0"),
        sa.Column("objects", sa.Integer(), nullable=False, server_default="0"),
        sa.Column("freed_bytes", sa.BigInteger(), nullable=False, server_default="0"),
        sa.PrimaryKeyConstraint("tenant_id"),
        sa.ForeignKeyConstraint(["tenant_id"], ["banks.id"]),
    )
    secure("asset_collections")


def downgrade() -> None:
    """Forget when files were collected."""
    op.drop_table("asset_collections")
