"""WeCom's 「联系我」 codes of employees are kept, one a person and channel.

Revision ID: 0059
Revises: 0058
"""

import sqlalchemy as sa
from alembic import op

from contenthub.migrations.policy import secure

revision = "0059"
down_revision = "0058"
branch_labels = None
depends_on = None

_WAYS = "contact_ways"


def _instant(name: str, *, nullable: bool) -> sa.Column[object]:
    return sa.Column(name, sa.DateTime(timezone=True), nullable=nullable)


def upgrade() -> None:
    """Add the table; nobody has a code yet."""
    op.create_table(
        _WAYS,
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("employee_id", sa.Uuid(), nullable=False),
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("userid", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("config_id", sa.Text(), server_default="", nullable=False),
        sa.Column("qr_url", sa.Text(), server_default="", nullable=False),
        sa.Column("text", sa.Text(), server_default="", nullable=False),
        sa.Column("problem", sa.Text(), server_default="", nullable=False),
        _instant("try_after_at", nullable=False),
        _instant("created_at", nullable=False),
        _instant("made_at", nullable=True),
        _instant("gone_at", nullable=True),
        sa.PrimaryKeyConstraint("tenant_id", "id", name="pk_contact_ways"),
        sa.ForeignKeyConstraint(["tenant_id"], ["banks.id"], name="fk_contact_ways_tenant_id"),
        sa.CheckConstraint("channel in ('card','poster')", name="ck_contact_ways_channel"),
    )
    op.create_index(
        "uq_contact_ways_live",
        _WAYS,
        ["tenant_id", "employee_id", "channel"],
        unique=True,
        postgresql_where=sa.text("gone_at is null"),
    )
    op.create_index("uq_contact_ways_state", _WAYS, ["tenant_id", "state"], unique=True)
    op.execute("alter table staff no force row level security")
    op.create_foreign_key(
        "fk_contact_ways_tenant_id_employee_id",
        _WAYS,
        "staff",
        ["tenant_id", "employee_id"],
        ["tenant_id", "id"],
    )
    op.execute("alter table staff force row level security")
    secure(_WAYS)


def downgrade() -> None:
    """Take the table away."""
    op.drop_table(_WAYS)
