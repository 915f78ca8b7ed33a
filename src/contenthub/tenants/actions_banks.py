"""Writes of a bank as a whole: its look, its zone and address, settings back to their defaults."""

from collections.abc import Mapping
from datetime import datetime
from zoneinfo import available_timezones

from contenthub.db import Write
from contenthub.errors import Invalid
from contenthub.tenants import actions_domains, bankbrand, banksettings
from contenthub.tenants.actions import compare_posters, record
from contenthub.tenants.models import Bank, Staff
from contenthub.tenants.sealing import bank_id


async def change_brand(
    db: Write, said: Mapping[str, str], *, by: Staff | None, at: datetime
) -> Bank:
    """Change some of a bank's name, full_name, hotline, domain, zone and colours; return it.

    A domain is only claimed by it: an operator confirms it (actions_domains.py).

    Raises:
        Invalid: names every wrong field with its fix; nothing is changed.
    """
    bank = await db.get_one(Bank, bank_id(db), with_for_update=True)
    values: dict[str, object] = dict(
        bankbrand.checked({name: text for name, text in said.items() if name != "zone"})
    )
    if "zone" in said:
        values["zone"] = checked_zone(said["zone"])
    if "domain" in values:
        values |= await actions_domains.claim(db, bank, str(values.pop("domain")), at=at)
    before = {name: getattr(bank, name) for name in values}
    after = {name: value for name, value in values.items() if before[name] != value}
    for name, value in after.items():
        setattr(bank, name, value)
    after.pop("domain_claimed_at", None)
    if not after:
        return bank
    kept = {name: before[name] for name in after}
    record(db, "bank.brand_changed", "bank", bank.id, by=by, at=at, before=kept, after=after)
    compare_posters(db, bank)
    return bank


def checked_zone(text: str) -> str:
    """Return a time zone's name; raises Invalid for one that nobody knows."""
    zone = text.strip()
    if zone not in available_timezones():
        raise Invalid.of("zone", "时区应为 Asia/Shanghai 或 Asia/Urumqi 这样的名称")
    return zone


async def set_logo(db: Write, key: str, *, by: Staff, at: datetime) -> Bank:
    """Remember where the bank's logo lies in the store; an empty key takes it away."""
    bank = await db.get_one(Bank, bank_id(db), with_for_update=True)
    if bank.logo_key != key:
        bank.logo_key = key
        record(db, "bank.brand_changed", "bank", bank.id, by=by, at=at, logo=bool(key))
        compare_posters(db, bank)
    return bank


async def reset_setting(db: Write, name: str, *, by: Staff | None, at: datetime) -> Bank:
    """Let a setting hold its default again; raises Invalid for an unknown name.

    A window that would end before it begins is refused as any other change is.
    """
    bank = await db.get_one(Bank, bank_id(db), with_for_update=True)
    if name not in banksettings.DEFAULTS:
        raise Invalid.of("name", f"没有 {name} 这项设置")
    held = banksettings.own(bank.settings)
    if name not in held:
        return bank
    default = banksettings.DEFAULTS[name]
    banksettings.checked({name: default}, bank.settings)
    before = {name: held.pop(name)}
    bank.settings = held
    record(
        db,
        "bank.settings_changed",
        "bank",
        bank.id,
        by=by,
        at=at,
        before=before,
        after={name: default},
    )
    compare_posters(db, bank, was_on=bool(before.get("poster_cdn")))
    return bank
