"""A bank that publishes its posters, in tests: its public store, its rows, a worker to hand."""

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select, update
from tests.make import NOW, make_live_item, make_live_template
from tests.personas import Personas
from tests.web.desk import work

from contenthub.posters.models import PosterTemplate
from contenthub.posters.models_published import PosterUpkeep, PublishedPoster
from contenthub.storage import DiskStorage
from contenthub.storage_public import PublicStore
from contenthub.tenants import actions as tenants

CDN = "https://cdn.example.com/posters"


class Shop:
    """A bank whose posters go to a public store, one of them live."""

    def __init__(self, people: Personas, store: PublicStore, template: PosterTemplate) -> None:
        self.people, self.store, self.template = people, store, template

    async def files(self) -> list[str]:
        """Return the bank's files in the public store."""
        return [one.key for one in await self.store.entries(str(self.people.ours.tenant))]

    async def rows(self, *states: str) -> list[PublishedPoster]:
        """Return the rows in some states."""
        async with self.people.house.database.reading(self.people.ours.tenant) as db:
            table = PublishedPoster
            query = select(table).order_by(table.created_at)
            return list(await db.scalars(query.where(table.state.in_(states)) if states else query))

    async def work(self, *, later: bool = False) -> None:
        """Do what is due; with `later` all pauses and leases are over, and a look is due."""
        if later:
            async with self.people.house.database.unit_of_work(self.people.ours.tenant) as db:
                long_ago = datetime.now(UTC) - timedelta(days=1)
                await db.execute(update(PublishedPoster).values(try_after_at=long_ago))
                await db.execute(update(PosterUpkeep).values(look_after_at=long_ago))
        await work(self.people, "posters.publish_posters")

    async def switch(self, *, on: bool) -> None:
        """Switch publishing on or off and let the worker hear of it."""
        ours = self.people.ours
        async with self.people.house.database.unit_of_work(ours.tenant) as db:
            await tenants.set_settings(db, {"poster_cdn": on}, by=ours.admin, at=NOW)
        await self.work(later=True)


@pytest.fixture
async def disk_shop(people: Personas, tmp_path: Path) -> AsyncIterator[Shop]:
    disk = DiskStorage(tmp_path / "public", is_public=True)
    async for made in open_shop(people, PublicStore(disk, "", CDN, 3600)):
        yield made


async def open_shop(people: Personas, store: PublicStore) -> AsyncIterator[Shop]:
    resources, ours = people.house.database.resources, people.ours
    with pytest.MonkeyPatch.context() as patch:
        known: Any = resources["settings"]
        patch.setitem(resources, "settings", replace(known, cdn_url=CDN))
        patch.setitem(resources, "public_store", store)
        async with people.house.database.unit_of_work(ours.tenant) as db:
            item = await make_live_item(db, ours.author, ours.reviewer)
            template = await make_live_template(db, item, ours.author, ours.reviewer)
        yield Shop(people, store, template)
