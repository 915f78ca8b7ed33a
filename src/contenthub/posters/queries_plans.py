"""Reads that gather all that drawing a poster or a name card needs, as plain data."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import replace
from hashlib import sha256
from uuid import UUID

import msgspec
from sqlalchemy import Text, cast, select

from contenthub.db import Read
from contenthub.library import queries as library
from contenthub.posters import (
    cards,
    choosing,
    contactcodes,
    designs,
    figures,
    fonts,
    qr,
    queries_choices,
    queries_contact,
    queries_fonts,
    resultsheet,
    splice,
)
from contenthub.posters.layers import (
    SPARE,
    DisclosureLayer,
    LogoLayer,
    TextLayer,
    said,
    walk,
)
from contenthub.posters.models import TemplateRevision
from contenthub.posters.pictures import BANK_LOGO
from contenthub.posters.rendering import PosterPlan, for_person, picture_hashes
from contenthub.posters.template import Personal, Template
from contenthub.posters.values import static_values
from contenthub.sharing import queries_cards
from contenthub.tenants import queries as tenants
from contenthub.tenants.banksettings import effective
from contenthub.tenants.models import Bank, Staff
from contenthub.tenants.sealing import bank_id, settings_of

KEPT = ("in_review", "approved", "live", "superseded")
"""States of a revision whose compiled base is kept in the object store."""


async def prepare(
    db: Read,
    revision: TemplateRevision,
    employee: Staff,
    *,
    qr_text: str,
    card_text: str | None = None,
    background: int | None = None,
    day: Mapping[str, str] | None = None,
) -> PosterPlan:
    """Return the plan of one employee's poster; `etag` names its exact content.

    It is on the background they chose, unless one is named; its codes open `qr_text`, or their
    e-card where it shows one (`card_text`, else the one they have: actions_cards.py makes it).
    `day` are the figures of a 战报 (figures.py).

    Raises Invalid for a `background` the template does not offer (choosing.py).
    """
    if background is None:
        background = await queries_choices.chosen(db, revision, employee.id)
    base = await prepare_base(db, revision, background=background)
    names = await branch_names(db)
    contacts = await contacts_for(db, base, [employee.id])
    if card_text is None:
        card_text = await _card_of(db, base, employee.id)
    return personal_plan(
        base,
        employee,
        branches=names,
        qr_text=qr_text,
        card_text=card_text,
        contact_text=contacts.get(employee.id, ""),
        day=day,
    )


async def _card_of(db: Read, base: PosterPlan, employee_id: UUID) -> str:
    if not contactcodes.shows_card(base.template):
        return ""
    code = (await queries_cards.codes(db, [employee_id])).get(employee_id, "")
    return code and f"{settings_of(db).public_url}/c/{code}"


async def contacts_for(db: Read, base: PosterPlan, staff_ids: Collection[UUID]) -> dict[UUID, str]:
    """Return what people's 「联系我」 codes say, where a base shows one; else nothing is read."""
    if not contactcodes.shows_contact(base.template):
        return {}
    return await queries_contact.texts(db, staff_ids, channel=contactcodes.CHANNEL)


async def branch_names(db: Read) -> dict[UUID, str]:
    """Return the bank's branches by id, read once for many posters."""
    return {branch.id: branch.name for branch in await tenants.branches(db)}


def personal_plan(
    base: PosterPlan,
    employee: Staff,
    *,
    branches: dict[UUID, str],
    qr_text: str,
    card_text: str = "",
    contact_text: str = "",
    day: Mapping[str, str] | None = None,
) -> PosterPlan:
    """Return the plan of a base with one employee and their link on it.

    `card_text` is the address of their e-card, `contact_text` what their 「联系我」 code says,
    `day` are the figures of a 战报; what is not in use yet is shown with made-up ones.
    """
    if not base.base_key:
        day = figures.SAMPLE if day is None else day
        # As long as an e-card's address.
        card_text = card_text or qr_text
        contact_text = contact_text or contactcodes.SAMPLE
    personal = Personal(
        name=employee.name,
        title=employee.title,
        phone=employee.phone,
        branch=branches.get(employee.branch_id, ""),
        no=employee.staff_no,
        qr_text=qr.compact(qr_text, plain=base.plain_link),
        card_text=card_text and qr.compact(card_text, plain=base.plain_link),
        contact_text=contact_text,
        figures=dict(day or {}),
    )
    if base.spare and any(map(fonts.may_be_spared, "".join(personal.values().values()))):
        personal = msgspec.structs.replace(personal, spare=fonts.CHAIN.join(base.spare))
    # updated_at: a new photo may lie under the same key.
    facts = (base.base_hash, employee.photo_key, str(employee.updated_at), repr(personal))
    etag = sha256("\x00".join(facts).encode()).hexdigest()[:32]
    return replace(for_person(base, personal, photo_key=employee.photo_key), etag=etag)


async def prepare_base(db: Read, revision: TemplateRevision, *, background: int = 0) -> PosterPlan:
    """Return the plan of a template revision's static part, for compiling it.

    Each background is a base of its own; its pictures alone are fetched.
    """
    design = choosing.chosen(designs.read(revision.hash, revision.layers), background)
    base = await design_base(
        db,
        design,
        item_revision_id=revision.item_revision_id,
        hashes=picture_hashes(msgspec.to_builtins(design)),
    )
    # A push goes on with the poster it was approved with, also when a newer wording is live; and
    # what is in review will be live as it is.
    return _kept(db, base) if revision.state in KEPT else base


async def prepare_bases(db: Read, revision: TemplateRevision) -> list[PosterPlan]:
    """Return the plans of all backgrounds' bases of a revision about to be reviewed, to keep."""
    bases = await bases_on(db, revision, range(choosing.stored_backgrounds(revision.layers)))
    return [_kept(db, base) for base in bases.values()]


async def bases_on(
    db: Read, revision: TemplateRevision, backgrounds: Iterable[int]
) -> dict[int, PosterPlan]:
    """Return background → the plan of a revision's static part on it."""
    return {no: await prepare_base(db, revision, background=no) for no in backgrounds}


def _kept(db: Read, base: PosterPlan) -> PosterPlan:
    return replace(base, base_key=f"{bank_id(db)}/posters/base-{base.base_hash}.bin")


async def prepare_every(db: Read, revision: TemplateRevision) -> PosterPlan:
    """Return the plan of a revision with all the backgrounds it offers, for its rehearsal."""
    return await design_base(
        db,
        designs.read(revision.hash, revision.layers),
        item_revision_id=revision.item_revision_id,
        hashes=picture_hashes(revision.layers),
    )


async def design_base(
    db: Read, design: Template, *, item_revision_id: UUID, hashes: list[str]
) -> PosterPlan:
    """Return the plan of a design's static part, saved or not; `hashes` are its pictures'."""
    bank = await tenants.bank(db)
    shown = await library.revision(db, item_revision_id)
    item = await library.item(db, shown.item_id)
    values = static_values(
        code=f"{item.code}-v{shown.no}",
        title=shown.title,
        kind=shown.kind,
        topic=shown.topic,
        fields=shown.fields,
        bank_name=bank.full_name or bank.name,
        hotline=bank.hotline,
    )
    assets: dict[str, str] = {}
    for wanted in hashes:
        found = await library.asset_by_sha256(db, wanted)
        if found is not None:
            assets[wanted] = found.storage_key
    spare = await queries_fonts.spares(db)
    lent = spare if spare and _lacks(design, values) else {}
    if lent:
        values[SPARE] = fonts.CHAIN.join(lent)
    base = _base(design, values, assets | _logo(design, bank), bank=bank)
    return replace(base, fonts=await queries_fonts.keys_of(db, design) | lent, spare=spare)


def _lacks(design: Template, values: Mapping[str, str]) -> bool:
    """Return whether the shipped 黑体 lacks a character of what a design says to everybody."""
    return any(
        any(map(fonts.may_be_spared, said(layer, dict(values)).words))
        for _, layer in walk(design.layers)
        if isinstance(layer, TextLayer | DisclosureLayer)
    )


async def sample_base(db: Read, design: Template) -> PosterPlan:
    """Return the plan of a design with made-up words, for a bank that has no item yet."""
    bank = await tenants.bank(db)
    values = {
        "bank.name": bank.full_name or bank.name,
        "bank.hotline": bank.hotline or "96588",
        "item.title": "这里是内容标题",
        "item.rate": "示例%",
        "item.summary": "这里是内容的一句话介绍，取自已审核的内容",
        "item.code": "示例",
    }
    return _base(design, values, _logo(design, bank), bank=bank)


async def blank(db: Read) -> PosterPlan:
    """Return the plan of an empty picture, for what each employee's part would say."""
    base = _base(Template(64, 64, ()), {}, {}, bank=await tenants.bank(db))
    return replace(base, spare=await queries_fonts.spares(db))


def _logo(design: Template, bank: Bank) -> dict[str, str]:
    """Return where the bank's logo lies, for a design that shows it and a bank that has one."""
    shown = any(isinstance(layer, LogoLayer) for _, layer in walk(design.layers))
    return {BANK_LOGO: bank.logo_key} if shown and bank.logo_key else {}


async def prepare_result(
    db: Read, employee: Staff, *, day: Mapping[str, str], qr_text: str
) -> PosterPlan:
    """Return the plan of an employee's 战报: the bank's newest approved one, else the shipped."""
    revision = await db.scalar(
        select(TemplateRevision)
        .where(
            TemplateRevision.tenant_id == bank_id(db),
            TemplateRevision.state == "live",
            cast(TemplateRevision.layers, Text).regexp_match(figures.PATTERN),
        )
        .order_by(TemplateRevision.live_at.desc())
        .limit(1)
    )
    if revision is not None:
        return await prepare(db, revision, employee, qr_text=qr_text, day=day)
    bank = await tenants.bank(db)
    values = {"bank.name": bank.full_name or bank.name}
    base = _base(resultsheet.result_sheet(), values, {}, bank=bank)
    base = replace(base, spare=await queries_fonts.spares(db))
    names = await branch_names(db)
    return personal_plan(base, employee, branches=names, qr_text=qr_text, day=day)


async def prepare_card(db: Read, employee: Staff, *, qr_text: str) -> PosterPlan:
    """Return the plan of an employee's name card."""
    bank = await tenants.bank(db)
    values = {"bank.name": bank.full_name or bank.name, "bank.hotline": bank.hotline or "—"}
    base = _base(cards.name_card(), values, {}, bank=bank)
    base = replace(base, spare=await queries_fonts.spares(db))
    return personal_plan(base, employee, branches=await branch_names(db), qr_text=qr_text)


def _base(
    design: Template, values: dict[str, str], assets: dict[str, str], *, bank: Bank
) -> PosterPlan:
    # Pictures are named by their content, so the design covers them; a logo's key is new with it.
    kept = [*sorted(assets), assets.get(BANK_LOGO, "")]
    facts = f"{splice.ENGINE}\x00{design!r}\x00{sorted(values.items())}\x00{kept}"
    return PosterPlan(
        template=design,
        values=values,
        assets=assets,
        base_hash=sha256(facts.encode()).hexdigest(),
        plain_link=bool(effective(bank.settings)["qr_plain_link"]),
    )
