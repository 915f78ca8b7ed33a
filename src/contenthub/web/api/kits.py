"""Kits: what a parent publishes to its members, what a member takes over, what ships."""

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

import msgspec
from litestar import Request, Response, Router, get, patch, post
from litestar.params import FromPath, JSONBody

from contenthub.kits import actions, actions_starter, queries, starterkit
from contenthub.kits.actions import KitDraft
from contenthub.kits.actions_adopt import Taken, Wish
from contenthub.kits.models import Kit, KitPart, KitVersion, KitVersionPart
from contenthub.kits.wordings import local_specs
from contenthub.tenants.models import LongJob
from contenthub.web import kit_desk
from contenthub.web.deps import Db, Me, Now, OurBank, TheHouse, keep_answer
from contenthub.web.signin import May, principal_of

Name = Annotated[str, msgspec.Meta(min_length=1, max_length=40, examples=["开门红内容包"])]
Words = Annotated[str, msgspec.Meta(max_length=200, examples=["新增两条防骗话术"])]
Ids = Annotated[list[UUID], msgspec.Meta(max_length=200)]
Local = Annotated[
    dict[UUID, dict[str, Any]],
    msgspec.Meta(
        max_length=200,
        description="本行要素：{内容包里那条内容的 id: {要素名: 值}}；没给的留空，提交前再填",
    ),
]


class KitBody(msgspec.Struct, forbid_unknown_fields=True):
    """A kit's name and parts, in the order in which members see them."""

    name: Name
    summary: Words = ""
    item_ids: Ids = msgspec.field(default_factory=list)
    template_ids: Ids = msgspec.field(default_factory=list)
    cadence_ids: Ids = msgspec.field(default_factory=list)


class KitPatch(msgspec.Struct, forbid_unknown_fields=True):
    """What changes of a kit; a list that is given replaces the one it has."""

    name: Name | msgspec.UnsetType = msgspec.UNSET
    summary: Words | msgspec.UnsetType = msgspec.UNSET
    item_ids: Ids | msgspec.UnsetType = msgspec.UNSET
    template_ids: Ids | msgspec.UnsetType = msgspec.UNSET
    cadence_ids: Ids | msgspec.UnsetType = msgspec.UNSET


class PublishKitBody(msgspec.Struct, forbid_unknown_fields=True):
    """What the members read of the new version."""

    note: Words = ""


class AdoptBody(msgspec.Struct, forbid_unknown_fields=True):
    """Which parts to take over; none named means all of them."""

    subject_ids: Ids = msgspec.field(default_factory=list)
    local: Local = msgspec.field(default_factory=dict)


class StarterBody(msgspec.Struct, forbid_unknown_fields=True):
    """Which groups of the starter kit to bring in; none named means all of them."""

    groups: Annotated[list[str], msgspec.Meta(max_length=20, examples=[["tags", "loan"]])] = (
        msgspec.field(default_factory=list)
    )


class KitView(msgspec.Struct):
    """One of the bank's own kits."""

    id: UUID
    name: str
    summary: str
    state: str
    version_no: int
    updated_at: datetime


class OfferView(msgspec.Struct):
    """The newest version of a kit that the bank's parent publishes."""

    id: UUID
    name: str
    summary: str
    note: str
    publisher: str
    no: int
    parts: int
    published_at: datetime


class LocalFieldView(msgspec.Struct):
    """A field that each bank fills in itself."""

    name: str
    label: str
    type: str


class KitPartView(msgspec.Struct):
    """One part of a published version; `wording` is what a member starts from."""

    subject_id: UUID
    subject_kind: str
    code: str
    kind: str
    topic: str
    title: str
    revision_no: int
    hash: str
    local_fields: list[LocalFieldView]
    wording: dict[str, Any]


class KitSumView(msgspec.Struct):
    """What became of a kit at one member: counts of parts."""

    member: str
    adopted: int
    live: int
    recalled: int


class KitDetail(msgspec.Struct, kw_only=True):
    """A kit as its owner or as a member sees it; `own` or `offer` is set."""

    own: KitView | None
    offer: OfferView | None
    item_ids: list[UUID]
    template_ids: list[UUID]
    cadence_ids: list[UUID]
    parts: list[KitPartView]
    members: list[KitSumView]


class KitList(msgspec.Struct):
    """The bank's own kits, what its parent offers, and the groups of the starter kit."""

    own: list[KitView]
    offered: list[OfferView]
    starter: dict[str, str]


class LeftView(msgspec.Struct):
    """A part that was not taken over, and why."""

    subject_id: UUID
    title: str
    why: str
    own_id: UUID | None = None
    """What the bank has of it already: it was taken over before."""


class TakenView(msgspec.Struct):
    """What became of an adoption: own ids by part, and what was left out."""

    made: dict[UUID, UUID]
    left: list[LeftView]
    job_id: UUID | None
    """Of more than 30 parts: they are taken over by a job (GET /jobs/{id}, answer 202)."""


class ImportedView(msgspec.Struct):
    """How much of the starter kit came in, and how much was there already."""

    items: int
    tags: int
    known: int
    cadences: int


def _kit(kit: Kit) -> KitView:
    return KitView(kit.id, kit.name, kit.summary, kit.state, kit.version_no, kit.updated_at)


def _offer(version: KitVersion) -> OfferView:
    return OfferView(
        version.kit_id,
        version.name,
        version.summary,
        version.note,
        version.publisher,
        version.no,
        version.parts,
        version.published_at,
    )


def _part(part: KitVersionPart) -> KitPartView:
    is_item = part.subject_kind == "item"
    specs = local_specs(part.kind, part.topic, part.wording["fields"]) if is_item else []
    return KitPartView(
        part.subject_id,
        part.subject_kind,
        part.code,
        part.kind,
        part.topic,
        part.title,
        part.revision_no,
        part.hash,
        [LocalFieldView(spec.name, spec.label, spec.type) for spec in specs],
        part.wording,
    )


def _taken(taken: Taken) -> TakenView:
    return TakenView(
        {part.subject_id: made.id for part, made in taken.made},
        [LeftView(one.part.subject_id, one.part.title, one.why, one.own_id) for one in taken.left],
        None,
    )


def _ids(parts: Sequence[KitPart]) -> dict[str, Any]:
    """Return the ids of a kit's parts, by the field of a body that names them."""
    return {
        f"{kind}_ids": [part.subject_id for part in parts if part.subject_kind == kind]
        for kind in ("item", "template", "cadence")
    }


def _draft(data: KitBody) -> KitDraft:
    return KitDraft(data.name, data.summary, data.item_ids, data.template_ids, data.cadence_ids)


SEE, ADOPT, PUBLISH = [May("kits.view")], [May("kits.adopt")], [May("kits.publish")]


@get("/kits", guards=SEE, summary="内容包", tags=["kits"])
async def list_kits(db: Db) -> KitList:
    """Return the own kits, the parent's newest ones, and what the starter kit holds."""
    return KitList(
        [_kit(kit) for kit in await queries.kits(db)],
        [_offer(version) for version in await queries.offered(db)],
        {actions_starter.TAGS: "标签", **starterkit.GROUPS},
    )


@post("/kits", guards=PUBLISH, summary="新建内容包", tags=["kits"])
async def create_kit(data: JSONBody[KitBody], db: Db, me: Me, now: Now) -> KitView:
    """Start a kit; members see nothing of it before it is published."""
    return _kit(await actions.create_kit(db, _draft(data), by=me, at=now))


@get("/kits/{kit_id:uuid}", guards=SEE, summary="内容包详情", tags=["kits"])
async def show_kit(kit_id: FromPath[UUID], db: Db, bank: OurBank) -> KitDetail:
    """Return an own kit with what became of it, or the newest version of one of the parent's."""
    if not await queries.has_kit(db, kit_id):
        version = await queries.offered_kit(db, kit_id)
        parts = await queries.version_parts(db, version.tenant_id, kit_id, version.no)
        return KitDetail(
            own=None,
            offer=_offer(version),
            item_ids=[],
            template_ids=[],
            cadence_ids=[],
            parts=[_part(part) for part in parts],
            members=[],
        )
    kit = await queries.own_kit(db, kit_id)
    chosen = await queries.parts(db, kit_id)
    parts = await queries.version_parts(db, bank.id, kit_id, kit.version_no)
    sums = kit_desk.by_member(list(await queries.figures(db, kit_id)))
    return KitDetail(
        own=_kit(kit),
        offer=None,
        **_ids(chosen),
        parts=[_part(part) for part in parts],
        members=[KitSumView(one.name, one.adopted, one.live, one.recalled) for one in sums],
    )


@patch("/kits/{kit_id:uuid}", guards=PUBLISH, summary="修改内容包", tags=["kits"])
async def change_kit(
    kit_id: FromPath[UUID], data: JSONBody[KitPatch], db: Db, me: Me, now: Now
) -> KitView:
    """Change a kit's name and parts; members see it with the next version only."""
    kit = await queries.own_kit(db, kit_id, lock=True)
    kept = {"name": kit.name, "summary": kit.summary, **_ids(await queries.parts(db, kit_id))}
    said = {name: getattr(data, name) for name in kept}
    new = {name: value for name, value in said.items() if value is not msgspec.UNSET}
    return _kit(await actions.change_kit(db, kit_id, KitDraft(**(kept | new)), by=me, at=now))


@post("/kits/{kit_id:uuid}/publish", guards=PUBLISH, summary="发布内容包", tags=["kits"])
async def publish_kit(
    kit_id: FromPath[UUID], data: JSONBody[PublishKitBody], db: Db, me: Me, now: Now
) -> OfferView:
    """Publish the next version: copies of what is live now, read by every member at once."""
    return _offer(await actions.publish_kit(db, kit_id, note=data.note, by=me, at=now))


@post(
    "/kits/{kit_id:uuid}/withdraw",
    guards=PUBLISH,
    summary="收回内容包",
    tags=["kits"],
    status_code=200,
)
async def withdraw_kit(kit_id: FromPath[UUID], db: Db, me: Me, now: Now) -> KitView:
    """Offer a kit to the members no more; what they took over stays theirs."""
    return _kit(await actions.withdraw_kit(db, kit_id, by=me, at=now))


@post(
    "/kits/{kit_id:uuid}/adopt",
    guards=ADOPT,
    summary="采用内容包",
    tags=["kits"],
    # Taken over once by itself: a second call makes nothing.
    opt={"idempotent": False},
)
async def adopt_kit(
    request: Request[Any, Any, Any],
    kit_id: FromPath[UUID],
    data: JSONBody[AdoptBody],
    house: TheHouse,
    now: Now,
) -> Response[TakenView]:
    """Take parts of a kit of the parent's over as own drafts; more than 30 in a job (202)."""
    wish = Wish(data.subject_ids, data.local)
    done = await kit_desk.adopt_or_start(house, principal_of(request), kit_id, wish, at=now)
    if isinstance(done, LongJob):
        return Response(TakenView({}, [], done.id), status_code=202)
    return Response(_taken(done))


@post("/kits/starter", guards=ADOPT, summary="导入起步内容包", tags=["kits"])
async def import_starter(data: JSONBody[StarterBody], db: Db, me: Me, now: Now) -> ImportedView:
    """Bring the starter kit in: tags at once, every item as a draft; a second time nothing."""
    done = await actions_starter.import_starter(db, data.groups, by=me, at=now)
    return ImportedView(done.items, done.tags, done.known, done.cadences)


_ROUTES: Sequence[Any] = (
    list_kits,
    create_kit,
    show_kit,
    change_kit,
    publish_kit,
    withdraw_kit,
    adopt_kit,
    import_starter,
)
HANDLERS = [Router("/api/v1", route_handlers=_ROUTES, after_request=keep_answer)]
