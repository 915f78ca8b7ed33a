"""本行设置: the bank's look, its settings with their defaults, and the use of its quotas."""

from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from typing import Any

from litestar import Request, Response, get, post
from litestar.datastructures import UploadFile
from litestar.params import MultipartBody, URLEncodedBody
from litestar.response import Template

from contenthub.db import Read
from contenthub.library import decoder, intake
from contenthub.tenants import (
    access,
    actions_banks,
    actions_exports,
    actions_store,
    bankbrand,
    banksettings,
    queries,
    queries_banks,
    quotas,
)
from contenthub.tenants import actions as tenants
from contenthub.tenants.models import AuditEntry, Bank, Staff
from contenthub.web import brand
from contenthub.web.api.bank import bank_view
from contenthub.web.api.poster_cdn import cdn_view
from contenthub.web.deps import Db, Me, Now, OurBank, TheHouse
from contenthub.web.pages import go, page
from contenthub.web.signin import May, principal_of

ZONES = (("Asia/Shanghai", "北京时间"), ("Asia/Urumqi", "新疆时间"))
PAGE = "/console/bank"
_LABELS = {
    **banksettings.LABELS,
    **{name: quota.label for name, quota in quotas.QUOTAS.items()},
    "name": "简称",
    "full_name": "全称",
    "hotline": "客服电话",
    "zone": "时区",
    "domain": "本行域名",
    "domain_claimed": "申报的域名",
    "domain_refused": "域名被拒",
    "colour_main": "主色",
    "colour_accent": "辅色",
}


@dataclass
class BrandForm:
    """What the form of the bank's look sends."""

    name: str = ""
    full_name: str = ""
    hotline: str = ""
    domain: str = ""
    zone: str = ""
    colour_main: str = ""
    colour_accent: str = ""


@dataclass
class SettingsForm:
    """What the form of the settings sends; a box that is not ticked sends nothing."""

    send_from: str = ""
    send_until: str = ""
    cap_times: str = ""
    cap_days: str = ""
    misfire_hours: str = ""
    review_steps: str = ""
    selling_most_percent: str = ""
    visits_keep_months: str = ""
    consent_required: str = ""
    qualification_required: str = ""
    rewards: str = ""
    qr_plain_link: str = ""
    photo_by_employee: str = ""
    poster_cdn: str = ""
    totp_for: str = ""
    cipher: str = ""


@dataclass
class ResetForm:
    """Which setting goes back to its default."""

    name: str = ""


@dataclass
class LogoForm:
    """A picture of the logo."""

    file: UploadFile


@get(PAGE, guards=[May("bank.view")], include_in_schema=False)
async def bank_page(
    request: Request[Any, Any, Any], db: Db, me: Me, bank: OurBank, now: Now
) -> Template:
    """Show the bank's look, settings and use."""
    return page(request, "console/bank.html", **await _values(db, bank, me=me, at=now))


async def _values(db: Read, bank: Bank, *, me: Staff, at: datetime) -> dict[str, Any]:
    fresh = await db.get_one(Bank, bank.id)
    zones = list(ZONES)
    if fresh.zone not in dict(zones):
        zones.append((fresh.zone, fresh.zone))
    view = await bank_view(db, fresh, at=at)
    return {
        "bank": fresh,
        "view": view,
        "held": {each.name: each.value for each in view.settings},
        "settings": banksettings.SETTINGS,
        "choices": {name: list(words.items()) for name, words in banksettings.WORDS.items()},
        "uses": await queries_banks.uses(db, fresh, at=at),
        "zones": zones,
        "exports": await queries.long_jobs(db, actions_exports.KIND, limit=3),
        "history": await queries_banks.history(db),
        "quota_words": quotas.shown,
        "setting_words": setting_words,
        "change_words": change_words,
        "can_manage": access.may(me.roles, "bank.manage"),
        "cdn": await cdn_view(db, fresh),
    }


def setting_words(name: str, value: object) -> str:
    """Return the value of a setting or of the brand as a clerk reads it."""
    return "（空）" if value in (None, "") else banksettings.words(name, value)


def change_words(entry: AuditEntry) -> str:
    """Return what an entry of the history changed, one `设置：旧 → 新` after the other."""
    before, after = entry.detail.get("before", {}), entry.detail.get("after", {})
    if not after:
        return "图标"
    return "；".join(
        f"{_LABELS.get(name, name)}：{setting_words(name, before.get(name))}"
        f" → {setting_words(name, value)}"
        for name, value in after.items()
    )


@post(PAGE + "/brand", guards=[May("bank.manage")], include_in_schema=False)
async def change_brand(
    request: Request[Any, Any, Any],
    data: URLEncodedBody[BrandForm],
    db: Db,
    me: Me,
    house: TheHouse,
    now: Now,
) -> Response[Any]:
    """Keep the bank's name, hotline, domain, zone and colours."""
    changed = await actions_banks.change_brand(db, vars(data), by=me, at=now)
    brand.forget(house, changed.slug)
    return go(request, PAGE)


@post(PAGE + "/settings", guards=[May("bank.manage")], include_in_schema=False)
async def change_settings(
    request: Request[Any, Any, Any], data: URLEncodedBody[SettingsForm], db: Db, me: Me, now: Now
) -> Response[Any]:
    """Keep the settings that differ from what holds."""
    bank = await db.get_one(Bank, principal_of(request).tenant)
    # A decoded form's own values are only those that were sent; a box not ticked is not, and
    # means no, while a field that was not sent stays as it is.
    ticked = {
        n: bool(getattr(data, n)) for n, d in banksettings.DEFAULTS.items() if isinstance(d, bool)
    }
    said: dict[str, Any] = {**vars(data), **ticked}
    held = banksettings.effective(bank.settings)
    values = banksettings.checked(said, bank.settings)
    changes = {name: value for name, value in values.items() if value != held[name]}
    if changes:
        await tenants.set_settings(db, changes, by=me, at=now)
    return go(request, PAGE)


@post(PAGE + "/settings/reset", guards=[May("bank.manage")], include_in_schema=False)
async def reset_setting(
    request: Request[Any, Any, Any], data: URLEncodedBody[ResetForm], db: Db, me: Me, now: Now
) -> Response[Any]:
    """Let one setting hold its default again."""
    await actions_banks.reset_setting(db, data.name, by=me, at=now)
    return go(request, PAGE)


@post(PAGE + "/logo", guards=[May("bank.manage")], include_in_schema=False)
async def upload_logo(
    request: Request[Any, Any, Any], data: MultipartBody[LogoForm], house: TheHouse, now: Now
) -> Response[Any]:
    """Keep a new logo, encoded by us as a PNG of at most 512 px."""
    who = principal_of(request)
    sent = await data.file.read(intake.BYTES_MAX + 1)
    png = (await decoder.logo(sent, bankbrand.LOGO_SIDE_MAX_PX)).data
    key = f"{who.tenant}/brand/{sha256(png).hexdigest()[:32]}.png"
    if key != who.bank.logo_key:  # the same picture again takes no room
        async with house.database.unit_of_work(who.tenant) as db:
            await actions_store.take_room(db, len(png))
    await house.storage.put(key, png, mime="image/png")
    async with house.database.unit_of_work(who.tenant) as db:
        await actions_banks.set_logo(db, key, by=who.staff, at=now)
    brand.forget(house, who.bank.slug)
    return go(request, PAGE)


@post(PAGE + "/logo/remove", guards=[May("bank.manage")], include_in_schema=False)
async def remove_logo(
    request: Request[Any, Any, Any], db: Db, me: Me, house: TheHouse, now: Now
) -> Response[Any]:
    """Show the first character of the bank's name in place of a logo."""
    bank = await actions_banks.set_logo(db, "", by=me, at=now)
    brand.forget(house, bank.slug)
    return go(request, PAGE)


@post(PAGE + "/export", guards=[May("bank.manage")], include_in_schema=False)
async def export_bank(request: Request[Any, Any, Any], db: Db, me: Me, now: Now) -> Response[Any]:
    """Ask for one archive of everything of the bank, personal data masked."""
    await actions_exports.start_export(db, by=me, at=now)
    return go(request, PAGE)


HANDLERS = [
    bank_page,
    change_brand,
    change_settings,
    reset_setting,
    upload_logo,
    remove_logo,
    export_bank,
]
