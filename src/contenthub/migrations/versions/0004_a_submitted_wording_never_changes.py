"""A submitted wording never changes, not even under the same hash

Revision ID: 0004
Revises: 0003
"""

from alembic import op

from contenthub.migrations.policy import APP

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

# What the steps of a review move; everything else of a row is what was submitted.
KEEP_WORDING = """
create function keep_wording() returns trigger language plpgsql as $$
declare
  moving text[] := array['state', 'updated_at', 'approved_at', 'live_at'];
begin
  if old.state <> 'draft' and to_jsonb(new) - moving <> to_jsonb(old) - moving then
    raise exception using errcode = 'CH001', message = '已提交的版本不能再修改，请新建一个版本';
  end if;
  return new;
end
$$
"""


def upgrade() -> None:
    """Add the trigger to what is reviewed as revisions."""
    op.execute(KEEP_WORDING)
    op.execute("revoke all on function keep_wording() from public")
    op.execute(f"grant execute on function keep_wording() to {APP}")
    for table in ("revisions", "template_revisions"):
        op.execute(
            f"create trigger keep_wording before update on {table} "
            "for each row execute function keep_wording()"
        )


def downgrade() -> None:
    """Take the trigger away."""
    for table in ("revisions", "template_revisions"):
        op.execute(f"drop trigger keep_wording on {table}")
    op.execute("drop function keep_wording()")
