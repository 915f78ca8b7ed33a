"""Rows of a file that were not taken wait here until the error file is written

Revision ID: 0003
Revises: 0002
"""

from alembic import op
import sqlalchemy as sa

from contenthub.migrations.policy import secure

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "import_problems",
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("job_id", sa.Uuid(), nullable=False),
        sa.Column("line", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("field", sa.Text(), nullable=False),
        sa.Column("value_shown", sa.Text(), nullable=False),
        sa.Column("message", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["tenant_id"], ["banks.id"], name=op.f("fk_import_problems_tenant_id")
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "job_id"],
            ["long_jobs.tenant_id", "long_jobs.id"],
            name=op.f("fk_import_problems_tenant_id_job_id"),
        ),
        sa.PrimaryKeyConstraint("tenant_id", "job_id", "line", name=op.f("pk_import_problems")),
    )
    secure("import_problems")


def downgrade() -> None:
    op.drop_table("import_problems")
