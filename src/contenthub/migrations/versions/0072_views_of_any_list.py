"""Saved views belong to a list: the library's, and now the customers'.

Revision ID: 0072
Revises: 0071
"""

import sqlalchemy as sa
from alembic import op

revision = "0072"
down_revision = "0071"
branch_labels = None
depends_on = None

_NAMES = ("pk_{}", "fk_{}_tenant_id", "fk_{}_tenant_id_owner_id")


def _rename(old: str, new: str) -> None:
    op.rename_table(old, new)
    for name in _NAMES:
        op.execute(f"alter table {new} rename constraint {name.format(old)} to {name.format(new)}")


def _index(table: str, columns: list[str]) -> None:
    op.create_index(
        f"uq_{table}_name",
        table,
        columns,
        unique=True,
        postgresql_where=sa.text("deleted_at is null"),
    )


def upgrade() -> None:
    """All views so far are the library's."""
    op.drop_index("uq_library_views_name", table_name="library_views")
    _rename("library_views", "saved_views")
    op.add_column(
        "saved_views", sa.Column("place", sa.Text(), server_default="library", nullable=False)
    )
    op.alter_column("saved_views", "place", server_default=None)
    _index("saved_views", ["tenant_id", "owner_id", "place", "name"])


def downgrade() -> None:
    """Forget the views of other lists."""
    op.drop_index("uq_saved_views_name", table_name="saved_views")
    op.execute("alter table saved_views no force row level security")
    op.execute("delete from saved_views where place <> 'library'")
    op.execute("alter table saved_views force row level security")
    op.drop_column("saved_views", "place")
    _rename("saved_views", "library_views")
    _index("library_views", ["tenant_id", "owner_id", "name"])
