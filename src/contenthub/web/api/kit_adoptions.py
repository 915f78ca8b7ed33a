"""What a bank took over from kits, what its sources changed since, and merging that."""

from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec
from litestar import Request, Router, get, post
from litestar.params import FromPath, FromQuery, JSONBody

from contenthub.kits import actions_updates, queries
from contenthub.kits.queries import Adopted
from contenthub.web import kit_desk
from contenthub.web.deps import Db, Me, Now, OurBank, TheHouse, keep_answer
from contenthub.web.keyset import page_size
from contenthub.web.signin import May, principal_of

SEE, ADOPT = [May("kits.view")], [May("kits.adopt")]


class MergeKitBody(msgspec.Struct, forbid_unknown_fields=True):
    """`keep_own`: what this bank changed and the source did not stays as it is here."""

    keep_own: bool = True


class AdoptedView(msgspec.Struct):
    """An own item or template that came from a kit; `stand` says what its source does now."""

    subject_id: UUID
    subject_kind: str
    code: str
    title: str
    state: str
    stand: str
    kit_name: str
    kit_no: int
    source_revision_no: int
    source_hash: str
    newer_revision_no: int | None
    recall_reason: str
    adopted_at: datetime


class AdoptedList(msgspec.Struct):
    """One page of what was taken over, the latest change first."""

    items: list[AdoptedView]
    next_cursor: str | None


class ChangeView(msgspec.Struct):
    """A field that the source changed since it was taken over."""

    field: str
    label: str
    before: str
    after: str


class ChangesView(msgspec.Struct):
    """What the source changed, and the labels of what this bank changed itself."""

    theirs: list[ChangeView]
    own: list[str]


def _adopted(one: Adopted) -> AdoptedView:
    part = one.part
    return AdoptedView(
        part.subject_id,
        part.subject_kind,
        one.code,
        one.title,
        one.state,
        one.stand,
        part.kit_name,
        part.kit_no,
        part.revision_no,
        part.hash,
        one.newer.revision_no if one.newer else None,
        part.recall_reason,
        part.adopted_at,
    )


@get("/kits/adopted", guards=SEE, summary="已采用的内容", tags=["kits"])
async def list_adopted(
    db: Db,
    stand: FromQuery[str] = "",
    q: FromQuery[str] = "",
    cursor: FromQuery[str] = "",
    limit: FromQuery[int] = 50,
) -> AdoptedList:
    """Return what was taken over; `stand` is same, update, dismissed, recalled, ended, starter."""
    limit = page_size(limit)
    found = await queries.adopted(db, stand=stand, q=q)
    rows, next_cursor = kit_desk.page_of(found, cursor, limit=limit)
    return AdoptedList([_adopted(one) for one in rows], next_cursor or None)


@get("/kits/adopted/{subject_id:uuid}", guards=SEE, summary="上级的改动", tags=["kits"])
async def show_changes(subject_id: FromPath[UUID], db: Db, bank: OurBank) -> ChangesView:
    """Return field by field what the source changed since it was taken over."""
    found = await kit_desk.differences(db, await kit_desk.standing(db, subject_id), zone=bank.zone)
    theirs = [ChangeView(row.name, row.label, row.before, row.after) for row in found.theirs]
    return ChangesView(theirs, found.own)


@post(
    "/kits/adopted/{subject_id:uuid}/merge",
    guards=ADOPT,
    summary="合并上级更新",
    tags=["kits"],
    status_code=200,
    opt={"idempotent": False},
)
async def merge_update(
    request: Request[Any, Any, Any],
    subject_id: FromPath[UUID],
    data: JSONBody[MergeKitBody],
    house: TheHouse,
    now: Now,
) -> AdoptedView:
    """Make the source's newer wording the next draft; local fields stay the bank's own."""
    who = principal_of(request)
    await kit_desk.merge(house, who, subject_id, keep_own=data.keep_own, at=now)
    async with house.database.reading(who.tenant) as db:
        return _adopted(await kit_desk.standing(db, subject_id))


@post(
    "/kits/adopted/{subject_id:uuid}/dismiss",
    guards=ADOPT,
    summary="忽略本次更新",
    tags=["kits"],
    status_code=200,
)
async def dismiss_update(subject_id: FromPath[UUID], db: Db, me: Me, now: Now) -> AdoptedView:
    """Leave the source's newer wording aside; the one after it is told again."""
    newer = (await kit_desk.standing(db, subject_id)).newer
    await actions_updates.dismiss_update(db, subject_id, newer.hash if newer else "", by=me, at=now)
    return _adopted(await kit_desk.standing(db, subject_id))


_ROUTES = (list_adopted, show_changes, merge_update, dismiss_update)
HANDLERS = [Router("/api/v1", route_handlers=_ROUTES, after_request=keep_answer)]
