"""A poster template is called as its live revision is, or was last

Revision ID: 0031
Revises: 0030
"""

from alembic import op

revision = "0031"
down_revision = "0030"
branch_labels = None
depends_on = None

TABLES = ("poster_templates", "template_revisions")
LAST_LIVE = """
update poster_templates p set title = r.title
from (
  select distinct on (tenant_id, template_id) tenant_id, template_id, title
  from template_revisions
  where live_at is not null order by tenant_id, template_id, live_at desc, no desc
) r
where r.tenant_id = p.tenant_id and r.template_id = p.id and r.title is distinct from p.title
"""


def upgrade() -> None:
    """Give templates that were ever live the title of what was live last."""
    for table in TABLES:
        op.execute(f"alter table {table} no force row level security")
    op.execute(LAST_LIVE)
    for table in TABLES:
        op.execute(f"alter table {table} force row level security")


def downgrade() -> None:
    """Do nothing: the titles stay."""
