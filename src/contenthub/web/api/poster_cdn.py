"""GET /bank/poster-cdn, and where a template's published files lie."""

from uuid import UUID

import msgspec
from litestar import Router, get
from litestar.params import FromPath, FromQuery

from contenthub.db import Read
from contenthub.posters import queries_published
from contenthub.tenants import queries as tenants
from contenthub.tenants.banksettings import effective
from contenthub.tenants.models import Bank
from contenthub.web.deps import Db, Me, OurBank
from contenthub.web.keyset import page_size, staff_cursor, staff_no_of
from contenthub.web.poster_work import shown_template
from contenthub.web.signin import May


class PosterCdnView(msgspec.Struct):
    """Whether a bank's posters are published as files, and how far that is."""

    is_possible: bool
    """Whether this deployment has a public store at all."""
    is_on: bool
    """The bank's setting `poster_cdn`."""
    address: str
    """What every file's address begins with."""
    cache_seconds: int
    """How long a file that was taken away may still be seen in caches."""
    published: int
    waiting: int
    """To be drawn and sent."""
    removing: int
    """To be taken away from the store; tried until it is done."""
    problem: str
    """What stands in the way; empty when nothing does."""

    @property
    def is_done(self) -> bool:
        """Return whether nothing is under way, nor about to be after a change of the switch."""
        return not (self.waiting or self.removing or (self.published and not self.is_on))


async def cdn_view(db: Read, bank: Bank) -> PosterCdnView:
    """Return how far a bank's publishing is."""
    store = queries_published.store_for(db)
    found = await queries_published.progress(db)
    counts = found.counts
    return PosterCdnView(
        is_possible=store is not None,
        is_on=bool(effective(bank.settings)[queries_published.SETTING]),
        address=store.address if store else "",
        cache_seconds=store.cache_seconds if store else 0,
        published=counts.get("published", 0),
        waiting=counts.get("planned", 0) + counts.get("uploading", 0),
        removing=counts.get("removing", 0),
        problem=found.problem,
    )


@get(
    "/bank/poster-cdn",
    guards=[May("bank.view")],
    summary="海报发布到 CDN 的进度",
    tags=["bank"],
)
async def show_cdn(db: Db, bank: OurBank) -> PosterCdnView:
    """Return how many posters are published, wait, or are being taken away."""
    return await cdn_view(db, await db.get_one(Bank, bank.id))


class PublishedView(msgspec.Struct):
    """One employee's published poster."""

    employee_id: UUID
    staff_no: str
    name: str
    url: str
    small_url: str
    """720 px wide, for lists."""


class PublishedPage(msgspec.Struct):
    """A part of the list, and where it goes on."""

    items: list[PublishedView]
    next_cursor: str | None


@get(
    "/poster-templates/{template_id:uuid}/published",
    guards=[May("posters.view")],
    summary="海报模板已发布到 CDN 的文件地址",
    tags=["posters"],
)
async def published_files(
    template_id: FromPath[UUID],
    db: Db,
    me: Me,
    limit: FromQuery[int] = 100,
    cursor: FromQuery[str] = "",
) -> PublishedPage:
    """Return where people's posters of the live revision lie, by staff number.

    Only those you may see; who is not listed has their poster drawn on request.
    """
    size, after = page_size(limit), staff_no_of(cursor)
    template = await shown_template(db, template_id, viewer=me)
    if template.live_revision_id is None:
        return PublishedPage([], None)
    found = await queries_published.of_template(
        db,
        template.live_revision_id,
        staff_ids=await tenants.visible_staff_ids(db, me),
        after=after,
        limit=size + 1,
    )
    rows = [
        PublishedView(one.id, one.staff_no, one.name, file.whole, file.small)
        for one, file in found[:size]
    ]
    more = len(found) > size
    return PublishedPage(rows, staff_cursor(rows[-1].staff_no) if more else None)


HANDLERS = [Router("/api/v1", route_handlers=[show_cdn, published_files])]
