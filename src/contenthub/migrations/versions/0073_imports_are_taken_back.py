"""What a load of customers did is kept batch by batch, so that it can be taken back.

Revision ID: 0073
Revises: 0072
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

from contenthub.migrations.policy import secure

revision = "0073"
down_revision = "0072"
branch_labels = None
depends_on = None


def _instant(name: str, *, nullable: bool = False) -> sa.Column[object]:
    return sa.Column(name, sa.DateTime(timezone=True), nullable=nullable)


def _of_a_job(table: str, *columns: sa.Column[object], key: str) -> None:
    op.create_table(
        table,
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("job_id", sa.Uuid(), nullable=False),
        *columns,
        sa.PrimaryKeyConstraint("tenant_id", *key.split(), name=f"pk_{table}"),
        sa.ForeignKeyConstraint(["tenant_id"], ["banks.id"], name=f"fk_{table}_tenant_id"),
    )
    op.execute("alter table long_jobs no force row level security")
    op.create_foreign_key(
        f"fk_{table}_tenant_id_job_id", table, "long_jobs", ["tenant_id", "job_id"],
        ["tenant_id", "id"],
    )
    op.execute("alter table long_jobs force row level security")


def upgrade() -> None:
    """Imports before this cannot be taken back: nobody noted what they did."""
    _of_a_job(
        "import_steps",
        sa.Column("last_line", sa.BigInteger(), nullable=False),
        _instant("at"),
        sa.Column("people", sa.LargeBinary(), nullable=False),
        sa.Column("added", sa.LargeBinary(), nullable=False),
        sa.Column("tags_put", sa.Integer(), nullable=False),
        sa.Column("tags_were", JSONB(), nullable=False),
        sa.Column("refusals_were", JSONB(), nullable=False),
        _instant("undone_at", nullable=True),
        key="job_id last_line",
    )
    op.create_index("ix_import_steps_at", "import_steps", ["tenant_id", "at"])
    _of_a_job(
        "import_changes",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("customer_no", sa.Integer(), nullable=False),
        _instant("at"),
        sa.Column("was", JSONB(), nullable=False),
        sa.Column("name_sealed", sa.LargeBinary(), nullable=False),
        sa.Column("remark_sealed", sa.LargeBinary(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        key="id",
    )
    columns = ["tenant_id", "job_id", "customer_no"]
    op.create_index("ix_import_changes_job", "import_changes", columns)
    op.create_index("ix_import_changes_customer", "import_changes", ["tenant_id", "customer_no"])
    secure("import_steps")
    secure("import_changes")


def downgrade() -> None:
    """Forget what imports did; their customers stay."""
    op.drop_table("import_changes")
    op.drop_table("import_steps")
