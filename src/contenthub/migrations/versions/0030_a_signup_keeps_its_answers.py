"""A sign-up keeps what else its activity asked: outlet, people, day, remark

Revision ID: 0030
Revises: 0029
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0030"
down_revision = "0029"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Give every sign-up its answers, empty so far."""
    op.add_column(
        "signups", sa.Column("answers", postgresql.JSONB(), server_default="{}", nullable=False)
    )


def downgrade() -> None:
    """Forget them."""
    op.drop_column("signups", "answers")
