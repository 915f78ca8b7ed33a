"""Clubs: the tag whose holders are members, and every time a customer was one.

Revision ID: 0071
Revises: 0070
"""

import sqlalchemy as sa
from alembic import op

from contenthub.migrations.policy import secure

revision = "0071"
down_revision = "0070"
branch_labels = None
depends_on = None


def _instant(name: str, *, nullable: bool) -> sa.Column[object]:
    return sa.Column(name, sa.DateTime(timezone=True), nullable=nullable)


def upgrade() -> None:
    """No bank has a club yet."""
    op.create_table(
        "clubs",
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("intro", sa.Text(), nullable=False),
        sa.Column("tag_id", sa.Uuid(), nullable=False),
        sa.Column("rule_id", sa.Uuid(), nullable=True),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("member_count", sa.Integer(), nullable=False),
        sa.Column("problem", sa.Text(), nullable=False),
        _instant("checked_at", nullable=True),
        sa.Column("created_by", sa.Uuid(), nullable=False),
        _instant("created_at", nullable=False),
        _instant("changed_at", nullable=False),
        _instant("opened_at", nullable=True),
        _instant("closed_at", nullable=True),
        sa.PrimaryKeyConstraint("tenant_id", "id", name="pk_clubs"),
        sa.ForeignKeyConstraint(["tenant_id"], ["banks.id"], name="fk_clubs_tenant_id"),
        sa.CheckConstraint("state in ('draft','open','closed')", name="ck_clubs_state"),
    )
    op.create_index("uq_clubs_name", "clubs", ["tenant_id", "name"], unique=True)
    for column, table in (("tag_id", "tags"), ("rule_id", "tag_rules")):
        op.execute(f"alter table {table} no force row level security")
        op.create_foreign_key(
            f"fk_clubs_tenant_id_{column}", "clubs", table, ["tenant_id", column],
            ["tenant_id", "id"],
        )
        op.execute(f"alter table {table} force row level security")
    _memberships()
    secure("clubs")
    secure("club_memberships")


def _memberships() -> None:
    op.create_table(
        "club_memberships",
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("club_id", sa.Uuid(), nullable=False),
        sa.Column("customer_no", sa.Integer(), nullable=False),
        _instant("joined_at", nullable=False),
        sa.Column("how", sa.Text(), nullable=False),
        _instant("left_at", nullable=True),
        sa.Column("why_left", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint(
            "tenant_id", "club_id", "customer_no", "joined_at", name="pk_club_memberships"
        ),
        sa.ForeignKeyConstraint(["tenant_id"], ["banks.id"], name="fk_club_memberships_tenant_id"),
        sa.ForeignKeyConstraint(
            ["tenant_id", "club_id"],
            ["clubs.tenant_id", "clubs.id"],
            name="fk_club_memberships_tenant_id_club_id",
        ),
    )
    op.create_index(
        "uq_club_memberships_open",
        "club_memberships",
        ["tenant_id", "club_id", "customer_no"],
        unique=True,
        postgresql_where=sa.text("left_at is null"),
    )
    for name, columns in (
        ("customer", ["tenant_id", "customer_no"]),
        ("joined", ["tenant_id", "club_id", "joined_at"]),
        ("left", ["tenant_id", "club_id", "left_at"]),
    ):
        op.create_index(f"ix_club_memberships_{name}", "club_memberships", columns)


def downgrade() -> None:
    """Forget the clubs; their tags and rules stay."""
    op.drop_table("club_memberships")
    op.drop_table("clubs")
