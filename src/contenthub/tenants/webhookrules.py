"""Idea: what a bank's own systems may hear of, how it is worded, and when it is tried again.

A payload holds ids and facts, never a name or phone: who needs more asks the API, which
masks, checks the scope and keeps a trace.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import msgspec

from contenthub.errors import Invalid


@dataclass(frozen=True, slots=True)
class EventKind:
    """One kind of event: what a clerk reads, and which facts it carries."""

    words: str
    facts: frozenset[str]
    is_offered: bool = True
    """Whether an endpoint may choose it; a test event goes to its one endpoint anyway."""


def _kind(words: str, facts: str, *, is_offered: bool = True) -> EventKind:
    return EventKind(words, frozenset(facts.split()), is_offered)


EVENTS: dict[str, EventKind] = {
    "item.approved": _kind("内容审核通过", "item_id revision_id kind topic no"),
    "item.recalled": _kind("内容下架", "item_id kind topic"),
    "push.finished": _kind("推送完成", "push_id item_id topic"),
    "lead.created": _kind("客户留下线索", "lead_id item_id link_code employee_id"),
    "signup.created": _kind("客户报名活动", "signup_id item_id link_code employee_id"),
    "signup.updated": _kind("报名有变化", "signup_id item_id employee_id state seats"),
    "customer.refused": _kind("登记客户拒绝", "customer_id topic until channel"),
    "customer.consent_withdrawn": _kind("撤回客户授权", "customer_id topic channel"),
    "club.joined": _kind("客户加入俱乐部", "club_id customer_ids"),
    "club.left": _kind("客户离开俱乐部", "club_id customer_ids"),
    "staff.resigned": _kind("员工离职", "staff_id successor_id"),
    "webhook.failing": _kind("某个接收地址连续失败", "endpoint_id failing_since"),
    "webhook.paused": _kind("某个接收地址失败太久，已自动暂停", "endpoint_id failing_since"),
    "webhook.test": _kind("测试事件", "endpoint_id", is_offered=False),
}
TEST, FAILING, PAUSED = "webhook.test", "webhook.failing", "webhook.paused"
ENDPOINTS_MAX = 20
NAME_CHARS = 60

WAITS_SECONDS = (5, 300, 1800, 7200, 36_000, 86_400, 86_400)
"""After the first, second … failed attempt: 8 attempts over about two and a half days, as
Standard Webhooks advises (5 s, 5 min, 30 min, 2 h, 10 h, a day, a day)."""
MAX_ATTEMPTS = len(WAITS_SECONDS) + 1
JITTER = 0.2
"""A wait grows by up to this share, so that what failed together does not return together."""
LEASE_SECONDS = 30
"""A claimed delivery is somebody's for this long; a call takes five."""
FAILING_AFTER = timedelta(hours=24)
"""An endpoint that accepted nothing for this long is failing, and somebody is told."""
PAUSE_AFTER = timedelta(days=5)
"""An endpoint that accepted nothing for this long, in at least `PAUSE_FAILURES` attempts, is
paused until a person resumes it: nobody is there (the breaker opens)."""
PAUSE_FAILURES = 10
REST_AFTER_FAILURES = 5
REST_SECONDS, REST_MAX_SECONDS = 30, 600
"""After five failures in a row an endpoint rests: 30 s, then twice as long each time up to ten
minutes, and one attempt in between. A dead receiver with many events holds up no worker."""
RETRY_AFTER_STATUSES = frozenset({429, 503})
RETRY_AFTER_MAX_SECONDS = 6 * 3600
"""`Retry-After` of a 429 or 503 is kept to, for all events of the endpoint, within this bound."""
PAUSED_FOR = {
    "person": "由管理员暂停",
    "gone": "接收方应答 410，表示不再接收",
    "dead": "连续多天没有一次成功，系统自动暂停",
}
OVERLAP = timedelta(hours=24)
"""While a secret changes, both sign for this long."""
KEPT_FOR = timedelta(days=30)
"""Delivered and failed deliveries are kept this long to look at and replay."""

_ENDPOINT_MOVES = {
    ("active", "pause"): "paused",
    ("failing", "pause"): "paused",
    ("paused", "resume"): "active",
    ("failing", "resume"): "active",
    ("active", "fail"): "failing",
    ("failing", "recover"): "active",
}


def moved(state: str, move: str) -> str:
    """Return an endpoint's state after a move; one that changes nothing is no error."""
    return _ENDPOINT_MOVES.get((state, move), state)


def facts_of(event: str, facts: Mapping[str, Any]) -> dict[str, Any]:
    """Return the payload of an event as JSON values.

    Raises:
        ValueError: an event nobody declared, or other facts than it declares: a name or
            phone slipped in by mistake stops here.
    """
    kind = EVENTS.get(event)
    if kind is None or kind.facts != facts.keys():
        raise ValueError(f"event {event} with facts {sorted(facts)} is not declared")
    return {name: _json(value) for name, value in facts.items()}


def _json(value: Any) -> Any:
    if isinstance(value, UUID):
        return str(value)
    return value.isoformat() if hasattr(value, "isoformat") else value


def chosen(events: Collection[str]) -> list[str]:
    """Return the events an endpoint hears, each once; empty: every one. Raises Invalid."""
    unknown = [e for e in events if e not in EVENTS or not EVENTS[e].is_offered]
    if unknown:
        offered = "、".join(name for name, kind in EVENTS.items() if kind.is_offered)
        raise Invalid.of("events", f"没有这样的事件：{'、'.join(unknown)[:100]}；可选：{offered}")
    return sorted(set(events))


def message_id(event_id: UUID) -> str:
    """Return the `webhook-id` of an event: the same at every attempt and replay."""
    return f"msg_{event_id.hex}"


def body_of(event_id: UUID, event: str, payload: Mapping[str, Any], *, at: datetime) -> bytes:
    """Return the body of an event, byte for byte the same at every attempt.

    Source: Standard Webhooks, "Payload structure": type, timestamp, data.
    """
    data = {name: payload[name] for name in sorted(payload)}
    return msgspec.json.encode(
        {"id": message_id(event_id), "type": event, "timestamp": at.isoformat(), "data": data}
    )


def wait_after(attempts: int, *, jitter: float) -> timedelta | None:
    """Return how long to wait after so many failed attempts, or None: enough.

    `jitter` is a random number from 0 to 1.
    """
    if attempts >= MAX_ATTEMPTS:
        return None
    return timedelta(seconds=WAITS_SECONDS[max(attempts, 1) - 1] * (1 + JITTER * jitter))


def is_failing(failing_since: datetime | None, at: datetime, *, is_exhausted: bool) -> bool:
    """Return whether an endpoint is to be called failing: a delivery given up, or a bad day."""
    if failing_since is None:
        return False
    return is_exhausted or at - failing_since >= FAILING_AFTER


def is_dead(failing_since: datetime, at: datetime, *, failures: int) -> bool:
    """Return whether an endpoint has failed for so long that nothing more is sent to it."""
    return at - failing_since >= PAUSE_AFTER and failures >= PAUSE_FAILURES


def rest_after(failures: int, *, status: int | None, retry_after_seconds: int | None) -> timedelta:
    """Return how long an endpoint rests after so many failures in a row; nought: not at all.

    `retry_after_seconds` is what the answer asked for: believed of a 429 or 503 only.
    """
    seconds = 0
    if failures >= REST_AFTER_FAILURES:
        doublings = min(failures - REST_AFTER_FAILURES, 10)
        seconds = min(REST_SECONDS * 2**doublings, REST_MAX_SECONDS)
    if status in RETRY_AFTER_STATUSES and retry_after_seconds is not None:
        seconds = max(seconds, min(max(retry_after_seconds, 0), RETRY_AFTER_MAX_SECONDS))
    return timedelta(seconds=seconds)
