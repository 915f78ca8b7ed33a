"""What makes published posters stale locks their rows in the order of their ids, as workers do.

Revision ID: 0063
Revises: 0062
"""

from alembic import op

revision = "0063"
down_revision = "0062"
branch_labels = None
depends_on = None

# As in 0060, but with the locks first: an update takes them in the order it finds the rows, and
# who changes a person while a portion is written down could wait in a ring.
_STALE = """
create or replace function posters_of_{table}_are_stale() returns trigger language plpgsql as $$
begin
  {lock}
  update published_posters p set state = 'removing', problem = '', tries = 0,
    try_after_at = case p.state when 'uploading' then p.try_after_at else clock_timestamp() end
  where p.tenant_id = new.tenant_id and {whose}
    and p.state in ('planned','uploading','published');
  return null;
end
$$
"""
_LOCK = """perform 1 from published_posters p where p.tenant_id = new.tenant_id and {whose}
    and p.state in ('planned','uploading','published') order by p.id for update;"""
_WATCHED = {
    "staff": "p.employee_id = new.id",
    "branches": "p.employee_id in (select s.id from staff s where s.tenant_id = new.tenant_id"
    " and s.branch_id = new.id)",
    "contact_ways": "p.employee_id = new.employee_id",
}


def upgrade() -> None:
    """Put the functions of 0060 right."""
    for table, whose in _WATCHED.items():
        op.execute(_STALE.format(table=table, whose=whose, lock=_LOCK.format(whose=whose)))


def downgrade() -> None:
    """Put them back as they were."""
    for table, whose in _WATCHED.items():
        op.execute(_STALE.format(table=table, whose=whose, lock=""))
