"""`contenthub assets orphans`: what nobody uses is listed, and cleared only when asked."""

import json
from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import text

from contenthub import cli_assets
from contenthub.errors import NotFound
from contenthub.settings import Settings
from tests.personas import Personas
from tests.web.pictures import jpeg


async def _rows(
    settings: Settings, slug: str, *, days: int = 180, delete: bool = False
) -> dict[str, Any]:
    (row,) = await cli_assets.look(settings, slug, days=days, is_deleting=delete)
    json.dumps(row)
    return row


async def test_what_nobody_uses_is_listed_first_and_cleared_when_asked(people: Personas) -> None:
    house, ours = people.house, people.ours
    settings = replace(house.settings, pool_size=2)
    async with people.client(ours.author) as client:
        made = (await client.post("/api/v1/assets", files={"file": ("旧图.jpg", jpeg())})).json()
    async with house.database.unit_of_work(ours.tenant) as db:
        await db.execute(text("update assets set created_at = now() - interval '200 days'"))
        slug = await db.scalar(text("select slug from banks where id = :t"), {"t": ours.tenant})
    for _ in range(2):  # looking changes nothing
        row = await _rows(settings, slug, delete=False)
        assert [one["name"] for one in row["unused"]] == ["旧图.jpg"]
    assert (await _rows(settings, slug, delete=False, days=300))["unused"] == []
    assert "freed_bytes" in await _rows(settings, slug, delete=True)
    assert (await _rows(settings, slug, delete=False))["unused"] == []
    async with people.client(ours.author) as client:
        found = (await client.get("/api/v1/assets", params={"is_deleted": True})).json()["items"]
        assert [one["asset"]["id"] for one in found] == [made["id"]]
    with pytest.raises(NotFound):
        await cli_assets.look(settings, "nobody", days=1, is_deleting=False)
