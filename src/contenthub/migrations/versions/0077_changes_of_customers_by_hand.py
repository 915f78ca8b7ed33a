"""What was changed of customers by hand.

Revision ID: 0077
Revises: 0076
"""

import sqlalchemy as sa
from alembic import op

from contenthub.migrations.policy import secure

revision = "0077"
down_revision = "0076"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Nothing was changed by hand before."""
    op.create_table(
        "customer_changes",
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("customer_no", sa.Integer(), nullable=False),
        sa.Column("changes_sealed", sa.LargeBinary(), nullable=False),
        sa.Column("changed_by", sa.Uuid(), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("tenant_id", "id", name="pk_customer_changes"),
    )
    op.create_index(
        "ix_customer_changes_customer", "customer_changes", ["tenant_id", "customer_no"]
    )
    op.execute("alter table staff no force row level security")
    op.create_foreign_key(
        "fk_customer_changes_tenant_id_changed_by",
        "customer_changes",
        "staff",
        ["tenant_id", "changed_by"],
        ["tenant_id", "id"],
    )
    op.execute("alter table staff force row level security")
    secure("customer_changes")


def downgrade() -> None:
    """Forget them."""
    op.drop_table("customer_changes")
