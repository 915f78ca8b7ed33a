"""What a recall leaves to do: sign-ups to call off, scripts copied; a form begins one item

Revision ID: 0051
Revises: 0050
"""

import sqlalchemy as sa
from alembic import op

from contenthub.migrations.policy import secure

revision = "0051"
down_revision = "0050"
branch_labels = None
depends_on = None

_COPIES = "script_copies"
_COLUMNS = (
    ("items", sa.Column("recalled_at", sa.DateTime(timezone=True), nullable=True)),
    ("items", sa.Column("form_key", sa.Uuid(), nullable=True)),
    ("signups", sa.Column("outcome_at", sa.DateTime(timezone=True), nullable=True)),
    ("item_stops", sa.Column("signups", sa.Integer(), server_default="0", nullable=False)),
)


def upgrade() -> None:
    """Add the columns, all optional for the release before, and the table of copies."""
    for table, column in _COLUMNS:
        op.add_column(table, column)
    op.create_index(
        "uq_items_form",
        "items",
        ["tenant_id", "author_id", "form_key"],
        unique=True,
        postgresql_where=sa.text("form_key is not null"),
    )
    op.create_table(
        _COPIES,
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("item_id", sa.Uuid(), nullable=False),
        sa.Column("employee_id", sa.Uuid(), nullable=False),
        sa.Column("times", sa.Integer(), server_default="1", nullable=False),
        sa.Column("first_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("last_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("tenant_id", "item_id", "employee_id", name="pk_script_copies"),
        sa.ForeignKeyConstraint(["tenant_id"], ["banks.id"], name="fk_script_copies_tenant_id"),
    )
    for named, table in (("item_id", "items"), ("employee_id", "staff")):
        op.execute(f"alter table {table} no force row level security")
        op.create_foreign_key(
            f"fk_{_COPIES}_tenant_id_{named}",
            _COPIES,
            table,
            ["tenant_id", named],
            ["tenant_id", "id"],
        )
        op.execute(f"alter table {table} force row level security")
    secure(_COPIES)


def downgrade() -> None:
    """Take away what was added."""
    op.drop_table(_COPIES)
    op.drop_index("uq_items_form", table_name="items")
    for table, column in _COLUMNS:
        op.drop_column(table, column.name)
