"""Reads that settle what a draft names: uploaded files, other items, the bank's switches."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import or_, select

from contenthub.db import Read
from contenthub.errors import Invalid, NotFound
from contenthub.library import (
    bodypictures,
    bodytext,
    enddates,
    kinds,
    placeholders,
    prizes,
    queries,
)
from contenthub.library.lint import Hit
from contenthub.library.models import Asset, Item, Revision
from contenthub.tenants import queries as tenants
from contenthub.tenants.banksettings import effective
from contenthub.tenants.sealing import bank_id

HELD_COPY = (
    "这是上级行已下架内容的副本，不能再提交或通过；上级发布新版并合并后，请从新版重新复制一条"
)
_SHA256_CHARS = 64
_ID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_SORTS = {"image/": "图片", "audio/": "音频文件", "video/": "视频文件"}


@dataclass(frozen=True, slots=True)
class Named:
    """What drafts name, looked up at once: files by id and by hash, codes, the bank's switches."""

    files: Mapping[str, Asset]
    codes: frozenset[str]
    settings: Mapping[str, Any]


async def settled(
    db: Read,
    kind: str,
    topic: str,
    fields: Mapping[str, Any],
    *,
    cover_id: UUID | None,
    body: str = "",
) -> tuple[dict[str, Any], UUID | None]:
    """Return cleaned fields with every file named by its id, and the cover's id apart.

    The form's field `cover` names the cover where `cover_id` does not. Raises Invalid for a
    file or an item that is not the bank's (the pictures of the `body` among them), a file of
    the wrong sort, and for what the bank has not switched on; NotFound for a cover that is not
    there.
    """
    if cover_id is not None:
        cover = await queries.asset(db, cover_id)
        if not cover.mime.startswith("image/"):
            raise Invalid.of("cover_asset_id", "题图应是图片（JPG、PNG 或 WEBP），请重新选择")
    files, codes = names_in([(kind, topic, fields)])
    found = await look_up(db, files | bodypictures.named(body), codes)
    return settle(found, kind, topic, fields, cover_id=cover_id, body=body)


def names_in(drafts: Iterable[tuple[str, str, Mapping[str, Any]]]) -> tuple[set[str], set[str]]:
    """Return the files (id or hash) and the codes of items that some cleaned fields name."""
    words: dict[str, set[str]] = {"asset": set(), "item": set()}
    for kind, topic, fields in drafts:
        for spec in kinds.fields_of(kind, topic):
            if spec.type in words and spec.name in fields:
                words[spec.type].add(str(fields[spec.name]))
    return words["asset"], words["item"]


async def look_up(db: Read, files: set[str], codes: set[str]) -> Named:
    """Return what of some files and codes is the bank's; a word that is neither is passed over."""
    bank = await tenants.bank(db)
    known: frozenset[str] = frozenset()
    if codes:
        rows = await db.scalars(
            select(Item.code).where(Item.tenant_id == bank_id(db), Item.code.in_(codes))
        )
        known = frozenset(rows)
    return Named(await _files(db, files), known, effective(bank.settings))


async def _files(db: Read, words: set[str]) -> dict[str, Asset]:
    hashes = {word for word in words if len(word) == _SHA256_CHARS}
    ids = [UUID(word) for word in words - hashes if _ID.fullmatch(word)]
    if not (hashes or ids):
        return {}
    rows = await db.scalars(
        select(Asset).where(
            Asset.tenant_id == bank_id(db), or_(Asset.id.in_(ids), Asset.sha256.in_(hashes))
        )
    )
    found = rows.all()
    return {str(one.id): one for one in found} | {one.sha256: one for one in found}


def settle(
    known: Named,
    kind: str,
    topic: str,
    fields: Mapping[str, Any],
    *,
    cover_id: UUID | None,
    body: str = "",
) -> tuple[dict[str, Any], UUID | None]:
    """Return what `settled` does of fields whose names were looked up; raises Invalid."""
    wrong = kinds.switched_off(kind, topic, fields, known.settings)
    if fault := bodypictures.fault(body, known.files):
        wrong["body"] = fault
    kept = dict(fields)
    for spec in kinds.fields_of(kind, topic):
        if spec.name not in kept or spec.type not in ("asset", "item"):
            continue
        try:
            if spec.type == "asset":
                kept[spec.name] = str(_file(known, spec, str(kept[spec.name])).id)
            else:
                _named(known, spec, str(kept[spec.name]))
        except Invalid as error:
            wrong |= error.fields
    if wrong:
        raise Invalid(fields=wrong)
    cover = kept.pop("cover", None)
    if cover_id is not None:
        return kept, cover_id
    return kept, UUID(cover) if cover else None


def _file(known: Named, spec: kinds.Field, word: str) -> Asset:
    found = known.files.get(word)
    if found is None:
        raise Invalid.of(f"fields.{spec.name}", f"没有找到这个{spec.label}，请重新上传")
    if not found.mime.startswith(spec.mimes):
        sort = _SORTS.get(spec.mimes[0], "PDF 文件")
        raise Invalid.of(f"fields.{spec.name}", f"“{spec.label}”要用{sort}，请重新选择")
    if found.scan == "waiting":
        told = f"“{found.filename}”正在扫描病毒，通过后才能用，请过一会儿再保存"
        raise Invalid.of(f"fields.{spec.name}", told)
    if found.scan == "infected":
        told = f"“{found.filename}”查出病毒，不能使用，请换一个文件"
        raise Invalid.of(f"fields.{spec.name}", told)
    return found


def _named(known: Named, spec: kinds.Field, code: str) -> None:
    if code not in known.codes:
        raise Invalid.of(
            f"fields.{spec.name}", f"没有编号为 {code} 的内容，请在内容库里核对“{spec.label}”"
        )


async def check_finished(db: Read, body: str) -> None:
    """Raise Invalid (`body`) for a picture that waits for its upload, its scan, or has no file."""
    bodytext.check_finished(body)
    files = await _files(db, bodypictures.named(body))
    if fault := bodypictures.fault(body, files, is_finished=True):
        raise Invalid.of("body", fault)


async def pictures(db: Read, body: str) -> dict[str, str]:
    """Return id -> description of the pictures in a text that can be shown: own, no virus."""
    files = await _files(db, bodypictures.named(body))
    return {
        word: file.alt_text
        for word, file in files.items()
        if file.mime.startswith("image/") and file.scan in ("off", "clean")
    }


async def picture_hits(db: Read, body: str) -> list[Hit]:
    """Return the hint that pictures of a text have no description, or nothing."""
    return bodypictures.undescribed(body, await _files(db, bodypictures.named(body)))


def require_not_held(item: Item) -> None:
    """Raise HeldBack for an item whose source has taken it back."""
    if item.held_reason:
        raise placeholders.HeldBack(HELD_COPY if item.copy_of_id else "")


def require_own(item: Item, wording: Revision) -> None:
    """Raise for what may not be submitted: taken back by its source, or not made the bank's own.

    Raises:
        HeldBack, or Invalid naming each local field and 【待填】 that is still open.
    """
    require_not_held(item)
    placeholders.check_filled(
        item.must_fill,
        wording.kind,
        wording.topic,
        title=wording.title,
        fields=wording.fields,
        body=wording.body,
    )


async def ended(db: Read, wording: Revision, *, at: datetime) -> dict[str, str]:
    """Return field -> what to do (中文) where a wording would be over at once at `at`."""
    found = {}
    if wording.valid_until is not None and wording.valid_until <= at:
        found["valid_until"] = "有效期已经过去，请改为将来的时间再提交"
    zone = (await tenants.bank(db)).zone
    return found | enddates.over(wording.kind, wording.fields, zone=zone, at=at)


async def require_not_over(db: Read, wording: Revision, *, at: datetime) -> None:
    """Raise Invalid naming every date by which a wording is over already."""
    if wrong := await ended(db, wording, at=max(at, wording.valid_from or at)):
        raise Invalid(fields=wrong)


async def item_by_code(db: Read, code: str) -> Item | None:
    """Return the bank's item of a code such as P-1001, or None."""
    return await db.scalar(select(Item).where(Item.tenant_id == bank_id(db), Item.code == code))


async def require_prizes_kept(
    db: Read,
    item: Item,
    fields: Mapping[str, Any],
    *,
    at: datetime,
    valid_from: datetime | None = None,
) -> None:
    """Raise Invalid when a wording changes the prizes of an activity that has begun (PRIZE-03).

    One for later is no way around: at `valid_from` the activity may have begun.
    """
    if wrong := await changed_prizes(db, item, fields, at=max(at, valid_from or at)):
        raise Invalid(fields=wrong)


async def changed_prizes(
    db: Read, item: Item, fields: Mapping[str, Any], *, at: datetime
) -> dict[str, str]:
    """Return field -> 中文 for what a wording changes of an activity that has begun at `at`.

    Taking it back and publishing it anew is no way around: what customers saw last counts.
    """
    live = (await published_activities(db, [item])).get(item.id)
    if live is None:
        return {}
    zone = (await tenants.bank(db)).zone
    return prizes.changed_in_play(live, fields, zone=zone, at=at)


async def published_activities(db: Read, items: Iterable[Item]) -> dict[UUID, Mapping[str, Any]]:
    """Return, by item, the fields that customers saw last of activities."""
    ids = [item.id for item in items if item.kind == "activity"]
    if not ids:
        return {}
    rows = await db.execute(
        select(Revision.item_id, Revision.fields)
        .where(
            Revision.tenant_id == bank_id(db),
            Revision.item_id.in_(ids),
            Revision.live_at.is_not(None),
        )
        .order_by(Revision.live_at, Revision.no)
    )
    return {row[0]: row[1] for row in rows}


async def related(db: Read, revision: Revision) -> list[tuple[kinds.Field, Item]]:
    """Return the items that a wording names for its readers, with the field that names each."""
    found = []
    for spec in kinds.fields_of(revision.kind, revision.topic):
        code = revision.fields.get(spec.name)
        if spec.place == "related" and isinstance(code, str):
            item = await item_by_code(db, code)
            if item is not None:
                found.append((spec, item))
    return found


async def cover_alt(db: Read, revision: Revision) -> str:
    """Return what a wording's cover shows, in words; empty without a cover or description."""
    if revision.cover_asset_id is None:
        return ""
    cover = await db.get(Asset, (bank_id(db), revision.cover_asset_id))
    return cover.alt_text if cover else ""


async def files_of(db: Read, revision: Revision) -> list[tuple[kinds.Field, Asset]]:
    """Return the files a customer's page plays or offers, with the field that names each."""
    specs = [
        (spec, str(revision.fields[spec.name]))
        for spec in kinds.fields_of(revision.kind, revision.topic)
        if spec.place == "media" and spec.name in revision.fields
    ]
    found = []
    for spec, named in specs:
        try:
            found.append((spec, await queries.asset(db, UUID(named))))
        except (NotFound, ValueError):
            continue
    return found
