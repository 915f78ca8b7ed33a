"""The background an employee chose for a poster is remembered; published files say theirs.

Revision ID: 0066
Revises: 0065
"""

import sqlalchemy as sa
from alembic import op

from contenthub.migrations.policy import secure

revision = "0066"
down_revision = "0065"
branch_labels = None
depends_on = None

_CHOICES = "poster_choices"
_REFERRED = (("poster_templates", "template_id"), ("staff", "employee_id"))


def upgrade() -> None:
    """Add the table and the column; nobody has chosen yet, what is published is on its own."""
    op.create_table(
        _CHOICES,
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("template_id", sa.Uuid(), nullable=False),
        sa.Column("employee_id", sa.Uuid(), nullable=False),
        sa.Column("picture", sa.Text(), nullable=False),
        sa.Column("chosen_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint(
            "tenant_id", "template_id", "employee_id", name="pk_poster_choices"
        ),
        sa.ForeignKeyConstraint(["tenant_id"], ["banks.id"], name="fk_poster_choices_tenant_id"),
    )
    for table, column in _REFERRED:
        op.execute(f"alter table {table} no force row level security")
        op.create_foreign_key(
            f"fk_poster_choices_tenant_id_{column}",
            _CHOICES,
            table,
            ["tenant_id", column],
            ["tenant_id", "id"],
        )
        op.execute(f"alter table {table} force row level security")
    secure(_CHOICES)
    op.add_column(
        "published_posters",
        sa.Column("background", sa.Integer(), server_default=sa.text("0"), nullable=False),
    )


def downgrade() -> None:
    """Take both away."""
    op.drop_column("published_posters", "background")
    op.drop_table(_CHOICES)
