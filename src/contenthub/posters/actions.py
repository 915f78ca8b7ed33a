"""Writes of poster templates: write, submit, withdraw, approve, return."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec

from contenthub.db import Read, Write, new_id
from contenthub.errors import Invalid
from contenthub.library import actions_reviews, queries_rules, queries_shareable, review
from contenthub.library import queries as library
from contenthub.library.fingerprint import fingerprint
from contenthub.library.models import Item, Review, Revision
from contenthub.posters import actions_published, editing, queries, queries_fonts, queries_wording
from contenthub.posters.models import PosterTemplate, TemplateRevision
from contenthub.posters.rendering import picture_hashes
from contenthub.posters.template import parse, structured
from contenthub.tenants import actions as tenants
from contenthub.tenants import queries_audit
from contenthub.tenants.models import Staff
from contenthub.tenants.sealing import bank_id

TITLE_MAX_CHARS = 60
_GONE = ("expired", "recalled", "superseded")
"""States of an item whose words may not be shown again as they are."""


@dataclass(frozen=True, slots=True)
class TemplateDraft:
    """What an author decides about a template; `layers` is the JSON of posters/template.py.

    One that is unfinished is kept with faulty layers, as somebody draws it; no submission is.
    """

    title: str
    item_id: UUID
    layers: Mapping[str, Any]
    is_unfinished: bool = False


async def _columns(db: Write, draft: TemplateDraft) -> dict[str, Any]:
    title = draft.title.strip()
    if not title or len(title) > TITLE_MAX_CHARS:
        raise Invalid.of("title", f"请填写海报名称，最多 {TITLE_MAX_CHARS} 字")
    if "{{" in title or "}}" in title:
        # It names the poster, its batches and their files; nobody fills it in.
        raise Invalid.of("title", "海报名称里不能用 {{ }} 变量，请直接写名称，例如“金秋存款季”")
    read = structured if draft.is_unfinished else parse
    design = read(dict(draft.layers))
    layers: dict[str, Any] = msgspec.to_builtins(design)
    for wanted in picture_hashes(layers):
        if await library.asset_by_sha256(db, wanted) is None:
            raise Invalid.of("layers", "图层里的图片没有上传到本行图库，请先上传再选择")
    await queries_fonts.require_usable(db, design)
    bound = await bound_revision(db, draft.item_id)
    return {
        "title": title,
        "layers": layers,
        "item_revision_id": bound.id,
        "hash": fingerprint(title=title, layers=layers, item=bound.hash),
    }


async def starter_design(db: Read, code: str, item: Item) -> dict[str, Any]:
    """Return a shipped template's layers with the mandatory texts of what an item offers.

    Raises:
        Invalid: an unknown code (`starter`); as `bound_revision`.
    """
    bound = await bound_revision(db, item.id)
    others = queries_shareable.others_of(bound)
    return editing.starter_layers(code, kind=bound.kind, topic=bound.topic, others=others)


async def bound_revision(db: Read, item_id: UUID) -> Revision:
    """Return the wording a poster of this item shows: the live one, else the newest."""
    item = await library.item(db, item_id)
    shown = item.live_revision_id or item.working_revision_id
    if shown is None:
        raise library.NotLive("这条内容没有可用的版本，不能制作海报")
    return await library.revision(db, shown)


def why_no_poster(item: Item) -> str:
    """Return why no new poster of an item may be started, or an empty string."""
    if item.kind == "script":
        return "话术是员工说的话，不制作海报"
    if item.state in _GONE:
        return f"内容{review.STATES[item.state]}，请先修改内容并重新提交审核，再制作海报"
    return ""


async def why_none(db: Read, item: Item) -> str:
    """Return why no new poster of an item may be started, its own words among the reasons.

    What stops them would stop every poster of them, when it is drawn and asked for review.
    """
    if why := why_no_poster(item):
        return why
    bound = await bound_revision(db, item.id)
    said = [hit for hit in await queries_rules.stopping(db, bound) if hit.text]
    if not said:
        return ""
    told = f"内容里的“{said[0].text}”没有通过现行规则（{said[0].name}）：{said[0].advice}"
    return f"{told}。请先修改内容并重新提交审核，再制作海报"


async def write_template(
    db: Write, draft: TemplateDraft, *, by: Staff, at: datetime
) -> tuple[PosterTemplate, TemplateRevision]:
    """Start a template with its first draft revision.

    Raises:
        Invalid: the item may have no new poster (`item_id`), or the draft is faulty.
    """
    if why := await why_none(db, await library.item(db, draft.item_id)):
        raise Invalid.of("item_id", why)
    columns = await _columns(db, draft)
    no = await tenants.next_no(db, "template_code")
    template = PosterTemplate(
        tenant_id=bank_id(db),
        id=new_id(),
        code=f"T-{1000 + no}",
        title=columns["title"],
        item_id=draft.item_id,
        state="draft",
        author_id=by.id,
        created_at=at,
        updated_at=at,
    )
    db.add(template)
    await db.flush()
    made = _new_revision(db, template, columns, no=1, by=by, at=at)
    tenants.record(db, "template.created", "template", template.id, by=by, at=at)
    return template, made


def _new_revision(
    db: Write,
    template: PosterTemplate,
    columns: Mapping[str, Any],
    *,
    no: int,
    by: Staff,
    at: datetime,
) -> TemplateRevision:
    made = TemplateRevision(
        tenant_id=bank_id(db),
        id=new_id(),
        template_id=template.id,
        no=no,
        state="draft",
        author_id=by.id,
        editors=[by.id],
        created_at=at,
        updated_at=at,
        **columns,
    )
    db.add(made)
    template.working_revision_id = made.id
    return made


async def write_draft(
    db: Write,
    template_id: UUID,
    draft: TemplateDraft,
    *,
    known_hash: str = "",
    by: Staff,
    at: datetime,
) -> tuple[PosterTemplate, TemplateRevision]:
    """Change a template's draft; anything past draft gets a new draft revision.

    `known_hash` is the design the author began from; empty does not ask. A draft saved
    again unchanged writes nothing.

    Raises:
        WrongStep: the newest revision waits for review; withdraw it first.
        ChangedMeanwhile: somebody else (named) saved another design since.
    """
    template = await queries.template(db, template_id, lock=True)
    working = await _working(db, template)
    if known_hash and known_hash != working.hash:
        raise review.ChangedMeanwhile(await _told_of_colleague(db, template_id))
    if working.state == "in_review":
        raise review.WrongStep("这一版海报正在审核，请先撤回再修改")
    if draft.item_id != template.item_id:
        raise Invalid.of("item_id", "海报不能换到另一条内容，请为那条内容新建海报")
    columns = await _columns(db, draft)
    if working.state == "draft" and working.hash == columns["hash"]:
        return template, working
    if working.state == "draft":
        for name, value in columns.items():
            setattr(working, name, value)
        working.updated_at = at
        working.editors = review.with_editor(working.editors, by.id)
    else:
        theirs = review.carried(working.editors, was_approved=working.approved_at is not None)
        working = _new_revision(db, template, columns, no=working.no + 1, by=by, at=at)
        working.editors = review.with_editor(theirs, by.id)
        if template.live_revision_id is None:
            template.state = "draft"
    template.updated_at = at
    if not await queries.was_live(db, template):
        template.title = columns["title"]
    tenants.record(db, "template.written", "template", template.id, by=by, at=at, hash=working.hash)
    return template, working


async def _told_of_colleague(db: Read, template_id: UUID) -> str:
    """Return who saved a template last, and what to do about it."""
    about = queries_audit.Filter(subject_id=template_id, event="template.")
    last = await queries_audit.trail(db, about, limit=1)
    who = last[0].actor_name if last and last[0].actor_name else "同事"
    return f"{who}刚刚保存过这张海报（也可能是您的另一个窗口），请先看最新的样子，再改您的部分"


async def _working(db: Write, template: PosterTemplate) -> TemplateRevision:
    if template.working_revision_id is None:
        raise review.WrongStep("这个海报没有可处理的版本")
    return await queries.template_revision(db, template.working_revision_id, lock=True)


async def submit(
    db: Write,
    template_id: UUID,
    *,
    drawn: str,
    leaves_out: bool = False,
    by: Staff,
    at: datetime,
) -> tuple[PosterTemplate, TemplateRevision]:
    """Hand a template's draft to review; `drawn` is the hash the caller rehearsed (rehearsal.py).

    `leaves_out`: it was rehearsed without those whose own texts cannot be drawn.

    Raises:
        Invalid: the topic's mandatory text is missing or a word is forbidden (wording.py), or
        the item has changed since the draft was saved.
        WrongStep: the draft was changed after it was drawn. FailsRules: as `approve_template`.
    """
    template = await queries.template(db, template_id, lock=True)
    working = await _working(db, template)
    if working.hash != drawn:
        raise review.WrongStep("海报刚刚被别人修改过，请刷新看过最新样子后再提交")
    state = review.decide(working.state, "submit", authors=working.editors, actor_id=by.id)
    bound = await bound_revision(db, template.item_id)
    if bound.id != working.item_revision_id:
        raise Invalid.of("item_id", "内容已有新版本，请重新保存海报后再提交")
    await _require_lawful(db, working, bound)
    working.editors = review.with_editor(working.editors, by.id)
    working.state = state
    working.submitted_at = working.updated_at = template.updated_at = at
    if template.live_revision_id is None:
        template.state = "in_review"
    await actions_reviews.open_review(db, "template", working, at=at)
    facts = {"hash": working.hash} | ({"leaves_out": True} if leaves_out else {})
    tenants.record(db, "template.submitted", "template", template.id, by=by, at=at, **facts)
    return template, working


async def _require_lawful(db: Read, working: TemplateRevision, bound: Revision) -> None:
    await queries_shareable.check_passes(db, bound)
    design = parse(working.layers)
    await queries_fonts.require_usable(db, design)
    await queries_wording.require_lawful(db, design, title=working.title, bound=bound)


async def withdraw(db: Write, template_id: UUID, *, by: Staff, at: datetime) -> PosterTemplate:
    """Take a submission back to draft, by somebody who drew or submitted it."""
    template = await queries.template(db, template_id, lock=True)
    working = await _working(db, template)
    working.state = review.decide(
        working.state, "withdraw", authors=working.editors, actor_id=by.id
    )
    if template.live_revision_id is None:
        template.state = "draft"
    template.updated_at = at
    await actions_reviews.withdraw_review(db, working.id, at=at)
    tenants.record(db, "template.withdrawn", "template", template.id, by=by, at=at)
    return template


async def approve_template(
    db: Write, taken: Review, *, comment: str = "", by: Staff, at: datetime
) -> PosterTemplate:
    """Approve the template revision of a taken review: every employee has the poster at once.

    Raises:
        NotLive: the item's wording it shows is not the live one; approve that first.
        FailsRules: a rule of today stops that wording, or the poster's own words.
    """
    working = await queries.template_revision(db, taken.subject_id, lock=True)
    template = await queries.template(db, working.template_id, lock=True)
    state = review.decide(working.state, "approve", authors=working.editors, actor_id=by.id)
    if taken.subject_hash != working.hash:
        raise review.WrongStep("提交审核后海报被改动过，请退回作者重新提交")
    await queries_fonts.require_usable(db, parse(working.layers))
    _, shown = await library.live(db, template.item_id, at=at)
    if shown.id != working.item_revision_id:
        raise library.NotLive("海报对应的内容版本不是已发布的版本，请先审核内容，再审核海报")
    await queries_shareable.check_passes(db, shown)
    await queries_wording.check_passes(db, working)
    await actions_reviews.close_review(db, taken, "approved", comment=comment, by=by, at=at)
    if await actions_reviews.opens_next(db, taken, at=at):
        return template
    working.state, working.approved_at = state, at
    await db.flush()
    if template.live_revision_id is not None and template.live_revision_id != working.id:
        before = await queries.template_revision(db, template.live_revision_id, lock=True)
        before.state = review.decide(
            before.state, "supersede", authors=before.editors, actor_id=None
        )
    working.state = review.decide(working.state, "go_live", authors=working.editors, actor_id=None)
    working.live_at = at
    template.live_revision_id = working.id
    template.title = working.title
    template.state, template.updated_at = "live", at
    tenants.record(
        db, "template.published", "template", template.id, by=None, at=at, hash=working.hash
    )
    await actions_published.look_again(db, at=at)
    return template


async def return_template(
    db: Write, taken: Review, *, comment: str, by: Staff, at: datetime
) -> PosterTemplate:
    """Return the template revision of a taken review to its author, with the reason."""
    working = await queries.template_revision(db, taken.subject_id, lock=True)
    template = await queries.template(db, working.template_id, lock=True)
    state = review.decide(working.state, "return", authors=working.editors, actor_id=by.id)
    await actions_reviews.close_review(db, taken, "returned", comment=comment, by=by, at=at)
    working.state = state
    if template.live_revision_id is None:
        template.state = "returned"
    template.updated_at = at
    return template
