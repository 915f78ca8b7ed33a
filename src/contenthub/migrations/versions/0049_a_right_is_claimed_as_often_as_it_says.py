"""A right is claimed as often as its fields allow one person, piece by piece.

Revision ID: 0049
Revises: 0048
"""

import sqlalchemy as sa
from alembic import op

revision = "0049"
down_revision = "0048"
branch_labels = None
depends_on = None

_OLD = "uq_signups_tenant_id_item_id_phone_index"
_NEW = "uq_signups_person_claim"
_PERSON = ["tenant_id", "item_id", "phone_index"]


def upgrade() -> None:
    """Number the claims of one phone; what there is becomes the first."""
    op.add_column(
        "signups", sa.Column("claim_no", sa.SmallInteger(), server_default="1", nullable=False)
    )
    op.add_column("signups", sa.Column("visit_id", sa.Uuid(), nullable=True))
    op.create_unique_constraint(op.f(_NEW), "signups", [*_PERSON, "claim_no"])
    op.drop_constraint(op.f(_OLD), "signups", type_="unique")


def downgrade() -> None:
    """Keep each person's first claim only."""
    op.execute("alter table signups no force row level security")
    op.execute("delete from signups where claim_no > 1")
    op.execute("alter table signups force row level security")
    op.create_unique_constraint(op.f(_OLD), "signups", _PERSON)
    op.drop_constraint(op.f(_NEW), "signups", type_="unique")
    op.drop_column("signups", "visit_id")
    op.drop_column("signups", "claim_no")
