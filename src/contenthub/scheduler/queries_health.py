"""Is the work of all banks going on: how long the oldest due work waits, and who sweeps."""

from dataclasses import dataclass

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from contenthub.db import Platform

STUCK_SECONDS = 60
"""Due work may wait for so long (reliability Q14)."""
SILENT_SECONDS = 45
"""Workers report every few seconds; after this nobody is there: red well within Q14's 60 s."""
UNKNOWN_SECONDS = 600
"""A send whose outcome is unknown is reconciled long before that (reliability Q14)."""

# Ready sends of a large push rightly wait for their turn: they count only when no send of any
# bank was claimed for a minute. Banks that rest (suspended, deleting) keep their work for later.
_BACKLOG = text("""
with working as (select id from banks where state = 'active'),
due as (
  select min(p.fire_at) as at from pushes p join working b on b.id = p.tenant_id
  where p.state = 'scheduled' and p.fire_at <= now()
  union all
  select min(received_at) from visit_inbox where set_aside_at is null
  union all
  select min(j.created_at) from long_jobs j join working b on b.id = j.tenant_id
  where j.state = 'running' and j.lease_until < now() - interval '60 seconds'
  union all
  select min(coalesce(j.next_at, p.started_at))
  from send_jobs j
  join pushes p on p.tenant_id = j.tenant_id and p.id = j.push_id
  join working b on b.id = j.tenant_id
  where j.state = 'ready' and p.state = 'running' and (j.next_at is null or j.next_at <= now())
    and not exists (
      select from send_jobs k where k.claimed_at > now() - interval '60 seconds')
),
lost as (
  select min(j.claimed_at) as at from send_jobs j join working b on b.id = j.tenant_id
  where j.state = 'unknown'
)
select coalesce(extract(epoch from now() - (select min(at) from due)), 0)::int,
  coalesce(extract(epoch from now() - (select at from lost)), 0)::int
""")
_LAST_BEAT = text("""
select extract(epoch from clock_timestamp() - beat_at)::int, due_seconds, unknown_seconds
from worker_heartbeats order by beat_at desc limit 1
""")


@dataclass(frozen=True, slots=True)
class Backlog:
    """How long the oldest due work and the oldest unknown send have waited; 0 for none."""

    due_seconds: int
    unknown_seconds: int


async def backlog(db: Platform) -> Backlog:
    """Return what waits over all banks, by the database's clock."""
    row = (await db.execute(_BACKLOG)).one()
    return Backlog(max(row[0], 0), max(row[1], 0))


async def faults(session: AsyncSession) -> dict[str, str]:
    """Return what is wrong with the workers' work, part → 中文; empty when all goes on.

    Reads the newest report, which holds sums over all banks and nothing of any one.
    """
    row = (await session.execute(_LAST_BEAT)).one_or_none()
    if row is None:
        return {"worker": "没有后台进程报到过，推送和导入不会执行；请启动 contenthub worker"}
    silent_seconds, due_seconds, unknown_seconds = row
    if silent_seconds > SILENT_SECONDS:
        return {
            "worker": f"后台进程已有 {silent_seconds} 秒没有报到，推送和导入可能停了；"
            "请查看 contenthub worker 的日志"
        }
    found = {}
    if due_seconds > STUCK_SECONDS:
        found["backlog"] = f"到点的任务已等待 {due_seconds} 秒；请增加 worker 或查看它的日志"
    if unknown_seconds > UNKNOWN_SECONDS:
        minutes = unknown_seconds // 60
        found["unknown"] = f"有发送结果不明已 {minutes} 分钟；请在推送页查看并处理"
    return found
