"""What was submitted, decided or published is never deleted, except with its bank.

Revision ID: 0084
Revises: 0083
"""

from alembic import op

from contenthub.migrations.policy import APP

revision = "0084"
down_revision = "0083"
branch_labels = None
depends_on = None

# An import that is taken back deletes the drafts it made; all else of an item is a record.
KEEP_SUBMITTED = """
create function keep_submitted() returns trigger language plpgsql as $$
begin
  if exists (select 1 from public.banks where id = old.tenant_id and state <> 'deleting') then
    raise exception using errcode = 'CH003',
      message = '提交过审核的版本要一直留存，数据库拒绝删除；不再使用请下架';
  end if;
  return old;
end
$$
"""
KEPT = (
    "reviews",
    "template_revisions",
    "kit_versions",
    "kit_version_parts",
    "kit_recalls",
    "item_stops",
)
"""Nothing of the product deletes their rows; a bank that is erased is emptied by the owner."""


def upgrade() -> None:
    """Take the right to delete records away, and to change what a kit was published with."""
    for table in KEPT:
        op.execute(f"revoke delete on {table} from {APP}")
    op.execute(f"revoke update on kit_version_parts from {APP}")
    op.execute(KEEP_SUBMITTED)
    op.execute("revoke all on function keep_submitted() from public")
    op.execute(f"grant execute on function keep_submitted() to {APP}")
    op.execute(
        "create trigger keep_submitted before delete on revisions for each row "
        "when (old.state <> 'draft' or old.submitted_at is not null) "
        "execute function keep_submitted()"
    )


def downgrade() -> None:
    """Give the rights back."""
    op.execute("drop trigger keep_submitted on revisions")
    op.execute("drop function keep_submitted()")
    op.execute(f"grant update on kit_version_parts to {APP}")
    for table in KEPT:
        op.execute(f"grant delete on {table} to {APP}")
