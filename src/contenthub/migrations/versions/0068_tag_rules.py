"""Tag rules: an expression, and the tag that whoever matches it has.

Revision ID: 0068
Revises: 0067
"""

import sqlalchemy as sa
from alembic import op

from contenthub.migrations.policy import secure

revision = "0068"
down_revision = "0067"
branch_labels = None
depends_on = None


def _instant(name: str, *, nullable: bool) -> sa.Column[object]:
    return sa.Column(name, sa.DateTime(timezone=True), nullable=nullable)


def upgrade() -> None:
    """No bank has a rule yet."""
    op.create_table(
        "tag_rules",
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("expr", sa.Text(), nullable=False),
        sa.Column("tag_id", sa.Uuid(), nullable=False),
        sa.Column("keep_days", sa.Integer(), nullable=True),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("given", sa.LargeBinary(), nullable=False),
        sa.Column("declined", sa.LargeBinary(), nullable=False),
        sa.Column("seen", sa.Text(), nullable=False),
        sa.Column("is_running", sa.Boolean(), nullable=False),
        sa.Column("last_put", sa.Integer(), nullable=False),
        sa.Column("last_taken", sa.Integer(), nullable=False),
        _instant("ran_at", nullable=True),
        _instant("checked_at", nullable=True),
        sa.Column("problem", sa.Text(), nullable=False),
        sa.Column("created_by", sa.Uuid(), nullable=False),
        _instant("created_at", nullable=False),
        _instant("changed_at", nullable=False),
        _instant("deleted_at", nullable=True),
        sa.PrimaryKeyConstraint("tenant_id", "id", name="pk_tag_rules"),
        sa.ForeignKeyConstraint(["tenant_id"], ["banks.id"], name="fk_tag_rules_tenant_id"),
        sa.CheckConstraint("state in ('off','on','clearing')", name="ck_tag_rules_state"),
    )
    op.create_index(
        "uq_tag_rules_name",
        "tag_rules",
        ["tenant_id", "name"],
        unique=True,
        postgresql_where=sa.text("deleted_at is null"),
    )
    op.execute("alter table tags no force row level security")
    op.create_foreign_key(
        "fk_tag_rules_tenant_id_tag_id", "tag_rules", "tags", ["tenant_id", "tag_id"],
        ["tenant_id", "id"],
    )
    op.execute("alter table tags force row level security")
    op.execute("alter table tag_rules alter column given set storage external")
    secure("tag_rules")


def downgrade() -> None:
    """Forget the rules; the tags they gave stay on."""
    op.drop_table("tag_rules")
