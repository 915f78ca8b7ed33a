"""What a design that is being drawn looks like: its layers one by one, the whole, its faults.

As in poster_work.py, no transaction is open while pixels are painted or blobs fetched.
"""

import asyncio
import base64
from collections.abc import Iterable, Mapping
from contextlib import suppress
from typing import Any
from uuid import UUID

import msgspec

from contenthub.errors import ContentHubError, Invalid
from contenthub.posters import (
    actions,
    editing,
    facts,
    fontfiles,
    queries_wording,
    rehearsal,
    rendering,
    studio,
    wording,
)
from contenthub.posters.editing import Fault
from contenthub.posters.layers import SPARE, walk
from contenthub.posters.paint import Sources, known_values
from contenthub.posters.rendering import PosterPlan
from contenthub.posters.sketching import Sprite
from contenthub.posters.template import Personal, Template, check, structured
from contenthub.web import poster_work
from contenthub.web.house import House
from contenthub.web.signin import Principal

_BY_HAND = "利率是手写的：换成变量，内容换版时一起变，不会写错"
PREVIEW_MIN_PX, PREVIEW_MAX_PX = 240, 1080


class SpriteView(msgspec.Struct):
    """A layer alone: a PNG (empty: nothing to see) and its place from the box's corner, in px."""

    src: str
    left_px: int
    top_px: int
    w_px: int
    h_px: int


class CanvasView(msgspec.Struct):
    """What the editor's canvas shows: sprites by layer, layers whose rules hide them, faults.

    A design that is not savable is none (a canvas too large, a gradient without colours); faulty
    layers are kept in a draft and wait for its submission.
    """

    sprites: dict[str, SpriteView]
    hidden: list[str]
    faults: list[Fault]
    values: dict[str, str]
    is_savable: bool


class PreviewView(msgspec.Struct):
    """The poster as it will be (a JPEG, empty where it cannot be drawn) and why not."""

    src: str
    faults: list[Fault]


class ReadingView(msgspec.Struct):
    """What a submission would say of the texts and of one employee's drawn poster.

    `fixes` is layer → its text with a variable in place of a figure that was set by hand, for
    one click; `remarks` are such layers whose figure is right as it stands.
    """

    faults: list[Fault]
    remarks: list[Fault]
    fixes: dict[str, str]


class Drawing(msgspec.Struct, forbid_unknown_fields=True):
    """A design as it stands in the editor, for whom it is shown, and the layers wanted."""

    item_id: UUID
    design: dict[str, Any]
    employee_id: UUID | None = None
    wanted: list[str] = []
    width_px: int = 560


async def canvas(house: House, who: Principal, drawing: Drawing) -> CanvasView:
    """Return the wanted layers as the painter draws them, and all that is wrong with the design."""
    try:
        plan = await _plan(house, who, drawing)
    except Invalid as wrong:
        return CanvasView({}, [], editing.located(wrong.fields, drawing.design), {}, False)
    drawn: Mapping[str, Sprite | dict[str, str]] = {}
    personal = await rendering.with_photo(house.storage, plan)
    if drawing.wanted:
        assets = await _assets(house, plan, drawing.wanted)
        drawn = await studio.sketch(
            plan.template, drawing.wanted, values=plan.values, assets=assets, personal=personal
        )
    await fontfiles.bring(house.storage, plan.fonts)
    fields = _refused(plan.template)
    fields |= rehearsal.text_faults(plan.template, plan.values)
    for told in drawn.values():
        if isinstance(told, dict):
            fields |= told
    known = known_values(Sources(plan.values, personal=personal))
    return CanvasView(
        sprites={name: _view(one) for name, one in drawn.items() if isinstance(one, Sprite)},
        hidden=[
            layer.id
            for _, layer in walk(plan.template.layers)
            if not all(rule.holds(known) for rule in layer.show)
        ],
        faults=editing.located(fields, drawing.design),
        values={
            name: value
            for name, value in (plan.values | personal.values()).items()
            if name != SPARE
        },
        is_savable=True,
    )


async def reading(house: House, who: Principal, drawing: Drawing) -> ReadingView:
    """Return what the texts of a design say wrongly and what its pixels hide, for one employee.

    What is wrong with its layers as such is told by `canvas`.
    """
    try:
        plan = await _plan(house, who, drawing)
    except Invalid:
        return ReadingView([], [], {})
    async with house.database.reading(who.tenant) as db:
        bound = await actions.bound_revision(db, drawing.item_id)
        shown = await queries_wording.shown_of(db, title=bound.title, bound=bound)
    personal = await rendering.with_photo(house.storage, plan)
    fields, fixes = await asyncio.to_thread(_read, plan, shown, personal)
    wrong = editing.located(fields, drawing.design)
    if not fields and not _refused(plan.template):
        wrong += editing.located(await _proven(house, plan, personal), drawing.design)
    told = {fault.layer for fault in wrong}
    remarks = [Fault(name, "text", _BY_HAND) for name in fixes if name not in told]
    return ReadingView(wrong, remarks, fixes)


def _read(
    plan: PosterPlan, shown: wording.Shown, personal: Personal
) -> tuple[dict[str, str], dict[str, str]]:
    found = queries_wording.read(plan.template, shown, values=plan.values, personal=personal)
    return found, facts.by_variable(plan.template, wording.held_to(shown), plan.values)


async def _proven(house: House, plan: PosterPlan, personal: Personal) -> dict[str, str]:
    try:
        assets = await _assets(house, plan)
        return await studio.prove(
            plan.template, values=plan.values, assets=assets, personal=personal
        )
    except Invalid as wrong:
        return wrong.fields


async def preview(house: House, who: Principal, drawing: Drawing) -> PreviewView:
    """Return the whole poster as it will be for one employee, or why it cannot be drawn."""
    width_px = max(PREVIEW_MIN_PX, min(drawing.width_px, PREVIEW_MAX_PX))
    try:
        plan = await _plan(house, who, drawing)
        check(plan.template)
        drawn = await studio.preview(
            plan.template,
            values=plan.values,
            assets=await _assets(house, plan),
            personal=await rendering.with_photo(house.storage, plan),
            width_px=width_px,
        )
    except Invalid as wrong:
        return PreviewView("", editing.located(wrong.fields, drawing.design))
    return PreviewView(_data("image/jpeg", drawn), [])


async def paint_ahead(house: House, who: Principal, drawing: Drawing) -> None:
    """Let the painter begin on a design whose editor somebody opens, as `preview` will ask it.

    A design that cannot be drawn, or a store that does not answer, is told there.
    """
    with suppress(ContentHubError):
        plan = await _plan(house, who, drawing)
        check(plan.template)
        studio.paint_ahead(
            plan.template,
            values=plan.values,
            assets=await _assets(house, plan),
            personal=await rendering.with_photo(house.storage, plan),
        )


async def checked(house: House, who: Principal, drawing: Drawing) -> list[Fault]:
    """Return what would stand in the way of a submission: its words, then drawn for everybody."""
    try:
        plan = await _plan(house, who, drawing)
        check(plan.template)
        async with house.database.reading(who.tenant) as db:
            bound = await actions.bound_revision(db, drawing.item_id)
            await queries_wording.require_lawful(db, plan.template, title=bound.title, bound=bound)
            crowd = await poster_work.everybody(db, poster_work.preview_url(house))
        await fontfiles.bring(house.storage, rendering.faces_of(plan, crowd))
        await studio.rehearse(
            plan.template, crowd, values=plan.values, assets=await _assets(house, plan)
        )
    except Invalid as wrong:
        return editing.located(wrong.fields, drawing.design)
    return []


async def _plan(house: House, who: Principal, drawing: Drawing) -> PosterPlan:
    return await poster_work.unsaved_plan(
        house,
        who,
        structured(drawing.design),
        item_id=drawing.item_id,
        hashes=rendering.picture_hashes(drawing.design),
        employee_id=drawing.employee_id,
    )


def _refused(design: Template) -> dict[str, str]:
    try:
        check(design)
    except Invalid as wrong:
        return wrong.fields
    return {}


async def _assets(
    house: House, plan: PosterPlan, wanted: Iterable[str] | None = None
) -> dict[str, bytes]:
    """Return the pictures of a plan; of some layers only, where those are named.

    Its own typefaces are on this machine then.
    """
    await fontfiles.bring(house.storage, plan.fonts)
    needed = set(plan.assets)
    if wanted is not None:
        layers = [found for name in wanted if (found := plan.template.layer(name))]
        named = rendering.picture_hashes({"layers": msgspec.to_builtins(layers)})
        # The bank's own mark has no hash in the design.
        needed = {name for name in plan.assets if name in named or len(name) != 64}
    return {name: await house.storage.get(plan.assets[name]) for name in needed}


def _view(one: Sprite) -> SpriteView:
    src = _data("image/png", one.png) if one.png else ""
    return SpriteView(src, one.left_px, one.top_px, one.w_px, one.h_px)


def _data(mime: str, data: bytes) -> str:
    return f"data:{mime};base64,{base64.b64encode(data).decode()}"
