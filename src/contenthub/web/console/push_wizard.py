"""推送计划: the wizard: content, audience and time, words, a try, and on to review."""

from datetime import datetime
from functools import partial
from time import perf_counter
from typing import Any
from uuid import UUID

from litestar import Request, Response, get, post
from litestar.params import FromPath, FromQuery, URLEncodedBody
from litestar.response import Template

from contenthub.channels.channel import ChannelError, Message
from contenthub.channels.wecom_requests import MAX_NOTICE_BYTES, message_problems
from contenthub.customers import queries as customers
from contenthub.customers import queries_preview, tagexpr, tagtext
from contenthub.customers.queries_audience import REASONS
from contenthub.db import Read, Write, new_id
from contenthub.errors import ContentHubError, Invalid
from contenthub.library import messagetext, queries_lists, queries_rules
from contenthub.library import queries as library
from contenthub.library.itemfilter import Filter
from contenthub.library.models import Item, Revision
from contenthub.posters import queries as posters
from contenthub.posters import queries_wording
from contenthub.scheduler import actions, queries
from contenthub.scheduler.models import Push
from contenthub.scheduler.schedule import Window
from contenthub.tenants import outside
from contenthub.tenants.models import Bank, Staff
from contenthub.web import builder_desk, push_form, push_words
from contenthub.web.deps import Db, Me, Now, OurBank, TheHouse
from contenthub.web.pages import go, local, page
from contenthub.web.push_form import PushForm
from contenthub.web.signin import May, principal_of

SHOWN_ITEMS = 8
SHOWN_BRANCHES = 4
TEXT_MAX_BYTES = 4000
"""What WeCom takes as the text of a group send."""
_builder = partial(
    builder_desk.shown, url="/console/pushes/build", include="#push-form", sync="#f-expr"
)


async def _choices(db: Read, item_id: str, *, at: datetime) -> dict[str, Any]:
    """Return the poster templates of an item that may be used now, and why others may not."""
    if not item_id:
        return {"item": None, "templates": [], "stopped": []}
    item = await library.item(db, push_form.uuid_of(item_id, "item_id", "请重新选择内容"))
    usable = await posters.usable(db, item_id=item.id, at=at)
    revisions = [one.live_revision_id for one in usable if one.live_revision_id]
    stopped = await queries_wording.stopped_of(db, revisions)
    offered = [one for one in usable if one.live_revision_id not in stopped]
    return {"item": item, "templates": offered, "stopped": sorted(stopped.values())}


async def _found_items(db: Read, q: str, chosen: str) -> dict[str, Any]:
    """Return the items to choose from, and until when each of them may be sent."""
    found = await queries_lists.lines(db, Filter(state="live", q=q), limit=SHOWN_ITEMS)
    items = [line.item for line in found]
    ends = {line.item.id: line.valid_until for line in found}
    if chosen and chosen not in {str(item.id) for item in items}:
        first = await library.item(db, push_form.uuid_of(chosen, "item_id", "请重新选择内容"))
        items.insert(0, first)
        if first.live_revision_id:
            live = await library.revision(db, first.live_revision_id)
            ends[first.id] = live.valid_until
    return {"items": items, "ends": ends}


async def _wizard(
    request: Request[Any, Any, Any], db: Write, form: PushForm, *, bank: Bank, at: datetime
) -> Template:
    push = None
    if form.push_id:
        push = await queries.push(db, UUID(form.push_id))
    return page(
        request,
        "console/push_wizard.html",
        form=form,
        push=push,
        **await _found_items(db, "", form.item_id),
        **await _choices(db, form.item_id, at=at),
        window=Window.of(bank.zone, bank.settings),
        history=await queries.pushes(db, limit=10),
        **await _builder(db, form.expr),
        tags=(await customers.tags(db))[:24],
        segments=await customers.segments(db),
        variables=messagetext.VARIABLES,
        weekdays=push_form.WEEKDAYS,
        steps=steps_of(form),
        used_bytes=len(form.message.encode()),
        text_max_bytes=TEXT_MAX_BYTES,
    )


def steps_of(form: PushForm) -> list[tuple[str, str]]:
    """Return the four steps of the wizard and where this form stands."""
    done = [bool(form.item_id), bool(form.expr.strip() and form.at), False, False]
    labels = ("选择内容", "客群与时间", "试发与提交审核", "发送与跟踪")
    now = done.index(False)
    return [
        (label, "done" if done[n] else "now" if n == now else "") for n, label in enumerate(labels)
    ]


@get("/console/pushes/new", guards=[May("pushes.write")], include_in_schema=False)
async def new_push(
    request: Request[Any, Any, Any],
    db: Db,
    bank: OurBank,
    now: Now,
    push_id: FromQuery[UUID | None] = None,
    item_id: FromQuery[UUID | None] = None,
) -> Template:
    """Show an empty wizard, or one filled in from an older push (`push_id`)."""
    window = Window.of(bank.zone, bank.settings)
    form = push_form.new_form(window, now, draft_id=new_id(), item_id=item_id)
    if item_id is not None:
        await library.item(db, item_id)
    if push_id is not None:
        form = push_form.copied(push_form.form_of(await queries.push(db, push_id), bank.zone), form)
    return await _wizard(request, db, form, bank=bank, at=now)


@get("/console/pushes/{push_id:uuid}/edit", guards=[May("pushes.write")], include_in_schema=False)
async def edit_push(
    request: Request[Any, Any, Any], push_id: FromPath[UUID], db: Db, bank: OurBank, now: Now
) -> Template:
    """Show the wizard of a push that has not started."""
    form = push_form.form_of(await queries.push(db, push_id), bank.zone)
    return await _wizard(request, db, form, bank=bank, at=now)


async def _saved(db: Write, form: PushForm, *, by: Staff, at: datetime) -> Push:
    """Write the form down as a new push or over its own; raises Invalid in the form's words."""
    try:
        draft = push_form.draft_of(form)
        if form.push_id:
            push_id = push_form.uuid_of(form.push_id, "push_id", "推送编号不正确，请刷新页面")
            return await actions.rewrite_push(db, push_id, draft, by=by, at=at)
        if form.draft_id:
            push_id = push_form.uuid_of(form.draft_id, "draft_id", "草稿编号不正确，请刷新页面")
            return await actions.keep_push(db, push_id, draft, by=by, at=at)
        return await actions.write_push(db, draft, by=by, at=at)
    except Invalid as error:
        raise push_form.in_form_words(error) from error


@post("/console/pushes", guards=[May("pushes.write")], include_in_schema=False)
async def save_push(
    request: Request[Any, Any, Any], data: URLEncodedBody[PushForm], db: Db, me: Me, now: Now
) -> Response[Any]:
    """Keep the draft, or hand it to review at once (`go=submit`)."""
    push = await _saved(db, data, by=me, at=now)
    if data.go == "submit":
        await db.flush()
        await actions.submit(db, push.id, by=me, at=now)
        return go(request, f"/console/pushes/{push.id}")
    return go(request, f"/console/pushes/{push.id}/edit")


async def _check_open(db: Read, form: PushForm) -> None:
    """Refuse to autosave over a push that was handed in, also by a save just before."""
    known = None
    if form.push_id:
        known = await queries.push(
            db, push_form.uuid_of(form.push_id, "push_id", "推送编号不正确，请刷新页面")
        )
    elif form.draft_id:
        known = await queries.find_push(
            db, push_form.uuid_of(form.draft_id, "draft_id", "草稿编号不正确，请刷新页面")
        )
    if known is not None and known.state not in ("draft", "returned"):
        raise Invalid("已提交或已排期的推送不自动保存，点“保存草稿”会使审核作废")


@post("/console/pushes/autosave", guards=[May("pushes.write")], include_in_schema=False)
async def autosave(
    request: Request[Any, Any, Any], data: URLEncodedBody[PushForm], house: TheHouse, now: Now
) -> Template:
    """Keep the draft as soon as it can be kept, and say so; nothing pops up when it cannot."""
    principal = principal_of(request)
    why, push_id = "", data.push_id
    try:
        async with house.database.unit_of_work(principal.tenant) as db:
            await _check_open(db, data)
            push_id = str((await _saved(db, data, by=principal.staff, at=now)).id)
    except ContentHubError as error:
        if error.status == 404:
            raise
        why = error.detail
    answer = page(
        request,
        "console/_push_saved.html",
        push_id=push_id,
        why=why,
        steps=steps_of(data),
        saved_at=local(now, principal.bank.zone, "%H:%M"),
    )
    if push_id and not why:
        answer.headers["HX-Replace-Url"] = f"/console/pushes/{push_id}/edit"
    return answer


@get("/console/pushes/items", guards=[May("pushes.write")], include_in_schema=False)
async def find_items(
    request: Request[Any, Any, Any], db: Db, q: FromQuery[str] = "", item_id: FromQuery[str] = ""
) -> Template:
    """Return the live items that match a search, the chosen one among them."""
    found = await _found_items(db, q, item_id)
    return page(request, "console/_push_items.html", **found, chosen=item_id)


@post("/console/pushes/posters", guards=[May("pushes.write")], include_in_schema=False)
async def find_posters(
    request: Request[Any, Any, Any], data: URLEncodedBody[PushForm], db: Db, now: Now
) -> Template:
    """Return the posters of the chosen item."""
    return page(
        request,
        "console/_push_posters.html",
        chosen=data.template_id,
        **await _choices(db, data.item_id, at=now),
    )


@post("/console/pushes/reach", guards=[May("pushes.write")], include_in_schema=False)
async def reach(
    request: Request[Any, Any, Any], data: URLEncodedBody[PushForm], db: Db, now: Now
) -> Template:
    """Return whom the typed expression reaches, and the builder as the text stands."""
    return page(
        request,
        "console/_push_typed.html",
        **await _reach_of(db, data, now),
        **await _builder(db, data.expr, apart=True),
    )


@post("/console/pushes/build", guards=[May("pushes.write")], include_in_schema=False)
async def build(
    request: Request[Any, Any, Any], data: URLEncodedBody[PushForm], db: Db, now: Now
) -> Template:
    """Make one change in the builder; return it, the text, the count and the waterfall."""
    deed = builder_desk.deed_of(await request.form())
    change = await builder_desk.changed(db, data.expr, deed)
    data.expr = change.expr
    return page(
        request,
        "console/_push_built.html",
        **await _reach_of(db, data, now),
        **await _builder(db, change.expr, change=change),
    )


async def _reach_of(db: Read, form: PushForm, now: datetime) -> dict[str, Any]:
    """Return what the panel shows of a wizard's form: number, waterfall, branches, a sample."""
    item, revision = await _content(db, form)
    topic = item.topic if item else "deposit"
    risk = await queries_rules.risk_of(db, revision) if revision else 0
    parts = await _reach(db, form.expr, topic=topic, risk=risk, turn=form.turn, at=now)
    return {"push": None, "item": item, **parts}


@get(
    "/console/pushes/{push_id:uuid}/reach", guards=[May("audiences.view")], include_in_schema=False
)
async def reach_now(
    request: Request[Any, Any, Any],
    push_id: FromPath[UUID],
    db: Db,
    now: Now,
    turn: FromQuery[int] = 0,
) -> Template:
    """Return whom a push that has not fired would reach now, for its reviewer."""
    push = await queries.push(db, push_id)
    item = await library.item(db, push.item_id)
    risk = await queries_rules.risk_of(db, await library.revision(db, push.revision_id))
    parts = await _reach(db, push.expr, topic=push.topic, risk=risk, turn=turn, at=now)
    return page(request, "console/_push_reach.html", push=push, item=item, **parts)


async def _reach(
    db: Read, expr: str, *, topic: str, risk: int, turn: int, at: datetime
) -> dict[str, Any]:
    """Return what the panel of an audience shows, or why the expression cannot be read."""
    started = perf_counter()
    parts: dict[str, Any] = {"found": None, "branches": [], "why": "", "said": "", "steps": []}
    if expr.strip():
        try:
            node = tagexpr.parse(expr)
            found = await queries_preview.preview(
                db, node, topic=topic, at=at, risk=risk, turn=turn
            )
        except Invalid as error:
            parts["why"] = error.detail
        else:
            removed = found.audience.removed
            parts["found"], parts["said"] = found, tagtext.describe(node)
            parts["branches"] = await queries_preview.by_branch(db, found.audience.reachable)
            parts["steps"] = [
                {"label": label, "removed": len(removed[r])} for r, label in REASONS.items()
            ]
    took_seconds = perf_counter() - started
    return {**parts, "turn": turn, "took_seconds": took_seconds, "shown_branches": SHOWN_BRANCHES}


async def _filled(db: Read, form: PushForm, *, me: Staff, bank: Bank) -> tuple[str, str]:
    """Return the title and the words of a form as one customer will read them."""
    item, revision = await _content(db, form)
    text = form.message.strip() or actions.DEFAULT_MESSAGE
    filled = await push_words.as_read(db, text, item, revision, employee=me, bank=bank)
    return "（内容标题）" if item is None else item.title, filled


async def _content(db: Read, form: PushForm) -> tuple[Item | None, Revision | None]:
    """Return the chosen content and its live wording, as far as there is one."""
    if not form.item_id:
        return None, None
    item_id = push_form.uuid_of(form.item_id, "item_id", "请重新选择内容")
    item = await library.item(db, item_id)
    if item.live_revision_id is None:
        return item, None
    return item, await library.revision(db, item.live_revision_id)


@post("/console/pushes/words", guards=[May("pushes.write")], include_in_schema=False)
async def words(
    request: Request[Any, Any, Any], data: URLEncodedBody[PushForm], db: Db, me: Me, bank: OurBank
) -> Template:
    """Return the message as a customer will read it, its bytes, and what WeCom would refuse."""
    why, filled = [], ""
    found: list[dict[str, Any]] = []
    try:
        _, revision = await _content(db, data)
        topic = "deposit" if revision is None else revision.topic
        found = await push_words.found_in(db, topic, data.message)
        title, filled = await _filled(db, data, me=me, bank=bank)
        why = list(message_problems(Message(text=filled, title=title[:40])).values())
    except Invalid as error:
        why = list(error.fields.values())
    return page(
        request,
        "console/_push_words.html",
        filled=filled,
        why=why,
        found=found,
        used_bytes=len(filled.encode()) if filled else len(data.message.encode()),
        text_max_bytes=TEXT_MAX_BYTES,
    )


@post("/console/pushes/test", guards=[May("pushes.write")], include_in_schema=False)
async def try_on_myself(
    request: Request[Any, Any, Any], data: URLEncodedBody[PushForm], house: TheHouse
) -> Template:
    """Send the words to the author's own WeCom account; no customer sees anything.

    Raises:
        Invalid: the author has no WeCom account. NotConnected, ChannelError.
    """
    principal = principal_of(request)
    me = principal.staff
    if not me.wecom_userid:
        raise Invalid("您还没有绑定企业微信账号，收不到试发；请管理员在“机构与员工”里填写后再试")
    async with house.database.reading(principal.tenant) as db:
        title, filled = await _filled(db, data, me=me, bank=principal.bank)
        channel = await outside.channel(db)
    text = f"【试发，仅您可见】{title}\n\n{filled}"
    cut = text.encode()[:MAX_NOTICE_BYTES].decode(errors="ignore")
    try:
        # No transaction is open while the channel is asked.
        await channel.notify(me.wecom_userid, cut)
    except ChannelError as error:
        raise Invalid(f"试发没有成功：{error.detail}") from error
    return page(request, "console/_push_tried.html", name=me.name)


HANDLERS = [
    new_push,
    edit_push,
    save_push,
    autosave,
    find_items,
    find_posters,
    reach,
    build,
    reach_now,
    words,
    try_on_myself,
]
