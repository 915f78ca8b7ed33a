"""What was received is summed once a firing is over; what nobody shares has an index.

Revision ID: 0052
Revises: 0051
"""

import sqlalchemy as sa
from alembic import op

from contenthub.migrations.policy import secure

revision = "0052"
down_revision = "0051"
branch_labels = None
depends_on = None

_SUMS, _PUSH_KEY = "received_sums", "fk_received_sums_tenant_id_push_id"


def upgrade() -> None:
    """Make the sums, mark the firings that have one, and index live items by their last share."""
    op.create_index(
        "ix_items_quiet",
        "items",
        ["tenant_id", "shared_on"],
        postgresql_where=sa.text("live_revision_id is not null"),
    )
    op.add_column("occurrences", sa.Column("summed_at", sa.DateTime(timezone=True), nullable=True))
    op.create_index(
        "ix_occurrences_unsummed",
        "occurrences",
        ["tenant_id", "push_id", "step"],
        postgresql_where=sa.text("summed_at is null"),
    )
    op.create_table(
        _SUMS,
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("push_id", sa.Uuid(), nullable=False),
        sa.Column("step", sa.Integer(), nullable=False),
        sa.Column("employee_id", sa.Uuid(), nullable=True),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("customers", sa.Integer(), nullable=False),
        sa.Column("who", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("tenant_id", "id", name="pk_received_sums"),
        sa.ForeignKeyConstraint(["tenant_id"], ["banks.id"], name="fk_received_sums_tenant_id"),
    )
    op.create_index("ix_received_sums_at", _SUMS, ["tenant_id", "at"])
    op.create_index("ix_received_sums_employee", _SUMS, ["tenant_id", "employee_id", "at"])
    # A key to a table that forces row-level security is checked without a bank being set.
    op.execute("alter table pushes no force row level security")
    op.create_foreign_key(_PUSH_KEY, _SUMS, "pushes", ["tenant_id", "push_id"], ["tenant_id", "id"])
    op.execute("alter table pushes force row level security")
    secure(_SUMS)


def downgrade() -> None:
    """Forget them: everything is counted from the ledger again."""
    op.drop_table(_SUMS)
    op.drop_index("ix_occurrences_unsummed", "occurrences")
    op.drop_column("occurrences", "summed_at")
    op.drop_index("ix_items_quiet", "items")
