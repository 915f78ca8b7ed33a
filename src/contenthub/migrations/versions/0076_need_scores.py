"""Need scores: rules, settings of a topic, and each customer's points.

Revision ID: 0076
Revises: 0075
"""

import sqlalchemy as sa
from alembic import op

from contenthub.migrations.policy import secure

revision = "0076"
down_revision = "0075"
branch_labels = None
depends_on = None


def _instant(name: str, *, nullable: bool) -> sa.Column[object]:
    return sa.Column(name, sa.DateTime(timezone=True), nullable=nullable)


def upgrade() -> None:
    """No bank has a rule yet."""
    op.create_table(
        "score_rules",
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("topic", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("basis", sa.Text(), nullable=False),
        sa.Column("expr", sa.Text(), nullable=False),
        sa.Column("points", sa.Integer(), nullable=False),
        sa.Column("half_life_days", sa.Integer(), nullable=True),
        sa.Column("at_most", sa.Integer(), nullable=True),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("created_by", sa.Uuid(), nullable=False),
        _instant("created_at", nullable=False),
        _instant("changed_at", nullable=False),
        _instant("deleted_at", nullable=True),
        sa.PrimaryKeyConstraint("tenant_id", "id", name="pk_score_rules"),
        sa.ForeignKeyConstraint(["tenant_id"], ["banks.id"], name="fk_score_rules_tenant_id"),
        sa.CheckConstraint("state in ('off','on')", name="ck_score_rules_state"),
        sa.CheckConstraint(
            "points between -100 and 100 and points <> 0", name="ck_score_rules_points"
        ),
    )
    op.create_index(
        "uq_score_rules_name",
        "score_rules",
        ["tenant_id", "name"],
        unique=True,
        postgresql_where=sa.text("deleted_at is null"),
    )
    secure("score_rules")
    _topics()
    _scores()


def _topics() -> None:
    op.create_table(
        "score_topics",
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("topic", sa.Text(), nullable=False),
        sa.Column("cap", sa.Integer(), nullable=False),
        sa.Column("threshold", sa.Integer(), nullable=False),
        sa.Column("seen", sa.Text(), nullable=False),
        sa.Column("problem", sa.Text(), nullable=False),
        sa.Column("is_running", sa.Boolean(), nullable=False),
        sa.Column("last_moved", sa.Integer(), nullable=False),
        _instant("ran_at", nullable=True),
        _instant("checked_at", nullable=True),
        _instant("changed_at", nullable=False),
        sa.PrimaryKeyConstraint("tenant_id", "topic", name="pk_score_topics"),
        sa.ForeignKeyConstraint(["tenant_id"], ["banks.id"], name="fk_score_topics_tenant_id"),
        sa.CheckConstraint("cap between 1 and 100", name="ck_score_topics_cap"),
        sa.CheckConstraint("threshold between 1 and cap", name="ck_score_topics_threshold"),
    )
    secure("score_topics")


def _scores() -> None:
    op.create_table(
        "customer_scores",
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("customer_no", sa.Integer(), nullable=False),
        sa.Column("topic", sa.Text(), nullable=False),
        sa.Column("points", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("tenant_id", "customer_no", "topic", name="pk_customer_scores"),
        sa.CheckConstraint("points between 1 and 100", name="ck_customer_scores_points"),
    )
    op.execute("alter table customers no force row level security")
    op.create_foreign_key(
        "fk_customer_scores_tenant_id_customer_no",
        "customer_scores",
        "customers",
        ["tenant_id", "customer_no"],
        ["tenant_id", "no"],
    )
    op.execute("alter table customers force row level security")
    secure("customer_scores")


def downgrade() -> None:
    """Forget the rules and what came of them."""
    op.drop_table("customer_scores")
    op.drop_table("score_topics")
    op.drop_table("score_rules")
