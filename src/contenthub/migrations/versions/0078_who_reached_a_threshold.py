"""Who reached a score's threshold, to be handed over once; a topic says whether that is done.

Revision ID: 0078
Revises: 0077
"""

import sqlalchemy as sa
from alembic import op

from contenthub.migrations.policy import secure

revision = "0078"
down_revision = "0077"
branch_labels = None
depends_on = None


def _instant(name: str, *, nullable: bool) -> sa.Column[object]:
    return sa.Column(name, sa.DateTime(timezone=True), nullable=nullable)


def upgrade() -> None:
    """Nobody is handed over before a bank says so."""
    for column, kind, value in (
        ("hands_over", sa.Boolean(), sa.false()),
        ("again_days", sa.Integer(), sa.text("30")),
    ):
        op.add_column(
            "score_topics", sa.Column(column, kind, nullable=False, server_default=value)
        )
        op.alter_column("score_topics", column, server_default=None)
    op.create_check_constraint(
        "ck_score_topics_again_days", "score_topics", "again_days between 1 and 365"
    )
    op.create_table(
        "score_crossings",
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("customer_no", sa.Integer(), nullable=False),
        sa.Column("topic", sa.Text(), nullable=False),
        sa.Column("points", sa.Integer(), nullable=False),
        sa.Column("crossed_on", sa.Date(), nullable=False),
        _instant("crossed_at", nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("employee_id", sa.Uuid(), nullable=True),
        _instant("next_at", nullable=False),
        _instant("handed_at", nullable=True),
        sa.PrimaryKeyConstraint("tenant_id", "id", name="pk_score_crossings"),
        sa.ForeignKeyConstraint(["tenant_id"], ["banks.id"], name="fk_score_crossings_tenant_id"),
        sa.CheckConstraint(
            "state in ('waiting','handed','skipped')", name="ck_score_crossings_state"
        ),
    )
    op.create_index(
        "ix_score_crossings_customer",
        "score_crossings",
        ["tenant_id", "customer_no", "topic", "crossed_on"],
    )
    op.create_index(
        "ix_score_crossings_waiting",
        "score_crossings",
        ["tenant_id", "next_at"],
        postgresql_where=sa.text("state = 'waiting'"),
    )
    secure("score_crossings")


def downgrade() -> None:
    """Forget who reached a threshold; tasks that came of it stay."""
    op.drop_table("score_crossings")
    op.drop_constraint("ck_score_topics_again_days", "score_topics")
    op.drop_column("score_topics", "again_days")
    op.drop_column("score_topics", "hands_over")
