"""Each list opens with a view of its own, not the library alone.

Revision ID: 0081
Revises: 0080
"""

import sqlalchemy as sa
from alembic import op

revision = "0081"
down_revision = "0080"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """What was chosen was the library's."""
    op.add_column(
        "library_starts", sa.Column("place", sa.Text(), nullable=False, server_default="library")
    )
    op.alter_column("library_starts", "place", server_default=None)
    op.drop_constraint("pk_library_starts", "library_starts")
    op.create_primary_key(
        "pk_library_starts", "library_starts", ["tenant_id", "staff_id", "place"]
    )


def downgrade() -> None:
    """Forget what other lists open with."""
    op.execute("alter table library_starts no force row level security")
    op.execute("delete from library_starts where place <> 'library'")
    op.execute("alter table library_starts force row level security")
    op.drop_constraint("pk_library_starts", "library_starts")
    op.drop_column("library_starts", "place")
    op.create_primary_key("pk_library_starts", "library_starts", ["tenant_id", "staff_id"])
