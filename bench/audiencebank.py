"""A bank of a million customers for a benchmark, drawn inside PostgreSQL in about a minute.

The truth rows are made by the superuser with foreign keys unchecked; the bitmap index is then
made from them by the product itself.
"""

import asyncio
import time
from collections import defaultdict
from datetime import date, datetime
from zoneinfo import ZoneInfo

from bench.figures import say
from bench.house import DATABASE, Here
from pyroaring import BitMap
from sqlalchemy import text

from contenthub.customers import actions_audience, bitmaps, jobs, queries_bitmaps
from contenthub.db import TenantId
from contenthub.migrations.policy import OWN_ROWS
from contenthub.web.house import House

TAGS, MEAN_TAGS, MOST_SHARE = 200, 15, 0.8
BRANCHES, OUTLETS, CUSTOMERS_PER_OWNER = 20, 5, 333
SENT_DAYS, SENDS_PER_CUSTOMER = 7, 0.9
"""How many were sent to within the window of the cap."""
COPIES = 10

_BEGIN = """
set session_replication_role = replica;
set synchronous_commit = off;
select setseed(0.2026);
"""
_PLACES = """
update banks set settings = '{{"consent_required": true}}' where id = '{t}';
insert into branches (tenant_id, id, parent_id, code, name, kind, created_at)
select '{t}', md5('b' || n)::uuid, (select id from branches where tenant_id = '{t}'
  and parent_id is null), lpad(n::text, 2, '0') || '00', '第' || n || '支行', 'branch', now()
from generate_series(1, {branches}) n;
insert into branches (tenant_id, id, parent_id, code, name, kind, created_at)
select '{t}', md5('o' || n || '-' || k)::uuid, md5('b' || n)::uuid,
  lpad(n::text, 2, '0') || lpad(k::text, 2, '0'), '网点' || n || '-' || k, 'outlet', now()
from generate_series(1, {branches}) n, generate_series(1, {outlets}) k;
insert into staff (tenant_id, id, branch_id, staff_no, login, name, title, phone, wecom_userid,
  roles, password_hash, photo_key, qualification_no, authorised_until, state,
  must_change_password, totp_sealed, totp_last_step, created_at, updated_at)
select '{t}', md5('s' || n)::uuid,
  md5('o' || 1 + n % {branches} || '-' || 1 + n / {branches} % {outlets})::uuid, '8' || n, 's' || n,
  '员工' || n, '客户经理', '', 'ws' || n, '{{employee}}', '', '',
  case when n % 20 = 7 then '' else 'YX-' || n end, '2099-12-31',
  case when n % 33 = 5 then 'leave' else 'active' end, false, '', 0, now(), now()
from generate_series(0, {owners} - 1) n;
insert into tag_groups (tenant_id, id, name, dimension, created_at)
values ('{t}', md5('g')::uuid, '标签', 'kind', now());
insert into tags (tenant_id, id, group_id, name, created_at)
select '{t}', md5('t' || n)::uuid, md5('g')::uuid, '标签' || lpad(n::text, 3, '0'), now()
from generate_series(1, {tags}) n;
"""
_CUSTOMERS = """
insert into customers (tenant_id, no, id, name_sealed, name_masked, name_index, phone_sealed,
  phone_masked, phone_index, gender, birthday, aum_fen, risk_grade, risk_until, branch_id,
  owner_id, external_userid, crm_no, stage, created_at, updated_at)
select '{t}', n, md5('c' || n)::uuid, decode(repeat(md5('n' || n), 2), 'hex'), '王*明',
  decode(md5('i' || n % 50000), 'hex'), decode(repeat(md5('p' || n), 2), 'hex'), '139****0000',
  decode(md5('q' || n), 'hex'), 'male', date '1935-01-01' + (random() * 26000)::int,
  least(5e9, 100 * exp(10.17 + 1.35 * sqrt(-2 * ln(1 - random())) * cos(2 * pi() * random()))
  )::bigint, (random() * 5)::int, '2099-12-31',
  md5('o' || 1 + s % {branches} || '-' || 1 + s / {branches} % {outlets})::uuid,
  case when n % 50 > 0 then md5('s' || s)::uuid end,
  case when random() < 0.82 then 'wm' || md5('w' || n) else '' end, '',
  case when random() < 0.82 then 'added' else 'public' end, now(), now()
from (select n, (random() * ({owners} - 1))::int s from generate_series(1, {customers}) n) of;
insert into counters values ('{t}', 'customer', {customers});
"""
_TAGGED = """
insert into customer_tags (tenant_id, tag_id, customer_no, source, tagged_at)
select '{t}', md5('t{tag}')::uuid, n, 'import', now() from ({some}) of (n);
"""
_OFTEN = "select n from generate_series(1, {customers}) n where random() < {share}"
_SELDOM = (
    "select distinct 1 + (random() * ({customers} - 1))::int from generate_series(1, {count})"
    " order by 1"
)
_WISHES = """
insert into {table} (tenant_id, customer_no, topic, recorded_at, channel, text_version)
select '{t}', n, '{topic}', now(), 'import', '' from generate_series(1, {customers}) n
where random() < {share};
"""
_SENT = """
create table bench_sends (tenant_id uuid, on_day date, customer_no int,
  primary key (tenant_id, on_day, customer_no));
alter table bench_sends enable row level security;
alter table bench_sends force row level security;
create policy own_bank on bench_sends using ({own_rows});
grant select on bench_sends to contenthub_app;
insert into bench_sends
select '{t}', date '{today}' - d, n from generate_series(0, {days} - 1) d,
  lateral (select n from generate_series(1, {customers}) n where random() < {share}) of;
"""
_AGAIN = "create index ix_customer_tags_customer on customer_tags (tenant_id, customer_no);"


def shares() -> list[float]:
    """Return the share of customers that carry each tag: Zipf, its head cut off."""
    weight = 0.0
    while sum(min(MOST_SHARE, weight / rank) for rank in range(1, TAGS + 1)) < MEAN_TAGS:
        weight += 0.01
    return [min(MOST_SHARE, weight / rank) for rank in range(1, TAGS + 1)]


def draw(here: Here, tenant: TenantId, customers: int) -> None:
    """Make the truth rows of a bank of so many customers."""
    owners = max(20, customers // CUSTOMERS_PER_OWNER)
    facts = {"t": tenant, "customers": customers, "owners": owners, "tags": TAGS}
    facts |= {"branches": BRANCHES, "outlets": OUTLETS, "days": SENT_DAYS}
    today = datetime.now(ZoneInfo("Asia/Shanghai")).date()
    said = [_BEGIN, _PLACES.format(**facts), _CUSTOMERS.format(**facts)]
    said.append("drop index ix_customer_tags_customer;")
    for tag, share in enumerate(shares(), start=1):
        some = _OFTEN if share > 0.1 else _SELDOM
        of = some.format(customers=customers, share=share, count=int(customers * share))
        said.append(_TAGGED.format(t=tenant, tag=tag, some=of))
    said.append(_AGAIN)
    for topic, share in (("wealth", 0.07), ("loan", 0.04), ("insurance", 0.05)):
        wish = {"t": tenant, "topic": topic, "customers": customers}
        said.append(_WISHES.format(table="refusals", share=share, **wish))
        said.append(_WISHES.format(table="consents", share=0.6, **wish))
    said.append(
        _SENT.format(**facts, today=today, own_rows=OWN_ROWS, share=SENDS_PER_CUSTOMER / SENT_DAYS)
    )
    said.append("vacuum analyze;")
    started = time.perf_counter()
    here.postgres.sql("\n".join(said), DATABASE)
    say(f"{customers:,} customers drawn in {time.perf_counter() - started:.0f} s")


async def index(house: House, tenant: TenantId) -> float:
    """Make the bank's bitmaps from its rows; return the seconds this took."""
    started = time.perf_counter()
    mended = await jobs.mend_audience(house.database, tenant)
    took = time.perf_counter() - started
    say(f"{mended:,} bitmaps made in {took:.0f} s")
    days: dict[date, list[int]] = defaultdict(list)
    async with house.database.unit_of_work(tenant) as db:
        for day, no in await db.execute(text("select on_day, customer_no from bench_sends")):
            days[day].append(no)
        for day in sorted(days):
            await actions_audience.touch(db, BitMap(days[day]), on=day)
    return took


async def tenfold(here: Here, house: House, tenant: TenantId, customers: int) -> None:
    """Repeat the index ten times, as of ten times as many customers; the rows stay as they are."""
    chunks = (customers >> bitmaps.CHUNK_BITS) + 1
    shifts = [copy * chunks << bitmaps.CHUNK_BITS for copy in range(COPIES)]
    await asyncio.to_thread(
        here.postgres.sql,
        f"""
        set synchronous_commit = off;
        insert into audience_bitmaps (tenant_id, dim, key, chunk, bm)
        select tenant_id, dim, key, chunk + {chunks} * k, bm
        from audience_bitmaps, generate_series(1, {COPIES - 1}) k
        where tenant_id = '{tenant}' and chunk >= 0 and dim <> 'version';
        vacuum analyze audience_bitmaps;
        """,
        DATABASE,
    )
    async with house.database.unit_of_work(tenant) as db:
        rows = await db.scalars(text("select key from audience_bitmaps where dim = 'owner'"))
        had = await queries_bitmaps.whole(db, [("owner", key) for key in rows])
        more = {key: BitMap.union(*map(nos.shift, shifts)) for key, nos in had.items()}
        await actions_audience.mark(db, more)
