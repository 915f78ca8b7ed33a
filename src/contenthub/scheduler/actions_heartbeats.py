"""A worker reports that it sweeps, and what waits."""

from sqlalchemy import text

from contenthub.db import Platform
from contenthub.scheduler import queries_health

BEAT_SECONDS = 10
"""How often a worker reports; three may be lost before anybody is told."""

_BEAT = text("""
insert into worker_heartbeats (worker, beat_at, due_seconds, unknown_seconds)
values (:worker, now(), :due, :unknown)
on conflict (worker) do update set beat_at = excluded.beat_at,
  due_seconds = excluded.due_seconds, unknown_seconds = excluded.unknown_seconds
""")
_FORGET = text("delete from worker_heartbeats where beat_at < now() - interval '1 day'")


async def beat(db: Platform, worker: str) -> queries_health.Backlog:
    """Report for `worker` (host and process id); return what waits."""
    found = await queries_health.backlog(db)
    await db.execute(
        _BEAT,
        {"worker": worker, "due": found.due_seconds, "unknown": found.unknown_seconds},
    )
    await db.execute(_FORGET)
    return found
