"""The newest seal of a bank's audit trail is remembered apart, and how far its copies go

Revision ID: 0029
Revises: 0028
"""

import sqlalchemy as sa
from alembic import op

from contenthub.migrations.policy import secure

revision = "0029"
down_revision = "0028"
branch_labels = None
depends_on = None

# Written by the database itself at each seal, so that neither the app role nor the release
# before this one needs to know of it. The owner's row-level security asks for the same bank.
NOTE_HEAD = """
create function note_audit_head() returns trigger
language plpgsql security definer set search_path = pg_catalog, public as $$
begin
  insert into public.audit_heads (tenant_id, no, hash, noted_at)
    values (new.tenant_id, new.no, new.hash, clock_timestamp())
    on conflict (tenant_id) do update set no = excluded.no, hash = excluded.hash,
      noted_at = excluded.noted_at where audit_heads.no < excluded.no;
  return null;
end
$$
"""
# A head only goes on. It leaves with its bank, and not before.
KEEP_HEAD = """
create function keep_audit_head() returns trigger language plpgsql as $$
begin
  if tg_op = 'TRUNCATE' then
    raise exception using errcode = 'CH003', message = '操作留痕的封签登记不能清空';
  end if;
  if tg_op = 'DELETE' then
    if exists (select 1 from public.banks where id = old.tenant_id and state <> 'deleting') then
      raise exception using errcode = 'CH003', message = '操作留痕的封签登记不能删除';
    end if;
    return old;
  end if;
  if new.no < old.no or new.anchored_no < old.anchored_no
     or (new.no = old.no and new.hash <> old.hash) then
    raise exception using errcode = 'CH003', message = '操作留痕的封签登记只能向前';
  end if;
  return new;
end
$$
"""
# What was sealed before this release: the copies are taken to reach nowhere yet, the next seal
# looks at each of them.
FILL = """
insert into audit_heads (tenant_id, no, hash, noted_at)
select distinct on (tenant_id) tenant_id, no, hash, now() from audit_seals
order by tenant_id, no desc
"""


def upgrade() -> None:
    """Add the table with its triggers, and the heads of the seals that are there."""
    op.create_table(
        "audit_heads",
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("no", sa.Integer(), nullable=False),
        sa.Column("hash", sa.LargeBinary(), nullable=False),
        sa.Column("anchored_no", sa.Integer(), server_default="0", nullable=False),
        sa.Column("noted_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["tenant_id"], ["banks.id"], name=op.f("fk_audit_heads_tenant_id")),
        sa.PrimaryKeyConstraint("tenant_id", name=op.f("pk_audit_heads")),
    )
    op.execute("alter table audit_seals no force row level security")
    op.execute(FILL)
    op.execute("alter table audit_seals force row level security")
    secure("audit_heads", app="select, update (anchored_no)")
    op.execute(NOTE_HEAD)
    op.execute("revoke all on function note_audit_head() from public")
    op.execute(KEEP_HEAD)
    op.execute(
        "create trigger note_head after insert on audit_seals "
        "for each row execute function note_audit_head()"
    )
    op.execute(
        "create trigger keep_head before update or delete on audit_heads "
        "for each row execute function keep_audit_head()"
    )
    op.execute(
        "create trigger keep_heads before truncate on audit_heads "
        "for each statement execute function keep_audit_head()"
    )


def downgrade() -> None:
    """Forget the heads."""
    op.execute("drop trigger note_head on audit_seals")
    op.execute("drop function note_audit_head()")
    op.drop_table("audit_heads")
    op.execute("drop function keep_audit_head()")
