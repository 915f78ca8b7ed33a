"""A WeCom userid is one person's at work; who shared one keeps it only as the first

Revision ID: 0024
Revises: 0023
"""

import sqlalchemy as sa
from alembic import op

revision = "0024"
down_revision = "0023"
branch_labels = None
depends_on = None

# Sent to the wrong colleague is worse than not sent: of several, whoever is at work and was
# there first keeps it; the others show as not connected until an administrator looks.
_CLEAR = """
update staff set wecom_userid = '' from (
  select tenant_id, id, row_number() over (
    partition by tenant_id, lower(wecom_userid)
    order by case state when 'active' then 0 when 'leave' then 1 else 2 end, created_at, id
  ) as place
  from staff where wecom_userid <> '' and state <> 'resigned') seen
where seen.place > 1 and staff.tenant_id = seen.tenant_id and staff.id = seen.id
"""


def upgrade() -> None:
    """Clear what several people share, then let no two have the same."""
    op.execute("alter table staff no force row level security")
    op.execute(_CLEAR)
    op.create_index(
        "uq_staff_wecom_userid",
        "staff",
        ["tenant_id", sa.text("lower(wecom_userid)")],
        unique=True,
        postgresql_where=sa.text("wecom_userid <> '' and state <> 'resigned'"),
    )
    op.execute("alter table staff force row level security")


def downgrade() -> None:
    """Let people share a userid again."""
    op.drop_index("uq_staff_wecom_userid", table_name="staff")
