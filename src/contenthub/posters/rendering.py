"""From an approved template to one employee's poster: gather in the database, draw outside it.

`prepare` reads rows only; `draw` fetches blobs and paints in a thread, when no
transaction is open. Nothing per employee is stored: the poster is drawn on request.
"""

import asyncio
from collections import OrderedDict
from dataclasses import dataclass, field, replace
from hashlib import sha256
from typing import Any

from contenthub.db import Read
from contenthub.library import queries as library
from contenthub.posters import splice
from contenthub.posters.models import TemplateRevision
from contenthub.posters.template import Personal, Template, parse
from contenthub.posters.values import static_values
from contenthub.storage import Storage
from contenthub.tenants import queries as tenants
from contenthub.tenants.models import Staff

CACHE_TEMPLATES = 64
"""About 1.6 MB each (design/posters.md §6)."""
_compiled: OrderedDict[str, splice.Compiled] = OrderedDict()


@dataclass(frozen=True, slots=True)
class PosterPlan:
    """All that drawing one poster needs, as plain data."""

    template: Template
    values: dict[str, str]
    assets: dict[str, str]
    """Asset hash → storage key, of every picture layer."""
    photo_key: str
    personal: Personal
    base_hash: str
    etag: str = field(default="")


async def prepare(
    db: Read, revision: TemplateRevision, employee: Staff, *, qr_text: str
) -> PosterPlan:
    """Return the plan of one employee's poster; `etag` names its exact content."""
    base = await prepare_base(db, revision)
    branches = {b.id: b.name for b in await tenants.branches(db)}
    personal = Personal(
        name=employee.name,
        title=employee.title,
        phone=employee.phone,
        branch=branches.get(employee.branch_id, ""),
        no=employee.staff_no,
        qr_text=qr_text,
    )
    facts = (base.base_hash, employee.photo_key, str(employee.updated_at), repr(personal))
    etag = sha256("\x00".join(facts).encode()).hexdigest()[:32]
    return replace(base, personal=personal, photo_key=employee.photo_key, etag=etag)


async def prepare_base(db: Read, revision: TemplateRevision) -> PosterPlan:
    """Return the plan of a template's static part, for compiling or previewing it."""
    bank = await tenants.bank(db)
    shown = await library.revision(db, revision.item_revision_id)
    item = await library.item(db, shown.item_id)
    values = static_values(
        code=f"{item.code}-v{shown.no}",
        title=shown.title,
        kind=shown.kind,
        topic=shown.topic,
        fields=shown.fields,
        bank_name=bank.full_name,
        hotline=bank.hotline,
    )
    design = parse(revision.layers)
    assets: dict[str, str] = {}
    for wanted in picture_hashes(revision.layers):
        found = await library.asset_by_sha256(db, wanted)
        if found is not None:
            assets[wanted] = found.storage_key
    digest = sha256(f"{splice.ENGINE}\x00{revision.hash}\x00{sorted(values.items())}".encode())
    return PosterPlan(
        template=design,
        values=values,
        assets=assets,
        photo_key="",
        personal=Personal(name=""),
        base_hash=digest.hexdigest(),
    )


def picture_hashes(layers: dict[str, Any]) -> list[str]:
    """Return the content hashes of the uploaded pictures a template's layers show."""
    pictures = [p for p in layers.get("layers", []) if p.get("kind") == "picture"]
    return [str(p["asset"]) for p in pictures if len(str(p.get("asset", ""))) == 64]


async def draw(storage: Storage, plan: PosterPlan, *, png: bool = False) -> bytes:
    """Return one poster as JPEG (or PNG) bytes; raises Invalid for a text that does not fit."""
    base = await compiled(storage, plan)
    photo = await storage.get(plan.photo_key) if plan.photo_key else None
    personal = _with_photo(plan.personal, photo)
    paint = splice.render_png if png else splice.render
    return await asyncio.to_thread(paint, base, personal)


def _with_photo(personal: Personal, photo: bytes | None) -> Personal:
    return Personal(
        name=personal.name,
        title=personal.title,
        phone=personal.phone,
        branch=personal.branch,
        no=personal.no,
        photo=photo,
        qr_text=personal.qr_text,
    )


async def compiled(storage: Storage, plan: PosterPlan) -> splice.Compiled:
    """Return the compiled base of a plan, from this process's cache or painted now."""
    if plan.base_hash in _compiled:
        _compiled.move_to_end(plan.base_hash)
        return _compiled[plan.base_hash]
    assets = {wanted: await storage.get(key) for wanted, key in plan.assets.items()}
    made = await asyncio.to_thread(splice.compile, plan.template, plan.values, assets)
    _compiled[plan.base_hash] = made
    while len(_compiled) > CACHE_TEMPLATES:
        _compiled.popitem(last=False)
    return made
