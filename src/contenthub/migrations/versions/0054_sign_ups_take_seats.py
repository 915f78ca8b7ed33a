"""A sign-up takes as many places as people come, and knows which wording its customer read.

Revision ID: 0054
Revises: 0053
"""

import sqlalchemy as sa
from alembic import op

revision = "0054"
down_revision = "0053"
branch_labels = None
depends_on = None

_KEY = "fk_signups_tenant_id_told_revision_id"
_CHECK = "ck_signups_seats"

# What was live when they signed up is what they read.
_KNOWN = """
update signups s set
  seats = case when jsonb_typeof(s.answers -> 'people') = 'number'
    then greatest(1, least(20, (s.answers ->> 'people')::numeric::int)) else 1 end,
  told_revision_id = (
    select r.id from revisions r
    where r.tenant_id = s.tenant_id and r.item_id = s.item_id and r.live_at <= s.created_at
    order by r.live_at desc, r.no desc limit 1)
"""


def upgrade() -> None:
    """Add both columns and fill them from what is known of the sign-ups there are."""
    op.add_column(
        "signups", sa.Column("seats", sa.SmallInteger(), server_default="1", nullable=False)
    )
    op.add_column("signups", sa.Column("told_revision_id", sa.Uuid(), nullable=True))
    # Rows of every bank: the tables' owner reads and writes them while no policy is forced.
    for table in ("signups", "revisions"):
        op.execute(f"alter table {table} no force row level security")
    op.execute(_KNOWN)
    op.create_check_constraint(_CHECK, "signups", "seats >= 1")
    op.create_foreign_key(
        _KEY, "signups", "revisions", ["tenant_id", "told_revision_id"], ["tenant_id", "id"]
    )
    for table in ("signups", "revisions"):
        op.execute(f"alter table {table} force row level security")


def downgrade() -> None:
    """Take both away; the answers keep how many come."""
    op.drop_constraint(_KEY, "signups", type_="foreignkey")
    op.drop_constraint(_CHECK, "signups", type_="check")
    op.drop_column("signups", "told_revision_id")
    op.drop_column("signups", "seats")
