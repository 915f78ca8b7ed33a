"""What a new poster may begin from: shipped designs by size and season, and the bank's own."""

from collections import OrderedDict
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import Any, NamedTuple
from uuid import UUID

import msgspec
from litestar import Request, Response

from contenthub.db import Read
from contenthub.errors import Invalid, NotFound, Unavailable
from contenthub.library import queries_shareable
from contenthub.library.models import Item
from contenthub.posters import actions, editing, queries, queries_plans, rendering, scaling
from contenthub.posters.models import PosterTemplate
from contenthub.posters.rehearsal import SOMEBODY
from contenthub.posters.rendering import PosterPlan
from contenthub.posters.sizes import SIZES
from contenthub.posters.starters import SEASONS, Starter, starters
from contenthub.posters.template import parse, structured
from contenthub.storage import Storage
from contenthub.tenants.models import Staff
from contenthub.tenants.topics import TOPICS
from contenthub.web import poster_faults, poster_work
from contenthub.web.house import House
from contenthub.web.signin import principal_of

THUMB_PX = 420
PAINTED_PX = 500
"""Designs are painted this wide or a little wider: an A4 sheet in a twentieth of its time."""
MINE, OURS = 4, 12
KEPT = 192
"""Small pictures kept in this process, 40 KB each."""
_kept: OrderedDict[str, bytes] = OrderedDict()


@dataclass(frozen=True, slots=True)
class Wanted:
    """What the gallery is narrowed by; unknown words narrow nothing."""

    q: str = ""
    size: str = ""
    season: str = ""
    fits: str = ""
    """`1` leaves out what would say something untrue of the item."""


class Choice(NamedTuple):
    """A shipped design in the gallery, in the size asked for.

    `why` says why it does not fit the item, `lacks` which of the item's words it misses.
    """

    code: str
    size: str
    starter: Starter
    season: str
    why: str
    lacks: str


class Own(NamedTuple):
    """A poster of the bank as a beginning; `is_mine` if the viewer drew it."""

    template: PosterTemplate
    title: str
    is_mine: bool


async def gallery(
    db: Read, storage: Storage, item: Item, *, wanted: Wanted, viewer: Staff
) -> dict[str, Any]:
    """Return what the gallery's page shows for an item."""
    return {
        "item": item,
        "wanted": wanted,
        "choices": await _choices(db, storage, item, wanted=wanted),
        "own": await _own(db, wanted.q, viewer=viewer),
        "sizes": {code: SIZES[code].short for one in starters().values() for code in one.sizes},
        "seasons": SEASONS,
        "topics": TOPICS,
    }


async def _choices(db: Read, storage: Storage, item: Item, *, wanted: Wanted) -> list[Choice]:
    found = []
    for code, one in starters().items():
        size = wanted.size if wanted.size in one.sizes else ""
        if not _is_wanted(one, wanted, size):
            continue
        why = editing.unsuitable(code, item.topic)
        if why and wanted.fits:
            continue
        named = f"{code}.{size}" if size and size != one.size else code
        lacks = "" if why else await poster_faults.starter_fault(db, storage, named, item.id)
        found.append(Choice(named, size or one.size, one, SEASONS[one.season], why, lacks))
    # What fits comes first; the rest keeps its order.
    return sorted(found, key=lambda one: bool(one.why))


def _is_wanted(one: Starter, wanted: Wanted, size: str) -> bool:
    text = wanted.q.strip()
    said = (one.title, SEASONS[one.season], TOPICS.get(one.topic, ""))
    return (
        (not text or any(text in word for word in said))
        and (wanted.season not in SEASONS or one.season == wanted.season)
        and (wanted.size not in SIZES or bool(size))
    )


async def _own(db: Read, q: str, *, viewer: Staff) -> list[Own]:
    """Return the bank's posters one may begin from: one's own latest, then those in use."""
    text = q.strip()
    mine = await queries.templates(db, author_id=viewer.id, title=text, limit=MINE)
    ours = await queries.templates(db, state="usable", title=text, limit=OURS)
    seen = {one.id: one for one in (*mine, *ours)}
    titles = await queries.newest_titles(db, list(seen.values()))
    return [
        Own(one, titles.get(one.id, one.title), one.author_id == viewer.id) for one in seen.values()
    ][:OURS]


async def copied_design(db: Read, template_id: UUID, item: Item) -> dict[str, Any]:
    """Return a bank's own poster as a new design for an item, with the item's mandatory lines.

    The live design is taken where there is one, else the newest. Raises NotFound.
    """
    template = await queries.template(db, template_id)
    if template.live_revision_id is not None:
        revision = await queries.template_revision(db, template.live_revision_id)
    else:
        revision = await queries.shown_revision(db, template)
    bound = await actions.bound_revision(db, item.id)
    others = queries_shareable.others_of(bound)
    design: dict[str, Any] = msgspec.to_builtins(structured(revision.layers))
    return editing.with_lines(design, kind=bound.kind, topic=bound.topic, others=others)


async def thumbnail(
    request: Request[Any, Any, Any], house: House, code: str, item_id: UUID | None
) -> Response[bytes]:
    """Return a shipped design as a small JPEG: with the bank's mark, and an item's words if named.

    It shows 王小明, who works nowhere, so that one picture serves everybody. Those without an
    item's words are kept in the store, all of them in this process.
    """
    who = principal_of(request)
    async with house.database.reading(who.tenant) as db:
        plan = await _plan(db, house, code, item_id)
    etag = f'"{plan.base_hash[:32]}-{THUMB_PX}"'
    headers = {"ETag": etag, "Cache-Control": "private, max-age=600"}
    if etag in request.headers.get("if-none-match", ""):
        return Response(b"", status_code=304, headers=headers)
    key = "" if item_id else f"{who.tenant}/posters/gallery-{plan.base_hash}.jpg"
    data = _kept.get(plan.base_hash) or await _drawn(house, plan, key)
    _kept[plan.base_hash] = data
    _kept.move_to_end(plan.base_hash)
    while len(_kept) > KEPT:
        _kept.popitem(last=False)
    return Response(data, media_type="image/jpeg", headers=headers)


async def _plan(db: Read, house: House, code: str, item_id: UUID | None) -> PosterPlan:
    design = parse(editing.starter_layers(code))
    if item_id is None:
        base = await queries_plans.sample_base(db, design)
    else:
        bound = await actions.bound_revision(db, item_id)
        base = await queries_plans.design_base(db, design, item_revision_id=bound.id, hashes=[])
    url = poster_work.preview_url(house)
    somebody = msgspec.structs.replace(SOMEBODY, qr_text=url, card_text=url)
    return rendering.for_person(base, somebody)


async def _drawn(house: House, plan: PosterPlan, key: str) -> bytes:
    if key:
        with suppress(NotFound, Unavailable):
            return await house.storage.get(key)
    times = max(1, plan.template.width_px // PAINTED_PX)
    small = replace(
        plan,
        template=scaling.smaller(plan.template, times),
        base_hash=f"{plan.base_hash}-{times}",
    )
    try:
        data = await poster_work.draw(house, small, width_px=THUMB_PX)
    except Invalid:  # a word that fits by a hair's breadth, or in no size
        data = await poster_work.draw(house, plan, width_px=THUMB_PX)
    if key:
        # A full disk costs the next look half a second, not this one.
        with suppress(Unavailable):
            await house.storage.put(key, data, mime="image/jpeg")
    return data
