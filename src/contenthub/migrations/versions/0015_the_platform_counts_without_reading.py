"""The platform counts people and customers without reading one

Revision ID: 0015
Revises: 0014
"""

from alembic import op

from contenthub.migrations.policy import PLATFORM

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None

# By column: how many rows a bank has, and no name, phone, password or hash of any of them.
COUNTED = ("customers (tenant_id)", "staff (tenant_id, state, operator_id)")


def upgrade() -> None:
    """Grant the columns that a count needs."""
    for table in COUNTED:
        name, columns = table.split(" ", 1)
        op.execute(f"grant select {columns} on {name} to {PLATFORM}")


def downgrade() -> None:
    """Take them back."""
    for table in COUNTED:
        name, columns = table.split(" ", 1)
        op.execute(f"revoke select {columns} on {name} from {PLATFORM}")
