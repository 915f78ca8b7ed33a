"""Lists that others made of customers: models' results and what was done offline.

Revision ID: 0082
Revises: 0081
"""

import sqlalchemy as sa
from alembic import op

from contenthub.migrations.policy import secure

revision = "0082"
down_revision = "0081"
branch_labels = None
depends_on = None

_FORCED = ("customers", "long_jobs")
"""Tables whose keys are read while a foreign key onto them is made."""


def _told(table: str, *columns: sa.Column[object], key: tuple[str, ...]) -> None:
    op.create_table(
        table,
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("customer_no", sa.Integer(), nullable=False),
        *columns,
        sa.PrimaryKeyConstraint("tenant_id", "customer_no", *key, name=f"pk_{table}"),
        sa.ForeignKeyConstraint(
            ["tenant_id", "customer_no"],
            ["customers.tenant_id", "customers.no"],
            name=f"fk_{table}_tenant_id_customer_no",
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "list_id"],
            ["customer_lists.tenant_id", "customer_lists.id"],
            name=f"fk_{table}_tenant_id_list_id",
        ),
    )
    op.create_index(f"ix_{table}_list", table, ["tenant_id", "list_id", "customer_no"])


def upgrade() -> None:
    """Make the tables; no bank has a list yet."""
    for table in _FORCED:
        op.execute(f"alter table {table} no force row level security")
    op.create_table(
        "customer_lists",
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("said_on", sa.Date(), nullable=False),
        sa.Column("until_on", sa.Date(), nullable=True),
        sa.Column("half_life_days", sa.Integer(), nullable=True),
        sa.Column("topics", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("created_by", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("tenant_id", "id", name="pk_customer_lists"),
        sa.ForeignKeyConstraint(["tenant_id"], ["banks.id"], name="fk_customer_lists_tenant_id"),
        sa.ForeignKeyConstraint(
            ["tenant_id", "id"],
            ["long_jobs.tenant_id", "long_jobs.id"],
            name="fk_customer_lists_tenant_id_id",
        ),
        sa.CheckConstraint("kind in ('scores','acts')", name="ck_customer_lists_kind"),
        sa.CheckConstraint("state in ('loading','on','undone')", name="ck_customer_lists_state"),
    )
    _told(
        "list_scores",
        sa.Column("topic", sa.Text(), nullable=False),
        sa.Column("list_id", sa.Uuid(), nullable=False),
        sa.Column("points", sa.Integer(), nullable=False),
        key=("topic", "list_id"),
    )
    op.create_check_constraint("ck_list_scores_points", "list_scores", "points between 1 and 100")
    _told(
        "list_acts",
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("topic", sa.Text(), nullable=False),
        sa.Column("day_on", sa.Date(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("list_id", sa.Uuid(), nullable=False),
        key=("kind", "topic", "day_on", "source"),
    )
    op.create_index("ix_list_acts_day", "list_acts", ["tenant_id", "day_on"])
    for table in _FORCED:
        op.execute(f"alter table {table} force row level security")
    for table in ("customer_lists", "list_scores", "list_acts"):
        secure(table)


def downgrade() -> None:
    """Forget the lists; acts they told stay counted."""
    for table in ("list_acts", "list_scores", "customer_lists"):
        op.drop_table(table)
