"""内容包: what the parent publishes, what this bank publishes to its members, what ships."""

from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from litestar import Request, Response, get, post
from litestar.params import FromPath, FromQuery, URLEncodedBody
from litestar.response import Template

from contenthub.db import Read
from contenthub.errors import Invalid
from contenthub.kits import actions, actions_adopt, actions_starter, kitstates, queries, starterkit
from contenthub.kits.actions import KitDraft
from contenthub.kits.actions_adopt import Wish
from contenthub.kits.actions_adoptions import AlreadyAdopting
from contenthub.kits.wordings import local_specs
from contenthub.library import kinds
from contenthub.tenants import actions as tenants
from contenthub.tenants import queries as tenants_queries
from contenthub.tenants import queries_members
from contenthub.tenants.models import LongJob
from contenthub.tenants.topics import TOPICS
from contenthub.web import kit_desk, sheets
from contenthub.web.deps import Db, Me, Now, OurBank, TheHouse
from contenthub.web.pages import go, page
from contenthub.web.signin import May, principal_of

HERE = "/console/kits"
SEE, ADOPT, PUBLISH = [May("kits.view")], [May("kits.adopt")], [May("kits.publish")]
KIND_WORDS = {slug: kind.label for slug, kind in kinds.KINDS.items()}
KIND_WORDS |= {"template": "海报模板", "cadence": "跟进节奏"}
COLUMNS = ("成员行", "内容", "已采用", "已发布", "已下架", "统计时间")


@dataclass
class KitForm:
    """What the form of a kit sends; a single ticked box comes as a word."""

    name: str = ""
    summary: str = ""
    items: list[str] | str = field(default_factory=list)
    templates: list[str] | str = field(default_factory=list)
    cadences: list[str] | str = field(default_factory=list)

    def draft(self) -> KitDraft:
        """Return it as the action reads it."""
        parts = (_ids(each) for each in (self.items, self.templates, self.cadences))
        return KitDraft(self.name, self.summary, *parts)


@dataclass
class NoteForm:
    """What the members read of a new version."""

    note: str = ""


@dataclass
class StarterForm:
    """Which groups of the starter kit are ticked."""

    groups: list[str] | str = field(default_factory=list)


def _ticked(value: list[str] | str) -> list[str]:
    return [one for one in ([value] if isinstance(value, str) else value) if one]


def _ids(value: list[str] | str) -> list[UUID]:
    try:
        return [UUID(one) for one in _ticked(value)]
    except ValueError as error:
        raise Invalid.of("items", "选择的内容已经变化，请刷新后重新勾选") from error


@get(HERE, guards=SEE, include_in_schema=False)
async def kits_page(request: Request[Any, Any, Any], db: Db) -> Template:
    """Show what the parent offers, the bank's own kits, and the one that ships."""
    adopted = await queries.adopted(db)
    return page(
        request,
        "console/kits.html",
        offered=await queries.offered(db),
        own=await queries.kits(db),
        states=kitstates.STATES,
        has_parent=(await tenants_queries.bank(db)).parent_id is not None,
        updates=[one for one in adopted if one.stand in ("update", "recalled")],
        adopted_count=len(adopted),
        starter_count=sum(one.stand == "starter" for one in adopted),
        member_count=len(await queries_members.members(db)),
    )


@get(f"{HERE}/starter", guards=ADOPT, include_in_schema=False)
async def starter_page(request: Request[Any, Any, Any], db: Db, now: Now) -> Template:
    """Show the groups of the starter kit and what of each is in the bank already."""
    parts = starterkit.parts(on=now.date())
    keys = [actions_starter.key_of(part.code) for part in parts]
    there = await queries.adopted_by_key(db, keys)
    groups = [
        {
            "slug": slug,
            "label": label,
            "parts": [part for part in parts if part.group == slug],
            "there": sum(actions_starter.key_of(p.code) in there for p in parts if p.group == slug),
        }
        for slug, label in starterkit.GROUPS.items()
    ]
    return page(
        request,
        "console/kit_starter.html",
        groups=groups,
        tag_groups=starterkit.tag_groups(),
        cadences=starterkit.cadences(),
        total=len(parts),
        there=len(there),
        kind_words=KIND_WORDS,
    )


@post(f"{HERE}/starter", guards=ADOPT, include_in_schema=False)
async def import_starter(
    request: Request[Any, Any, Any], data: URLEncodedBody[StarterForm], db: Db, me: Me, now: Now
) -> Response[Any]:
    """Bring in the ticked groups as drafts."""
    wanted = _ticked(data.groups)
    if not wanted:
        raise Invalid.of("groups", "请至少勾选一组再导入")
    await actions_starter.import_starter(db, wanted, by=me, at=now)
    return go(request, f"{HERE}/adopted?stand=starter")


@get(f"{HERE}/new", guards=PUBLISH, include_in_schema=False)
async def new_kit(request: Request[Any, Any, Any], db: Db) -> Template:
    """Show the form of a new kit."""
    return page(request, "console/kit_form.html", kit=None, chosen=set(), **await _choice(db))


async def _choice(db: Read) -> dict[str, Any]:
    items, templates = await queries.holdings(db)
    return {
        "items": items,
        "templates": templates,
        "cadences": await queries.cadence_holdings(db),
        "member_count": len(await queries_members.members(db)),
        "kind_words": KIND_WORDS,
        "errors": {},
    }


@post(HERE, guards=PUBLISH, include_in_schema=False)
async def create_kit(
    request: Request[Any, Any, Any], data: URLEncodedBody[KitForm], db: Db, me: Me, now: Now
) -> Response[Any]:
    """Start a kit."""
    kit = await actions.create_kit(db, data.draft(), by=me, at=now)
    return go(request, f"{HERE}/{kit.id}")


@get(f"{HERE}/{{kit_id:uuid}}", guards=SEE, include_in_schema=False)
async def kit_page(
    request: Request[Any, Any, Any],
    kit_id: FromPath[UUID],
    db: Db,
    bank: OurBank,
    known: FromQuery[int] = 0,
) -> Template:
    """Show an own kit with what became of it, or one of the parent's with what to fill in.

    `known` is how many of the parts of a click were taken over before.
    """
    if not await queries.has_kit(db, kit_id):
        return await _offer(request, db, kit_id, hotline=bank.hotline, known=known)
    kit = await queries.own_kit(db, kit_id)
    items, templates = await queries.holdings(db)
    titles = {one.id: one.title for one in items} | {one.id: one.title for one, _ in templates}
    titles |= {one.id: one.title for one in await queries.cadence_holdings(db)}
    rows = list(await queries.figures(db, kit_id))
    published = list(await queries.version_parts(db, bank.id, kit_id, kit.version_no))
    return page(
        request,
        "console/kit_own.html",
        kit=kit,
        states=kitstates.STATES,
        chosen=await queries.parts(db, kit_id),
        titles=titles,
        versions=await queries.versions(db, kit_id),
        members=kit_desk.by_member(rows),
        member_count=len(await queries_members.members(db)),
        parts=published,
        sums=kit_desk.by_part(rows, published),
        kind_words=KIND_WORDS,
    )


async def _offer(
    request: Request[Any, Any, Any], db: Read, kit_id: UUID, *, hotline: str, known: int
) -> Template:
    version = await queries.offered_kit(db, kit_id)
    parts = await queries.version_parts(db, version.tenant_id, kit_id, version.no)
    links = await queries.adopted_by_key(db, [actions_adopt.source_key(one) for one in parts])
    recalled = await queries.recalled_since(db, version)
    rows = [
        {
            "part": part,
            "link": links.get(actions_adopt.source_key(part)),
            "is_recalled": part.subject_id in recalled,
            "locals": [
                (spec, kinds.show(spec, part.wording["fields"][spec.name]), _hint(spec, hotline))
                for spec in local_specs(part.kind, part.topic, part.wording["fields"])
            ]
            if part.subject_kind == "item"
            else [],
        }
        for part in parts
    ]
    return page(
        request,
        "console/kit_offer.html",
        version=version,
        known=known,
        rows=rows,
        open_rows=[row for row in rows if row["link"] is None and not row["is_recalled"]],
        kind_words=KIND_WORDS,
        topic_words_all=TOPICS,
        errors={},
    )


def _hint(spec: kinds.Field, hotline: str) -> str:
    return hotline if spec.name == "contact" else ""


@post(f"{HERE}/{{kit_id:uuid}}/adopt", guards=ADOPT, include_in_schema=False)
async def adopt_kit(
    request: Request[Any, Any, Any], kit_id: FromPath[UUID], house: TheHouse, now: Now
) -> Response[Any]:
    """Take the ticked parts over, with the local fields that were filled in."""
    form, who = await request.form(), principal_of(request)
    chosen = _ids([str(one) for one in form.getall("parts", [])])
    if not chosen:
        # A kit that is not there is told as that first, whatever was ticked.
        async with house.database.reading(who.tenant) as db:
            if not await queries.has_kit(db, kit_id):
                await queries.offered_kit(db, kit_id)
        raise Invalid.of("parts", "请至少勾选一条再采用")
    local: dict[UUID, dict[str, Any]] = {}
    for name, value in form.items():
        words = name.split(".", 2)
        if len(words) == 3 and words[0] == "local" and str(value).strip():
            [subject] = _ids([words[1]])
            local.setdefault(subject, {})[words[2]] = str(value)
    # What was typed for a part that is not ticked (any more) is not asked for.
    local = {subject: held for subject, held in local.items() if subject in chosen}
    try:
        done = await kit_desk.adopt_or_start(house, who, kit_id, Wish(chosen, local), at=now)
    except AlreadyAdopting as running:
        done = running.job  # a second click leads to what the first one began
    if isinstance(done, LongJob):
        return go(request, f"{HERE}/adoptions/{done.id}")
    if not done.is_known:
        return go(request, f"{HERE}/{kit_id}")
    if len(done.left) == 1 and (own_id := done.left[0].own_id):
        return go(request, kit_desk.place(done.left[0].part.subject_kind, own_id))
    return go(request, f"{HERE}/{kit_id}?known={len(done.left)}")


@get(f"{HERE}/{{kit_id:uuid}}/edit", guards=PUBLISH, include_in_schema=False)
async def edit_kit(request: Request[Any, Any, Any], kit_id: FromPath[UUID], db: Db) -> Template:
    """Show the form of one of the bank's own kits."""
    kit = await queries.own_kit(db, kit_id)
    chosen = {part.subject_id for part in await queries.parts(db, kit_id)}
    return page(request, "console/kit_form.html", kit=kit, chosen=chosen, **await _choice(db))


@post(f"{HERE}/{{kit_id:uuid}}", guards=PUBLISH, include_in_schema=False)
async def change_kit(
    request: Request[Any, Any, Any],
    kit_id: FromPath[UUID],
    data: URLEncodedBody[KitForm],
    db: Db,
    me: Me,
    now: Now,
) -> Response[Any]:
    """Change a kit; members see it with the next version only."""
    await actions.change_kit(db, kit_id, data.draft(), by=me, at=now)
    return go(request, f"{HERE}/{kit_id}")


@post(f"{HERE}/{{kit_id:uuid}}/publish", guards=PUBLISH, include_in_schema=False)
async def publish_kit(
    request: Request[Any, Any, Any],
    kit_id: FromPath[UUID],
    data: URLEncodedBody[NoteForm],
    db: Db,
    me: Me,
    now: Now,
) -> Response[Any]:
    """Publish the next version to every member at once."""
    await actions.publish_kit(db, kit_id, note=data.note, by=me, at=now)
    return go(request, f"{HERE}/{kit_id}")


@post(f"{HERE}/{{kit_id:uuid}}/withdraw", guards=PUBLISH, include_in_schema=False)
async def withdraw_kit(
    request: Request[Any, Any, Any], kit_id: FromPath[UUID], db: Db, me: Me, now: Now
) -> Response[Any]:
    """Offer a kit to the members no more."""
    await actions.withdraw_kit(db, kit_id, by=me, at=now)
    return go(request, f"{HERE}/{kit_id}")


@get(f"{HERE}/{{kit_id:uuid}}/export", guards=PUBLISH, include_in_schema=False)
async def export_figures(
    kit_id: FromPath[UUID], db: Db, me: Me, bank: OurBank, now: Now
) -> Response[bytes]:
    """Return what became of a kit at each member as xlsx, one row a part and member."""
    kit = await queries.own_kit(db, kit_id)
    parts = await queries.version_parts(db, bank.id, kit_id, kit.version_no)
    titles = {part.subject_id: part.title for part in parts}
    rows = [
        (
            row.member_name,
            titles.get(row.subject_id, "以前的内容"),
            row.adopted,
            row.live,
            row.recalled,
            row.counted_at,
        )
        for row in await queries.figures(db, kit_id)
    ]
    tenants.record(db, "kit.exported", "kit", kit.id, by=me, at=now, rows=len(rows))
    data = sheets.xlsx(f"{kit.name}采用情况", COLUMNS, rows, by=me.name, at=now, zone=bank.zone)
    return sheets.download(data, f"{kit.name}-采用情况.xlsx")


HANDLERS = [
    kits_page,
    starter_page,
    import_starter,
    new_kit,
    create_kit,
    kit_page,
    adopt_kit,
    edit_kit,
    change_kit,
    publish_kit,
    withdraw_kit,
    export_figures,
]
