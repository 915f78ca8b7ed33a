"""Writes by which a bank takes over what its parent publishes: own drafts with a link upwards."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import text

from contenthub.db import TenantId, Write
from contenthub.errors import Invalid
from contenthub.kits import actions_cadences, queries, wordings
from contenthub.kits.models import AdoptedPart, KitVersion, KitVersionPart
from contenthub.library import actions as library
from contenthub.library import actions_assets, actions_labels, kinds
from contenthub.library import queries as library_queries
from contenthub.library.actions import Draft
from contenthub.library.actions_assets import Stored
from contenthub.library.models import Item
from contenthub.posters import actions as posters
from contenthub.posters.models import PosterTemplate
from contenthub.scheduler.models_cadences import Cadence
from contenthub.storage import Storage
from contenthub.tenants import actions as tenants
from contenthub.tenants import queries as tenants_queries
from contenthub.tenants.models import Staff
from contenthub.tenants.sealing import bank_id

RECALLED = "上级行已经下架这条内容"
HAS_IT = "本行已经采用过"
NO_ITEM = "海报对应的内容没有一起采用"
NO_ITEMS = "节奏用到的内容没有一起采用"
Made = Item | PosterTemplate | Cadence


@dataclass(frozen=True, slots=True)
class Wish:
    """What a bank takes of a kit; nothing named means all of it.

    `local` says what its local fields hold here, by part: {part's id: {field: value}}.
    """

    subject_ids: Sequence[UUID] = ()
    local: Mapping[UUID, Mapping[str, Any]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Left:
    """A part that was left out and why; `own_id` is what the bank has of it already."""

    part: KitVersionPart
    why: str
    own_id: UUID | None = None


@dataclass
class Taken:
    """What became of a wish: what was made of each part, and what was left out and why."""

    made: list[tuple[KitVersionPart, Made]] = field(default_factory=list)
    left: list[Left] = field(default_factory=list)

    @property
    def is_known(self) -> bool:
        """Whether all of it was there already: a second click, or a colleague's first."""
        return not self.made and bool(self.left) and all(one.own_id for one in self.left)


def wished(parts: Sequence[KitVersionPart], wish: Wish) -> list[KitVersionPart]:
    """Return the parts of a version that a wish names, items first.

    Raises:
        Invalid: it names a part that the version does not have, or a field of one that is not
            the bank's own to fill in.
    """
    known = {part.subject_id for part in parts}
    if set(wish.subject_ids) - known:
        raise Invalid.of("subject_ids", "有的内容不在这个内容包的最新版里，请刷新后重新选择")
    chosen = set(wish.subject_ids) or known
    found = [part for part in parts if part.subject_id in chosen]
    _require_local({part.subject_id: part for part in found}, wish.local)
    return sorted(found, key=lambda part: (part.subject_kind != "item", part.position))


def _require_local(
    chosen: Mapping[UUID, KitVersionPart], local: Mapping[UUID, Mapping[str, Any]]
) -> None:
    wrong: dict[str, str] = {}
    for subject_id, values in local.items():
        part = chosen.get(subject_id)
        if part is None:
            wrong[f"local.{subject_id}"] = "这一条不在要采用的内容里，请删去它的要素，或一并采用"
            continue
        named = {name: _not_local(part, name) for name in values}
        told = {name: why_not for name, why_not in named.items() if why_not}
        told = told or _wrong_values(part, values)
        wrong |= {f"local.{subject_id}.{name}": why_not for name, why_not in told.items()}
    if wrong:
        raise Invalid(fields=wrong)


def _wrong_values(part: KitVersionPart, values: Mapping[str, Any]) -> dict[str, str]:
    """Return field -> what is wrong with its value; told now, since a job could tell nobody."""
    try:
        kinds.check(part.kind, part.topic, part.title, values, complete=False)
    except Invalid as wrong:
        named = {path.removeprefix("fields."): told for path, told in wrong.fields.items()}
        return {name: told for name, told in named.items() if name.split(".")[0] in values}
    return {}


def _not_local(part: KitVersionPart, name: str) -> str:
    """Return why a field of a part is not this bank's to fill in, '' when it is."""
    every = kinds.fields_of(part.kind, part.topic) if part.subject_kind == "item" else []
    specs = {spec.name: spec for spec in every}
    if name in specs and specs[name].is_local:
        return ""
    own = "、".join(f"{spec.label}（{spec.name}）" for spec in every if spec.is_local)
    fix = f"可以填的有：{own}" if own else "这一条没有要本行填的要素，请删去"
    if name in specs:
        return f"“{specs[name].label}”照上级行的，采用时不能改，采用后可以在草稿里改；{fix}"
    return f"“{part.title}”没有 {name} 这个要素；{fix}"


async def copy_files(
    storage: Storage, tenant: TenantId, parts: Iterable[KitVersionPart]
) -> dict[str, Stored]:
    """Copy the files that published parts name to this bank's place; no transaction is open.

    Returns the source's id of each file -> the copy. A copy of what the bank has already is
    recorded by nobody and cleared away later.
    """
    found: dict[str, Stored] = {}
    for part in parts:
        for file in part.assets:
            if file["id"] in found:
                continue
            key = actions_assets.new_key(tenant, file["sha256"], file["mime"])
            await storage.copy(file["key"], key)
            names = ("sha256", "filename", "mime", "size_bytes", "width_px", "height_px")
            told = {name: file[name] for name in names}
            found[file["id"]] = Stored(key=key, alt_text=file.get("alt_text", ""), **told)
    return found


async def keep_files(
    db: Write, stored: Mapping[str, Stored], *, by: Staff, at: datetime
) -> dict[str, str]:
    """Record copied files as the bank's own; return the source's id -> the own id of each."""
    return {
        old: str((await actions_assets.keep_asset(db, copy, by=by, at=at)).id)
        for old, copy in stored.items()
    }


async def hold_adoptions(db: Write) -> None:
    """Let nobody else of the bank take over or bring in anything until this unit ends.

    Two clicks at once would each find nothing there yet; the second waits, and then finds it.
    """
    await db.execute(
        text("select pg_advisory_xact_lock(hashtextextended(:bank, 0))"),
        {"bank": f"kits:{bank_id(db)}"},
    )


async def adopt_parts(
    db: Write,
    version: KitVersion,
    parts: Sequence[KitVersionPart],
    wish: Wish,
    *,
    stored: Mapping[str, Stored],
    by: Staff,
    at: datetime,
) -> Taken:
    """Write each part as a draft of the own bank with a link to its source.

    What was taken over before, or was recalled since it was published, is left out and named.
    """
    taken = Taken()
    await hold_adoptions(db)
    known = await queries.adopted_by_key(db, [source_key(part) for part in parts])
    recalled = await queries.recalled_since(db, version)
    files = await keep_files(db, stored, by=by, at=at)
    codes = await queries.codes(db)
    for part in parts:
        if there := known.get(source_key(part)):
            taken.left.append(Left(part, HAS_IT, there.subject_id))
        elif part.subject_id in recalled:
            taken.left.append(Left(part, RECALLED))
        else:
            made = await _adopted(db, version, part, wish, files=files, codes=codes, by=by, at=at)
            if made is None:
                why = NO_ITEMS if part.subject_kind == "cadence" else NO_ITEM
                taken.left.append(Left(part, why))
            else:
                taken.made.append((part, made))
    if taken.made:
        tenants.record(
            db,
            "kit.adopted",
            "kit",
            version.kit_id,
            by=by,
            at=at,
            name=version.name,
            no=version.no,
            parts=len(taken.made),
        )
    return taken


def source_key(part: KitVersionPart) -> str:
    """Return the name under which a part is taken over once."""
    return f"{part.tenant_id}/{part.subject_id}"


async def _adopted(
    db: Write,
    version: KitVersion,
    part: KitVersionPart,
    wish: Wish,
    *,
    files: Mapping[str, str],
    codes: dict[str, str],
    by: Staff,
    at: datetime,
) -> Made | None:
    """Take one part over; `codes` learns the code of an item that is made."""
    data = wordings.renamed(part.wording, files)
    if part.subject_kind == "template":
        made: Made | None = await _template(db, part, data, by=by, at=at)
    elif part.subject_kind == "cadence":
        made = await actions_cadences.adopt(db, part, by=by, at=at)
    else:
        local = wish.local.get(part.subject_id, {})
        made = item = await _item(db, data, local=local, codes=codes, by=by, at=at)
        codes[part.code] = item.code
    if made is None:
        return None
    db.add(
        AdoptedPart(
            tenant_id=bank_id(db),
            subject_id=made.id,
            subject_kind=part.subject_kind,
            source_key=source_key(part),
            source_bank_id=part.tenant_id,
            source_id=part.subject_id,
            source_code=part.code if part.subject_kind == "item" else "",
            kit_id=version.kit_id,
            kit_name=version.name,
            kit_no=version.no,
            revision_no=part.revision_no,
            hash=part.hash,
            base=data,
            dismissed_hash="",
            recall_reason="",
            adopted_at=at,
            updated_at=at,
        )
    )
    await db.flush()
    return made


async def _item(
    db: Write,
    data: dict[str, Any],
    *,
    local: Mapping[str, Any],
    codes: Mapping[str, str],
    by: Staff,
    at: datetime,
) -> Item:
    # A bank's hotline is known: nobody has to type it forty times.
    hotline = (await tenants_queries.bank(db)).hotline
    known = {"contact": hotline} if "contact" in data["fields"] else {}
    ready = wordings.localised(
        data["kind"],
        data["topic"],
        data["fields"],
        local={**known, **local},
        codes=codes,
    )
    item, _ = await library.write_item(
        db, draft_of({**data, "fields": ready.fields}, at=at), by=by, at=at
    )
    item.must_fill = list(ready.must_fill)
    await actions_labels.put_names(db, item.id, data.get(wordings.LABELS, []), by=by, at=at)
    return item


def draft_of(data: Mapping[str, Any], *, at: datetime) -> Draft:
    """Return a wording as the library takes a draft; a validity that is over is left out."""
    until = wordings.instant(data["valid_until"])
    is_over = until is not None and until <= at
    return Draft(
        kind=data["kind"],
        topic=data["topic"],
        title=data["title"],
        fields=data["fields"],
        body=data["body"],
        cover_asset_id=UUID(data["cover"]) if data["cover"] else None,
        valid_from=None if is_over else wordings.instant(data["valid_from"]),
        valid_until=None if is_over else until,
    )


async def _template(
    db: Write, part: KitVersionPart, data: dict[str, Any], *, by: Staff, at: datetime
) -> PosterTemplate | None:
    key = f"{part.tenant_id}/{data['item_id']}"
    link = (await queries.adopted_by_key(db, [key])).get(key)
    if link is None:
        return None
    item = await library_queries.item(db, link.subject_id)
    draft = posters.TemplateDraft(part.title, item.id, data["layers"])
    template, _ = await posters.write_template(db, draft, by=by, at=at)
    return template
