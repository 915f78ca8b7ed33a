"""Banks bring typefaces they have the right to use, and say so.

Revision ID: 0056
Revises: 0055
"""

import sqlalchemy as sa
from alembic import op

from contenthub.migrations.policy import secure

revision = "0056"
down_revision = "0055"
branch_labels = None
depends_on = None

_FONTS = "poster_fonts"


def upgrade() -> None:
    """Make the table of faces; none is ever deleted, for old revisions name them."""
    op.create_table(
        _FONTS,
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("sha256", sa.Text(), nullable=False),
        sa.Column("family", sa.Text(), nullable=False),
        sa.Column("style", sa.Text(), nullable=False),
        sa.Column("weight", sa.Integer(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("characters", sa.Integer(), nullable=False),
        sa.Column("common_missing", sa.Integer(), nullable=False),
        sa.Column("may_travel", sa.Boolean(), nullable=False),
        sa.Column("copyright", sa.Text(), nullable=False),
        sa.Column("filename", sa.Text(), nullable=False),
        sa.Column("size_bytes", sa.Integer(), nullable=False),
        sa.Column("storage_key", sa.Text(), nullable=False),
        sa.Column("licence", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("recall_reason", sa.Text(), nullable=False),
        sa.Column("recalled_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("created_by", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("tenant_id", "id", name="pk_poster_fonts"),
        sa.UniqueConstraint("tenant_id", "sha256", name="uq_poster_fonts_tenant_id_sha256"),
        sa.ForeignKeyConstraint(["tenant_id"], ["banks.id"], name="fk_poster_fonts_tenant_id"),
        sa.CheckConstraint("state in ('usable','recalled')", name="ck_poster_fonts_state"),
    )
    op.execute("alter table staff no force row level security")
    op.create_foreign_key(
        "fk_poster_fonts_tenant_id_created_by",
        _FONTS,
        "staff",
        ["tenant_id", "created_by"],
        ["tenant_id", "id"],
    )
    op.execute("alter table staff force row level security")
    secure(_FONTS, app="select, insert, update")


def downgrade() -> None:
    """Drop the table."""
    op.drop_table(_FONTS)
