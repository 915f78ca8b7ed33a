"""A parent's stopped cadence reaches the members that took it over from a kit

Revision ID: 0044
Revises: 0043
"""

from alembic import op

from contenthub.migrations.policy import APP

revision = "0044"
down_revision = "0043"
branch_labels = None
depends_on = None

# As items_recalled of 0028: in the transaction of the stop itself.
TELL_MEMBERS = """
create function tell_members_of_stop() returns trigger language plpgsql as $$
begin
  insert into kit_recalls (tenant_id, id, subject_id, title, reason, recalled_at)
  select new.tenant_id, gen_random_uuid(), new.id, new.title,
    coalesce(nullif(new.stop_reason, ''), '上级行停用了这个节奏'), new.updated_at
  where exists (select 1 from kit_version_parts p
                where p.tenant_id = new.tenant_id and p.subject_id = new.id);
  return null;
end
$$
"""


def upgrade() -> None:
    """Add the trigger."""
    op.execute(TELL_MEMBERS)
    op.execute("revoke all on function tell_members_of_stop() from public")
    op.execute(f"grant execute on function tell_members_of_stop() to {APP}")
    op.execute(
        "create trigger cadences_stopped after update of state on cadences for each row "
        "when (new.state = 'stopped' and old.state <> 'stopped') "
        "execute function tell_members_of_stop()"
    )


def downgrade() -> None:
    """Drop the trigger."""
    op.execute("drop trigger cadences_stopped on cadences")
    op.execute("drop function tell_members_of_stop()")
