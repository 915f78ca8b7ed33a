"""What an employee wrote of a contact with a customer, and whose a customer was before.

A trigger writes the moves: files, hand-overs and mergers of branches move customers in bulk, and
none of them may forget to say so.

Revision ID: 0070
Revises: 0069
"""

import sqlalchemy as sa
from alembic import op

from contenthub.migrations.policy import secure

revision = "0070"
down_revision = "0069"
branch_labels = None
depends_on = None

_TRIGGER = """
create function note_moved_customer() returns trigger language plpgsql as $$
begin
  insert into customer_moves (tenant_id, id, customer_no, moved_at, from_owner, to_owner,
    from_branch, to_branch)
  values (new.tenant_id, gen_random_uuid(), new.no, new.updated_at, old.owner_id, new.owner_id,
    old.branch_id, new.branch_id);
  return null;
end $$;

create trigger note_moved_customer after update of branch_id, owner_id on customers for each row
when ((old.branch_id, old.owner_id) is distinct from (new.branch_id, new.owner_id))
execute function note_moved_customer();
"""


def upgrade() -> None:
    """Nothing was written of either before."""
    op.create_table(
        "customer_contacts",
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("customer_no", sa.Integer(), nullable=False),
        sa.Column("way", sa.Text(), nullable=False),
        sa.Column("is_reached", sa.Boolean(), nullable=False),
        sa.Column("contacted_on", sa.Date(), nullable=False),
        sa.Column("note_sealed", sa.LargeBinary(), nullable=False),
        sa.Column("recorded_by", sa.Uuid(), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("tenant_id", "id", name="pk_customer_contacts"),
    )
    op.create_table(
        "customer_moves",
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("customer_no", sa.Integer(), nullable=False),
        sa.Column("moved_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("from_owner", sa.Uuid(), nullable=True),
        sa.Column("to_owner", sa.Uuid(), nullable=True),
        sa.Column("from_branch", sa.Uuid(), nullable=False),
        sa.Column("to_branch", sa.Uuid(), nullable=False),
        sa.PrimaryKeyConstraint("tenant_id", "id", name="pk_customer_moves"),
    )
    op.execute("alter table customers no force row level security")
    op.execute("alter table staff no force row level security")
    for table in ("customer_contacts", "customer_moves"):
        op.create_index(f"ix_{table}_customer", table, ["tenant_id", "customer_no"])
        op.create_foreign_key(
            f"fk_{table}_tenant_id_customer_no",
            table,
            "customers",
            ["tenant_id", "customer_no"],
            ["tenant_id", "no"],
        )
    op.create_foreign_key(
        "fk_customer_contacts_tenant_id_recorded_by",
        "customer_contacts",
        "staff",
        ["tenant_id", "recorded_by"],
        ["tenant_id", "id"],
    )
    op.execute("alter table customers force row level security")
    op.execute("alter table staff force row level security")
    secure("customer_contacts")
    secure("customer_moves")
    for statement in _TRIGGER.split("\n\n"):
        op.execute(statement)


def downgrade() -> None:
    """Forget both."""
    op.execute("drop trigger note_moved_customer on customers")
    op.execute("drop function note_moved_customer()")
    op.drop_table("customer_moves")
    op.drop_table("customer_contacts")
