"""A parent publishes kits, its members read and take them over, recalls follow

Revision ID: 0028
Revises: 0027
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from contenthub.migrations.policy import APP, PLATFORM, secure

revision = "0028"
down_revision = "0027"
branch_labels = None
depends_on = None

_READ_BY_MEMBERS = ("kit_versions", "kit_version_parts", "kit_recalls")
_TABLES = ("kits", "kit_parts", *_READ_BY_MEMBERS, "adopted_parts", "kit_figures")

# A member's own row of `banks` is the only one its session sees, so that this asks: is the
# owner of the published row the parent of the bank I work for, and is that bank at work?
MEMBERS_READ = """
create policy members_read on {table} for select to {app} using (exists (
  select 1 from banks b
  where b.id = current_setting('app.tenant_id')::uuid and b.parent_id = {table}.tenant_id))
"""

# In the transaction of the recall itself: no job can be late for it or lose it.
TELL_MEMBERS = """
create function tell_members_of_recall() returns trigger language plpgsql as $$
begin
  insert into kit_recalls (tenant_id, id, subject_id, title, reason, recalled_at)
  select new.tenant_id, gen_random_uuid(), new.id, new.title, new.recall_reason, new.updated_at
  where exists (select 1 from kit_version_parts p
                where p.tenant_id = new.tenant_id and p.subject_id = new.id);
  return null;
end
$$
"""


def _text(name: str, default: str | None = None) -> sa.Column[object]:
    return sa.Column(name, sa.Text(), server_default=default, nullable=False)


def _id(name: str, *, nullable: bool = False) -> sa.Column[object]:
    return sa.Column(name, sa.Uuid(), nullable=nullable)


def _int(name: str) -> sa.Column[object]:
    return sa.Column(name, sa.Integer(), server_default="0", nullable=False)


def _at(name: str, *, nullable: bool = False) -> sa.Column[object]:
    return sa.Column(name, sa.DateTime(timezone=True), nullable=nullable)


def _json(name: str, default: str = "{}") -> sa.Column[object]:
    return sa.Column(name, postgresql.JSONB(), server_default=default, nullable=False)


def _table(name: str, *parts: sa.Column[object] | sa.Constraint) -> None:
    op.create_table(
        name, _id("tenant_id"), sa.ForeignKeyConstraint(["tenant_id"], ["banks.id"]), *parts
    )


def _kind(table: str) -> sa.Constraint:
    words = "subject_kind in ('item','template')"
    return sa.CheckConstraint(words, name=op.f(f"ck_{table}_kind"))


def upgrade() -> None:
    """Make the tables, let members read what is published, carry recalls over."""
    op.execute("alter table staff no force row level security")
    _publishing()
    op.execute("alter table staff force row level security")
    _adopting()
    op.add_column("items", _json("must_fill", "[]"))
    op.add_column("items", _text("held_reason", ""))
    for table in _TABLES:
        is_counted = table == "kit_figures"
        secure(
            table,
            app="select" if is_counted else "select, insert, update, delete",
            platform="select, insert, update, delete" if is_counted else "select",
        )
    op.execute(f"grant update (figured_at) on kits to {PLATFORM}")
    for table in _READ_BY_MEMBERS:
        op.execute(MEMBERS_READ.format(table=table, app=APP))
    op.execute(TELL_MEMBERS)
    op.execute("revoke all on function tell_members_of_recall() from public")
    op.execute(f"grant execute on function tell_members_of_recall() to {APP}")
    op.execute(
        "create trigger items_recalled after update of state on items for each row "
        "when (new.state = 'recalled' and old.state <> 'recalled') "
        "execute function tell_members_of_recall()"
    )


def _publishing() -> None:
    _table(
        "kits",
        _id("id"),
        _text("name"),
        _text("summary", ""),
        _text("state", "draft"),
        _int("version_no"),
        _id("author_id"),
        _at("created_at"),
        _at("updated_at"),
        _at("figured_at", nullable=True),
        sa.PrimaryKeyConstraint("tenant_id", "id"),
        sa.ForeignKeyConstraint(["tenant_id", "author_id"], ["staff.tenant_id", "staff.id"]),
        sa.CheckConstraint(
            "state in ('draft','published','withdrawn')", name=op.f("ck_kits_state")
        ),
    )
    _table(
        "kit_parts",
        _id("kit_id"),
        _id("subject_id"),
        _text("subject_kind"),
        _int("position"),
        sa.PrimaryKeyConstraint("tenant_id", "kit_id", "subject_id"),
        sa.ForeignKeyConstraint(["tenant_id", "kit_id"], ["kits.tenant_id", "kits.id"]),
        _kind("kit_parts"),
    )
    _table(
        "kit_versions",
        _id("kit_id"),
        sa.Column("no", sa.Integer(), nullable=False),
        _text("name"),
        _text("summary", ""),
        _text("note", ""),
        _text("publisher"),
        sa.Column("is_newest", sa.Boolean(), server_default="true", nullable=False),
        _int("parts"),
        _at("published_at"),
        sa.PrimaryKeyConstraint("tenant_id", "kit_id", "no"),
        sa.ForeignKeyConstraint(["tenant_id", "kit_id"], ["kits.tenant_id", "kits.id"]),
    )
    _table(
        "kit_version_parts",
        _id("kit_id"),
        sa.Column("no", sa.Integer(), nullable=False),
        _id("subject_id"),
        _text("subject_kind"),
        _int("position"),
        *(_text(name) for name in ("code", "kind", "topic", "title")),
        _json("wording"),
        _json("assets", "[]"),
        sa.Column("revision_no", sa.Integer(), nullable=False),
        _text("hash"),
        sa.PrimaryKeyConstraint("tenant_id", "kit_id", "no", "subject_id"),
        sa.ForeignKeyConstraint(
            ["tenant_id", "kit_id", "no"],
            ["kit_versions.tenant_id", "kit_versions.kit_id", "kit_versions.no"],
        ),
        _kind("kit_version_parts"),
    )
    op.create_index(
        "ix_kit_version_parts_subject", "kit_version_parts", ["tenant_id", "subject_id"]
    )
    _table(
        "kit_recalls",
        _id("id"),
        _id("subject_id"),
        _text("title"),
        _text("reason"),
        _at("recalled_at"),
        sa.PrimaryKeyConstraint("tenant_id", "id"),
    )
    op.create_index("ix_kit_recalls_subject", "kit_recalls", ["tenant_id", "subject_id"])


def _adopting() -> None:
    _table(
        "adopted_parts",
        _id("subject_id"),
        _text("subject_kind"),
        _text("source_key"),
        _id("source_bank_id", nullable=True),
        _id("source_id", nullable=True),
        _text("source_code", ""),
        _id("kit_id", nullable=True),
        _text("kit_name"),
        sa.Column("kit_no", sa.Integer(), nullable=False),
        sa.Column("revision_no", sa.Integer(), nullable=False),
        _text("hash"),
        _json("base"),
        _text("dismissed_hash", ""),
        _at("recalled_at", nullable=True),
        _text("recall_reason", ""),
        _at("adopted_at"),
        _at("updated_at"),
        sa.PrimaryKeyConstraint("tenant_id", "subject_id"),
        sa.UniqueConstraint("tenant_id", "source_key"),
        _kind("adopted_parts"),
    )
    op.create_index("ix_adopted_parts_source", "adopted_parts", ["source_bank_id", "source_id"])
    _table(
        "kit_figures",
        _id("kit_id"),
        _id("subject_id"),
        _id("member_id"),
        _text("member_name"),
        *(_int(name) for name in ("adopted", "live", "recalled")),
        _at("counted_at"),
        sa.PrimaryKeyConstraint("tenant_id", "kit_id", "subject_id", "member_id"),
    )


def downgrade() -> None:
    """Forget kits; what was taken over stays as the banks' own items."""
    op.execute("drop trigger items_recalled on items")
    op.execute("drop function tell_members_of_recall()")
    op.drop_column("items", "held_reason")
    op.drop_column("items", "must_fill")
    for table in reversed(_TABLES):
        op.drop_table(table)
