"""The wizard's form: what a clerk typed, as a draft, and a push as a form again."""

import re
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

from contenthub.errors import Invalid
from contenthub.scheduler.actions import DEFAULT_MESSAGE, PushDraft
from contenthub.scheduler.models import Push
from contenthub.scheduler.schedule import Window

WEEKDAYS: tuple[tuple[str, str], ...] = (
    ("1", "每周一"),
    ("2", "每周二"),
    ("3", "每周三"),
    ("4", "每周四"),
    ("5", "每周五"),
    ("6", "每周六"),
    ("0", "每周日"),
    ("1-5", "周一至周五每天"),
    ("*", "每天"),
)
_CLOCK = re.compile(r"(\d{1,2}):(\d{2})")
_CRON = re.compile(r"(\d{1,2}) (\d{1,2}) \* \* (\S+)")
# What the scheduler calls a field, and what the form calls it.
_NAMES = {"schedule.at": "at", "schedule.expr": "weekday", "schedule.kind": "when"}


@dataclass
class PushForm:
    """What the wizard sends; an empty `push_id` is a new push, to be known as `draft_id`."""

    push_id: str = ""
    draft_id: str = ""
    title: str = ""
    item_id: str = ""
    template_id: str = ""
    expr: str = ""
    when: str = "once"
    at: str = ""
    weekday: str = "1"
    clock: str = "09:00"
    message: str = ""
    turn: int = 0
    go: str = "draft"


def uuid_of(text: str, name: str, why: str) -> UUID:
    """Return the id in a form field; raises Invalid saying `why`."""
    try:
        return UUID(text.strip())
    except ValueError as error:
        raise Invalid.of(name, why) from error


def draft_of(form: PushForm) -> PushDraft:
    """Return the draft a form describes; raises Invalid for an item nobody chose."""
    if form.when == "weekly":
        schedule = {"kind": "cron", "expr": _cron(form)}
    else:
        schedule = {"kind": "once", "at": form.at}
    return PushDraft(
        title=form.title,
        item_id=uuid_of(form.item_id, "item_id", "请先选择要推送的内容"),
        expr=form.expr,
        schedule=schedule,
        template_id=uuid_of(form.template_id, "template_id", "请重新选择海报")
        if form.template_id
        else None,
        message=form.message,
    )


def _cron(form: PushForm) -> str:
    found = _CLOCK.fullmatch(form.clock.strip())
    if found is None:
        raise Invalid.of("clock", "时间应写成 09:00 这样")
    if form.weekday not in dict(WEEKDAYS):
        raise Invalid.of("weekday", "请选择星期几")
    return f"{int(found[2])} {int(found[1])} * * {form.weekday}"


def in_form_words(error: Invalid) -> Invalid:
    """Return the error with its fields named as the form names them."""
    fields = {_NAMES.get(name, name): message for name, message in error.fields.items()}
    return Invalid(error.detail, fields=fields)


def new_form(
    window: Window, at: datetime, *, draft_id: UUID, item_id: UUID | None = None
) -> PushForm:
    """Return an empty form that fires at the next full hour inside the window."""
    local = at.astimezone(ZoneInfo(window.zone)).replace(minute=0, second=0, microsecond=0)
    fire_at = window.next_opening(local + timedelta(hours=1))
    wall = fire_at.astimezone(ZoneInfo(window.zone))
    return PushForm(
        draft_id=str(draft_id),
        item_id=str(item_id or ""),
        at=wall.strftime("%Y-%m-%dT%H:%M"),
        message=DEFAULT_MESSAGE,
    )


def form_of(push: Push, zone: str) -> PushForm:
    """Return a push as the form that wrote it."""
    wall = push.fire_at.astimezone(ZoneInfo(zone))
    form = PushForm(
        push_id=str(push.id),
        title=push.title,
        item_id=str(push.item_id),
        template_id=str(push.template_id or ""),
        expr=push.expr,
        at=wall.strftime("%Y-%m-%dT%H:%M"),
        message=push.message,
    )
    found = _CRON.fullmatch(str(push.schedule.get("expr", "")))
    if push.schedule.get("kind") == "cron" and found is not None:
        form.when, form.weekday = "weekly", found[3]
        form.clock = f"{int(found[2]):02d}:{int(found[1]):02d}"
    return form


def copied(form: PushForm, fresh: PushForm) -> PushForm:
    """Return a form for another push like an old one, at a time of its own."""
    form.push_id, form.draft_id = "", fresh.draft_id
    form.title, form.at = f"{form.title[:56]}（副本）", fresh.at
    return form


def schedule_words(push: Push, zone: str) -> str:
    """Return when a push fires, as a clerk says it."""
    if push.schedule.get("kind") != "cron":
        return f"一次，{push.fire_at.astimezone(ZoneInfo(zone)):%Y-%m-%d %H:%M}"
    form = form_of(push, zone)
    words = dict(WEEKDAYS).get(form.weekday)
    if form.when == "weekly" and words:
        return f"{words} {form.clock}"
    return f"周期 {push.schedule.get('expr', '')}"
