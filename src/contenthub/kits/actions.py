"""Writes of a bank's own kits: named, filled, published as versions, withdrawn."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import delete, update

from contenthub.db import Write, new_id
from contenthub.errors import Invalid
from contenthub.kits import actions_cadences, kitstates, queries, wordings
from contenthub.kits.models import Kit, KitPart, KitVersion, KitVersionPart
from contenthub.library import queries as library
from contenthub.library import queries_labels
from contenthub.library.models import Asset
from contenthub.posters import queries as posters
from contenthub.posters.rendering import picture_hashes
from contenthub.tenants import actions as tenants
from contenthub.tenants import queries as tenants_queries
from contenthub.tenants.models import Staff
from contenthub.tenants.sealing import bank_id

NAME_MAX_CHARS, SUMMARY_MAX_CHARS, PARTS_MAX = 40, 200, 200


@dataclass(frozen=True, slots=True)
class KitDraft:
    """What somebody decides about a kit; ids in the order in which members see them."""

    name: str
    summary: str = ""
    item_ids: Sequence[UUID] = ()
    template_ids: Sequence[UUID] = ()
    cadence_ids: Sequence[UUID] = ()


async def create_kit(db: Write, draft: KitDraft, *, by: Staff, at: datetime) -> Kit:
    """Start a kit; members see nothing of it before it is published."""
    checked = await _checked(db, draft)
    kit = Kit(
        tenant_id=bank_id(db),
        id=new_id(),
        author_id=by.id,
        created_at=at,
        updated_at=at,
        name=checked.name,
        summary=checked.summary,
        state="draft",
        version_no=0,
    )
    db.add(kit)
    await db.flush()
    await _fill(db, kit, checked)
    tenants.record(db, "kit.created", "kit", kit.id, by=by, at=at, name=kit.name)
    return kit


async def change_kit(db: Write, kit_id: UUID, draft: KitDraft, *, by: Staff, at: datetime) -> Kit:
    """Change a kit's name and parts; members see it with the next version only."""
    kit = await queries.own_kit(db, kit_id, lock=True)
    checked = await _checked(db, draft)
    kit.name, kit.summary, kit.updated_at = checked.name, checked.summary, at
    await db.execute(
        delete(KitPart).where(KitPart.tenant_id == bank_id(db), KitPart.kit_id == kit.id)
    )
    await _fill(db, kit, checked)
    count = len(checked.item_ids) + len(checked.template_ids) + len(checked.cadence_ids)
    tenants.record(db, "kit.changed", "kit", kit.id, by=by, at=at, name=kit.name, parts=count)
    return kit


async def _checked(db: Write, draft: KitDraft) -> KitDraft:
    """Return a draft whose parts are all the bank's; raises Invalid naming every wrong field."""
    name, summary = draft.name.strip(), draft.summary.strip()
    wrong = {}
    if not name or len(name) > NAME_MAX_CHARS:
        wrong["name"] = f"请填写内容包名称，最多 {NAME_MAX_CHARS} 字，例如 开门红内容包"
    if len(summary) > SUMMARY_MAX_CHARS:
        wrong["summary"] = f"说明最多 {SUMMARY_MAX_CHARS} 字，请缩短"
    if len(draft.item_ids) + len(draft.template_ids) + len(draft.cadence_ids) > PARTS_MAX:
        wrong["item_ids"] = f"一个内容包最多 {PARTS_MAX} 条，请分成几个"
    if wrong:
        raise Invalid(fields=wrong)
    items, templates = list(dict.fromkeys(draft.item_ids)), list(dict.fromkeys(draft.template_ids))
    for item_id in items:
        await library.item(db, item_id)
    for template_id in templates:
        template = await posters.template(db, template_id)
        if template.item_id not in items:
            raise Invalid.of(
                "template_ids", f"海报“{template.title}”对应的内容不在包里，请一并选上那条内容"
            )
    cadences = list(dict.fromkeys(draft.cadence_ids))
    await actions_cadences.check_parts(db, cadences, items)
    return KitDraft(name, summary, items, templates, cadences)


async def _fill(db: Write, kit: Kit, draft: KitDraft) -> None:
    ids = [("item", one) for one in draft.item_ids]
    ids += [("template", one) for one in draft.template_ids]
    ids += [("cadence", one) for one in draft.cadence_ids]
    for position, (kind, subject_id) in enumerate(ids):
        db.add(
            KitPart(
                tenant_id=kit.tenant_id,
                kit_id=kit.id,
                subject_kind=kind,
                subject_id=subject_id,
                position=position,
            )
        )
    await db.flush()


async def publish_kit(
    db: Write, kit_id: UUID, *, note: str = "", by: Staff, at: datetime
) -> KitVersion:
    """Publish a kit's next version: copies of what is live now, read by every member at once.

    Raises:
        Invalid: nothing is in it. NotLive: a part is not live. WrongStep: nothing has changed.
    """
    kit = await queries.own_kit(db, kit_id, lock=True)
    state = kitstates.decide(kit.state, "publish")
    if len(note) > SUMMARY_MAX_CHARS:
        raise Invalid.of("note", f"更新说明最多 {SUMMARY_MAX_CHARS} 字，请缩短")
    chosen = await queries.parts(db, kit.id)
    if not chosen:
        raise Invalid.of("item_ids", "内容包还是空的，请先选入已发布的内容")
    no = kit.version_no + 1
    copies = [await _copy(db, part, no, at=at) for part in chosen]
    if kit.state == "published" and await _is_same(db, kit, copies):
        raise kitstates.WrongStep(f"内容和第 {kit.version_no} 版相同，没有需要发布的更新")
    await _retire(db, kit)
    version = KitVersion(
        tenant_id=kit.tenant_id,
        kit_id=kit.id,
        no=no,
        name=kit.name,
        summary=kit.summary,
        note=note.strip(),
        publisher=(await tenants_queries.bank(db)).name,
        is_newest=True,
        parts=len(copies),
        published_at=at,
    )
    db.add(version)
    await db.flush()
    db.add_all(copies)
    kit.state, kit.version_no, kit.updated_at = state, no, at
    await db.flush()
    tenants.record(
        db, "kit.published", "kit", kit.id, by=by, at=at, name=kit.name, no=no, parts=len(copies)
    )
    return version


async def withdraw_kit(db: Write, kit_id: UUID, *, by: Staff, at: datetime) -> Kit:
    """Offer a kit to the members no more; what they took over stays theirs."""
    kit = await queries.own_kit(db, kit_id, lock=True)
    kit.state, kit.updated_at = kitstates.decide(kit.state, "withdraw"), at
    await _retire(db, kit)
    tenants.record(db, "kit.withdrawn", "kit", kit.id, by=by, at=at, name=kit.name)
    return kit


async def _retire(db: Write, kit: Kit) -> None:
    await db.execute(
        update(KitVersion)
        .where(KitVersion.tenant_id == kit.tenant_id, KitVersion.kit_id == kit.id)
        .values(is_newest=False)
    )


async def _is_same(db: Write, kit: Kit, copies: Sequence[KitVersionPart]) -> bool:
    before = await queries.version_parts(db, kit.tenant_id, kit.id, kit.version_no)
    newest = (await queries.versions(db, kit.id))[0]
    return (newest.name, newest.summary) == (kit.name, kit.summary) and [
        (part.subject_id, part.hash) for part in before
    ] == [(part.subject_id, part.hash) for part in copies]


async def _copy(db: Write, part: KitPart, no: int, *, at: datetime) -> KitVersionPart:
    if part.subject_kind == "cadence":
        facts = await actions_cadences.copy_of(db, part.subject_id, no=no, at=at)
    else:
        facts = await (_item_copy if part.subject_kind == "item" else _template_copy)(
            db, part.subject_id, at=at
        )
    return KitVersionPart(
        tenant_id=part.tenant_id,
        kit_id=part.kit_id,
        no=no,
        subject_id=part.subject_id,
        subject_kind=part.subject_kind,
        position=part.position,
        **facts,
    )


async def _item_copy(db: Write, item_id: UUID, *, at: datetime) -> dict[str, Any]:
    item = await library.item(db, item_id)
    try:
        _, live = await library.live(db, item_id, at=at)
    except library.NotLive:
        raise library.NotLive(
            f"“{item.title}”现在没有已发布的版本，请先发布，或把它移出内容包"
        ) from None
    data = {
        **queries.wording_of(live),
        wordings.LABELS: await queries_labels.names_of(db, item_id),
    }
    return {
        "code": item.code,
        "kind": live.kind,
        "topic": live.topic,
        "title": live.title,
        "wording": data,
        "assets": [_file(one) for one in await _assets(db, data)],
        "revision_no": live.no,
        "hash": live.hash,
    }


async def _template_copy(db: Write, template_id: UUID, *, at: datetime) -> dict[str, Any]:
    template = await posters.live_template(db, template_id, at=at)
    assert template.live_revision_id is not None, "live_template has seen to it"
    shown = await posters.template_revision(db, template.live_revision_id)
    item = await library.item(db, template.item_id)
    files = [await library.asset_by_sha256(db, one) for one in picture_hashes(shown.layers)]
    return {
        "code": template.code,
        "kind": "template",
        "topic": item.topic,
        "title": shown.title,
        "wording": {"layers": shown.layers, "item_id": str(template.item_id)},
        "assets": [_file(one) for one in files if one is not None],
        "revision_no": shown.no,
        "hash": shown.hash,
    }


async def _assets(db: Write, data: dict[str, Any]) -> list[Asset]:
    """Return the bank's files whose id stands in a wording."""
    found = []
    for asset_id in wordings.ids_in(data):
        one = await db.get(Asset, (bank_id(db), asset_id))
        if one is not None:
            found.append(one)
    return found


def _file(asset: Asset) -> dict[str, Any]:
    return {
        "id": str(asset.id),
        "sha256": asset.sha256,
        "mime": asset.mime,
        "width_px": asset.width_px,
        "height_px": asset.height_px,
        "size_bytes": asset.size_bytes,
        "key": asset.storage_key,
        "filename": asset.filename,
        "alt_text": asset.alt_text,
    }
