"""Idea: when a push fires, on the bank's own clock, and never in quiet hours.

A schedule is `{"kind": "once", "at": "2026-11-27T09:00"}` (bank's wall clock, or with an
offset) or `{"kind": "cron", "expr": "0 9 * * 1"}` (five fields, bank's wall clock).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from cronsim import CronSim, CronSimError

from contenthub.errors import Invalid
from contenthub.tenants.banksettings import DEFAULTS, effective

HORIZON = timedelta(days=366 * 2)
"""A schedule that has not fired within two years is a mistake (30 February …)."""
MIN_GAP = timedelta(hours=1)
EXPR_MAX_CHARS = 100
_OPENS = time.fromisoformat(DEFAULTS["send_from"])
_CLOSES = time.fromisoformat(DEFAULTS["send_until"])


@dataclass(frozen=True, slots=True)
class Window:
    """When a bank may speak to its customers, by its own wall clock."""

    zone: str = "Asia/Shanghai"
    opens: time = _OPENS
    closes: time = _CLOSES
    patience: timedelta = timedelta(hours=DEFAULTS["misfire_hours"])
    """A push that is later than this waits for a person."""

    @classmethod
    def of(cls, zone: str, settings: Mapping[str, Any]) -> "Window":
        """Return the window of a bank's settings.

        `send_from` and `send_until` as HH:MM, `misfire_hours` as a number.
        """
        held = effective(settings)
        return cls(
            zone,
            time.fromisoformat(held["send_from"]),
            time.fromisoformat(held["send_until"]),
            timedelta(hours=float(held["misfire_hours"])),
        )

    def holds(self, at: datetime) -> bool:
        """Return whether `at` lies inside the window."""
        return self.opens <= at.astimezone(ZoneInfo(self.zone)).time() < self.closes

    def next_opening(self, at: datetime) -> datetime:
        """Return `at` itself inside the window, else the next opening (UTC)."""
        local = at.astimezone(ZoneInfo(self.zone))
        if self.holds(at):
            return at
        day = local.date() if local.time() < self.opens else local.date() + timedelta(days=1)
        return datetime.combine(day, self.opens, ZoneInfo(self.zone)).astimezone(UTC)

    def missed(self, due_at: datetime, at: datetime) -> bool:
        """Return whether `at` is too late to start by itself what was due at `due_at`."""
        return at - due_at > self.patience

    def __str__(self) -> str:
        return f"{self.opens:%H:%M}–{self.closes:%H:%M}"


def wanted(schedule: Mapping[str, Any]) -> dict[str, Any]:
    """Return only what an author may say: kind, and `at` or `expr`; never the engine's notes."""
    names = {"once": ("kind", "at"), "cron": ("kind", "expr")}.get(str(schedule.get("kind")), ())
    return {name: str(schedule.get(name, "")).strip() for name in names}


def due_at(schedule: Mapping[str, Any], fire_at: datetime) -> datetime:
    """Return when a firing was first due; `fire_at` may have been moved into the window since."""
    noted = schedule.get("due_at")
    return datetime.fromisoformat(noted) if noted else fire_at


def moved(schedule: Mapping[str, Any], fire_at: datetime) -> dict[str, Any]:
    """Return the schedule with a note of when its firing was due, for one that must wait."""
    return {**schedule, "due_at": due_at(schedule, fire_at).isoformat()}


def settled(schedule: Mapping[str, Any], **notes: Any) -> dict[str, Any]:
    """Return the schedule without notes of a firing that is over, and with `notes`."""
    kept = {name: value for name, value in schedule.items() if name not in ("due_at", "missed")}
    return {**kept, **notes}


def first_fire(schedule: Mapping[str, Any], *, window: Window, now: datetime) -> datetime:
    """Return the first instant (UTC) after `now` at which a schedule fires.

    Raises:
        Invalid: unknown kind, unreadable or past time, a cron that never fires or fires
            more than once an hour, or a time in quiet hours.
    """
    kind = schedule.get("kind")
    if kind == "once":
        fire_at = _once(schedule, window, now)
    elif kind == "cron":
        fire_at = _first_of_cron(str(schedule.get("expr", "")), window, now)
    else:
        raise Invalid.of("schedule.kind", "发送方式应为 once（定时一次）或 cron（周期）")
    if not window.holds(fire_at):
        local = fire_at.astimezone(ZoneInfo(window.zone))
        raise Invalid.of(
            "schedule.at" if kind == "once" else "schedule.expr",
            f"{local:%H:%M} 在免打扰时段，请改到 {window} 之间",
        )
    return fire_at


def check_valid(
    schedule: Mapping[str, Any], fire_at: datetime, *, valid_until: datetime | None, zone: str
) -> None:
    """Refuse a firing for which the content is over; the send would be cancelled then.

    Raises:
        Invalid: names both instants by the bank's clock, and the ways out.
    """
    if valid_until is None or fire_at < valid_until:
        return
    fires, ends = (one.astimezone(ZoneInfo(zone)) for one in (fire_at, valid_until))
    raise Invalid.of(
        "schedule.expr" if schedule.get("kind") == "cron" else "schedule.at",
        f"内容的有效期至 {ends:%Y-%m-%d %H:%M}，{fires:%Y-%m-%d %H:%M} 发送时已到期；"
        "请改到到期之前发送，或先延长内容的有效期并重新审核",
    )


def next_fire(schedule: Mapping[str, Any], *, window: Window, after: datetime) -> datetime | None:
    """Return when a schedule fires again after `after` (UTC), or None when it is over."""
    if schedule.get("kind") != "cron":
        return None
    return _first_of_cron(str(schedule["expr"]), window, after)


def _once(schedule: Mapping[str, Any], window: Window, now: datetime) -> datetime:
    raw = str(schedule.get("at", "")).strip()
    try:
        at = datetime.fromisoformat(raw)
    except ValueError as error:
        raise Invalid.of(
            "schedule.at", f"看不懂发送时间“{raw[:30]}”，请写成 2026-11-27 09:00 这样"
        ) from error
    if at.tzinfo is None:
        at = at.replace(tzinfo=ZoneInfo(window.zone))
    if at <= now:
        local = at.astimezone(ZoneInfo(window.zone))
        raise Invalid.of("schedule.at", f"发送时间 {local:%Y-%m-%d %H:%M} 已经过去，请选将来的时间")
    if at - now > HORIZON:
        raise Invalid.of("schedule.at", "发送时间在两年以后，请检查年份")
    return at.astimezone(UTC)


_PARTS = {
    "minute": "的第 1 段（分）写错了，应在 0 到 59 之间",
    "hour": "的第 2 段（时）写错了，应在 0 到 23 之间",
    "month": "的第 4 段（月）写错了，应在 1 到 12 之间",
    "day-of-week": "的第 5 段（周）写错了，应在 0 到 7 之间，0 和 7 都是周日",
}
"""What the parser calls wrong ("Bad minute"), and the fix."""
_NEVER = "写错了或永远不会触发（例如 2 月 30 日），请检查日和月"


def _first_of_cron(expr: str, window: Window, after: datetime) -> datetime:
    field = "schedule.expr"
    expr = expr.strip()
    if not expr.isascii() or len(expr) > EXPR_MAX_CHARS or len(expr.split()) != 5:
        raise Invalid.of(field, "周期应为五段，例如 0 9 * * 1 表示每周一 9:00（分 时 日 月 周）")
    local = after.astimezone(ZoneInfo(window.zone))
    try:
        fires = CronSim(expr, local)
        first, second = next(fires), next(fires)
    except (CronSimError, StopIteration, OverflowError) as error:
        wrong = _PARTS.get(str(error).removeprefix("Bad "), _NEVER)
        raise Invalid.of(field, f"周期“{expr}”{wrong}") from error
    if first - local > HORIZON:
        raise Invalid.of(field, f"周期“{expr}”两年内都不会触发，请检查日和月")
    if second - first < MIN_GAP:
        raise Invalid.of(field, "周期太密，同一推送最多每小时一次")
    return first.astimezone(UTC)
