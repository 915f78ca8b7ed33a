"""What a check of the audit trail found, so that its page can say how far it is checked

Revision ID: 0013
Revises: 0012
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from contenthub.migrations.policy import secure

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "audit_checks",
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("checked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("full_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("seal_no", sa.Integer(), nullable=False),
        sa.Column("entries", sa.BigInteger(), nullable=False),
        sa.Column("problems", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.ForeignKeyConstraint(
            ["tenant_id"], ["banks.id"], name=op.f("fk_audit_checks_tenant_id")
        ),
        sa.PrimaryKeyConstraint("tenant_id", name=op.f("pk_audit_checks")),
    )
    secure("audit_checks")


def downgrade() -> None:
    raise NotImplementedError("restore the backup made before the upgrade")
