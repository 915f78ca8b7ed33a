"""Which row a parameter of a route names: the key of the route × foreign-bank matrix.

A new route whose path, body or query carries a new kind of id fails the matrix until
its name is added to FACTORIES here: one line, a factory that makes such a row on a side.
"""

import secrets
from collections.abc import Awaitable, Callable
from datetime import date, timedelta
from uuid import uuid4

from pyroaring import BitMap
from sqlalchemy import select
from tests.house.rows import make_row
from tests.make import (
    NOW,
    make_branch,
    make_customer,
    make_link,
    make_live_item,
    make_live_template,
    make_staff,
)
from tests.personas import Side
from tests.scheduler.cadences import make_cadence, make_draft, make_run

from contenthub.customers.models import Segment, Tag, TagGroup
from contenthub.customers.models_clubs import Club
from contenthub.customers.models_lists import CustomerList
from contenthub.customers.models_rules import TagRule
from contenthub.customers.models_scores import ScoreRule
from contenthub.customers.models_tags import TagChange
from contenthub.db import Write
from contenthub.kits.actions import KitDraft, create_kit
from contenthub.library.actions_asset_uploads import begin_upload
from contenthub.library.actions_comments import Place, remark
from contenthub.library.actions_deputies import Leave, name_deputy
from contenthub.library.actions_labels import create_label
from contenthub.library.actions_rules import RuleDraft, add_rule
from contenthub.library.models import Asset, Item, Review, Revision
from contenthub.posters.models_fonts import PosterFont
from contenthub.scheduler.models import Push, Task
from contenthub.scheduler.models_gone import ItemStop, Notice
from contenthub.sharing.models import Lead, Link, Signup
from contenthub.sharing.models_clubs import ClubRight
from contenthub.storage import Storage
from contenthub.tenants import actions as tenants
from contenthub.tenants import actions_webhooks
from contenthub.tenants.actions_views import ViewDraft, save_view
from contenthub.tenants.actions_webhooks import Wish
from contenthub.tenants.models import AuditEntry, LongJob
from contenthub.tenants.models_security import AgencyInvitation, PlatformVisit
from contenthub.tenants.models_webhooks import WebhookDelivery, WebhookEndpoint, WebhookEvent

Factory = Callable[[Write, Side], Awaitable[object]]


async def _put(db: Write, key: str) -> None:
    storage: Storage = db.info["storage"]
    await storage.put(key, b"\xff\xd8\xff", mime="image/jpeg")


async def _label(db: Write, side: Side) -> object:
    return (await create_label(db, f"标签{uuid4().hex[:8]}", by=side.author, at=NOW)).id


async def _view(db: Write, side: Side) -> object:
    draft = ViewDraft(f"视图{uuid4().hex[:8]}", "state=draft", is_shared=True)
    return (await save_view(db, draft, by=side.author, at=NOW)).id


async def _customer_view(db: Write, side: Side) -> object:
    draft = ViewDraft(f"视图{uuid4().hex[:8]}", "idle=90", is_shared=True, place="customers")
    return (await save_view(db, draft, by=side.author, at=NOW)).id


async def _staff(db: Write, side: Side) -> object:
    staff = await make_staff(db, side.branch)
    staff.photo_key = f"{side.tenant}/photos/{staff.id}.jpg"
    await _put(db, staff.photo_key)
    return staff.id


async def _employee_file(db: Write, side: Side) -> object:
    return f"{await _staff(db, side)}.jpg"


async def _branch(db: Write, side: Side) -> object:
    return (await make_branch(db, parent=side.head)).id


async def _ref(_db: Write, _side: Side) -> object:
    return secrets.token_hex(32)


async def _key(db: Write, side: Side) -> object:
    made, _ = await tenants.create_key(db, side.admin, "脚本", by=side.admin, at=NOW)
    return made.id


async def _endpoint(db: Write, side: Side) -> object:
    wish = Wish("https://crm.example.com/hooks", "客户系统")
    made, _ = await actions_webhooks.create_endpoint(db, wish, by=side.admin, at=NOW)
    return made.id


async def _event_sent(db: Write, side: Side) -> object:
    endpoint = await make_row(
        db, WebhookEndpoint, events=[], state="active", created_by=side.admin.id
    )
    event = await make_row(db, WebhookEvent, event="push.finished", expanded_at=NOW)
    row = await make_row(
        db, WebhookDelivery, endpoint_id=endpoint.id, event_id=event.id, state="failed"
    )
    return row.id


async def _staff_import(db: Write, side: Side) -> object:
    params = {
        "stage": "mapping",
        "source_key": f"{side.tenant}/imports/none.csv",
        "photos_key": "",
        "filename": "员工.csv",
        "headers": ["工号", "姓名", "机构"],
        "mapping": {},
        "rows": 1,
    }
    facts = {"kind": "posters.import_staff", "params": params, "created_by": side.admin.id}
    return (await make_row(db, LongJob, **facts)).id


async def _job(db: Write, side: Side) -> object:
    job = await make_row(
        db, LongJob, state="done", created_by=side.admin.id, kind="customers.import"
    )
    words = ("filename", "source_key", "encoding", "sha256")
    job.params = {"stage": "load", "headers": [], "mapping": {}, "preview": [], "bytes": 1}
    job.params |= dict.fromkeys(words, "")
    job.errors_key = f"{side.tenant}/jobs/{job.id}.csv"
    job.result_key = f"{side.tenant}/jobs/{job.id}.zip"
    await _put(db, job.errors_key)
    await _put(db, job.result_key)
    return job.id


async def _list(db: Write, side: Side) -> object:
    facts = {"state": "done", "created_by": side.admin.id, "kind": "customers.import_list"}
    job = await make_row(db, LongJob, **facts)
    words = ("filename", "source_key", "encoding", "sha256")
    job.params = {"stage": "load", "kind": "scores", "headers": [], "mapping": {}, "preview": []}
    job.params |= {"wish": {}, **dict.fromkeys(words, "")}
    await db.flush()
    told = {"kind": "scores", "state": "on", "created_by": side.admin.id}
    await make_row(db, CustomerList, id=job.id, **told)
    return job.id


async def _workbook(db: Write, side: Side) -> object:
    job = await make_row(
        db, LongJob, state="done", created_by=side.author.id, kind="library.import_items"
    )
    words = dict.fromkeys(("filename", "source_key", "sha256", "kind"), "x")
    job.params = {"stage": "load", "submit": False, "sheets": [], "skipped": [], **words}
    job.errors_key = f"{side.tenant}/imports/{job.id}.errors.xlsx"
    await _put(db, job.errors_key)
    return job.id


async def _item(db: Write, side: Side) -> object:
    return (await make_live_item(db, side.author, side.reviewer)).id


async def _draft(db: Write, side: Side) -> Revision:
    item = await make_row(db, Item, state="draft", author_id=side.author.id, kind="product")
    revision = await make_row(
        db, Revision, item_id=item.id, no=1, kind="product", author_id=side.author.id
    )
    item.topic = revision.topic = "deposit"
    item.working_revision_id = revision.id
    await db.flush()
    return revision


async def _revision(db: Write, side: Side) -> object:
    return (await _draft(db, side)).id


async def _review(db: Write, side: Side) -> object:
    revision = await _draft(db, side)
    revision.state = "in_review"
    review = await make_row(
        db,
        Review,
        subject_kind="revision",
        subject_id=revision.id,
        subject_hash=revision.hash,
        author_id=side.author.id,
    )
    return review.id


async def _asset(db: Write, side: Side) -> object:
    asset = await make_row(db, Asset, mime="image/jpeg", created_by=side.author.id)
    asset.storage_key = f"{side.tenant}/assets/{asset.id}.jpg"
    await _put(db, asset.storage_key)
    return asset.id


async def _picture(db: Write, side: Side) -> object:
    facts = {"mime": "image/jpeg", "sha256": secrets.token_hex(32)}
    return (await make_row(db, Asset, created_by=side.author.id, **facts)).sha256


async def _upload(db: Write, side: Side) -> object:
    made = await begin_upload(db, filename="a.mp4", size_bytes=9, by=side.author, at=NOW)
    return made.id


async def _template(db: Write, side: Side) -> object:
    item = await make_live_item(db, side.author, side.reviewer)
    return (await make_live_template(db, item, side.author, side.reviewer)).id


async def _font(db: Write, side: Side) -> object:
    return (await make_row(db, PosterFont, created_by=side.author.id, may_travel=True)).id


async def _face(db: Write, side: Side) -> object:
    facts = {"created_by": side.author.id, "sha256": secrets.token_hex(32), "may_travel": True}
    face = await make_row(db, PosterFont, **facts)
    return face.sha256


async def _comment(db: Write, side: Side) -> object:
    revision = await _draft(db, side)
    made = await remark(
        db, Place("item", revision.item_id, revision.id), "请写明", by=side.reviewer, at=NOW
    )
    await db.flush()
    return made.id


async def _delegation(db: Write, side: Side) -> object:
    deputy = await make_staff(db, side.head, "compliance_reviewer", name="消保")
    leave = Leave(side.reviewer.id, deputy.id, NOW, NOW + timedelta(days=60))
    made = await name_deputy(db, leave, by=side.reviewer, at=NOW)
    await db.flush()
    return made.id


async def _deputy(db: Write, side: Side) -> object:
    return (await make_staff(db, side.head, "compliance_reviewer", name="消保")).id


async def _reviewer(_db: Write, side: Side) -> object:
    return side.reviewer.id


async def _push_row(db: Write, side: Side) -> Push:
    item = await make_live_item(db, side.author, side.reviewer)
    return await make_row(
        db,
        Push,
        item_id=item.id,
        revision_id=item.live_revision_id,
        topic="deposit",
        expr="aum >= 1",
        author_id=side.author.id,
    )


async def _push(db: Write, side: Side) -> object:
    return (await _push_row(db, side)).id


async def _cadence(db: Write, side: Side) -> object:
    return (await make_draft(db, side)).id


async def _run(db: Write, side: Side) -> object:
    return (await make_run(db, side, await make_cadence(db, side), branch=side.branch)).id


async def _followup(db: Write, side: Side) -> object:
    run_id = await _run(db, side)
    return (await db.scalars(select(Task.id).where(Task.source_id == run_id))).one()


async def _need(db: Write, side: Side) -> object:
    facts = {"kind": "need", "due_on": date(2026, 11, 26)}
    detail = {"topic": "loan", "points": 60, "why": []}
    return (await make_row(db, Task, employee_id=side.employee.id, detail=detail, **facts)).id


async def _customer(db: Write, side: Side) -> object:
    return (await make_customer(db, owner=side.employee, branch=side.branch)).id


async def _tag_change(db: Write, side: Side) -> object:
    job = await make_row(
        db, LongJob, kind="customers.tags", state="done", created_by=side.author.id
    )
    facts = {"tag_id": await _tag(db, side), "kind": "put", "by_id": side.author.id}
    facts |= {"selected": BitMap().serialize(), "people": 0, "state": "done", "job_id": job.id}
    return (await make_row(db, TagChange, **facts)).id


async def _tag_group(db: Write, side: Side) -> object:
    return (await make_row(db, TagGroup)).id


async def _tag(db: Write, side: Side) -> object:
    return (await make_row(db, Tag, group_id=await _tag_group(db, side))).id


async def _score_rule(db: Write, side: Side) -> object:
    facts = {"topic": "loan", "basis": "viewed", "points": 5, "state": "off"}
    return (await make_row(db, ScoreRule, **facts)).id


async def _tag_rule(db: Write, side: Side) -> object:
    nobody = BitMap().serialize()
    facts = {"expr": "aum >= 1", "tag_id": await _tag(db, side), "created_by": side.author.id}
    return (await make_row(db, TagRule, given=nobody, declined=nobody, **facts)).id


async def _club(db: Write, side: Side) -> object:
    facts = {"tag_id": await _tag(db, side), "created_by": side.author.id}
    return (await make_row(db, Club, **facts)).id


async def _club_right(db: Write, side: Side) -> object:
    item = await make_live_item(db, side.author, side.reviewer)
    facts = {"club_id": await _club(db, side), "item_id": item.id, "added_by": side.author.id}
    return (await make_row(db, ClubRight, monthly=1, **facts)).id


async def _segment(db: Write, side: Side) -> object:
    return (await make_row(db, Segment, expr="aum >= 1", created_by=side.author.id)).id


async def _link(db: Write, side: Side) -> Link:
    item = await make_live_item(db, side.author, side.reviewer)
    return await make_link(db, item, side.employee)


async def _link_id(db: Write, side: Side) -> object:
    return (await _link(db, side)).id


async def _code(db: Write, side: Side) -> object:
    return (await _link(db, side)).code


async def _lead(db: Write, side: Side) -> object:
    link = await _link(db, side)
    row = await make_row(
        db, Lead, link_id=link.id, item_id=link.item_id, employee_id=link.employee_id
    )
    return row.id


async def _signup(db: Write, side: Side) -> object:
    link = await _link(db, side)
    row = await make_row(
        db, Signup, link_id=link.id, item_id=link.item_id, employee_id=link.employee_id
    )
    return row.id


async def _task(db: Write, side: Side) -> object:
    push = await _push_row(db, side)
    row = await make_row(
        db,
        Task,
        employee_id=side.employee.id,
        kind="push",
        source_id=push.id,
        due_on=date(2026, 11, 26),
    )
    return row.id


async def _notice(db: Write, side: Side) -> object:
    stop = await make_row(db, ItemStop, item_id=await _item(db, side), cause="recalled")
    return (await make_row(db, Notice, stop_id=stop.id, employee_id=side.employee.id)).id


async def _topic(_db: Write, _side: Side) -> object:
    # A topic is a word that all banks share; only the customer it belongs to is somebody's.
    return "wealth"


async def _audit_entry(db: Write, side: Side) -> object:
    return (await make_row(db, AuditEntry, actor_id=side.admin.id)).id


async def _rotation(db: Write, side: Side) -> object:
    row = await make_row(db, LongJob, state="done", created_by=side.admin.id, kind="keys.rotate")
    return row.id


async def _audit_export(db: Write, side: Side) -> object:
    row = await make_row(db, LongJob, state="done", created_by=side.admin.id, kind="audit.export")
    return row.id


async def _adoption(db: Write, side: Side) -> object:
    facts = {"created_by": side.author.id, "kind": "kits.adopt", "result": {}}
    return (await make_row(db, LongJob, state="done", params={"kit_id": ""}, **facts)).id


async def _visit(db: Write, side: Side) -> object:
    row = await make_row(db, PlatformVisit, minutes=30)
    return row.id


async def _invitation(db: Write, side: Side) -> object:
    row = await make_row(db, AgencyInvitation, invited_by=side.admin.id, roles=["agency_operator"])
    return row.id


async def _rule(db: Write, side: Side) -> object:
    draft = RuleDraft("本行禁用语", f"禁用语{secrets.token_hex(4)}")
    return (await add_rule(db, draft, by=side.admin, at=NOW)).id


async def _kit(db: Write, side: Side) -> object:
    draft = KitDraft(
        "开门红内容包", "", [(await make_live_item(db, side.author, side.reviewer)).id]
    )
    return (await create_kit(db, draft, by=side.author, at=NOW)).id


FACTORIES: dict[str, Factory] = {
    "kit_id": _kit,
    "item_ids": _item,
    "template_ids": _template,
    "staff_id": _staff,
    "employee_id": _staff,
    "successor_id": _staff,
    "employee_file": _employee_file,
    "owner_id": _staff,
    "actor_id": _staff,
    "branch_id": _branch,
    "parent_id": _branch,
    "into_id": _branch,
    "key_id": _key,
    "endpoint_id": _endpoint,
    "delivery_id": _event_sent,
    "ref": _ref,
    "job_id": _job,
    "list_id": _list,
    "import_id": _staff_import,
    "workbook_id": _workbook,
    "item_id": _item,
    "revision_id": _revision,
    "review_id": _review,
    "rule_id": _rule,
    "adoption_id": _adoption,
    "comment_id": _comment,
    "delegation_id": _delegation,
    "from_id": _reviewer,
    "to_id": _deputy,
    "done": _review,
    "asset_id": _asset,
    "upload_id": _upload,
    "cover_asset_id": _asset,
    "template_id": _template,
    "copy": _template,
    "font_id": _font,
    "face": _face,
    "sha256": _picture,
    "push_id": _push,
    "draft_id": _push,
    "customer_id": _customer,
    "customer_ids": _customer,
    "cadence_id": _cadence,
    "run_id": _run,
    "followup_id": _followup,
    "need_id": _need,
    "tag_group_id": _tag_group,
    "group_id": _tag_group,
    "tag_id": _tag,
    "score_rule_id": _score_rule,
    "tag_rule_id": _tag_rule,
    "gone_rule": _tag_rule,
    "club_id": _club,
    "club_right_id": _club_right,
    "into_tag_id": _tag,
    "gone": _tag,
    "gone_group": _tag_group,
    "change": _tag_change,
    "change_id": _tag_change,
    "segment_id": _segment,
    "topic": _topic,
    "label_id": _label,
    "deleted": _label,
    "restored": _label,
    "view_id": _view,
    "customer_view_id": _customer_view,
    "link_id": _link_id,
    "code": _code,
    "lead_id": _lead,
    "signup_id": _signup,
    "task_id": _task,
    "notice_id": _notice,
    "entry_id": _audit_entry,
    "rotation_id": _rotation,
    "export_id": _audit_export,
    "subject_id": _item,
    "visit_id": _visit,
    "invitation_id": _invitation,
}


def absent(name: str, kind: type) -> object:
    """Return an id of the right shape that nobody has."""
    if name == "employee_file":
        return f"{uuid4()}.jpg"
    if kind is str:
        return "".join(secrets.choice("0123456789ABCDEFGHJKMNPQRSTVWXYZ") for _ in range(12))
    return uuid4()


def factory_of(name: str) -> Factory:
    """Return the factory of a parameter; fails with what to do for a name nobody mapped."""
    if name not in FACTORIES:
        raise AssertionError(
            f"路由参数 {name} 没有登记：请在 tests/house/foreign_ids.py 的 FACTORIES 里加一行 "
            f"“{name}”，给出一个在任一银行造出这种记录并返回其 id 的函数；"
            "否则“别行的 id 与不存在的 id 回答相同”这条规则无法在这条路由上验证。"
        )
    return FACTORIES[name]
