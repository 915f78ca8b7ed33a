"""What known customers did is kept by customer, act, topic and day; whose a browser is.

Revision ID: 0065
Revises: 0064
"""

import sqlalchemy as sa
from alembic import op

from contenthub.migrations.policy import secure

revision = "0065"
down_revision = "0064"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Nobody did anything yet: a browser is somebody's from when they leave their number."""
    op.add_column("visitors", sa.Column("phone_index", sa.LargeBinary(), nullable=True))
    op.add_column("visitors", sa.Column("known_at", sa.DateTime(timezone=True), nullable=True))
    op.create_index(
        "ix_visitors_phone",
        "visitors",
        ["tenant_id", "phone_index"],
        postgresql_where=sa.text("phone_index is not null"),
    )
    op.create_table(
        "customer_acts",
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("customer_no", sa.Integer(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("topic", sa.Text(), nullable=False),
        sa.Column("day_on", sa.Date(), nullable=False),
        sa.Column("times", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint(
            "tenant_id", "customer_no", "kind", "topic", "day_on", name="pk_customer_acts"
        ),
    )
    op.create_index("ix_customer_acts_day", "customer_acts", ["tenant_id", "day_on"])
    op.execute("alter table customers no force row level security")
    op.create_foreign_key(
        "fk_customer_acts_tenant_id_customer_no",
        "customer_acts",
        "customers",
        ["tenant_id", "customer_no"],
        ["tenant_id", "no"],
    )
    op.execute("alter table customers force row level security")
    secure("customer_acts")
    op.create_table(
        "noted_acts",
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("phone_index", sa.LargeBinary(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("topic", sa.Text(), nullable=False),
        sa.Column("day_on", sa.Date(), nullable=False),
        sa.Column("times", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("tenant_id", "id", name="pk_noted_acts"),
        sa.ForeignKeyConstraint(["tenant_id"], ["banks.id"], name="fk_noted_acts_tenant_id"),
    )
    secure("noted_acts", platform="select, insert")


def downgrade() -> None:
    """Forget it."""
    op.drop_table("noted_acts")
    op.drop_table("customer_acts")
    op.drop_index("ix_visitors_phone", "visitors")
    op.drop_column("visitors", "known_at")
    op.drop_column("visitors", "phone_index")
