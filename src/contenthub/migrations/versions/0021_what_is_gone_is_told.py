"""What is recalled or over is carried through once, and those who shared it are told

Revision ID: 0021
Revises: 0020
"""

from datetime import datetime

import sqlalchemy as sa
from alembic import op

from contenthub.migrations.policy import secure

revision = "0021"
down_revision = "0020"
branch_labels = None
depends_on = None

_STOPS, _NOTICES = "item_stops", "gone_notices"


def _at(name: str, *, nullable: bool = False) -> sa.Column[datetime]:
    return sa.Column(name, sa.DateTime(timezone=True), nullable=nullable)


def _count(name: str) -> sa.Column[int]:
    return sa.Column(name, sa.Integer(), server_default="0", nullable=False)


def upgrade() -> None:
    """Make the two tables, and the sweep's way to items that are gone."""
    op.create_table(
        _STOPS,
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("item_id", sa.Uuid(), nullable=False),
        sa.Column("cause", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), server_default="", nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        _at("gone_at"),
        _at("done_at"),
        *(_count(name) for name in ("pushes", "deliveries", "tasks", "templates", "told")),
        sa.PrimaryKeyConstraint("tenant_id", "id", name="pk_item_stops"),
        sa.CheckConstraint("cause in ('recalled','expired')", name="ck_item_stops_cause"),
        sa.ForeignKeyConstraint(["tenant_id"], ["banks.id"], name="fk_item_stops_tenant_id"),
    )
    op.create_table(
        _NOTICES,
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("stop_id", sa.Uuid(), nullable=False),
        sa.Column("employee_id", sa.Uuid(), nullable=False),
        _at("created_at"),
        _at("seen_at", nullable=True),
        sa.PrimaryKeyConstraint("tenant_id", "id", name="pk_gone_notices"),
        sa.ForeignKeyConstraint(["tenant_id"], ["banks.id"], name="fk_gone_notices_tenant_id"),
    )
    _foreign_keys()
    op.create_index("uq_item_stops_gone", _STOPS, ["tenant_id", "item_id", "gone_at"], unique=True)
    op.create_index(
        "uq_gone_notices_stop", _NOTICES, ["tenant_id", "stop_id", "employee_id"], unique=True
    )
    op.create_index(
        "ix_gone_notices_open",
        _NOTICES,
        ["tenant_id", "employee_id"],
        postgresql_where=sa.text("seen_at is null"),
    )
    op.create_index(
        "ix_items_gone",
        "items",
        ["updated_at"],
        postgresql_where=sa.text("state in ('recalled', 'expired')"),
    )
    for table in (_STOPS, _NOTICES):
        secure(table)


def _foreign_keys() -> None:
    # A key to a table that forces row-level security is checked without a bank being set.
    keys = ((_STOPS, "item_id", "items"), (_NOTICES, "employee_id", "staff"))
    for table, column, other in keys:
        op.execute(f"alter table {other} no force row level security")
        op.create_foreign_key(
            f"fk_{table}_tenant_id_{column}",
            table,
            other,
            ["tenant_id", column],
            ["tenant_id", "id"],
        )
        op.execute(f"alter table {other} force row level security")
    op.create_foreign_key(
        f"fk_{_NOTICES}_tenant_id_stop_id",
        _NOTICES,
        _STOPS,
        ["tenant_id", "stop_id"],
        ["tenant_id", "id"],
    )


def downgrade() -> None:
    """Forget both."""
    op.drop_index("ix_items_gone", "items")
    op.drop_table(_NOTICES)
    op.drop_table(_STOPS)
