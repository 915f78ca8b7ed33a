"""Writes that end runs of cadences by what their customers did, or pass them to a new owner."""

from datetime import datetime

from sqlalchemy import select, text, update

from contenthub.db import Write
from contenthub.scheduler import actions_runs
from contenthub.scheduler.models_cadences import Cadence, CadenceRun
from contenthub.tenants import queries as tenants_queries
from contenthub.tenants.bankday import bank_day
from contenthub.tenants.banksettings import effective
from contenthub.tenants.sealing import bank_id

# Why a run ends without its employee saying so. The answers are joined, not asked for run by
# run: a bank has thousands of runs, and leads have no index by phone alone.
_SETTLE = """
with open as (
  select r.tenant_id, r.id, r.customer_no, r.started_at, d.topic, c.no, c.owner_id, c.phone_index,
    c.risk_grade < r.risk as unsuited
  from cadence_runs r
  join cadences d on d.tenant_id = r.tenant_id and d.id = r.cadence_id
  left join customers c on c.tenant_id = r.tenant_id and c.no = r.customer_no
  where r.tenant_id = :tenant and r.state = 'running'
), answered as (
  select o.id from open o join leads l on l.tenant_id = o.tenant_id
    and l.phone_index = o.phone_index and l.created_at > o.started_at
  union
  select o.id from open o join signups s on s.tenant_id = o.tenant_id
    and s.phone_index = o.phone_index and s.created_at > o.started_at
  union
  select o.id from open o join cadence_contacts k on k.tenant_id = o.tenant_id and k.run_id = o.id
    join link_stats t on t.tenant_id = k.tenant_id and t.link_id = k.link_id
    where t.views + t.sub_views + t.leads + t.sub_leads + t.signups + t.sub_signups > 0
), refused as (
  select o.id from open o join refusals f on f.tenant_id = o.tenant_id
    and f.customer_no = o.customer_no and f.topic = o.topic
    where f.until_on is null or f.until_on >= cast(:today as date)
), agreed as (
  select o.id from open o join consents g on g.tenant_id = o.tenant_id
    and g.customer_no = o.customer_no and g.topic = o.topic
    where g.until_on is null or g.until_on >= cast(:today as date)
), ending as (
  select o.id, case
    when o.no is null then 'gone'
    when o.id in (select id from refused) then 'refused'
    when o.id in (select id from answered) then 'answered'
    when :needs_consent and o.id not in (select id from agreed) then 'no_consent'
    when o.unsuited then 'unsuitable'
    when o.owner_id is null then 'no_owner' end as reason
  from open o
)
select id, reason from ending where reason is not null order by id
"""
_FOLLOW_OWNERS = """
update cadence_runs r set employee_id = c.owner_id
from customers c
where r.tenant_id = :tenant and r.state = 'running' and c.tenant_id = r.tenant_id
  and c.no = r.customer_no and c.owner_id is not null and c.owner_id <> r.employee_id
"""
# While somebody's customers are passed on step by step, their tasks are with the successor
# already: those are not given back.
_FOLLOW_TASKS = """
update tasks t set employee_id = r.employee_id
from cadence_runs r
where t.tenant_id = :tenant and t.kind = 'cadence' and t.state = 'open'
  and r.tenant_id = t.tenant_id and r.id = t.source_id and r.employee_id <> t.employee_id
  and exists (select 1 from staff s where s.tenant_id = r.tenant_id and s.id = r.employee_id
    and s.state <> 'resigned')
"""


async def settle(db: Write, *, at: datetime) -> int:
    """End the runs whose customers answered, refused, withdrew or left; return how many.

    The others pass to the owners their customers have by now, with what is open.
    """
    bank = await tenants_queries.bank(db)
    facts = {
        "tenant": bank_id(db),
        "today": bank_day(bank, at),
        "needs_consent": bool(effective(bank.settings)["consent_required"]),
    }
    ending = {row.id: row.reason for row in await db.execute(text(_SETTLE), facts)}
    locked = await db.scalars(
        select(CadenceRun)
        .where(
            CadenceRun.tenant_id == bank_id(db),
            CadenceRun.id.in_(ending),
            CadenceRun.state == "running",
        )
        .order_by(CadenceRun.id)
        .with_for_update()
    )
    done = 0
    for run in locked.all():
        await actions_runs.end_run(db, run, ending[run.id], by=None, at=at)
        done += 1
    await db.flush()
    await db.execute(text(_FOLLOW_OWNERS), facts)
    await db.execute(text(_FOLLOW_TASKS), facts)
    await db.execute(update(Cadence).where(Cadence.tenant_id == bank_id(db)).values(looked_at=at))
    return done
