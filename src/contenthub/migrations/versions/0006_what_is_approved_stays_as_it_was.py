"""A review begins as waiting, an approved push keeps its words, the platform reads no secrets

Revision ID: 0006
Revises: 0005
"""

from alembic import op

from contenthub.migrations.policy import APP, PLATFORM

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

# An approval is a decision on a waiting review, never a row that appears approved.
BEGIN_WAITING = """
create function begin_waiting() returns trigger language plpgsql as $$
begin
  if new.state <> 'waiting' or new.reviewer_id is not null then
    raise exception using errcode = 'CH001', message = '审核记录只能从待审核开始';
  end if;
  if not exists (
    select 1 from revisions s where s.tenant_id = new.tenant_id and s.id = new.subject_id
      and s.author_id = new.author_id and s.hash = new.subject_hash
    union all
    select 1 from template_revisions s where s.tenant_id = new.tenant_id
      and s.id = new.subject_id and s.author_id = new.author_id and s.hash = new.subject_hash
    union all
    select 1 from pushes s where s.tenant_id = new.tenant_id and s.id = new.subject_id
      and s.author_id = new.author_id and s.hash = new.subject_hash
  ) then
    raise exception using errcode = 'CH001', message = '审核记录的作者或内容与提交的不一致';
  end if;
  return new;
end
$$
"""

# What an approved push says and to whom; time and state move on their own.
KEEP_PUSH = """
create function keep_push() returns trigger language plpgsql as $$
declare
  kept text[] := array['title', 'item_id', 'revision_id', 'template_id', 'template_revision_id',
                       'topic', 'message', 'expr', 'channel', 'hash'];
begin
  if old.state not in ('draft', 'returned') and new.state <> 'draft' and exists (
    select 1 from unnest(kept) as k (name)
    where to_jsonb(new) -> k.name is distinct from to_jsonb(old) -> k.name
  ) then
    raise exception using errcode = 'CH001',
      message = '推送提交后不能再改内容；请修改后重新提交审核';
  end if;
  return new;
end
$$
"""

SECRETS = "staff, api_keys, wecom_apps, customers, leads, signups, idempotency_records"


def upgrade() -> None:
    """Add both triggers, an index for the sweeps of long jobs, and narrower platform rights."""
    for function, table, when in (
        (BEGIN_WAITING, "reviews", "insert"),
        (KEEP_PUSH, "pushes", "update"),
    ):
        name = "begin_waiting" if table == "reviews" else "keep_push"
        op.execute(function)
        op.execute(f"revoke all on function {name}() from public")
        op.execute(f"grant execute on function {name}() to {APP}")
        op.execute(
            f"create trigger {name} before {when} on {table} "
            f"for each row execute function {name}()"
        )
    op.execute(f"revoke select on {SECRETS} from {PLATFORM}")
    op.execute(f"revoke delete on reviews from {APP}")
    op.execute(
        "create index ix_long_jobs_open on long_jobs (kind, state) "
        "where state in ('queued', 'running')"
    )


def downgrade() -> None:
    """Take all of it back."""
    op.execute("drop index ix_long_jobs_open")
    op.execute(f"grant select on {SECRETS} to {PLATFORM}")
    op.execute(f"grant delete on reviews to {APP}")
    for name, table in (("begin_waiting", "reviews"), ("keep_push", "pushes")):
        op.execute(f"drop trigger {name} on {table}")
        op.execute(f"drop function {name}()")
