"""Reviews pass steps: flows per kind, comments on fields, deputies, the record of a decision

Revision ID: 0018
Revises: 0017
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from contenthub.migrations.policy import secure

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None

_COLUMNS = (
    sa.Column("step_no", sa.Integer(), server_default="1", nullable=False),
    sa.Column("steps_total", sa.Integer(), server_default="1", nullable=False),
    sa.Column("step_name", sa.Text(), server_default="", nullable=False),
    sa.Column("step_role", sa.Text(), server_default="", nullable=False),
    sa.Column("plan", postgresql.JSONB(), server_default="[]", nullable=False),
    sa.Column("rule_pack", sa.Text(), server_default="", nullable=False),
    sa.Column("hits", postgresql.JSONB(), server_default="[]", nullable=False),
    sa.Column("overrides", postgresql.JSONB(), server_default="[]", nullable=False),
    sa.Column("acting_for_id", sa.Uuid(), nullable=True),
)

# A round is one submission: its first review's id, shared by the steps that follow. Rows of
# the release before this one come without it: each is then a round of one step.
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
  fixed text[] := array['author_id', 'subject_kind', 'subject_id', 'subject_hash', 'created_at',
                        'round_id', 'step_no', 'steps_total', 'step_role', 'step_name', 'plan'];
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

# What is guarded needs every step of one whole round, by as many different people, none of them
# the author, and nothing of it may still wait.
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

# What waits in banks that asked for two reviewers goes on with two steps.
_PLAN = (
    '[{"name": "第一步审核", "role": "", "hours": 8}, {"name": "第二步审核", "role": "", "hours": 8}]'
)
_ROUNDS = (
    "update reviews set round_id = id",
    f"""update reviews w set round_id = a.id, step_no = 2, steps_total = 2, plan = '{_PLAN}',
      step_name = '第二步审核'
    from reviews a, banks b
    where b.id = w.tenant_id and b.settings ->> 'review_steps' = '2' and w.state = 'waiting'
      and a.tenant_id = w.tenant_id and a.subject_id = w.subject_id
      and a.subject_hash = w.subject_hash and a.state = 'approved' and not exists (
        select 1 from reviews x where x.tenant_id = w.tenant_id and x.subject_id = w.subject_id
          and x.id > a.id and x.id <> w.id)""",
    f"""update reviews a set steps_total = 2, plan = '{_PLAN}', step_name = '第一步审核'
    from reviews w where w.tenant_id = a.tenant_id and w.round_id = a.id and w.step_no = 2""",
    f"""update reviews w set steps_total = 2, plan = '{_PLAN}', step_name = '第一步审核'
    from banks b where b.id = w.tenant_id and b.settings ->> 'review_steps' = '2'
      and w.state = 'waiting' and w.step_no = 1""",
)


def upgrade() -> None:
    """Give reviews their steps and the record, and make the four tables around them."""
    for column in _COLUMNS:
        op.add_column("reviews", column)
    op.add_column("reviews", sa.Column("round_id", sa.Uuid(), nullable=True))
    for table in ("reviews", "staff"):  # the owner fills in and checks the rows of every bank
        op.execute(f"alter table {table} no force row level security")
    op.execute("alter table reviews disable trigger user")
    for statement in _ROUNDS:
        op.execute(statement)
    op.execute("alter table reviews alter column round_id set not null")
    op.create_foreign_key(
        op.f("fk_reviews_tenant_id_acting_for_id"),
        "reviews", "staff", ["tenant_id", "acting_for_id"], ["tenant_id", "id"],
    )
    op.execute("alter table reviews enable trigger user")
    op.create_check_constraint(
        op.f("ck_reviews_step"), "reviews", "step_no >= 1 and step_no <= steps_total"
    )
    op.create_check_constraint(
        op.f("ck_reviews_deputy"),
        "reviews",
        "acting_for_id is null or (acting_for_id <> author_id and acting_for_id <> reviewer_id)",
    )
    op.create_index(
        "uq_reviews_step", "reviews", ["tenant_id", "round_id", "step_no"], unique=True
    )
    op.create_index(
        "uq_reviews_reviewer", "reviews", ["tenant_id", "round_id", "reviewer_id"], unique=True
    )
    op.create_index(
        "ix_reviews_due", "reviews", ["tenant_id", "due_at"],
        postgresql_where=sa.text("state = 'waiting'"),
    )
    for table in ("reviews", "staff"):
        op.execute(f"alter table {table} force row level security")
    _tables()
    for function in (BEGIN_WAITING, FREEZE_REVIEW, REQUIRE_REVIEW):
        op.execute(function)


def _tables() -> None:
    op.create_table(
        "review_flows",
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("steps", postgresql.JSONB(), nullable=False),
        sa.Column("updated_by", sa.Uuid(), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["tenant_id"], ["banks.id"], name=op.f("fk_review_flows_tenant_id")),
        sa.PrimaryKeyConstraint("tenant_id", "subject", name=op.f("pk_review_flows")),
    )
    op.create_table(
        "review_reasons",
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("reasons", postgresql.JSONB(), nullable=False),
        sa.Column("updated_by", sa.Uuid(), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["tenant_id"], ["banks.id"], name=op.f("fk_review_reasons_tenant_id")
        ),
        sa.PrimaryKeyConstraint("tenant_id", name=op.f("pk_review_reasons")),
    )
    op.create_table(
        "review_comments",
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("owner_kind", sa.Text(), nullable=False),
        sa.Column("owner_id", sa.Uuid(), nullable=False),
        sa.Column("subject_id", sa.Uuid(), nullable=False),
        sa.Column("thread_id", sa.Uuid(), nullable=False),
        sa.Column("field", sa.Text(), nullable=False),
        sa.Column("by_id", sa.Uuid(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("resolved_by", sa.Uuid(), nullable=True),
        sa.Column("resolved_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "owner_kind in ('item','template','push')", name=op.f("ck_review_comments_owner")
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "by_id"], ["staff.tenant_id", "staff.id"],
            name=op.f("fk_review_comments_tenant_id_by_id"),
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id"], ["banks.id"], name=op.f("fk_review_comments_tenant_id")
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_review_comments")),
    )
    op.create_index("ix_review_comments_owner", "review_comments", ["tenant_id", "owner_id"])
    op.create_table(
        "review_delegations",
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("from_id", sa.Uuid(), nullable=False),
        sa.Column("to_id", sa.Uuid(), nullable=False),
        sa.Column("starts_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ends_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("created_by", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("from_id <> to_id", name=op.f("ck_review_delegations_two_people")),
        sa.CheckConstraint("starts_at < ends_at", name=op.f("ck_review_delegations_period")),
        sa.ForeignKeyConstraint(
            ["tenant_id", "from_id"], ["staff.tenant_id", "staff.id"],
            name=op.f("fk_review_delegations_tenant_id_from_id"),
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "to_id"], ["staff.tenant_id", "staff.id"],
            name=op.f("fk_review_delegations_tenant_id_to_id"),
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id"], ["banks.id"], name=op.f("fk_review_delegations_tenant_id")
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_review_delegations")),
    )
    op.create_index("ix_review_delegations_to", "review_delegations", ["tenant_id", "to_id"])
    secure("review_flows")
    secure("review_reasons")
    secure("review_comments", app="select, insert, update")
    secure("review_delegations", app="select, insert, update")


def downgrade() -> None:
    """Not taken back: a round of several steps cannot be told with one."""
    raise NotImplementedError("restore the backup taken before the upgrade instead")
