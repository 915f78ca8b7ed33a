"""A deleted label is kept with its items, so that it can come back; its name is free at once.

Revision ID: 0058
Revises: 0057
"""

import sqlalchemy as sa
from alembic import op

revision = "0058"
down_revision = "0057"
branch_labels = None
depends_on = None

_OLD, _NEW = "uq_labels_tenant_id_folded", "uq_labels_folded"


def upgrade() -> None:
    """Names are the only ones of their spelling among labels that are there."""
    op.add_column("labels", sa.Column("deleted_at", sa.DateTime(timezone=True), nullable=True))
    op.create_index(
        _NEW,
        "labels",
        ["tenant_id", "folded"],
        unique=True,
        postgresql_where=sa.text("deleted_at is null"),
    )
    op.drop_constraint(_OLD, "labels", type_="unique")


def downgrade() -> None:
    """Forget deleted labels for good."""
    for table in ("labels", "labelled_items"):
        op.execute(f"alter table {table} no force row level security")
    op.execute(
        "delete from labelled_items m using labels l where l.tenant_id = m.tenant_id "
        "and l.id = m.label_id and l.deleted_at is not null"
    )
    op.execute("delete from labels where deleted_at is not null")
    for table in ("labels", "labelled_items"):
        op.execute(f"alter table {table} force row level security")
    op.create_unique_constraint(_OLD, "labels", ["tenant_id", "folded"])
    op.drop_index(_NEW, "labels")
    op.drop_column("labels", "deleted_at")
