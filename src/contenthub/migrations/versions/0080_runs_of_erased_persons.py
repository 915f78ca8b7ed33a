"""A cadence's run of an erased person keeps their bare number only.

Revision ID: 0080
Revises: 0079
"""

from alembic import op

revision = "0080"
down_revision = "0079"
branch_labels = None
depends_on = None

_TABLES = ("cadence_runs", "customers")


def upgrade() -> None:
    """Also of who was erased before."""
    op.alter_column("cadence_runs", "customer_id", nullable=True)
    for table in _TABLES:
        op.execute(f"alter table {table} no force row level security")
    op.execute("""
        update cadence_runs r set customer_id = null, why = ''
        where not exists (
          select from customers c where c.tenant_id = r.tenant_id and c.no = r.customer_no)
    """)
    for table in _TABLES:
        op.execute(f"alter table {table} force row level security")


def downgrade() -> None:
    """Drop runs of erased persons: whose they were is not known any more."""
    for table in ("cadence_contacts", "cadence_runs"):
        op.execute(f"alter table {table} no force row level security")
    op.execute("""
        delete from cadence_contacts k using cadence_runs r
        where r.tenant_id = k.tenant_id and r.id = k.run_id and r.customer_id is null
    """)
    op.execute("delete from cadence_runs where customer_id is null")
    for table in ("cadence_contacts", "cadence_runs"):
        op.execute(f"alter table {table} force row level security")
    op.alter_column("cadence_runs", "customer_id", nullable=False)
