"""Employees choose what their e-card shows; branches have an address.

Revision ID: 0057
Revises: 0056
"""

import sqlalchemy as sa
from alembic import op

from contenthub.migrations.policy import secure

revision = "0057"
down_revision = "0056"
branch_labels = None
depends_on = None

_CARDS = "name_cards"


def upgrade() -> None:
    """Add the table and the column; a card without a row shows everything."""
    op.add_column("branches", sa.Column("address", sa.Text(), server_default="", nullable=False))
    op.create_table(
        _CARDS,
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("employee_id", sa.Uuid(), nullable=False),
        sa.Column("shows_phone", sa.Boolean(), server_default="true", nullable=False),
        sa.Column("item_ids", sa.ARRAY(sa.Uuid()), server_default="{}", nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("tenant_id", "employee_id", name="pk_name_cards"),
        sa.ForeignKeyConstraint(["tenant_id"], ["banks.id"], name="fk_name_cards_tenant_id"),
    )
    op.execute("alter table staff no force row level security")
    op.create_foreign_key(
        "fk_name_cards_tenant_id_employee_id",
        _CARDS,
        "staff",
        ["tenant_id", "employee_id"],
        ["tenant_id", "id"],
    )
    op.execute("alter table staff force row level security")
    secure(_CARDS)


def downgrade() -> None:
    """Take both away."""
    op.drop_table(_CARDS)
    op.drop_column("branches", "address")
