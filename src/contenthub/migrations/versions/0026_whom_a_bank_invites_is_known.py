"""A bank that invites an agency's operator sees who that is, and can invite nobody else

Revision ID: 0026
Revises: 0025
"""

import sqlalchemy as sa
from alembic import op

from contenthub.migrations.policy import APP

revision = "0026"
down_revision = "0025"
branch_labels = None
depends_on = None

# The app role cannot read operators; it may ask by one log-in for an agency's person at work.
FIND_AGENT = """
create function find_agent(wanted_login text)
returns table (login text, name text, company text)
language sql stable security definer set search_path = pg_catalog, public as $$
  select o.login, o.name, o.company from public.operators o
  where o.login = wanted_login and o.kind = 'agency' and o.state = 'active'
$$
"""


def upgrade() -> None:
    """Add the company an operator works for, and the question a bank may ask."""
    op.add_column("operators", sa.Column("company", sa.Text(), server_default="", nullable=False))
    op.execute(FIND_AGENT)
    op.execute("revoke all on function find_agent(text) from public")
    op.execute(f"grant execute on function find_agent(text) to {APP}")


def downgrade() -> None:
    """Take both away."""
    op.execute("drop function find_agent(text)")
    op.drop_column("operators", "company")
