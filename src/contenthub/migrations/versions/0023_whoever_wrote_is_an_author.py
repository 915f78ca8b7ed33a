"""Whoever wrote or submitted a wording is an author of it, and never its reviewer

Revision ID: 0023
Revises: 0022
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from contenthub.migrations.policy import APP

revision = "0023"
down_revision = "0022"
branch_labels = None
depends_on = None

SUBJECTS = ("revisions", "template_revisions", "pushes")

# The author who began it is always among them, also where the release before this one writes.
KEEP_EDITORS = """
create function keep_editors() returns trigger language plpgsql as $$
begin
  if tg_op = 'UPDATE' and not new.editors @> old.editors then
    raise exception using errcode = 'CH001',
      message = '写过或提交过这一版的人，不能从编写人名单里去掉';
  end if;
  if not new.author_id = any (new.editors) then
    new.editors := array_prepend(new.author_id, new.editors);
  end if;
  return new;
end
$$
"""


# As in 0018, and the people of the subject.
BEGIN_WAITING = """
create or replace function begin_waiting() returns trigger language plpgsql as $$
declare
  wanted int;
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
  -- Copied by the database, so that nobody can leave somebody out.
  select s.editors into new.involved from (
    select tenant_id, id, editors from revisions
    union all select tenant_id, id, editors from template_revisions
    union all select tenant_id, id, editors from pushes
  ) s where s.tenant_id = new.tenant_id and s.id = new.subject_id;
  if new.step_no = 1 then
    new.round_id := new.id;
    select jsonb_array_length(f.steps) into wanted from review_flows f
      where f.tenant_id = new.tenant_id and f.subject = coalesce(
        (select s.kind from revisions s where s.tenant_id = new.tenant_id
          and s.id = new.subject_id), new.subject_kind);
    if new.steps_total < coalesce(wanted, 1) then
      raise exception using errcode = 'CH001',
        message = '审核步骤少于本行的规定，请刷新后重新提交';
    end if;
  elsif not exists (
    select 1 from reviews b where b.tenant_id = new.tenant_id and b.round_id = new.round_id
      and b.step_no = new.step_no - 1 and b.state = 'approved'
      and b.steps_total = new.steps_total and b.plan = new.plan
      and b.subject_id = new.subject_id and b.subject_hash = new.subject_hash
  ) then
    raise exception using errcode = 'CH001', message = '上一步审核还没有通过，不能进入下一步';
  end if;
  return new;
end
$$
"""

FREEZE_REVIEW = """
create or replace function freeze_review() returns trigger language plpgsql as $$
declare
  fixed text[] := array['author_id', 'involved', 'subject_kind', 'subject_id', 'subject_hash',
                        'created_at', 'round_id', 'step_no', 'steps_total', 'step_role', 'step_name',
                        'plan'];
begin
  if old.state <> 'waiting' or exists (
    select 1 from unnest(fixed) as f (name)
    where to_jsonb(new) -> f.name is distinct from to_jsonb(old) -> f.name
  ) then
    raise exception using errcode = 'CH001', message = '审核记录已经形成，不能更改';
  end if;
  if new.state = 'approved' and new.subject_kind = 'revision' and exists (
    select 1 from revisions s where s.tenant_id = new.tenant_id and s.id = new.subject_id
      and s.hits @> '[{"severity": "block"}]'
  ) then
    raise exception using errcode = 'CH002',
      message = '还有必须修改的合规问题，数据库拒绝通过；请退回作者修改';
  end if;
  return new;
end
$$
"""

REQUIRE_REVIEW = """
create or replace function require_review() returns trigger language plpgsql as $$
declare
  guarded text[] := string_to_array(tg_argv[0], ',');
begin
  if tg_op = 'UPDATE' then
    if new.author_id <> old.author_id then
      raise exception using errcode = 'CH001', message = '作者不能更改';
    end if;
    if new.hash <> old.hash and old.state <> 'draft'
       and not (tg_argv[1] = 'editable' and new.state = 'draft') then
      raise exception using errcode = 'CH001', message = '已提交的版本不能再修改，请新建一个版本';
    end if;
    if old.state = any (guarded) then
      return new;
    end if;
  end if;
  if new.state = any (guarded) then
    if exists (select 1 from reviews r where r.tenant_id = new.tenant_id
        and r.subject_id = new.id and r.state = 'waiting')
      or not exists (
        select 1 from reviews r
        where r.tenant_id = new.tenant_id and r.subject_id = new.id
          and r.subject_hash = new.hash and r.state = 'approved'
          and r.author_id = new.author_id and r.reviewer_id <> new.author_id
          and r.reviewer_id <> all (new.editors)
        group by r.round_id, r.steps_total
        having count(distinct r.step_no) >= r.steps_total
          and count(distinct r.reviewer_id) >= r.steps_total
      ) then
      raise exception using errcode = 'CH002',
        message = '没有另一位同事对这一版内容的审核通过记录，或还有审核步骤没有完成，数据库拒绝发布';
    end if;
    if tg_table_name = 'revisions' and to_jsonb(new) -> 'hits' @> '[{"severity": "block"}]' then
      raise exception using errcode = 'CH002',
        message = '还有必须修改的合规问题，数据库拒绝发布；请退回作者修改';
    end if;
  end if;
  return new;
end
$$
"""

# As in 0006.
KEEP_PUSH = """
create or replace function keep_push() returns trigger language plpgsql as $$
declare
  kept text[] := array['title', 'item_id', 'revision_id', 'template_id', 'template_revision_id',
                       'topic', 'message', 'expr', 'channel', 'hash', 'editors'];
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


def upgrade() -> None:
    """Add the people who wrote, and let the three triggers and the checks hold them."""
    for table in (*SUBJECTS, "reviews"):
        op.execute(f"alter table {table} no force row level security")
    people = postgresql.ARRAY(sa.Uuid())
    for table in SUBJECTS:
        op.add_column(table, sa.Column("editors", people, server_default="{}", nullable=False))
        op.execute(f"alter table {table} disable trigger user")
        op.execute(f"update {table} set editors = array[author_id]")
        op.execute(f"alter table {table} enable trigger user")
    op.add_column("reviews", sa.Column("involved", people, server_default="{}", nullable=False))
    op.execute("alter table reviews disable trigger user")
    op.execute("update reviews set involved = array[author_id]")
    op.execute("alter table reviews enable trigger user")
    for name, check in (
        (
            "four_eyes",
            "reviewer_id is null or (reviewer_id <> author_id and reviewer_id <> all (involved))",
        ),
        (
            "deputy",
            "acting_for_id is null or (acting_for_id <> author_id and "
            "acting_for_id <> reviewer_id and acting_for_id <> all (involved))",
        ),
    ):
        op.drop_constraint(op.f(f"ck_reviews_{name}"), "reviews", type_="check")
        op.create_check_constraint(op.f(f"ck_reviews_{name}"), "reviews", check)
    for table in (*SUBJECTS, "reviews"):
        op.execute(f"alter table {table} force row level security")
    for function in (KEEP_EDITORS, BEGIN_WAITING, FREEZE_REVIEW, REQUIRE_REVIEW, KEEP_PUSH):
        op.execute(function)
    op.execute("revoke all on function keep_editors() from public")
    op.execute(f"grant execute on function keep_editors() to {APP}")
    for table in SUBJECTS:
        op.execute(
            f"create trigger keep_editors before insert or update on {table} "
            "for each row execute function keep_editors()"
        )


def downgrade() -> None:
    """Not taken back: without the list, a reviewer could approve what they wrote."""
    raise NotImplementedError("restore the backup taken before the upgrade instead")
