"""Items are found by how a word begins, by labels, by when they end and were last shared

Revision ID: 0033
Revises: 0032
"""

import sqlalchemy as sa
from alembic import op

from contenthub.migrations.policy import APP, secure

revision = "0033"
down_revision = "0032"
branch_labels = None
depends_on = None

KEEP_UNTIL = """
create function keep_live_until() returns trigger language plpgsql as $$
begin
  new.live_until := (
    select r.valid_until from revisions r
    where r.tenant_id = new.tenant_id and r.id = new.live_revision_id);
  return new;
end
$$
"""
LIVE_UNTIL = """
update items i set live_until = r.valid_until from revisions r
where r.tenant_id = i.tenant_id and r.id = i.live_revision_id
"""
SHARED_ON = """
update items i set shared_on = l.day from (
  select l.tenant_id, l.item_id, (max(l.created_at) at time zone b.zone)::date as day
  from links l join banks b on b.id = l.tenant_id group by l.tenant_id, l.item_id, b.zone
) l
where l.tenant_id = i.tenant_id and l.item_id = i.id
"""
# The table of banks is not forced: its owner finds a bank by name before one is known (0002).
READ = ("items", "revisions", "links")


def _columns_of_items() -> None:
    op.add_column("items", sa.Column("live_until", sa.DateTime(timezone=True), nullable=True))
    op.add_column("items", sa.Column("shared_on", sa.Date(), nullable=True))
    for table in READ:
        op.execute(f"alter table {table} no force row level security")
    op.execute(LIVE_UNTIL)
    op.execute(SHARED_ON)
    for table in READ:
        op.execute(f"alter table {table} force row level security")
    op.create_index("ix_items_updated", "items", ["tenant_id", "updated_at", "id"])
    op.create_index("ix_items_until", "items", ["tenant_id", "live_until", "id"])
    op.create_index("ix_items_shared", "items", ["tenant_id", "shared_on", "id"])
    op.create_index("ix_links_made", "links", ["tenant_id", "item_id", "created_at"])
    op.execute(KEEP_UNTIL)
    op.execute("revoke all on function keep_live_until() from public")
    op.execute(f"grant execute on function keep_live_until() to {APP}")
    # A trigger, for the release before this one writes items too while it is replaced.
    op.execute(
        "create trigger keep_live_until before insert or update of live_revision_id on items "
        "for each row execute function keep_live_until()"
    )


def _labels() -> None:
    op.create_table(
        "labels",
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("folded", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["tenant_id"], ["banks.id"], name=op.f("fk_labels_tenant_id")),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_labels")),
        sa.UniqueConstraint("tenant_id", "folded", name=op.f("uq_labels_tenant_id_folded")),
    )
    op.create_table(
        "labelled_items",
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("label_id", sa.Uuid(), nullable=False),
        sa.Column("item_id", sa.Uuid(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["tenant_id"], ["banks.id"], name=op.f("fk_labelled_items_tenant_id")
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "label_id"],
            ["labels.tenant_id", "labels.id"],
            name=op.f("fk_labelled_items_tenant_id_label_id"),
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "item_id"],
            ["items.tenant_id", "items.id"],
            name=op.f("fk_labelled_items_tenant_id_item_id"),
        ),
        sa.PrimaryKeyConstraint("tenant_id", "label_id", "item_id", name=op.f("pk_labelled_items")),
    )
    op.create_index("ix_labelled_items_item", "labelled_items", ["tenant_id", "item_id"])


def _views() -> None:
    op.create_table(
        "library_views",
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("owner_id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("query", sa.Text(), nullable=False),
        sa.Column("is_shared", sa.Boolean(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("deleted_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["tenant_id"], ["banks.id"], name=op.f("fk_library_views_tenant_id")
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "owner_id"],
            ["staff.tenant_id", "staff.id"],
            name=op.f("fk_library_views_tenant_id_owner_id"),
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_library_views")),
    )
    op.create_index(
        "uq_library_views_name",
        "library_views",
        ["tenant_id", "owner_id", "name"],
        unique=True,
        postgresql_where=sa.text("deleted_at is null"),
    )
    op.create_table(
        "library_starts",
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("staff_id", sa.Uuid(), nullable=False),
        sa.Column("view_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["tenant_id"], ["banks.id"], name=op.f("fk_library_starts_tenant_id")
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "staff_id"],
            ["staff.tenant_id", "staff.id"],
            name=op.f("fk_library_starts_tenant_id_staff_id"),
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "view_id"],
            ["library_views.tenant_id", "library_views.id"],
            name=op.f("fk_library_starts_tenant_id_view_id"),
        ),
        sa.PrimaryKeyConstraint("tenant_id", "staff_id", name=op.f("pk_library_starts")),
    )


def upgrade() -> None:
    """Add labels, views and two columns of items; order tokens by their characters."""
    op.execute('alter table item_tokens alter column token type text collate "C"')
    _columns_of_items()
    foreign = ("items", "staff")
    for table in foreign:
        op.execute(f"alter table {table} no force row level security")
    _labels()
    _views()
    for table in foreign:
        op.execute(f"alter table {table} force row level security")
    for table in ("labels", "labelled_items", "library_views", "library_starts"):
        secure(table)


def downgrade() -> None:
    """Take everything away but the order of the tokens."""
    for table in ("library_starts", "library_views", "labelled_items", "labels"):
        op.drop_table(table)
    op.execute("drop trigger keep_live_until on items")
    op.execute("drop function keep_live_until()")
    op.drop_index("ix_links_made", table_name="links")
    for name in ("ix_items_shared", "ix_items_until", "ix_items_updated"):
        op.drop_index(name, table_name="items")
    op.drop_column("items", "shared_on")
    op.drop_column("items", "live_until")
