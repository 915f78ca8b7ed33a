"""A batch of visits that cannot be drained is set aside where a person sees it

Revision ID: 0002
Revises: 0001
"""

from alembic import op
import sqlalchemy as sa

from contenthub.migrations.policy import grant

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("visit_inbox", sa.Column("set_aside_at", sa.DateTime(timezone=True)))
    op.add_column(
        "visit_inbox", sa.Column("error", sa.Text(), nullable=False, server_default="")
    )
    grant("visit_inbox", platform="update")


def downgrade() -> None:
    op.drop_column("visit_inbox", "error")
    op.drop_column("visit_inbox", "set_aside_at")
