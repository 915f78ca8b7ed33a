"""Two banks and the people of tests: ours, and the Charlie who must see nothing."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from copy import copy
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import httpx
from litestar import Litestar
from litestar.datastructures import State
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession, create_async_engine

from contenthub.app import create_litestar, layered
from contenthub.db import Platform, TenantId
from contenthub.tenants.models import Branch, Staff
from contenthub.web.house import House
from contenthub.web.ratelimit import RateLimit
from contenthub.web.sessions import cookie_name, open_session
from tests.house.routing import application
from tests.make import new_branch, new_staff, open_bank


@dataclass
class Side:
    """One bank with a head office, two branches and one person per role."""

    tenant: TenantId
    head: Branch
    branch: Branch
    other_branch: Branch
    admin: Staff
    author: Staff
    reviewer: Staff
    campaign_manager: Staff
    branch_manager: Staff
    employee: Staff
    colleague: Staff
    """An employee of the other branch."""
    auditor: Staff


class Personas:
    """`ours` is the bank under test, `theirs` the other bank."""

    def __init__(self, house: House, ours: Side, theirs: Side) -> None:
        self.house, self.ours, self._theirs = house, ours, theirs
        self._is_met = False

    @property
    def theirs(self) -> Side:
        """The other bank; from now on this test's alone."""
        self._is_met = True
        return self._theirs

    def pass_on(self) -> None:
        """Leave the other bank to the next test, if this one never looked at it."""
        if not self._is_met:
            _unmet[id(self.house)] = (self.house, self._theirs)

    @asynccontextmanager
    async def client(self, staff: Staff | None = None) -> AsyncIterator[httpx.AsyncClient]:
        """Open an HTTP client on the whole app, signed in as `staff` (or nobody)."""
        app = house_app(self.house)
        async with httpx.AsyncClient(
            transport=httpx.ASGITransport(app=app), base_url="http://hub.test"
        ) as client:
            if staff is not None:
                sid = await open_session(
                    self.house.redis, self.house.settings, TenantId(staff.tenant_id), staff.id
                )
                client.cookies.set(cookie_name(self.house.settings), sid)
            yield client


_litestars: dict[int, tuple[House, Litestar]] = {}


def house_app(house: House) -> Any:
    """Return the whole app as a server runs it, edge and share traffic included."""
    # Building hundreds of routes takes far longer than serving a request, so that part is
    # kept. The share traffic before it counts guesses and caches pages: a fresh one each.
    if id(house) not in _litestars:
        _litestars[id(house)] = (house, _litestar(house))
    litestar = _litestars[id(house)][1]
    return layered(litestar, house)


def _litestar(house: House) -> Litestar:
    """Return the routes that were built to be looked at, with this house as their state."""
    built = application()
    if _said(built.state["house"]) != _said(house):
        return create_litestar(house)
    mine = copy(built)
    mine.state = State({**built.state, "house": house, "ratelimit": RateLimit(house.redis)})
    return mine


def _said(house: House) -> object:
    """Return what a house's routes are built from; the rest they find in the state."""
    settings = house.settings
    token = house.keyring.sign(UUID(int=0), "csrf", b"")
    return token, settings.secure_cookies, settings.upload_max_bytes


_unmet: dict[int, tuple[House, Side]] = {}
"""A bank of each house that is as it was made: no test has looked at it."""
AT_ONCE = 16
"""Banks made in one go: a third of what each costs alone."""
_ready: list[Side] = []
_makers: dict[int, tuple[House, AsyncEngine]] = {}
"""Houses that are shared by many tests, and who may write rows of any bank there."""


@asynccontextmanager
async def banks_in_advance(house: House, url: str) -> AsyncIterator[None]:
    """Make this house's banks several at a time, by a role that stands above row-level security."""
    engine = create_async_engine(url, pool_size=1, max_overflow=0)
    _makers[id(house)] = (house, engine)
    yield
    del _makers[id(house)]
    _ready.clear()
    await engine.dispose()


async def make_personas(house: House) -> Personas:
    """Make both banks; the other one may have been made for a test that did not need it."""
    _, theirs = _unmet.pop(id(house), (house, None))
    return Personas(house, await _side(house), theirs or await _side(house))


async def _side(house: House) -> Side:
    if id(house) not in _makers:
        async with house.database.platform_unit_of_work() as platform:
            tenant = await open_bank(platform)
        async with house.database.unit_of_work(tenant) as db:
            return (await _peopled(db, [tenant]))[0]
    if not _ready:
        async with AsyncSession(_makers[id(house)][1], expire_on_commit=False) as many:
            opened = [await open_bank(Platform(many)) for _ in range(AT_ONCE)]
            _ready.extend(await _peopled(many, opened))
            await many.commit()
    return _ready.pop()


async def _peopled(db: AsyncSession, opened: list[TenantId]) -> list[Side]:
    """Give banks that were opened their branches and people."""
    sides, branches, rest = [], [], list[object]()
    for tenant in opened:
        head, *first = new_branch(tenant, "总行营业部")
        branch, *then = new_branch(tenant, "城关支行", parent=head)
        other, *last = new_branch(tenant, "柳河支行", parent=head)
        people = {
            "admin": new_staff(head, "bank_admin", name="赵强"),
            "author": new_staff(head, "author", name="李娜"),
            "reviewer": new_staff(head, "reviewer", name="周敏"),
            "campaign_manager": new_staff(head, "campaign_manager", name="陈晨"),
            "branch_manager": new_staff(branch, "branch_manager", name="孙丽"),
            "employee": new_staff(branch, "employee", name="王小明"),
            "colleague": new_staff(other, "employee", name="刘洋"),
            "auditor": new_staff(head, "auditor", name="吴审"),
        }
        branches += [head, branch, other]
        rest += [*first, *then, *last, *people.values()]
        sides.append(Side(tenant=tenant, head=head, branch=branch, other_branch=other, **people))
    db.add_all(branches)
    await db.flush()
    db.add_all(rest)
    return sides
