"""GET and PATCH /bank: a bank's look, settings and use of its quotas."""

from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

import msgspec
from litestar import Request, Router, get, patch, post
from litestar.params import JSONBody

from contenthub.db import Read, Write
from contenthub.errors import Invalid
from contenthub.tenants import actions as tenants
from contenthub.tenants import (
    actions_banks,
    actions_exports,
    bankbrand,
    banksettings,
    queries_banks,
    quotas,
)
from contenthub.tenants.models import Bank, Staff
from contenthub.web import brand
from contenthub.web.deps import Db, Me, Now, OurBank, TheHouse, keep_answer
from contenthub.web.looks import logo_url
from contenthub.web.signin import May

Text = Annotated[str, msgspec.Meta(max_length=100)]


class SettingView(msgspec.Struct):
    """One setting as it holds, and what may be put in its place."""

    name: str
    value: Any
    default: Any
    label: str
    unit: str
    range: str
    is_default: bool


class UseView(msgspec.Struct):
    """One quota: what is used (null: not counted) of how much."""

    name: str
    label: str
    unit: str
    limit: int
    used: int | None
    is_near: bool


class BankView(msgspec.Struct):
    """A bank as its own people see it."""

    id: UUID
    slug: str
    name: str
    full_name: str
    hotline: str
    zone: str
    domain: str | None
    """The confirmed one."""
    domain_claim: "DomainClaimView | None"
    colour_main: str
    colour_accent: str
    logo_url: str
    state: str
    settings: list[SettingView]
    quotas: list[UseView]


class DomainClaimView(msgspec.Struct):
    """A domain the bank says is its own: `waiting` for the platform, or `refused`."""

    domain: str
    state: str
    reason: str
    txt_name: str
    """The DNS TXT record that proves it, while it waits."""
    txt_value: str


class BankChange(msgspec.Struct, forbid_unknown_fields=True):
    """What is to change; a setting given as null holds its default again."""

    name: Text | None = None
    full_name: Text | None = None
    hotline: Text | None = None
    zone: Text | None = None
    domain: Text | msgspec.UnsetType | None = msgspec.UNSET
    """Claims a domain, which the platform confirms; null or an empty text takes it away."""
    colour_main: Annotated[str, msgspec.Meta(max_length=100, examples=["#0b5d3b"])] | None = None
    colour_accent: Annotated[str, msgspec.Meta(max_length=100, examples=["#b3261e"])] | None = None
    settings: Annotated[dict[str, Any], msgspec.Meta(examples=[{"cap_times": 3}])] = {}


async def bank_view(db: Read, bank: Bank, *, at: Any) -> BankView:
    """Return what the API shows of a bank."""
    held, own = banksettings.effective(bank.settings), banksettings.own(bank.settings)
    used = {use.name: use for use in await queries_banks.uses(db, bank, at=at)}
    return BankView(
        id=bank.id,
        slug=bank.slug,
        name=bank.name,
        full_name=bank.full_name,
        hotline=bank.hotline,
        zone=bank.zone,
        domain=bank.domain,
        domain_claim=domain_claim(bank),
        colour_main=bank.colour_main,
        colour_accent=bank.colour_accent,
        logo_url=logo_url(bank),
        state=bank.state,
        settings=[
            SettingView(name, held[name], s.default, s.label, s.unit, s.range, name not in own)
            for name, s in banksettings.SETTINGS.items()
        ],
        quotas=[
            UseView(
                name,
                quota.label,
                quota.unit,
                quotas.limits(bank.quotas)[name],
                used[name].used if name in used else None,
                used[name].is_near if name in used else False,
            )
            for name, quota in quotas.QUOTAS.items()
        ],
    )


def domain_claim(bank: Bank) -> DomainClaimView | None:
    """Return the domain a bank waits for or was refused; None when there is none."""
    if bank.domain_claimed is not None:
        proof = bankbrand.proof_of_domain(bank.id, bank.domain_claimed)
        return DomainClaimView(bank.domain_claimed, "waiting", "", *proof)
    if bank.domain_refused:
        domain, _, reason = bank.domain_refused.partition("：")
        return DomainClaimView(domain, "refused", reason, "", "")
    return None


@get("/bank", guards=[May("bank.view")], summary="本行设置与用量", tags=["bank"])
async def show_bank(db: Db, bank: OurBank, now: Now) -> BankView:
    """Return the own bank's look, settings and use."""
    return await bank_view(db, await db.get_one(Bank, bank.id), at=now)


@patch("/bank", guards=[May("bank.manage")], summary="修改本行设置", tags=["bank"])
async def change_bank(
    request: Request,  # type: ignore[type-arg]  # any request
    data: JSONBody[BankChange],
    db: Db,
    me: Me,
    house: TheHouse,
    now: Now,
) -> BankView:
    """Change some of the bank's look and settings; all of it or, with a wrong field, nothing."""
    facts = {
        name: value
        for name, value in msgspec.structs.asdict(data).items()
        if name not in ("settings", "domain") and value is not None
    }
    if data.domain is not msgspec.UNSET:
        facts["domain"] = data.domain or ""
    bank = await actions_banks.change_brand(db, facts, by=me, at=now)
    try:
        bank = await _change_settings(db, data.settings, bank=bank, by=me, at=now)
    except Invalid as error:
        raise Invalid(fields={f"settings.{n}": m for n, m in error.fields.items()}) from error
    await db.flush()
    brand.forget(house, bank.slug)
    return await bank_view(db, bank, at=now)


async def _change_settings(
    db: Write, said: Mapping[str, Any], *, bank: Bank, by: Staff, at: datetime
) -> Bank:
    values = {name: value for name, value in said.items() if value is not None}
    if values:
        bank = await tenants.set_settings(db, values, by=by, at=at)
    for name, value in said.items():
        if value is None:
            try:
                bank = await actions_banks.reset_setting(db, name, by=by, at=at)
            except Invalid as error:
                raise Invalid(fields={name: error.detail}) from error
    return bank


class ExportView(msgspec.Struct):
    """The long job to ask about at `/api/v1/jobs/{job_id}`."""

    job_id: UUID


@post(
    "/bank/exports",
    guards=[May("bank.manage")],
    status_code=202,
    summary="导出本行全部数据",
    tags=["bank"],
)
async def export_bank(db: Db, me: Me, now: Now) -> ExportView:
    """Ask for one ZIP of everything of the bank, personal data masked, secrets left out."""
    job = await actions_exports.start_export(db, by=me, at=now)
    await db.flush()
    return ExportView(job.id)


HANDLERS = [
    Router(
        "/api/v1",
        route_handlers=[show_bank, change_bank, export_bank],
        after_request=keep_answer,
    )
]
