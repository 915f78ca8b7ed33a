"""A sign-up is followed up: confirmed, attended, absent or cancelled

Revision ID: 0025
Revises: 0024
"""

import sqlalchemy as sa
from alembic import op

revision = "0025"
down_revision = "0024"
branch_labels = None
depends_on = None

STATES = "state in ('new','confirmed','attended','absent','cancelled')"


def upgrade() -> None:
    """Add the state, the note and two instants; the release before this one leaves them be."""
    op.add_column("signups", sa.Column("state", sa.Text(), nullable=False, server_default="new"))
    op.add_column("signups", sa.Column("note", sa.Text(), nullable=False, server_default=""))
    op.add_column("signups", sa.Column("attended_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column(
        "signups",
        sa.Column(
            "updated_at", sa.DateTime(timezone=True), nullable=False, server_default=sa.func.now()
        ),
    )
    op.create_check_constraint(op.f("ck_signups_state"), "signups", STATES)


def downgrade() -> None:
    """Take the columns away."""
    op.drop_constraint(op.f("ck_signups_state"), "signups", type_="check")
    for column in ("updated_at", "attended_at", "note", "state"):
        op.drop_column("signups", column)
