"""What an item or template shows is a live revision of it, and is called and found as that one

Revision ID: 0027
Revises: 0026
"""

import sqlalchemy as sa
from alembic import op

from contenthub.migrations.policy import APP

revision = "0027"
down_revision = "0026"
branch_labels = None
depends_on = None

# Only an approved review lets a revision become live (require_review, 0023). Judged at the
# commit, on the rows as they are then: owner and revision move in one transaction.
SHOWS_LIVE = """
create function {name}() returns trigger language plpgsql as $$
begin
  if exists (
    select 1 from {owners} o
    where o.tenant_id = new.tenant_id and o.live_revision_id is not null
      and (o.id = new.id or o.live_revision_id = new.id)
      and not exists (
        select 1 from {revisions} r where r.tenant_id = o.tenant_id
          and r.id = o.live_revision_id and r.{owner}_id = o.id and r.state = 'live')
  ) then
    raise exception using errcode = 'CH002',
      message = '只有审核通过并已发布的版本才能展示，数据库拒绝了这次更改';
  end if;
  return null;
end
$$
"""
PAIRS = (("items", "revisions", "item"), ("poster_templates", "template_revisions", "template"))

# What was live last gives the item its title and topic.
LAST_LIVE = """
update items i set title = r.title, topic = r.topic
from (
  select distinct on (tenant_id, item_id) tenant_id, item_id, title, topic from revisions
  where live_at is not null order by tenant_id, item_id, live_at desc, no desc
) r
where r.tenant_id = i.tenant_id and r.item_id = i.id
  and (r.title, r.topic) is distinct from (i.title, i.topic)
"""


def upgrade() -> None:
    """Mark the words of live wordings, give items their live titles, add the four triggers."""
    # By default true: the release before this one says nothing, and searches as it did.
    op.add_column(
        "item_tokens",
        sa.Column("of_live", sa.Boolean(), server_default=sa.text("true"), nullable=False),
    )
    for table in ("items", "revisions"):
        op.execute(f"alter table {table} no force row level security")
    op.execute(LAST_LIVE)
    for table in ("items", "revisions"):
        op.execute(f"alter table {table} force row level security")
    for owners, revisions, owner in PAIRS:
        name = f"shows_live_{owner}"
        op.execute(SHOWS_LIVE.format(name=name, owners=owners, revisions=revisions, owner=owner))
        op.execute(f"revoke all on function {name}() from public")
        op.execute(f"grant execute on function {name}() to {APP}")
        op.execute(
            f"create constraint trigger {name} after insert or update of live_revision_id "
            f"on {owners} deferrable initially deferred "
            f"for each row when (new.live_revision_id is not null) execute function {name}()"
        )
        op.execute(
            f"create constraint trigger {name} after update of state on {revisions} "
            "deferrable initially deferred for each row "
            f"when (old.state = 'live' and new.state <> 'live') execute function {name}()"
        )


def downgrade() -> None:
    """Take the triggers and the mark away; the titles stay."""
    for owners, revisions, owner in PAIRS:
        name = f"shows_live_{owner}"
        for table in (owners, revisions):
            op.execute(f"drop trigger {name} on {table}")
        op.execute(f"drop function {name}()")
    op.drop_column("item_tokens", "of_live")
