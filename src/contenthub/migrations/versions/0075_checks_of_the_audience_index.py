"""What the nightly check of a bank's audience index found.

Revision ID: 0075
Revises: 0074
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from contenthub.migrations.policy import secure

revision = "0075"
down_revision = "0074"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """No bank has been checked yet."""
    op.create_table(
        "audience_checks",
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("wanted", sa.Text(), nullable=False),
        sa.Column("wanted_by", sa.Uuid(), nullable=True),
        sa.Column("begun_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("checked_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("wrong_count", sa.Integer(), nullable=False),
        sa.Column("wrong", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("mended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("mended_count", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("tenant_id", name="pk_audience_checks"),
        sa.ForeignKeyConstraint(["tenant_id"], ["banks.id"], name="fk_audience_checks_tenant_id"),
        sa.CheckConstraint("wanted in ('','check','mend')", name="ck_audience_checks_wanted"),
    )
    secure("audience_checks")


def downgrade() -> None:
    """Forget what was found."""
    op.drop_table("audience_checks")
