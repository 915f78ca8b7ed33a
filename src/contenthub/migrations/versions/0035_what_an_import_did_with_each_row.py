"""What an import of items did with each row of its workbook, and how to take it back

Revision ID: 0035
Revises: 0034
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from contenthub.migrations.policy import secure

revision = "0035"
down_revision = "0034"
branch_labels = None
depends_on = None

NAME = "item_import_rows"


def upgrade() -> None:
    """Add the rows, bound to their bank."""
    op.create_table(
        NAME,
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("job_id", sa.Uuid(), nullable=False),
        sa.Column("no", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("sheet", sa.Text(), nullable=False),
        sa.Column("line", sa.Integer(), nullable=False),
        sa.Column("outcome", sa.Text(), nullable=False),
        sa.Column("code", sa.Text(), server_default="", nullable=False),
        sa.Column("title", sa.Text(), server_default="", nullable=False),
        sa.Column("message", sa.Text(), server_default="", nullable=False),
        sa.Column("changes", postgresql.JSONB(), server_default="[]", nullable=False),
        sa.Column("blocks", sa.Integer(), server_default="0", nullable=False),
        sa.Column("is_sent", sa.Boolean(), server_default="false", nullable=False),
        sa.Column("item_id", sa.Uuid(), nullable=True),
        sa.Column("revision_id", sa.Uuid(), nullable=True),
        sa.Column("before_id", sa.Uuid(), nullable=True),
        sa.Column("before", postgresql.JSONB(), nullable=True),
        sa.Column("hash", sa.Text(), server_default="", nullable=False),
        sa.CheckConstraint(
            "outcome in ('added','changed','unchanged','failed','undone','kept')",
            name=op.f("ck_item_import_rows_outcome"),
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id"], ["banks.id"], name=op.f("fk_item_import_rows_tenant_id")
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "job_id"],
            ["long_jobs.tenant_id", "long_jobs.id"],
            name=op.f("fk_item_import_rows_tenant_id_job_id"),
        ),
        sa.PrimaryKeyConstraint("tenant_id", "job_id", "no", name=op.f("pk_item_import_rows")),
    )
    op.create_index("ix_item_import_rows_outcome", NAME, ["tenant_id", "job_id", "outcome", "no"])
    secure(NAME)


def downgrade() -> None:
    """Drop the rows."""
    op.drop_table(NAME)
