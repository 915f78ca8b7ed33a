"""What a share code leads to, from a bounded cache: a visit asks PostgreSQL for nothing.

A recall, an expiry, a new wording or a bank's suspension is heard by every process as it
commits (watch.py) and drops what was kept; without that an entry lives 30 seconds. The
window's end is looked at on each visit. While PostgreSQL is away the last answer serves on.
"""

import asyncio
import time
from collections import OrderedDict
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from typing import Any
from uuid import UUID

from contenthub.db import Read, TenantId
from contenthub.errors import NotFound, Unavailable
from contenthub.library import queries as library
from contenthub.library import queries_fields
from contenthub.library.kinds import SHARED_KINDS
from contenthub.library.models import Item, Revision
from contenthub.library.queries import NotLive
from contenthub.sharing import queries
from contenthub.sharing.models import Link
from contenthub.sharing.tokens import PURPOSE
from contenthub.sharing.window import TAKES_SIGNUPS
from contenthub.tenants import qualification
from contenthub.tenants import queries as tenants
from contenthub.tenants.models import Bank, Branch, Staff
from contenthub.web.house import House
from contenthub.web.landing.card import CardOffer, card_values, is_card, offer_of
from contenthub.web.landing.skeleton import Skeleton, skeleton
from contenthub.web.landing.words import LOST, NOBODY, card_of, page_of

SECONDS = 30.0
STALE_SECONDS = 600.0
CODES = 50_000
PAGES = 2_000

Sign = Callable[[bytes], bytes]


@dataclass(frozen=True, slots=True)
class Shown:
    """All that a landing page needs of the database."""

    bank: Bank
    link: Link
    employee: Staff
    branch: Branch | None
    item: Item
    revision: Revision | None
    """None when the item is recalled, expired or not yet live."""
    is_nameless: bool = False
    """The bank stands in for the employee, whose qualification lapsed (办法 art. 16)."""
    left: int | None = None
    """Places or pieces that are left; None where nobody counts them."""
    related: tuple[tuple[str, Item, Revision], ...] = ()
    """Live items that this one names, each with the label of the field that does."""
    files: tuple[tuple[str, str, str, UUID], ...] = ()
    """(label, MIME type, file name, asset id) of what the page plays or offers."""
    pictures: Mapping[str, str] = field(default_factory=dict)
    """Id -> description of the files that the article's pictures show and that can be shown."""
    cover_alt: str = ""
    """What the cover shows, in the author's words; empty where nobody wrote any."""
    offer: CardOffer | None = None
    """What the employee's card at /c/ offers; None for links that are no cards."""


@dataclass(frozen=True, slots=True)
class Target:
    """One code's answer, ready to be filled in and sent."""

    code: bytes
    tenant: TenantId
    link: bytes
    item: bytes
    employee: bytes
    sign: Sign
    closes_at: datetime | None
    page: Skeleton | None
    gone: Skeleton
    gone_status: int
    """410 for what is over, 503 while the bank itself rests."""
    card: Skeleton | None = None
    """The employee's card under the same code, at /c/; None for links that are no cards."""
    names: frozenset[UUID] = frozenset()
    """Every item that the page shows: its own and those it leads to."""

    @property
    def ids(self) -> frozenset[UUID]:
        """What the answer hangs on: every item that the page shows, and the bank."""
        return self.names | {self.tenant}


@dataclass(slots=True)
class _Entry:
    target: Target
    fresh_until: float
    stale_until: float


@dataclass(slots=True)
class Targets:
    """The cache of one process."""

    house: House
    _codes: OrderedDict[str, _Entry] = field(default_factory=OrderedDict)
    _codes_of: dict[UUID, set[str]] = field(default_factory=dict)
    """The kept codes of an item or a bank; one change must not look through all that is kept."""
    _pages: OrderedDict[tuple[object, ...], Skeleton] = field(default_factory=OrderedDict)
    _loading: dict[str, asyncio.Task[Target]] = field(default_factory=dict)
    _changes: int = 0

    def forget(self, changed_id: UUID) -> None:
        """Let go of every page that shows an item, or of all of a bank's; the next visit asks.

        Nothing of it is kept for an outage either: it may have been recalled, or the bank rests.
        """
        self._changes += 1
        for code in tuple(self._codes_of.get(changed_id, ())):
            self._drop(code)

    def _keep(self, code: str, target: Target) -> None:
        self._drop(code)
        now = time.monotonic()
        self._codes[code] = _Entry(target, now + SECONDS, now + STALE_SECONDS)
        for known_id in target.ids:
            self._codes_of.setdefault(known_id, set()).add(code)
        while len(self._codes) > CODES:
            self._drop(next(iter(self._codes)))

    def _drop(self, code: str) -> None:
        entry = self._codes.pop(code, None)
        if entry is None:
            return
        for known_id in entry.target.ids:
            codes = self._codes_of[known_id]
            codes.discard(code)
            if not codes:
                del self._codes_of[known_id]

    def doubt(self) -> None:
        """Look everything up anew: changes may have been missed while nobody listened."""
        self._changes += 1
        for entry in self._codes.values():
            entry.fresh_until = 0.0

    def known(self, code: str) -> Target | None:
        """Return the answer to a code that was looked up in the last half minute."""
        entry = self._codes.get(code)
        return entry.target if entry and entry.fresh_until > time.monotonic() else None

    async def find(self, code: str, *, at: datetime) -> Target:
        """Return the answer to a code; many visitors at once ask the database once.

        Raises:
            NotFound: nobody shared under this code. Unavailable: no database, no last answer.
        """
        task = self._loading.get(code)
        if task is None:
            task = asyncio.create_task(self._load(code, at))
            self._loading[code] = task
            task.add_done_callback(lambda _: self._loading.pop(code, None))
        return await asyncio.shield(task)

    async def _load(self, code: str, at: datetime) -> Target:
        changes = self._changes
        try:
            tenant, shown = await look_up(self.house, code, at=at)
        except NotFound:
            self._drop(code)
            raise
        except Unavailable:
            entry = self._codes.get(code)
            if entry is None or entry.stale_until < time.monotonic():
                raise
            return entry.target
        target = self._target(code, tenant, shown, at=at)
        if changes == self._changes:
            self._keep(code, target)
        # Else it was read before a change that was heard meanwhile: for this visit only.
        return target

    def _target(self, code: str, tenant: TenantId, shown: Shown, *, at: datetime) -> Target:
        keyring = self.house.keyring
        return Target(
            code=code.encode(),
            tenant=tenant,
            link=shown.link.id.bytes,
            item=shown.link.item_id.bytes,
            employee=shown.employee.id.bytes,
            sign=partial(keyring.sign, tenant, PURPOSE),
            closes_at=shown.revision.valid_until if shown.revision else None,
            page=self._page(shown, at) if shown.revision else None,
            gone=self._gone(shown),
            gone_status=410 if shown.bank.state == "active" else 503,
            card=self._card(shown),
            names=frozenset(
                (
                    *(shown.item.id, *(item.id for _, item, _ in shown.related)),
                    *(one.item.id for one in (shown.offer.items if shown.offer else ())),
                )
            ),
        )

    def _page(self, shown: Shown, at: datetime) -> Skeleton:
        if shown.revision is None:
            raise NotLive()
        values = page_of(shown, at=at)
        related = tuple((item.id, revision.id) for _, item, revision in shown.related)
        key = (shown.revision.id, values["signup_over"], shown.left, related, *_people(shown))
        return self._drawn(key, "landing/page.html", values)

    def _card(self, shown: Shown) -> Skeleton | None:
        if shown.offer is None or shown.bank.state != "active":
            return None
        branch = shown.branch.address if shown.branch else ""
        takes_leads = shown.revision is not None
        key = ("card", takes_leads, branch, shown.offer.version, *_people(shown))
        return self._drawn(key, "landing/card.html", card_values(shown, shown.offer))

    def _gone(self, shown: Shown) -> Skeleton:
        if shown.bank.state != "active":
            # A page that names no bank: what is between a bank and us is no customer's affair.
            resting = {"bank": NOBODY, "lost": LOST[503]}
            return self._drawn(("resting",), "landing/lost.html", resting)
        values = {"bank": shown.bank, "employee": card_of(shown)}
        return self._drawn(("gone", *_people(shown)), "landing/gone.html", values)

    def _drawn(self, key: tuple[object, ...], template: str, values: dict[str, Any]) -> Skeleton:
        found = self._pages.get(key)
        if found is None:
            found = self._pages[key] = skeleton(template, **values)
            while len(self._pages) > PAGES:
                self._pages.popitem(last=False)
        return found


def _people(shown: Shown) -> tuple[object, ...]:
    """Return what a page's look depends on beside the revision; any change draws it anew."""
    bank, branch = shown.bank, shown.branch
    return (
        *(bank.id, bank.name, bank.full_name, bank.hotline, repr(bank.settings)),
        *(bank.slug, bank.state, bank.logo_key, bank.colour_main, bank.colour_accent),
        *(shown.employee.id, shown.employee.updated_at, branch.name if branch else ""),
        # A qualification ends with a day, and only for some topics: no row changes.
        shown.is_nameless,
    )


async def look_up(house: House, code: str, *, at: datetime) -> tuple[TenantId, Shown]:
    """Return the bank of a code and what it shows at `at`; raises NotFound."""
    async with house.database.unscoped_reading() as session:
        found = await tenants.find_in_directory(session, "code", code)
    tenant = TenantId(found.bank_id)
    async with house.database.reading(tenant) as db:
        return tenant, await shown_by(db, found.target_id, at=at)


async def shown_by(db: Read, link_id: UUID, *, at: datetime) -> Shown:
    """Return what a link shows at `at`; raises NotFound."""
    link = await queries.link(db, link_id)
    bank = await tenants.bank(db)
    employee = await queries.credited(db, link.employee_id)
    branch = await db.get(Branch, (employee.tenant_id, employee.branch_id))
    revision: Revision | None = None
    try:
        item, revision = await library.live(db, link.item_id, at=at)
    except NotLive:
        item = await library.item(db, link.item_id)
    if bank.state != "active" or item.kind not in SHARED_KINDS:
        revision = None
    is_nameless = qualification.is_lapsed(employee, topic=item.topic, bank=bank, at=at)
    offer = await offer_of(db, link, employee, at=at) if is_card(link) else None
    if revision is None:
        return Shown(bank, link, employee, branch, item, None, is_nameless, offer=offer)
    left = None
    if item.kind in TAKES_SIGNUPS:
        left = await queries.places_left(db, item.id, revision.fields, zone=bank.zone, at=at)
    return Shown(
        bank,
        link,
        employee,
        branch,
        item,
        revision,
        is_nameless,
        left=left,
        offer=offer,
        related=tuple(await _related(db, revision, at=at)),
        pictures=await queries_fields.pictures(db, revision.body),
        cover_alt=await queries_fields.cover_alt(db, revision),
        files=tuple(
            (spec.label, asset.mime, asset.filename, asset.id)
            for spec, asset in await queries_fields.files_of(db, revision)
        ),
    )


async def _related(
    db: Read, revision: Revision, *, at: datetime
) -> list[tuple[str, Item, Revision]]:
    """Return the items a wording names that a customer may open now."""
    found = []
    for spec, item in await queries_fields.related(db, revision):
        if item.kind not in SHARED_KINDS:
            continue
        try:
            _, shown = await library.live(db, item.id, at=at)
        except NotLive:
            continue
        found.append((spec.label, item, shown))
    return found
