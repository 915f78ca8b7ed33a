"""Cadences: reviewed like pushes, run by customers, each step once; kits bring them too

Revision ID: 0034
Revises: 0033
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from contenthub.migrations.policy import APP, secure

revision = "0034"
down_revision = "0033"
branch_labels = None
depends_on = None

_TABLES = ("cadences", "cadence_runs", "cadence_contacts")
_KIT_TABLES = ("kit_parts", "kit_version_parts", "adopted_parts")

# As in 0023, and cadences.
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
    union all
    select 1 from cadences s where s.tenant_id = new.tenant_id and s.id = new.subject_id
      and s.author_id = new.author_id and s.hash = new.subject_hash
  ) then
    raise exception using errcode = 'CH001', message = '审核记录的作者或内容与提交的不一致';
  end if;
  -- Copied by the database, so that nobody can leave somebody out.
  select s.editors into new.involved from (
    select tenant_id, id, editors from revisions
    union all select tenant_id, id, editors from template_revisions
    union all select tenant_id, id, editors from pushes
    union all select tenant_id, id, editors from cadences
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

# What an approved cadence says; its state and the mark of the last look move on their own.
KEEP_CADENCE = """
create function keep_cadence() returns trigger language plpgsql as $$
declare
  kept text[] := array['title', 'purpose', 'topic', 'steps', 'hash', 'editors'];
begin
  if old.state not in ('draft', 'returned') and new.state <> 'draft' and exists (
    select 1 from unnest(kept) as k (name)
    where to_jsonb(new) -> k.name is distinct from to_jsonb(old) -> k.name
  ) then
    raise exception using errcode = 'CH001',
      message = '跟进节奏提交后不能再改内容；请修改后重新提交审核';
  end if;
  return new;
end
$$
"""


def _text(name: str, default: str | None = None) -> sa.Column[object]:
    return sa.Column(name, sa.Text(), server_default=default, nullable=False)


def _id(name: str, *, nullable: bool = False) -> sa.Column[object]:
    return sa.Column(name, sa.Uuid(), nullable=nullable)


def _int(name: str, default: str | None = None) -> sa.Column[object]:
    return sa.Column(name, sa.Integer(), server_default=default, nullable=False)


def _at(name: str, *, nullable: bool = False) -> sa.Column[object]:
    return sa.Column(name, sa.DateTime(timezone=True), nullable=nullable)


def _on(name: str, *, nullable: bool = False) -> sa.Column[object]:
    return sa.Column(name, sa.Date(), nullable=nullable)


def _json(name: str) -> sa.Column[object]:
    return sa.Column(name, postgresql.JSONB(), server_default="[]", nullable=False)


def _table(name: str, *parts: sa.Column[object] | sa.Constraint) -> None:
    op.create_table(
        name, _id("tenant_id"), sa.ForeignKeyConstraint(["tenant_id"], ["banks.id"]), *parts
    )


def upgrade() -> None:
    """Make the tables, hold what was reviewed, let kits and remarks name cadences."""
    op.execute("alter table staff no force row level security")
    _cadences()
    _runs()
    op.execute("alter table staff force row level security")
    for table in _TABLES:
        secure(table)
    op.execute(BEGIN_WAITING)
    op.execute(KEEP_CADENCE)
    op.execute("revoke all on function keep_cadence() from public")
    op.execute(f"grant execute on function keep_cadence() to {APP}")
    for name, when, arguments in (
        ("keep_cadence", "update", ""),
        ("keep_editors", "insert or update", ""),
        ("require_review", "insert or update", "'in_use', 'editable'"),
    ):
        op.execute(
            f"create trigger {name} before {when} on cadences "
            f"for each row execute function {name}({arguments})"
        )
    for table in _KIT_TABLES:
        _check(table, "kind", "subject_kind in ('item','template','cadence')")
    _check("review_comments", "owner", "owner_kind in ('item','template','push','cadence')")


def _check(table: str, name: str, words: str) -> None:
    op.drop_constraint(op.f(f"ck_{table}_{name}"), table, type_="check")
    op.create_check_constraint(op.f(f"ck_{table}_{name}"), table, words)


def _cadences() -> None:
    _table(
        "cadences",
        _id("id"),
        *(_text(name) for name in ("code", "title")),
        _text("purpose", ""),
        _text("topic"),
        _json("steps"),
        _text("state", "draft"),
        _text("stop_reason", ""),
        _text("hash"),
        _id("author_id"),
        sa.Column("editors", postgresql.ARRAY(sa.Uuid()), server_default="{}", nullable=False),
        _at("looked_at", nullable=True),
        _at("created_at"),
        _at("updated_at"),
        _at("submitted_at", nullable=True),
        _at("approved_at", nullable=True),
        sa.PrimaryKeyConstraint("tenant_id", "id"),
        sa.UniqueConstraint("tenant_id", "code"),
        sa.ForeignKeyConstraint(["tenant_id", "author_id"], ["staff.tenant_id", "staff.id"]),
        sa.CheckConstraint(
            "state in ('draft','in_review','returned','in_use','stopped')",
            name=op.f("ck_cadences_state"),
        ),
    )
    op.create_index("ix_cadences_list", "cadences", ["tenant_id", "state", "updated_at"])


def _runs() -> None:
    _table(
        "cadence_runs",
        *(_id(name) for name in ("id", "cadence_id")),
        _int("customer_no"),
        *(_id(name) for name in ("customer_id", "employee_id")),
        _json("plan"),
        _text("why", ""),
        _text("state", "running"),
        _text("stop_reason", ""),
        _int("next_no", "1"),
        _on("next_on"),
        _at("next_at"),
        _int("later_days", "0"),
        _on("started_on"),
        _at("started_at"),
        _id("started_by"),
        _at("ended_at", nullable=True),
        sa.PrimaryKeyConstraint("tenant_id", "id"),
        sa.ForeignKeyConstraint(["tenant_id", "cadence_id"], ["cadences.tenant_id", "cadences.id"]),
        sa.ForeignKeyConstraint(["tenant_id", "employee_id"], ["staff.tenant_id", "staff.id"]),
        sa.CheckConstraint(
            "state in ('running','finished','stopped')", name=op.f("ck_cadence_runs_state")
        ),
    )
    running = sa.text("state = 'running'")
    op.create_index(
        "uq_cadence_runs_customer",
        "cadence_runs",
        ["tenant_id", "customer_no"],
        unique=True,
        postgresql_where=running,
    )
    op.create_index("ix_cadence_runs_due", "cadence_runs", ["next_at"], postgresql_where=running)
    op.create_index(
        "ix_cadence_runs_cadence", "cadence_runs", ["tenant_id", "cadence_id", "state"]
    )
    op.create_index("ix_cadence_runs_employee", "cadence_runs", ["tenant_id", "employee_id"])
    _table(
        "cadence_contacts",
        _id("run_id"),
        sa.Column("no", sa.Integer(), nullable=False),
        _id("task_id"),
        _id("link_id", nullable=True),
        _on("due_on"),
        _on("until_on"),
        _int("attempts", "0"),
        _text("outcome", ""),
        _at("said_at", nullable=True),
        _id("said_by", nullable=True),
        _on("agreed_on", nullable=True),
        _at("created_at"),
        sa.PrimaryKeyConstraint("tenant_id", "run_id", "no"),
        sa.ForeignKeyConstraint(
            ["tenant_id", "run_id"], ["cadence_runs.tenant_id", "cadence_runs.id"]
        ),
    )


def downgrade() -> None:
    """Not taken back: what employees said of their customers would be lost."""
    raise NotImplementedError("restore the backup taken before the upgrade instead")
