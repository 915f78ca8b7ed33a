"""The operator's look at a bank's settings, and changes of them."""

from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any

from contenthub.cli_operate import bank_id, opened
from contenthub.errors import Invalid
from contenthub.settings import Settings
from contenthub.tenants import actions, actions_platform, banksettings, queries
from contenthub.tenants.models import Bank


async def show(settings: Settings, slug: str) -> dict[str, Any]:
    """Return a bank's slug, name, zone and every setting as it holds.

    Raises:
        NotFound: no such bank.
    """
    async with opened(settings) as database:
        tenant = await bank_id(database, slug)
        async with database.reading(tenant) as db:
            return _shown(await queries.bank(db))


async def change(settings: Settings, slug: str, words: Iterable[str]) -> dict[str, Any]:
    """Change a bank's settings by `KEY=VALUE` words; return what `show` would.

    Raises:
        Invalid: a word without `=`, a key said twice, an unknown key or a wrong value.
        NotFound: no such bank.
    """
    changes = pairs(words)
    async with opened(settings) as database:
        tenant = await bank_id(database, slug)
        async with database.unit_of_work(tenant) as db:
            by = actions_platform.actor(None)  # the trail says who: the command line
            return _shown(await actions.set_settings(db, changes, by=by, at=datetime.now(UTC)))


def lines(shown: dict[str, Any]) -> list[str]:
    """Return a bank's settings for people, one line each."""
    head = f"{shown['name']}（{shown['slug']}，时区 {shown['zone']}）"
    said = {True: "true", False: "false"}
    return [head] + [
        f"  {name}={said[value] if isinstance(value, bool) else value}  {banksettings.LABELS[name]}"
        for name, value in shown["settings"].items()
    ]


def _shown(bank: Bank) -> dict[str, Any]:
    return {
        "slug": bank.slug,
        "name": bank.name,
        "zone": bank.zone,
        "settings": banksettings.effective(bank.settings),
    }


def pairs(words: Iterable[str]) -> dict[str, str]:
    """Return `KEY=VALUE` words as a mapping; raises Invalid for any other, or one said twice."""
    changes: dict[str, str] = {}
    for word in words:
        name, equals, value = word.partition("=")
        if not equals:
            raise Invalid.of(word[:40], "请写成 KEY=VALUE，例如 send_from=09:00")
        if name in changes:
            raise Invalid.of(name, f"{name} 写了两次，请只留一个")
        changes[name] = value
    return changes
