"""Posters may be published as files; a code asked of WeCom is noted before it is asked for.

Revision ID: 0060
Revises: 0059
"""

import sqlalchemy as sa
from alembic import op

from contenthub.migrations.policy import secure

revision = "0060"
down_revision = "0059"
branch_labels = None
depends_on = None

_POSTERS, _UPKEEP = "published_posters", "poster_upkeep"
_STANDING = "state in ('planned','uploading','published')"

# In the database, in the transaction of the change itself: no writer can forget that a file
# shows an old name, or somebody who left. What is being sent keeps the end of its lease, so that
# its file is taken away after it has arrived.
_STALE = """
create function posters_of_{table}_are_stale() returns trigger language plpgsql as $$
begin
  update published_posters p set state = 'removing', problem = '', tries = 0,
    try_after_at = case p.state when 'uploading' then p.try_after_at else clock_timestamp() end
  where p.tenant_id = new.tenant_id and {whose}
    and p.state in ('planned','uploading','published');
  return null;
end
$$
"""
_WATCHED = {
    "staff": ("p.employee_id = new.id", ("updated_at", "state", "roles", "photo_key", "name")),
    "branches": (
        "p.employee_id in (select s.id from staff s where s.tenant_id = new.tenant_id"
        " and s.branch_id = new.id)",
        ("name",),
    ),
    "contact_ways": ("p.employee_id = new.employee_id", ("text", "gone_at")),
}
_REFERRED = ("staff", "template_revisions")


def _instant(name: str, *, nullable: bool = True) -> sa.Column[object]:
    return sa.Column(name, sa.DateTime(timezone=True), nullable=nullable)


def upgrade() -> None:
    """Add the tables and what watches for stale files; nothing is published yet."""
    op.create_table(
        _POSTERS,
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("revision_id", sa.Uuid(), nullable=False),
        sa.Column("employee_id", sa.Uuid(), nullable=False),
        sa.Column("facts", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), server_default="", nullable=False),
        sa.Column("link_code", sa.Text(), server_default="", nullable=False),
        sa.Column("state", sa.Text(), server_default="planned", nullable=False),
        sa.Column("problem", sa.Text(), server_default="", nullable=False),
        sa.Column("tries", sa.Integer(), server_default=sa.text("0"), nullable=False),
        _instant("try_after_at", nullable=False),
        _instant("created_at", nullable=False),
        _instant("published_at"),
        _instant("gone_at"),
        sa.PrimaryKeyConstraint("tenant_id", "id", name="pk_published_posters"),
        sa.ForeignKeyConstraint(["tenant_id"], ["banks.id"], name="fk_published_posters_tenant_id"),
        sa.CheckConstraint(
            "state in ('planned','uploading','published','removing','gone')",
            name="ck_published_posters_state",
        ),
    )
    op.create_table(
        _UPKEEP,
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        _instant("look_after_at", nullable=False),
        _instant("tidied_at"),
        sa.PrimaryKeyConstraint("tenant_id", name="pk_poster_upkeep"),
        sa.ForeignKeyConstraint(["tenant_id"], ["banks.id"], name="fk_poster_upkeep_tenant_id"),
    )
    _refer()
    _index()
    secure(_POSTERS)
    secure(_UPKEEP)
    for table, (whose, columns) in _WATCHED.items():
        op.execute(_STALE.format(table=table, whose=whose))
        changed = " or ".join(f"old.{name} is distinct from new.{name}" for name in columns)
        op.execute(
            f"create trigger posters_are_stale after update of {', '.join(columns)} on {table} "
            f"for each row when ({changed}) execute function posters_of_{table}_are_stale()"
        )
    op.add_column("contact_ways", _instant("asked_at"))


def _refer() -> None:
    for table in _REFERRED:
        op.execute(f"alter table {table} no force row level security")
    for table, column in (("staff", "employee_id"), ("template_revisions", "revision_id")):
        op.create_foreign_key(
            f"fk_published_posters_tenant_id_{column}",
            _POSTERS,
            table,
            ["tenant_id", column],
            ["tenant_id", "id"],
        )
    for table in _REFERRED:
        op.execute(f"alter table {table} force row level security")


def _index() -> None:
    op.create_index(
        "uq_published_posters_standing",
        _POSTERS,
        ["tenant_id", "revision_id", "employee_id"],
        unique=True,
        postgresql_where=sa.text(_STANDING),
    )
    op.create_index("ix_published_posters_employee", _POSTERS, ["tenant_id", "employee_id"])
    op.create_index(
        "ix_published_posters_due",
        _POSTERS,
        ["try_after_at"],
        postgresql_where=sa.text("state in ('planned','uploading','removing')"),
    )


def downgrade() -> None:
    """Take tables and watchers away; published files stay where they are."""
    op.drop_column("contact_ways", "asked_at")
    for table in _WATCHED:
        op.execute(f"drop trigger posters_are_stale on {table}")
        op.execute(f"drop function posters_of_{table}_are_stale()")
    op.drop_table(_UPKEEP)
    op.drop_table(_POSTERS)
