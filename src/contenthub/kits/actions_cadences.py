"""Writes that bring cadences from a parent to its members, follow its changes and its recalls."""

from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from contenthub.db import Read, Write
from contenthub.errors import Invalid
from contenthub.kits import cadencewordings, queries
from contenthub.kits.kitstates import WrongStep
from contenthub.kits.models import AdoptedPart, KitVersionPart
from contenthub.library import queries as library
from contenthub.scheduler import actions_cadences, cadencestates, queries_cadences
from contenthub.scheduler import cadence as idea
from contenthub.scheduler.actions_cadences import CadenceDraft
from contenthub.scheduler.models_cadences import Cadence
from contenthub.tenants.models import Staff


async def check_parts(db: Read, cadence_ids: Collection[UUID], item_ids: Collection[UUID]) -> None:
    """Refuse cadences of a kit whose steps bring items that are not in it.

    Raises:
        NotFound: no such cadence. Invalid: field `cadence_ids`.
    """
    for cadence_id in cadence_ids:
        found = await queries_cadences.cadence(db, cadence_id)
        for step in idea.read(found.steps):
            if step.item_id and UUID(step.item_id) not in item_ids:
                item = await library.item(db, UUID(step.item_id))
                raise Invalid.of(
                    "cadence_ids",
                    f"节奏“{found.title}”用到的“{item.title}”不在包里，请一并选上那条内容",
                )


async def copy_of(db: Write, cadence_id: UUID, *, no: int, at: datetime) -> dict[str, Any]:
    """Return a cadence in use as a part of a kit's version `no` holds it.

    Raises:
        WrongCadenceState: it is not in use. Invalid: something it brings is not live.
    """
    found = await queries_cadences.cadence(db, cadence_id)
    if found.state != "in_use":
        now = cadencestates.STATES[found.state]
        raise cadencestates.WrongCadenceState(
            f"节奏“{found.title}”现在是“{now}”，请先审核通过，或把它移出内容包"
        )
    await actions_cadences.check_live(db, found, at=at)
    return {
        "code": found.code,
        "kind": "cadence",
        "topic": found.topic,
        "title": found.title,
        "wording": await wording_of(db, found, at=at),
        "assets": [],
        "revision_no": no,
        "hash": found.hash,
    }


async def wording_of(db: Read, found: Cadence, *, at: datetime) -> dict[str, Any]:
    """Return a cadence as JSON-safe data."""
    brought = await queries_cadences.contents(db, idea.read(found.steps), at=at)
    return cadencewordings.wording(
        title=found.title,
        topic=found.topic,
        purpose=found.purpose,
        steps=found.steps,
        titles={item_id: one.item.title for item_id, one in brought.items()},
    )


async def _own_items(db: Read, parent: UUID, data: Mapping[str, Any]) -> dict[str, str]:
    """Return the source's id -> the own id of the items of a cadence that were taken over."""
    keys = {f"{parent}/{item_id}": item_id for item_id in cadencewordings.item_ids(data)}
    links = await queries.adopted_by_key(db, keys)
    return {keys[key]: str(link.subject_id) for key, link in links.items()}


async def adopt(db: Write, part: KitVersionPart, *, by: Staff, at: datetime) -> Cadence | None:
    """Write a part as an own draft; None when an item it brings was not taken over."""
    own = await _own_items(db, part.tenant_id, part.wording)
    ready = cadencewordings.localised(part.wording["steps"], own)
    return None if ready.missing else await _written(db, part.wording, ready.steps, by=by, at=at)


async def _written(
    db: Write, data: Mapping[str, Any], steps: list[dict[str, Any]], *, by: Staff, at: datetime
) -> Cadence:
    draft = CadenceDraft(data["title"], data["topic"], steps, data["purpose"])
    return await actions_cadences.write_cadence(db, draft, is_checked=False, by=by, at=at)


async def bring(
    db: Write, data: Mapping[str, Any], own: Mapping[str, str], *, by: Staff, at: datetime
) -> Cadence:
    """Write a cadence that ships as an own draft; `own` is its item's code -> the own id."""
    ready = cadencewordings.localised(data["steps"], own)
    return await _written(db, data, ready.steps, by=by, at=at)


async def merge(
    db: Write,
    link: AdoptedPart,
    theirs: Mapping[str, Any],
    *,
    keep_own: bool,
    by: Staff,
    at: datetime,
) -> None:
    """Make the source's newer cadence the next draft.

    Raises:
        WrongStep: it brings items that were not taken over. WrongCadenceState: it is in review.
    """
    found = await queries_cadences.cadence(db, link.subject_id, lock=True)
    own = await _own_items(db, link.source_bank_id or found.tenant_id, theirs)
    ready = cadencewordings.localised(theirs["steps"], own)
    if ready.missing:
        named = "、".join(ready.missing[:3])
        raise WrongStep(f"新版用到的“{named}”还没有采用，请先在内容包里采用，再合并")
    ours = await wording_of(db, found, at=at)
    new = {**theirs, "steps": ready.steps}
    result = cadencewordings.merged(link.base, ours, new, keep_own=keep_own)
    steps = [
        {name: value for name, value in step.items() if name != "item_title"}
        for step in result["steps"]
    ]
    draft = CadenceDraft(result["title"], result["topic"], steps, result["purpose"])
    await actions_cadences.rewrite_cadence(db, found.id, draft, is_checked=False, by=by, at=at)


async def take_back(db: Write, cadence_id: UUID, *, reason: str, at: datetime) -> None:
    """Stop what this bank made of a cadence that its parent stopped; silent if it is stopped."""
    found = await queries_cadences.cadence(db, cadence_id, lock=True)
    if found.state != "stopped":
        await actions_cadences.stop_cadence(db, cadence_id, reason=reason, by=None, at=at)
