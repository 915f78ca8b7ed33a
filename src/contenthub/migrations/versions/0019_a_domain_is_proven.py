"""A bank's own domain is a claim until an operator confirms it; only the platform enters it

Revision ID: 0019
Revises: 0018
"""

import sqlalchemy as sa
from alembic import op

from contenthub.migrations.policy import APP, PLATFORM, grant

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the claim; what banks entered by themselves was never proven and becomes one."""
    at = sa.DateTime(timezone=True)
    op.add_column("banks", sa.Column("domain_claimed", sa.Text(), nullable=True))
    op.add_column("banks", sa.Column("domain_claimed_at", at, nullable=True))
    op.add_column(
        "banks", sa.Column("domain_refused", sa.Text(), server_default="", nullable=False)
    )
    op.execute(
        "update banks set domain_claimed = domain, domain_claimed_at = now(), domain = null "
        "where domain is not null"
    )
    op.execute("delete from directory_entries where kind = 'domain'")
    grant("directory_entries", platform="insert, delete")
    for verb, rule in (("insert", "with check"), ("update", "with check")):
        op.execute(
            f"create policy no_own_domain_{verb} on directory_entries as restrictive "
            f"for {verb} to {APP} {rule} (kind <> 'domain')"
        )


def downgrade() -> None:
    """Let banks enter domains themselves again; what they had stays where it is."""
    for verb in ("insert", "update"):
        op.execute(f"drop policy no_own_domain_{verb} on directory_entries")
    op.execute(f"revoke insert, delete on directory_entries from {PLATFORM}")
    for name in ("domain_refused", "domain_claimed_at", "domain_claimed"):
        op.drop_column("banks", name)
