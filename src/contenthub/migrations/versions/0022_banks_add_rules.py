"""A bank adds rules and makes shipped ones stricter; all content is read again when rules change

Revision ID: 0022
Revises: 0021
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from contenthub.migrations.policy import secure

revision = "0022"
down_revision = "0021"
branch_labels = None
depends_on = None

_AT = sa.DateTime(timezone=True)
_TABLES = ("bank_rules", "rule_marks", "rule_scans", "rule_findings")


def _tenant() -> list[sa.Column[object] | sa.Constraint]:
    return [
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(["tenant_id"], ["banks.id"]),
    ]


def _json(name: str) -> sa.Column[object]:
    return sa.Column(name, postgresql.JSONB(), server_default="[]", nullable=False)


def _text(name: str) -> sa.Column[object]:
    return sa.Column(name, sa.Text(), server_default="", nullable=False)


def upgrade() -> None:
    """Make the tables; rows of a bank are seen by that bank only."""
    for table in ("staff", "revisions"):
        # A key onto a table with forced policies is checked as its owner, who sees no row there.
        op.execute(f"alter table {table} no force row level security")
    op.create_table(
        "bank_rules",
        *_tenant(),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("severity", sa.Text(), nullable=False),
        _json("phrases"),
        _text("advice"),
        _text("source"),
        _json("kinds"),
        _json("topics"),
        sa.Column("is_strict", sa.Boolean(), server_default="false", nullable=False),
        sa.Column("replacement", sa.Text(), nullable=True),
        sa.Column("is_on", sa.Boolean(), server_default="true", nullable=False),
        sa.Column("author_id", sa.Uuid(), nullable=False),
        sa.Column("created_at", _AT, nullable=False),
        sa.Column("updated_at", _AT, nullable=False),
        sa.PrimaryKeyConstraint("tenant_id", "id"),
        sa.UniqueConstraint("tenant_id", "code"),
        sa.CheckConstraint("severity in ('block','review')", name=op.f("ck_bank_rules_severity")),
        sa.ForeignKeyConstraint(["tenant_id", "author_id"], ["staff.tenant_id", "staff.id"]),
    )
    op.create_table(
        "rule_marks",
        *_tenant(),
        sa.Column("rule_id", sa.Text(), nullable=False),
        sa.Column("is_raised", sa.Boolean(), server_default="false", nullable=False),
        _text("reason"),
        sa.Column("raised_by", sa.Uuid(), nullable=True),
        sa.Column("raised_at", _AT, nullable=True),
        _text("reviewed_version"),
        sa.Column("reviewed_by", sa.Uuid(), nullable=True),
        sa.Column("reviewed_at", _AT, nullable=True),
        sa.PrimaryKeyConstraint("tenant_id", "rule_id"),
    )
    op.create_table(
        "rule_scans",
        *_tenant(),
        _text("version"),
        _text("pack_version"),
        sa.Column("job_id", sa.Uuid(), nullable=True),
        sa.Column("scanned", sa.Integer(), server_default="0", nullable=False),
        sa.Column("failing", sa.Integer(), server_default="0", nullable=False),
        sa.Column("finished_at", _AT, nullable=True),
        sa.PrimaryKeyConstraint("tenant_id"),
    )
    op.create_table(
        "rule_findings",
        *_tenant(),
        sa.Column("revision_id", sa.Uuid(), nullable=False),
        sa.Column("item_id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.Text(), nullable=False),
        sa.Column("blocks", sa.Integer(), nullable=False),
        _json("hits"),
        sa.Column("found_at", _AT, nullable=False),
        sa.PrimaryKeyConstraint("tenant_id", "revision_id"),
        sa.ForeignKeyConstraint(
            ["tenant_id", "revision_id"], ["revisions.tenant_id", "revisions.id"]
        ),
    )
    op.create_index("ix_rule_findings_list", "rule_findings", ["tenant_id", "found_at"])
    for table in ("staff", "revisions"):
        op.execute(f"alter table {table} force row level security")
    for table in _TABLES:
        secure(table)


def downgrade() -> None:
    """Drop them."""
    for table in reversed(_TABLES):
        op.drop_table(table)
