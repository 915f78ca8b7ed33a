"""From a plan to one employee's poster: fetch blobs and paint in a thread, no database open.

A plan (queries_plans.py) is plain data. Nothing per employee is stored: a poster is drawn on
request from its template's compiled base, which this process keeps, and the object store
too once the template is approved.
"""

import asyncio
import io
from collections import OrderedDict
from dataclasses import dataclass, replace
from typing import Any

import msgspec
from PIL import Image

from contenthub.errors import NotFound, Unavailable
from contenthub.posters import artefact, splice
from contenthub.posters.template import Personal, Template
from contenthub.storage import Storage

CACHE_TEMPLATES = 64
"""About 1.6 MB each (design/posters.md §6)."""
THUMBNAIL_MIN_PX, THUMBNAIL_MAX_PX = 120, 1080
NOBODY = Personal(name="")
_compiled: OrderedDict[str, splice.Compiled] = OrderedDict()
_compiling: dict[str, asyncio.Task[splice.Compiled]] = {}


@dataclass(frozen=True, slots=True)
class PosterPlan:
    """All that drawing one poster needs, as plain data."""

    template: Template
    values: dict[str, str]
    assets: dict[str, str]
    """Asset hash → storage key, of every picture layer."""
    base_hash: str
    """Names the static part's exact content."""
    photo_key: str = ""
    personal: Personal = NOBODY
    base_key: str = ""
    """Where the compiled base is kept in the object store; empty for drafts."""
    etag: str = ""


def picture_hashes(layers: dict[str, Any]) -> list[str]:
    """Return the content hashes of the uploaded pictures a template's layers show."""
    pictures = [p for p in layers.get("layers", []) if p.get("kind") == "picture"]
    return [str(p["asset"]) for p in pictures if len(str(p.get("asset", ""))) == 64]


async def draw(storage: Storage, plan: PosterPlan, *, png: bool = False) -> bytes:
    """Return one poster as JPEG (or PNG) bytes; raises Invalid for a text that does not fit."""
    base = await compiled(storage, plan)
    personal = await with_photo(storage, plan)
    paint = splice.render_png if png else splice.render
    return await asyncio.to_thread(paint, base, personal)


async def draw_small(storage: Storage, plan: PosterPlan, *, width_px: int) -> bytes:
    """Return one poster as a JPEG of about `width_px` for lists and previews; raises Invalid."""
    whole = await draw(storage, plan)
    return await asyncio.to_thread(_shrunk, whole, width_px)


def _shrunk(jpeg: bytes, width_px: int) -> bytes:
    width_px = max(THUMBNAIL_MIN_PX, min(width_px, THUMBNAIL_MAX_PX))
    with Image.open(io.BytesIO(jpeg), formats=("JPEG",)) as opened:
        height_px = max(1, round(opened.height * width_px / opened.width))
        opened.draft("RGB", (width_px, height_px))
        small = opened.resize((width_px, height_px), Image.Resampling.LANCZOS)
    out = io.BytesIO()
    small.save(out, "JPEG", quality=84)
    return out.getvalue()


async def with_photo(storage: Storage, plan: PosterPlan) -> Personal:
    """Return the plan's person with the photo's bytes; a photo that is gone counts as none."""
    if not plan.photo_key:
        return plan.personal
    try:
        photo = await storage.get(plan.photo_key)
    except NotFound:
        return plan.personal
    return msgspec.structs.replace(plan.personal, photo=photo)


def for_person(plan: PosterPlan, personal: Personal, *, photo_key: str = "") -> PosterPlan:
    """Return the plan with another person on it."""
    return replace(plan, personal=personal, photo_key=photo_key)


async def compiled(storage: Storage, plan: PosterPlan) -> splice.Compiled:
    """Return the compiled base of a plan: from memory, the object store, or painted now.

    Many who ask at once wait for one painting. Raises Invalid for what cannot be painted.
    """
    known = _compiled.get(plan.base_hash)
    if known is not None:
        _compiled.move_to_end(plan.base_hash)
        return known
    task = _compiling.get(plan.base_hash)
    if task is None or task.get_loop() is not asyncio.get_running_loop():
        task = asyncio.create_task(_compile(storage, plan))
        _compiling[plan.base_hash] = task
        task.add_done_callback(lambda _: _compiling.pop(plan.base_hash, None))
    # Shielded: one who hangs up must not take the painting from the others.
    return await asyncio.shield(task)


async def _compile(storage: Storage, plan: PosterPlan) -> splice.Compiled:
    made = await _stored(storage, plan)
    if made is None:
        assets = {wanted: await storage.get(key) for wanted, key in plan.assets.items()}
        made = await asyncio.to_thread(splice.compile, plan.template, plan.values, assets, png=True)
        await _store(storage, plan, made)
    _compiled[plan.base_hash] = made
    while len(_compiled) > CACHE_TEMPLATES:
        _compiled.popitem(last=False)
    return made


async def _stored(storage: Storage, plan: PosterPlan) -> splice.Compiled | None:
    if not plan.base_key:
        return None
    try:
        data = await storage.get(plan.base_key)
        return await asyncio.to_thread(artefact.from_bytes, data)
    except (NotFound, Unavailable, artefact.StaleArtefact):
        return None


async def _store(storage: Storage, plan: PosterPlan, made: splice.Compiled) -> None:
    if not plan.base_key:
        return
    try:
        data = await asyncio.to_thread(artefact.to_bytes, made)
        await storage.put(plan.base_key, data, mime="application/octet-stream")
    except Unavailable:
        return  # a full disk costs the next process half a second, not this poster
