"""Tags are managed: colours, order, exclusive groups, days they hold, changes that are undone.

Revision ID: 0062
Revises: 0061
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from contenthub.migrations.policy import secure

revision = "0062"
down_revision = "0061"
branch_labels = None
depends_on = None

_LIVE = sa.text("deleted_at is null")


def upgrade() -> None:
    """Every group and tag stands as it stood; nothing holds for days only."""
    op.add_column(
        "tag_groups", sa.Column("colour", sa.Text(), server_default="grey", nullable=False)
    )
    op.add_column(
        "tag_groups",
        sa.Column("is_exclusive", sa.Boolean(), server_default="false", nullable=False),
    )
    op.add_column("tags", sa.Column("colour", sa.Text(), server_default="", nullable=False))
    op.add_column("tags", sa.Column("holds_days", sa.Integer(), nullable=True))
    op.add_column("tags", _instant("retired_at", nullable=True))
    op.add_column("tags", sa.Column("merged_into", sa.Uuid(), nullable=True))
    for table in ("tag_groups", "tags"):
        op.add_column(
            table, sa.Column("position", sa.Integer(), server_default="0", nullable=False)
        )
        op.add_column(table, _instant("deleted_at", nullable=True))
        op.drop_constraint(f"uq_{table}_tenant_id_name", table, type_="unique")
        op.create_index(
            f"uq_{table}_name",
            table,
            ["tenant_id", "name"],
            unique=True,
            postgresql_where=_LIVE,
        )
    op.add_column("customer_tags", sa.Column("until_on", sa.Date(), nullable=True))
    op.add_column("customer_tags", sa.Column("change_id", sa.Uuid(), nullable=True))
    op.create_index(
        "ix_customer_tags_until",
        "customer_tags",
        ["tenant_id", "until_on"],
        postgresql_where=sa.text("until_on is not null"),
    )
    _add_names()
    _add_changes()


def _instant(name: str, *, nullable: bool) -> sa.Column[object]:
    return sa.Column(name, sa.DateTime(timezone=True), nullable=nullable)


def _bind(table: str, columns: list[str], to: str, there: list[str]) -> None:
    """Add a foreign key to a table whose rows only its bank sees."""
    op.execute(f"alter table {to} no force row level security")
    op.create_foreign_key(f"fk_{table}_{'_'.join(columns)}", table, to, columns, there)
    op.execute(f"alter table {to} force row level security")


def _add_names() -> None:
    op.create_table(
        "tag_names",
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("tag_id", sa.Uuid(), nullable=False),
        sa.PrimaryKeyConstraint("tenant_id", "name", name="pk_tag_names"),
        sa.ForeignKeyConstraint(["tenant_id"], ["banks.id"], name="fk_tag_names_tenant_id"),
    )
    _bind("tag_names", ["tenant_id", "tag_id"], "tags", ["tenant_id", "id"])
    secure("tag_names")


def _add_changes() -> None:
    op.create_table(
        "tag_changes",
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("tag_id", sa.Uuid(), nullable=False),
        sa.Column("from_tag_id", sa.Uuid(), nullable=True),
        sa.Column("selected", sa.LargeBinary(), nullable=False),
        sa.Column("people", sa.Integer(), nullable=False),
        sa.Column("about", postgresql.JSONB(), server_default="{}", nullable=False),
        sa.Column("until_on", sa.Date(), nullable=True),
        sa.Column("state", sa.Text(), server_default="running", nullable=False),
        sa.Column("changed", sa.Integer(), server_default="0", nullable=False),
        sa.Column("replaced", sa.Integer(), server_default="0", nullable=False),
        sa.Column("job_id", sa.Uuid(), nullable=True),
        sa.Column("by_id", sa.Uuid(), nullable=False),
        _instant("at", nullable=False),
        _instant("undone_at", nullable=True),
        sa.PrimaryKeyConstraint("tenant_id", "id", name="pk_tag_changes"),
        sa.ForeignKeyConstraint(["tenant_id"], ["banks.id"], name="fk_tag_changes_tenant_id"),
    )
    op.create_index("ix_tag_changes_at", "tag_changes", ["tenant_id", "at"])
    _bind("tag_changes", ["tenant_id", "tag_id"], "tags", ["tenant_id", "id"])
    op.create_table(
        "removed_tags",
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("change_id", sa.Uuid(), nullable=False),
        sa.Column("tag_id", sa.Uuid(), nullable=False),
        sa.Column("customer_no", sa.Integer(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("tagged_by", sa.Uuid(), nullable=True),
        _instant("tagged_at", nullable=False),
        sa.Column("until_on", sa.Date(), nullable=True),
        sa.Column("put_by_change_id", sa.Uuid(), nullable=True),
        sa.PrimaryKeyConstraint(
            "tenant_id", "change_id", "tag_id", "customer_no", name="pk_removed_tags"
        ),
        sa.ForeignKeyConstraint(["tenant_id"], ["banks.id"], name="fk_removed_tags_tenant_id"),
        sa.ForeignKeyConstraint(
            ["tenant_id", "change_id"],
            ["tag_changes.tenant_id", "tag_changes.id"],
            name="fk_removed_tags_tenant_id_change_id",
        ),
    )
    op.create_index("ix_removed_tags_customer", "removed_tags", ["tenant_id", "customer_no"])
    secure("tag_changes")
    secure("removed_tags")


def downgrade() -> None:
    """Forget deleted tags and groups for good, and what could be undone."""
    for table in ("removed_tags", "tag_changes", "tag_names"):
        op.drop_table(table)
    _forget_deleted()
    op.drop_index("ix_customer_tags_until", "customer_tags")
    op.drop_column("customer_tags", "change_id")
    op.drop_column("customer_tags", "until_on")
    for table in ("tag_groups", "tags"):
        op.drop_index(f"uq_{table}_name", table)
        op.create_unique_constraint(f"uq_{table}_tenant_id_name", table, ["tenant_id", "name"])
        op.drop_column(table, "deleted_at")
        op.drop_column(table, "position")
    for column in ("merged_into", "retired_at", "holds_days", "colour"):
        op.drop_column("tags", column)
    for column in ("is_exclusive", "colour"):
        op.drop_column("tag_groups", column)


def _forget_deleted() -> None:
    held = ("tag_groups", "tags", "customer_tags", "audience_bitmaps")
    for table in held:
        op.execute(f"alter table {table} no force row level security")
    gone = "t.tenant_id = m.tenant_id and t.deleted_at is not null"
    op.execute(f"delete from customer_tags m using tags t where {gone} and t.id = m.tag_id")
    op.execute(
        f"delete from audience_bitmaps m using tags t where {gone} and m.dim = 'tag' "
        "and m.key = t.id::text"
    )
    op.execute("delete from tags where deleted_at is not null")
    op.execute("delete from tag_groups where deleted_at is not null")
    for table in held:
        op.execute(f"alter table {table} force row level security")
