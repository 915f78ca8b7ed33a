"""What employees pass on by hand is counted by link and day.

Revision ID: 0055
Revises: 0054
"""

import sqlalchemy as sa
from alembic import op

from contenthub.migrations.policy import secure

revision = "0055"
down_revision = "0054"
branch_labels = None
depends_on = None

_SHARES = "own_shares"


def upgrade() -> None:
    """Add the table; nothing is known of the time before."""
    op.create_table(
        _SHARES,
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("link_id", sa.Uuid(), nullable=False),
        sa.Column("day_on", sa.Date(), nullable=False),
        sa.Column("employee_id", sa.Uuid(), nullable=False),
        sa.Column("times", sa.Integer(), server_default="1", nullable=False),
        sa.Column("last_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("tenant_id", "link_id", "day_on", name="pk_own_shares"),
        sa.ForeignKeyConstraint(["tenant_id"], ["banks.id"], name="fk_own_shares_tenant_id"),
    )
    op.create_index("ix_own_shares_employee", _SHARES, ["tenant_id", "employee_id", "day_on"])
    for named, table in (("link_id", "links"), ("employee_id", "staff")):
        op.execute(f"alter table {table} no force row level security")
        op.create_foreign_key(
            f"fk_{_SHARES}_tenant_id_{named}",
            _SHARES,
            table,
            ["tenant_id", named],
            ["tenant_id", "id"],
        )
        op.execute(f"alter table {table} force row level security")
    secure(_SHARES)


def downgrade() -> None:
    """Take the table away."""
    op.drop_table(_SHARES)
