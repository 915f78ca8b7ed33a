"""Taking over and merging as the page and the API do it: files first, then one transaction."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from contenthub.db import Read
from contenthub.kits import (
    actions_adopt,
    actions_adoptions,
    actions_updates,
    cadencewordings,
    kitstates,
    queries,
    wordings,
)
from contenthub.kits.actions_adopt import Taken, Wish
from contenthub.kits.models import AdoptedPart, KitFigure, KitVersion, KitVersionPart
from contenthub.kits.queries import Adopted
from contenthub.library import diff
from contenthub.library import queries as library
from contenthub.scheduler import queries_cadences
from contenthub.tenants.models import LongJob
from contenthub.web.house import House
from contenthub.web.keyset import Place, cursor_of, place_of
from contenthub.web.pages import local
from contenthub.web.signin import Principal

ROOMS = {"item": "library", "template": "posters", "cadence": "cadences"}
"""Where in the console each kind of part is at home."""
OWN_KIT = "这是本行自己编制的内容包，不需要采用；成员行会在它们的“内容包”里看到"


async def adopt(
    house: House, who: Principal, kit_id: UUID, wish: Wish, *, at: datetime
) -> tuple[KitVersion, Taken]:
    """Take parts of the newest version of a kit over into the person's bank at once.

    Raises:
        NotFound: the bank's parent offers no such kit. WrongStep: it is the bank's own.
    """
    version, parts = await _asked(house, who, kit_id, wish)
    return version, await _adopt(house, who, version, parts=parts, wish=wish, at=at)


async def adopt_or_start(
    house: House, who: Principal, kit_id: UUID, wish: Wish, *, at: datetime
) -> Taken | LongJob:
    """Take parts over at once, or start a job when they are more than a clerk waits for.

    Raises:
        NotFound, WrongStep: as `adopt`. AlreadyAdopting: the same kit is being taken over.
    """
    version, parts = await _asked(house, who, kit_id, wish)
    if len(parts) <= actions_adoptions.AT_ONCE:
        return await _adopt(house, who, version, parts=parts, wish=wish, at=at)
    async with house.database.unit_of_work(who.tenant) as db:
        return await actions_adoptions.start(db, version, parts, wish, by=who.staff, at=at)


async def _asked(
    house: House, who: Principal, kit_id: UUID, wish: Wish
) -> tuple[KitVersion, list[KitVersionPart]]:
    async with house.database.reading(who.tenant) as read:
        if await queries.has_kit(read, kit_id):
            raise kitstates.WrongStep(OWN_KIT)
        version = await queries.offered_kit(read, kit_id)
        every = await queries.version_parts(read, version.tenant_id, kit_id, version.no)
        return version, actions_adopt.wished(every, wish)


async def _adopt(
    house: House,
    who: Principal,
    version: KitVersion,
    *,
    parts: list[KitVersionPart],
    wish: Wish,
    at: datetime,
) -> Taken:
    async with house.database.reading(who.tenant) as read:
        known = await queries.adopted_by_key(read, [actions_adopt.source_key(p) for p in parts])
    fresh = [part for part in parts if actions_adopt.source_key(part) not in known]
    stored = await actions_adopt.copy_files(house.storage, who.tenant, fresh)
    async with house.database.unit_of_work(who.tenant) as db:
        return await actions_adopt.adopt_parts(
            db, version, parts, wish, stored=stored, by=who.staff, at=at
        )


async def merge(
    house: House, who: Principal, subject_id: UUID, *, keep_own: bool, at: datetime
) -> AdoptedPart:
    """Merge the source's newer wording of an own item or template as its next draft.

    Raises:
        NotFound, NotAdopted; WrongStep: there is nothing newer, or the draft waits for review.
    """
    async with house.database.reading(who.tenant) as read:
        newer = (await standing(read, subject_id)).newer
    if newer is None:
        raise kitstates.WrongStep(actions_updates.NOTHING_NEWER)
    stored = await actions_adopt.copy_files(house.storage, who.tenant, [newer])
    async with house.database.unit_of_work(who.tenant) as db:
        return await actions_updates.take_update(
            db, subject_id, newer, stored=stored, keep_own=keep_own, by=who.staff, at=at
        )


async def standing(db: Read, subject_id: UUID) -> Adopted:
    """Return an own item or template with what its source does now; raises NotAdopted."""
    await queries.adopted_part(db, subject_id)
    return (await queries.adopted(db, subject_id=subject_id))[0]


def place(subject_kind: str, subject_id: UUID | str) -> str:
    """Return the address of the page of something that was taken over."""
    return f"/console/{ROOMS[subject_kind]}/{subject_id}"


def page_of(every: list[Adopted], cursor: str, *, limit: int) -> tuple[list[Adopted], str]:
    """Return one page of a list of what was taken over, and where the next begins ('' at the end).

    Raises:
        Invalid: field `cursor`.
    """
    place = place_of(cursor)
    if place is not None:
        every = [one for one in every if _comes_after(one.part, place)]
    if len(every) <= limit:
        return every, ""
    last = every[limit - 1].part
    return every[:limit], cursor_of((last.updated_at, last.subject_id)) or ""


def _comes_after(part: AdoptedPart, place: Place) -> bool:
    at, subject_id = place
    return part.updated_at < at or (part.updated_at == at and part.subject_id > subject_id)


@dataclass(frozen=True, slots=True)
class Differences:
    """What the source changed since it was taken over, and what this bank did itself."""

    theirs: list[diff.FieldDiff]
    own: list[str]
    """Labels of the parts that this bank changed, local fields aside."""


async def differences(db: Read, one: Adopted, *, zone: str) -> Differences:
    """Return what changed on either side of something taken over; nothing when nothing did."""
    if one.newer is None or one.part.subject_kind == "template":
        return Differences([], [])
    base = one.part.base
    if one.part.subject_kind == "cadence":
        return await _cadence_differences(db, one, one.newer.wording)
    item = await library.item(db, one.part.subject_id)
    mine = await actions_updates.ours(db, item)
    found = diff.diff(_shown(base, zone), _shown(one.newer.wording, zone))
    changed = wordings.own_changes(wordings.Merge(base, mine, one.newer.wording))
    labels = {row.name: row.label for row in diff.diff(_shown(base, zone), _shown(mine, zone))}
    return Differences(found, [labels.get(part, "题图") for part in changed])


async def _cadence_differences(db: Read, one: Adopted, theirs: dict[str, Any]) -> Differences:
    found = await queries_cadences.cadence(db, one.part.subject_id)
    mine = {part: getattr(found, part) for part in cadencewordings.PARTS}
    own = cadencewordings.own_changes(one.part.base, mine)
    labels = [cadencewordings.PARTS[part] for part in own]
    return Differences(cadencewordings.changes(one.part.base, theirs), labels)


def _shown(data: dict[str, Any], zone: str) -> dict[str, Any]:
    at = {name: wordings.instant(data[name]) for name in ("valid_from", "valid_until")}
    return {**data, **{name: local(each, zone) if each else "" for name, each in at.items()}}


@dataclass
class Sum:
    """What became of a kit at one member, or of one part at all of them."""

    name: str
    adopted: int = 0
    live: int = 0
    recalled: int = 0


def by_member(rows: list[KitFigure]) -> list[Sum]:
    """Return the sums of each member, by name."""
    found: dict[UUID, Sum] = {}
    for row in rows:
        _add(found.setdefault(row.member_id, Sum(row.member_name)), row)
    return list(found.values())


def by_part(rows: list[KitFigure], parts: list[KitVersionPart]) -> dict[UUID, Sum]:
    """Return the sums of each part, those of older versions that nobody offers any more too."""
    titles = {part.subject_id: part.title for part in parts}
    found: dict[UUID, Sum] = {}
    for row in rows:
        _add(found.setdefault(row.subject_id, Sum(titles.get(row.subject_id, "以前的内容"))), row)
    return found


def _add(total: Sum, row: KitFigure) -> None:
    total.adopted += row.adopted
    total.live += row.live
    total.recalled += row.recalled
