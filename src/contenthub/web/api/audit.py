"""GET /audit: who did what, when."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec
from litestar import Router, get
from litestar.params import FromQuery

from contenthub import log
from contenthub.errors import Invalid
from contenthub.tenants import queries_audit, queries_audit_names
from contenthub.tenants.models import AuditEntry
from contenthub.tenants.queries_audit import Filter
from contenthub.web.deps import Db
from contenthub.web.hygiene import within_reach
from contenthub.web.keyset import id_of, page_size
from contenthub.web.signin import May


class AuditView(msgspec.Struct):
    """One entry of the trail."""

    id: UUID
    at: datetime
    actor_id: UUID | None
    actor_name: str
    event: str
    subject_kind: str
    subject_id: UUID | None
    subject_name: str
    """What the subject is called now; empty when it is gone or has no name."""
    detail: dict[str, Any]


class AuditList(msgspec.Struct):
    """One page of entries, newest first."""

    items: list[AuditView]
    next_cursor: str | None


def audit_view(entry: AuditEntry, names: Mapping[UUID, str]) -> AuditView:
    """Return what is shown of an entry."""
    return AuditView(
        id=entry.id,
        at=entry.at,
        actor_id=entry.actor_id,
        actor_name=entry.actor_name,
        event=entry.event,
        subject_kind=entry.subject_kind,
        subject_id=entry.subject_id,
        subject_name=names.get(entry.subject_id, "") if entry.subject_id else "",
        detail=entry.detail,
    )


def aware(name: str, at: datetime | None) -> datetime | None:
    """Return an instant that says its zone; raises Invalid for one that does not."""
    if at is not None and at.tzinfo is None:
        raise Invalid.of(name, "时间需要带时区，例如 2026-11-26T00:00:00+08:00")
    return None if at is None else within_reach(name, at)


@get("/audit", guards=[May("audit.view")], summary="操作留痕", tags=["audit"])
async def list_audit(
    db: Db,
    event: FromQuery[str] = "",
    actor_id: FromQuery[UUID | None] = None,
    subject_id: FromQuery[UUID | None] = None,
    since: FromQuery[datetime | None] = None,
    until: FromQuery[datetime | None] = None,
    actor: FromQuery[str] = "",
    q: FromQuery[str] = "",
    cursor: FromQuery[str] = "",
    limit: FromQuery[int] = 50,
) -> AuditList:
    """Return audit entries; `event` is the start of a name, for example `item.`.

    `actor` is part of the acting person's name, `q` part of the details or of the subject's
    name (a title, a person, a branch …).
    """
    limit = page_size(limit)
    wanted = Filter(
        event,
        actor_id,
        subject_id,
        aware("since", since),
        aware("until", until),
        actor.strip(),
        log.mask(q.strip()),
    )
    found = await queries_audit.trail(db, wanted, before=id_of(cursor), limit=limit + 1)
    more = str(found[limit - 1].id) if len(found) > limit else None
    names = await queries_audit_names.names(db, found[:limit])
    return AuditList([audit_view(entry, names) for entry in found[:limit]], more)


HANDLERS = [Router("/api/v1", route_handlers=[list_audit])]
