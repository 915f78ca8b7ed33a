"""What members moved of a parent's kits is found without reading all they took over

Revision ID: 0032
Revises: 0031
"""

from alembic import op

revision = "0032"
down_revision = "0031"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Index the links by whose they are and when they moved: a sweep asks every second."""
    op.create_index("ix_adopted_parts_moved", "adopted_parts", ["source_bank_id", "updated_at"])


def downgrade() -> None:
    """Drop the index."""
    op.drop_index("ix_adopted_parts_moved", table_name="adopted_parts")
