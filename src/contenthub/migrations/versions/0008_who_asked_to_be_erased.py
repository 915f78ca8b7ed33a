"""A phone whose owner asked to be erased is remembered by its blind index, and by nothing else

Revision ID: 0008
Revises: 0007
"""

import sqlalchemy as sa
from alembic import op

from contenthub.migrations.policy import secure

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "erased_phones",
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("phone_index", sa.LargeBinary(), nullable=False),
        sa.Column("erased_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["tenant_id"], ["banks.id"], name=op.f("fk_erased_phones_tenant_id")
        ),
        sa.PrimaryKeyConstraint("tenant_id", "phone_index", name=op.f("pk_erased_phones")),
    )
    secure("erased_phones")


def downgrade() -> None:
    op.drop_table("erased_phones")
