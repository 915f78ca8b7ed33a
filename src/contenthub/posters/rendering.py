"""From a plan to one employee's poster: fetch blobs, have it painted (studio.py), no database open.

A plan (queries_plans.py) is plain data. Nothing per employee is stored: a poster is drawn on
request from its template's compiled base, which the painting process keeps, and the object
store too once the template is approved.
"""

import asyncio
import contextlib
from collections import OrderedDict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import msgspec

from contenthub.errors import NotFound, Unavailable
from contenthub.posters import fontfiles, studio
from contenthub.posters.template import Personal, Template
from contenthub.storage import Storage

DRAFTS = 8
"""Bases of drafts are kept nowhere but here: a preview drawn again need not compile again."""
PHOTOS_AT_ONCE = 32
NOBODY = Personal(name="")
_drafts: OrderedDict[str, bytes] = OrderedDict()
_compiling: dict[str, asyncio.Task[bytes]] = {}


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
    plain_link: bool = False
    """Whether the bank's codes hold links in small letters."""
    fonts: dict[str, str] = field(default_factory=dict)
    """Face → storage key, of the bank's own typefaces that draw it (fontfiles.py)."""
    spare: dict[str, str] = field(default_factory=dict)
    """Face → storage key, of all that may draw what others lack, in their order."""


def picture_hashes(layers: dict[str, Any]) -> list[str]:
    """Return the content hashes of the uploaded pictures a template's layers show.

    Those in groups, the logos in codes and what an employee may choose are among them.
    """
    found = []
    for layer in layers.get("layers", []):
        if not isinstance(layer, dict):
            continue  # the checks name it
        name = layer.get("logo" if layer.get("kind") == "qr" else "asset")
        choices = layer.get("choices", ())
        for one in (name, *(choices if isinstance(choices, list | tuple) else ())):
            if isinstance(one, str) and len(one) == 64:
                found.append(one)
        if layer.get("kind") == "group":
            found += picture_hashes(layer)
    return found


async def draw(
    storage: Storage, plan: PosterPlan, *, png: bool = False, width_px: int = 0
) -> bytes:
    """Return one poster as JPEG (or PNG) bytes; with `width_px` a small JPEG of that width.

    Raises Invalid for a text that does not fit, Unavailable when painting was killed.
    """
    await fontfiles.bring(storage, plan.fonts)
    personal = await with_photo(storage, plan)
    drawn = await studio.draw(plan.base_hash, personal, png=png, width_px=width_px)
    if drawn is None:
        stored = await artefact_of(storage, plan, png=png)
        drawn = await studio.draw(
            plan.base_hash, personal, png=png, width_px=width_px, stored=stored
        )
    if drawn is None:  # what was kept is damaged or of another engine
        stored = await artefact_of(storage, plan, png=png, anew=True)
        drawn = await studio.draw(
            plan.base_hash, personal, png=png, width_px=width_px, stored=stored
        )
    if drawn is None:
        raise Unavailable
    return drawn


async def with_photo(storage: Storage, plan: PosterPlan) -> Personal:
    """Return the plan's person with the photo's bytes; a photo that is gone counts as none."""
    if not plan.photo_key:
        return plan.personal
    try:
        photo = await storage.get(plan.photo_key)
    except NotFound:
        return plan.personal
    return msgspec.structs.replace(plan.personal, photo=photo)


async def with_photos(storage: Storage, plans: Sequence[PosterPlan]) -> list[Personal]:
    """Return many plans' people with their photos, some fetched at a time."""
    found: list[Personal] = []
    for start in range(0, len(plans), PHOTOS_AT_ONCE):
        some = plans[start : start + PHOTOS_AT_ONCE]
        found += await asyncio.gather(*(with_photo(storage, plan) for plan in some))
    return found


def for_person(plan: PosterPlan, personal: Personal, *, photo_key: str = "") -> PosterPlan:
    """Return the plan with another person on it."""
    faces = faces_of(plan, [personal])
    return replace(plan, personal=personal, photo_key=photo_key, fonts=faces)


def faces_of(plan: PosterPlan, crowd: Iterable[Personal]) -> dict[str, str]:
    """Return the typefaces, each with its place in the store, that a plan for some people needs."""
    return plan.fonts | plan.spare if any(one.spare for one in crowd) else plan.fonts


async def artefact_of(
    storage: Storage, plan: PosterPlan, *, png: bool = False, anew: bool = False
) -> bytes:
    """Return the compiled base of a plan: from memory, the object store, or painted now.

    Many who ask at once wait for one painting. Raises Invalid for what cannot be painted.
    """
    await fontfiles.bring(storage, plan.fonts)
    name = plan.base_hash + (".png" if png else "")
    if name in _drafts and not anew and not plan.base_key:
        _drafts.move_to_end(name)
        return _drafts[name]
    task = _compiling.get(name)
    if task is None or task.get_loop() is not asyncio.get_running_loop():
        task = asyncio.create_task(_compile(storage, plan, name, png=png, anew=anew))
        _compiling[name] = task
        task.add_done_callback(lambda _: _compiling.pop(name, None))
    # Shielded: one who hangs up must not take the painting from the others.
    return await asyncio.shield(task)


async def _compile(
    storage: Storage, plan: PosterPlan, name: str, *, png: bool, anew: bool
) -> bytes:
    key = plan.base_key and plan.base_key.removesuffix(".bin") + ("-png.bin" if png else ".bin")
    found = b"" if anew else await _stored(storage, key)
    if found:
        return found
    assets = {wanted: await storage.get(kept) for wanted, kept in plan.assets.items()}
    made = await studio.compile_base(plan.template, plan.values, assets, png=png)
    if key:
        # A full disk costs the next process half a second, not this poster.
        with contextlib.suppress(Unavailable):
            await storage.put(key, made, mime="application/octet-stream")
        return made
    _drafts[name] = made
    while len(_drafts) > DRAFTS:
        _drafts.popitem(last=False)
    return made


async def _stored(storage: Storage, key: str) -> bytes:
    if not key:
        return b""
    try:
        return await storage.get(key)
    except (NotFound, Unavailable):
        return b""
