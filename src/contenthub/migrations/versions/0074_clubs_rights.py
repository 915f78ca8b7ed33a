"""What clubs give their members every month, and who was given it.

Revision ID: 0074
Revises: 0073
"""

import sqlalchemy as sa
from alembic import op

from contenthub.migrations.policy import secure

revision = "0074"
down_revision = "0073"
branch_labels = None
depends_on = None


def _instant(name: str, *, nullable: bool) -> sa.Column[object]:
    return sa.Column(name, sa.DateTime(timezone=True), nullable=nullable)


def upgrade() -> None:
    """No club gives anything yet."""
    op.create_table(
        "club_rights",
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("club_id", sa.Uuid(), nullable=False),
        sa.Column("item_id", sa.Uuid(), nullable=False),
        sa.Column("monthly", sa.SmallInteger(), nullable=False),
        sa.Column("seen", sa.Text(), nullable=False),
        sa.Column("problem", sa.Text(), nullable=False),
        _instant("checked_at", nullable=True),
        sa.Column("added_by", sa.Uuid(), nullable=False),
        _instant("added_at", nullable=False),
        _instant("stopped_at", nullable=True),
        sa.PrimaryKeyConstraint("tenant_id", "id", name="pk_club_rights"),
        sa.ForeignKeyConstraint(["tenant_id"], ["banks.id"], name="fk_club_rights_tenant_id"),
        sa.CheckConstraint("monthly between 1 and 31", name="ck_club_rights_monthly"),
    )
    op.create_index(
        "uq_club_rights_item", "club_rights", ["tenant_id", "club_id", "item_id"], unique=True
    )
    op.create_index("ix_club_rights_item", "club_rights", ["tenant_id", "item_id"])
    op.create_table(
        "club_grants",
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("right_id", sa.Uuid(), nullable=False),
        sa.Column("month_on", sa.Date(), nullable=False),
        sa.Column("customer_no", sa.Integer(), nullable=False),
        sa.Column("pieces", sa.SmallInteger(), nullable=False),
        sa.Column("claimed", sa.SmallInteger(), nullable=False),
        sa.Column("handed", sa.SmallInteger(), nullable=False),
        sa.Column("handed_by", sa.Uuid(), nullable=True),
        _instant("handed_at", nullable=True),
        _instant("granted_at", nullable=False),
        sa.PrimaryKeyConstraint(
            "tenant_id", "right_id", "month_on", "customer_no", name="pk_club_grants"
        ),
        sa.ForeignKeyConstraint(["tenant_id"], ["banks.id"], name="fk_club_grants_tenant_id"),
        sa.ForeignKeyConstraint(
            ["tenant_id", "right_id"],
            ["club_rights.tenant_id", "club_rights.id"],
            name="fk_club_grants_tenant_id_right_id",
        ),
        sa.CheckConstraint(
            "claimed >= 0 and handed >= 0 and claimed + handed <= pieces", name="ck_club_grants_used"
        ),
    )
    op.create_index(
        "ix_club_grants_customer", "club_grants", ["tenant_id", "customer_no", "month_on"]
    )
    for table, column, to in (
        ("club_rights", "club_id", "clubs"),
        ("club_rights", "item_id", "items"),
        ("club_grants", "handed_by", "staff"),
    ):
        op.execute(f"alter table {to} no force row level security")
        op.create_foreign_key(
            f"fk_{table}_tenant_id_{column}", table, to, ["tenant_id", column], ["tenant_id", "id"]
        )
        op.execute(f"alter table {to} force row level security")
    secure("club_rights")
    secure("club_grants")


def downgrade() -> None:
    """Forget what clubs gave; members stay."""
    op.drop_table("club_grants")
    op.drop_table("club_rights")
