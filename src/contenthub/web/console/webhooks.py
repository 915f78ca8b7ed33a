"""事件推送: where the bank's own systems hear of events, and what became of each."""

from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from litestar import Request, Response, get, post
from litestar.params import FromPath, FromQuery, URLEncodedBody
from litestar.response import Template

from contenthub.db import Read
from contenthub.tenants import actions as tenants
from contenthub.tenants import actions_webhooks, queries_webhooks, webhookrules
from contenthub.tenants.actions_webhooks import Wish
from contenthub.tenants.queries_webhooks import Filter, Sent
from contenthub.web import sheets
from contenthub.web.deps import Db, InState, Me, Now, OurBank
from contenthub.web.pages import go, is_fragment, page
from contenthub.web.signin import May

PAGE = 50
EXPORT_ROWS = 10_000
EVENT_WORDS = {name: kind.words for name, kind in webhookrules.EVENTS.items()}
STATE_WORDS = {"planned": "等待发送", "sending": "发送中", "delivered": "已送达", "failed": "失败"}
_OFFERED = [
    (name, f"{kind.words}（{name}）")
    for name, kind in webhookrules.EVENTS.items()
    if kind.is_offered
]
MAY = [May("webhooks.manage")]


@dataclass
class EndpointForm:
    """What the form of an endpoint sends; a single ticked box comes as a word."""

    url: str = ""
    name: str = ""
    events: list[str] | str = field(default_factory=list)

    def wish(self) -> Wish:
        """Return what is wished for."""
        events = [self.events] if isinstance(self.events, str) else self.events
        return Wish(self.url, self.name, tuple(event for event in events if event))


async def _list(request: Request[Any, Any, Any], db: Read, *, fresh: str = "") -> Template:
    return page(
        request,
        "console/_webhooks.html" if is_fragment(request) else "console/webhooks.html",
        endpoints=await queries_webhooks.endpoints(db),
        counts=await queries_webhooks.counts(db),
        offered=_OFFERED,
        event_words=EVENT_WORDS,
        paused_words=webhookrules.PAUSED_FOR,
        fresh=fresh,
        errors={},
    )


@get("/console/webhooks", guards=MAY, include_in_schema=False)
async def webhooks_page(request: Request[Any, Any, Any], db: Db) -> Template:
    """Show the endpoints and the form of a new one."""
    return await _list(request, db)


@post("/console/webhooks", guards=MAY, status_code=200, include_in_schema=False)
async def create_endpoint(
    request: Request[Any, Any, Any], data: URLEncodedBody[EndpointForm], db: Db, me: Me, now: Now
) -> Template:
    """Make an endpoint, and show its secret this once."""
    _, secret = await actions_webhooks.create_endpoint(db, data.wish(), by=me, at=now)
    return await _list(request, db, fresh=secret)


async def _one(
    request: Request[Any, Any, Any],
    db: Read,
    endpoint_id: UUID,
    *,
    state: str = "",
    event: str = "",
    cursor: UUID | None = None,
    fresh: str = "",
) -> Template:
    endpoint = await queries_webhooks.endpoint(db, endpoint_id)
    wanted = _filter(endpoint_id, state, event)
    found = await queries_webhooks.deliveries(db, wanted, before=cursor, limit=PAGE + 1)
    return page(
        request,
        "console/_webhook.html" if is_fragment(request) else "console/webhook.html",
        endpoint=endpoint,
        counts=(await queries_webhooks.counts(db)).get(endpoint.id, {}),
        deliveries=found[:PAGE],
        next_cursor=str(found[PAGE - 1][0].id) if len(found) > PAGE else "",
        is_first=cursor is None,
        kept=urlencode({"state": wanted.state, "event": wanted.event}),
        state=wanted.state,
        event=wanted.event,
        state_words=STATE_WORDS,
        event_words=EVENT_WORDS,
        offered=_OFFERED,
        paused_words=webhookrules.PAUSED_FOR,
        message_id=webhookrules.message_id,
        fresh=fresh,
        errors={},
    )


def _filter(endpoint_id: UUID, state: str, event: str) -> Filter:
    return Filter(
        endpoint_id,
        state if state in STATE_WORDS else "",
        event if event in EVENT_WORDS else "",
    )


@get("/console/webhooks/{endpoint_id:uuid}", guards=MAY, include_in_schema=False)
async def webhook_page(
    request: Request[Any, Any, Any],
    endpoint_id: FromPath[UUID],
    db: Db,
    in_state: InState = "",
    event: FromQuery[str] = "",
    cursor: FromQuery[UUID | None] = None,
) -> Template:
    """Show one endpoint, its form and its deliveries."""
    return await _one(request, db, endpoint_id, state=in_state, event=event, cursor=cursor)


@post("/console/webhooks/{endpoint_id:uuid}", guards=MAY, include_in_schema=False)
async def change_endpoint(
    request: Request[Any, Any, Any],
    endpoint_id: FromPath[UUID],
    data: URLEncodedBody[EndpointForm],
    db: Db,
    me: Me,
    now: Now,
) -> Response[Any]:
    """Change an endpoint's address, name or events."""
    await actions_webhooks.change_endpoint(db, endpoint_id, data.wish(), by=me, at=now)
    return go(request, f"/console/webhooks/{endpoint_id}")


async def _move(
    request: Request[Any, Any, Any], db: Db, endpoint_id: UUID, *, state: str, me: Me, now: Now
) -> Response[Any]:
    held = await queries_webhooks.endpoint(db, endpoint_id)
    wish = Wish(held.url, held.name, tuple(held.events))
    await actions_webhooks.change_endpoint(db, endpoint_id, wish, state=state, by=me, at=now)
    return go(request, f"/console/webhooks/{endpoint_id}")


@post("/console/webhooks/{endpoint_id:uuid}/pause", guards=MAY, include_in_schema=False)
async def pause_endpoint(
    request: Request[Any, Any, Any], endpoint_id: FromPath[UUID], db: Db, me: Me, now: Now
) -> Response[Any]:
    """Send nothing to an endpoint for now; what is planned waits."""
    return await _move(request, db, endpoint_id, state="paused", me=me, now=now)


@post("/console/webhooks/{endpoint_id:uuid}/resume", guards=MAY, include_in_schema=False)
async def resume_endpoint(
    request: Request[Any, Any, Any], endpoint_id: FromPath[UUID], db: Db, me: Me, now: Now
) -> Response[Any]:
    """Send to an endpoint again."""
    return await _move(request, db, endpoint_id, state="active", me=me, now=now)


@post(
    "/console/webhooks/{endpoint_id:uuid}/rotate",
    guards=MAY,
    status_code=200,
    include_in_schema=False,
)
async def rotate_secret(
    request: Request[Any, Any, Any], endpoint_id: FromPath[UUID], db: Db, me: Me, now: Now
) -> Template:
    """Give an endpoint a new secret, and show it this once."""
    _, secret = await actions_webhooks.rotate_secret(db, endpoint_id, by=me, at=now)
    return await _one(request, db, endpoint_id, fresh=secret)


@post("/console/webhooks/{endpoint_id:uuid}/test", guards=MAY, include_in_schema=False)
async def send_test(
    request: Request[Any, Any, Any], endpoint_id: FromPath[UUID], db: Db, me: Me, now: Now
) -> Response[Any]:
    """Send a test event to an endpoint."""
    await actions_webhooks.send_test(db, endpoint_id, by=me, at=now)
    return go(request, f"/console/webhooks/{endpoint_id}")


@post("/console/webhooks/{endpoint_id:uuid}/replay", guards=MAY, include_in_schema=False)
async def replay_failed(
    request: Request[Any, Any, Any], endpoint_id: FromPath[UUID], db: Db, me: Me, now: Now
) -> Response[Any]:
    """Send every failed delivery of an endpoint once more."""
    await actions_webhooks.replay_failed(db, endpoint_id, by=me, at=now)
    return go(request, f"/console/webhooks/{endpoint_id}")


@post("/console/webhooks/{endpoint_id:uuid}/delete", guards=MAY, include_in_schema=False)
async def delete_endpoint(
    request: Request[Any, Any, Any], endpoint_id: FromPath[UUID], db: Db, me: Me, now: Now
) -> Response[Any]:
    """Remove an endpoint with its deliveries."""
    await actions_webhooks.delete_endpoint(db, endpoint_id, by=me, at=now)
    return go(request, "/console/webhooks")


@post("/console/webhooks/deliveries/{delivery_id:uuid}/replay", guards=MAY, include_in_schema=False)
async def replay(
    request: Request[Any, Any, Any], delivery_id: FromPath[UUID], db: Db, me: Me, now: Now
) -> Response[Any]:
    """Send one delivery once more."""
    found, _ = await actions_webhooks.replay(db, delivery_id, by=me, at=now)
    return go(request, f"/console/webhooks/{found.endpoint_id}")


@get("/console/webhooks/{endpoint_id:uuid}/export", guards=MAY, include_in_schema=False)
async def export_deliveries(
    endpoint_id: FromPath[UUID],
    db: Db,
    me: Me,
    bank: OurBank,
    now: Now,
    in_state: InState = "",
    event: FromQuery[str] = "",
) -> Response[bytes]:
    """Return exactly what is filtered, as xlsx."""
    endpoint = await queries_webhooks.endpoint(db, endpoint_id)
    wanted = _filter(endpoint_id, in_state, event)
    found = await queries_webhooks.deliveries(db, wanted, limit=EXPORT_ROWS)
    tenants.record(db, "webhook.exported", "webhook", endpoint.id, by=me, at=now, rows=len(found))
    columns = ("时间", "事件", "事件编号", "状态", "次数", "应答码", "用时（毫秒）", "应答", "完成")
    rows = (_row(one) for one in found)
    data = sheets.xlsx("推送记录", columns, rows, by=me.name, at=now, zone=bank.zone)
    return sheets.download(data, f"推送记录-{endpoint.name}.xlsx")


def _row(sent: Sent) -> tuple[object, ...]:
    delivery, event = sent
    return (
        delivery.created_at,
        EVENT_WORDS.get(event.event, event.event),
        webhookrules.message_id(event.id),
        STATE_WORDS[delivery.state],
        delivery.attempts,
        delivery.status,
        delivery.took_ms,
        delivery.answer,
        delivery.finished_at,
    )


HANDLERS = [
    webhooks_page,
    create_endpoint,
    webhook_page,
    change_endpoint,
    pause_endpoint,
    resume_endpoint,
    rotate_secret,
    send_test,
    replay_failed,
    delete_endpoint,
    replay,
    export_deliveries,
]
