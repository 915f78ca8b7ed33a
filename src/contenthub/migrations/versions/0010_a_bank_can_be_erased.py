"""A bank can be erased: every row of it, by the platform, after its grace is over

Revision ID: 0010
Revises: 0009
"""

from alembic import op

from contenthub.migrations.policy import PLATFORM, grant

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

# The app may not delete what is only ever added (audit, seals), and the platform may only read
# a bank's rows: the owner lends exactly this one deed, to be done when the bank has been waiting
# for it. Tables are found in the catalog, so a table of tomorrow is not forgotten; they are
# emptied in the order of their foreign keys, those that point at others first. The owner is
# bound by row-level security as well: app.tenant_id lets it see this bank and no other.
ERASE_BANK = """
create function erase_bank(gone uuid) returns jsonb
language plpgsql security definer set search_path = pg_catalog, public as $$
declare
  waiting record;
  todo oid[];
  next_table oid;
  found bigint;
  before jsonb := '{}';
  after jsonb := '{}';
begin
  select state, delete_after_at into waiting from public.banks where id = gone for update;
  if waiting is null or waiting.state <> 'deleting' or waiting.delete_after_at is null
     or waiting.delete_after_at > clock_timestamp() then
    raise exception using errcode = 'CH003',
      message = '这家银行没有申请删除，或 30 天的反悔期还没有过，数据库拒绝清除';
  end if;
  perform set_config('app.tenant_id', gone::text, true);
  select array_agg(c.oid order by c.relname) into todo from pg_class c
    join pg_namespace n on n.oid = c.relnamespace
    join pg_attribute a on a.attrelid = c.oid and a.attname = 'tenant_id' and not a.attisdropped
    where n.nspname = 'public' and c.relkind in ('r', 'p') and not c.relispartition;
  while cardinality(todo) > 0 loop
    select t into next_table from unnest(todo) t where not exists (
      select 1 from pg_constraint k where k.contype = 'f' and k.confrelid = t
        and k.conrelid = any (todo) and k.conrelid <> t) order by t limit 1;
    if next_table is null then
      raise exception 'the foreign keys of % go in a ring', todo::regclass[];
    end if;
    execute format('select count(*) from %s where tenant_id = $1', next_table::regclass)
      into found using gone;
    before := before || jsonb_build_object(next_table::regclass::text, found);
    execute format('delete from %s where tenant_id = $1', next_table::regclass) using gone;
    execute format('select count(*) from %s where tenant_id = $1', next_table::regclass)
      into found using gone;
    after := after || jsonb_build_object(next_table::regclass::text, found);
    todo := array_remove(todo, next_table);
  end loop;
  select count(*) into found from public.directory_entries where bank_id = gone;
  before := before || jsonb_build_object('directory_entries', found, 'banks', 1);
  delete from public.directory_entries where bank_id = gone;
  delete from public.banks where id = gone;
  after := after || jsonb_build_object('directory_entries', 0, 'banks', 0);
  return jsonb_build_object('before', before, 'after', after);
end
$$
"""


def upgrade() -> None:
    """Add the function, and what the operator writes into a bank's own audit trail."""
    op.execute(ERASE_BANK)
    op.execute("revoke all on function erase_bank(uuid) from public")
    op.execute(f"grant execute on function erase_bank(uuid) to {PLATFORM}")
    # What an operator does to a bank stands in the bank's own trail, in the same transaction.
    grant("audit_entries", platform="insert")


def downgrade() -> None:
    """Take the function away; a bank that was erased does not come back."""
    op.execute("drop function erase_bank(uuid)")
