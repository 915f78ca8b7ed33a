"""The matrix of tests/house/test_routes.py: whom it asks as, with which ids and which bodies."""

import io
import re
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

import httpx
from PIL import Image
from sqlalchemy import text
from tests.house.foreign_ids import absent, factory_of
from tests.house.routing import (
    PUBLIC_BY_NATURE,
    UNSAFE,
    Route,
    body_ids,
    has_file,
    minimal,
    routes,
)
from tests.personas import Personas, Side

from contenthub.migrations.metadata import metadata
from contenthub.tenants import access
from contenthub.tenants.models import Staff

OTHER_DOOR = "/platform"
"""Operators have a door of their own, judged by tests/web/test_platform.py."""
ALL = [r for r in routes() if not r.path.startswith((*PUBLIC_BY_NATURE, OTHER_DOOR))]
GUARDED = [r for r in ALL if r.permission != "public"]
ROLES = (
    "bank_admin author campaign_manager reviewer branch_manager employee auditor"  # widest first
).split()
PERSON = {"bank_admin": "admin"}
LOOKED_AT_TOGETHER = 20
"""So many routes are asked before the other bank's rows are read again, all tables of them."""

CANVAS = "/console/posters/canvas"
_DESIGN = {"design": {"width_px": 400, "height_px": 400, "layers": []}}
# Bodies whose smallest valid value the types do not tell; ids are filled in by name.
BODIES: dict[str, dict[str, Any]] = {
    "POST /console/library/{item_id}/recall": {"reason": "活动结束"},
    "POST /console/assets/{asset_id}/crop": {
        **{"left_px": "0", "top_px": "0"},
        **{"width_px": "64", "height_px": "64"},
    },
    "POST /console/library/{item_id}/restore": {"no": "1"},
    "POST /console/library/{item_id}/call-off": {"no": "1"},
    "POST /api/v1/tag-changes": {"kind": "put"},
    **{f"POST {CANVAS}{step}": _DESIGN for step in ("", "/preview", "/check")},
}
MINE_ONLY = "the phone shows one's own rows only, whatever the role (tests/web/test_h5_*.py)"
# Own ids that are rightly answered 404 with a bare row (nothing to download yet …), and why.
OWN_IS_ABSENT: dict[str, str] = {
    "POST /api/v1/me/sessions/{ref}/end": "only Redis knows sessions (tests/web/test_account.py)",
    "POST /account/sessions/{ref}/end": "only Redis knows sessions (tests/web/test_account.py)",
    "DELETE /api/v1/customers/{customer_id}/refusals/{topic}": "a bare customer refuses nothing",
    "DELETE /api/v1/customers/{customer_id}/consents/{topic}": "a bare customer agreed to none",
    "DELETE /api/v1/customers/{customer_id}/tags/{tag_id}": "a bare customer has no tag",
    "POST /console/customers/{customer_id}/tags/take": "a bare customer has no tag",
    "GET /m/tasks/{task_id}": MINE_ONLY,
    "POST /m/tasks/{task_id}/confirm": MINE_ONLY,
    "POST /m/notices/{notice_id}/seen": MINE_ONLY,
    "POST /api/v1/notices/{notice_id}/seen": MINE_ONLY,
    "GET /m/leads/{lead_id}": MINE_ONLY,
    "POST /m/leads/{lead_id}/call": MINE_ONLY,
    "POST /m/leads/{lead_id}/state": MINE_ONLY,
    "GET /m/customers/{customer_id}": MINE_ONLY,
    "POST /m/customers/{customer_id}/call": MINE_ONLY,
    "POST /m/customers/{customer_id}/refuse": MINE_ONLY,
    "POST /m/customers/{customer_id}/unrefuse": MINE_ONLY,
    "POST /m/customers/{customer_id}/consent/withdraw": MINE_ONLY,
    "GET /m/links/{code}/qr.png": MINE_ONLY,
}


def ids_of(route: Route) -> list[str]:
    """Return the names of all ids a route takes: in its path, its body and its query."""
    # A cursor is the id of the last row seen: any bank's id is only a place.
    queries = [name for name in route.queries if name != "cursor"]
    return [*(name for name, _ in route.parameters), *body_ids(route.body), *queries]


@dataclass
class World:
    """Two banks shared by the matrix, and one row of each kind in each of them."""

    people: Personas
    foreign: dict[str, str] = field(default_factory=dict)
    """The other bank's real ids, one of each kind."""
    theirs: dict[str, tuple[object, ...]] = field(default_factory=dict)
    """The other bank's rows as we made them: a fingerprint a table."""
    kept: dict[str, object] = field(default_factory=dict)
    """Our own rows that no request has changed."""
    asked: list[str] = field(default_factory=list)
    """Routes asked since the other bank's rows were last looked at."""

    async def begin(self) -> None:
        """Make the other bank's rows, all before the first request."""
        names = sorted({name for route in GUARDED for name in ids_of(route)})
        made = await self._fresh(self.people.theirs, names)
        self.foreign = {name: str(one) for name, one in made.items()}
        self.theirs = await self._their_rows()

    async def ours(self, names: list[str]) -> dict[str, object]:
        """Return our own rows' ids, made for those names that have none."""
        missing = [name for name in names if name not in self.kept]
        self.kept |= await self._fresh(self.people.ours, missing)
        return {name: self.kept[name] for name in names}

    def used(self, route: Route, names: list[str], answer: httpx.Response) -> None:
        """Forget the rows that an accepted request may have changed; a refused one undid all."""
        if route.method in UNSAFE and answer.status_code < 400:
            for name in names:
                self.kept.pop(name, None)

    async def untouched(self, route: Route | None = None) -> None:
        """Fail when a row of the other bank changed; without a route, look at once."""
        self.asked += [route.name] if route else []
        if not self.asked or (route and len(self.asked) < LOOKED_AT_TOGETHER):
            return
        # Kept first: a change is told once, and the next routes answer for themselves.
        before, self.theirs = self.theirs, await self._their_rows()
        asked, self.asked = self.asked, []
        changed = [table for table in before if before[table] != self.theirs[table]]
        assert changed == [], f"the other bank's {changed} changed by one of {asked}"

    async def _fresh(self, side: Side, names: list[str]) -> dict[str, object]:
        async with self.people.house.database.unit_of_work(side.tenant) as db:
            return {name: str(await factory_of(name)(db, side)) for name in names}

    async def _their_rows(self) -> dict[str, tuple[object, ...]]:
        theirs = self.people.theirs.tenant
        async with self.people.house.database.reading(theirs) as db:
            rows = await db.execute(ALL_ROWS, {"t": theirs})
            return {table: tuple(found) for table, *found in rows}


ALL_ROWS = text(
    " union all ".join(
        f"select '{t.name}', count(*), md5(string_agg(x::text, ',' order by x::text)) "
        f"from {t.name} x where tenant_id = :t"
        for t in metadata.tables.values()
        if "tenant_id" in t.columns
    )
)


def person_for(side: Side, route: Route, *, may: bool) -> Staff | None:
    """Return somebody who may (or may not) use a route, the widest data scope first.

    The phone pages are an employee's own: there the row's owner comes first.
    """
    own = may and route.path.startswith("/m")
    for role in ("employee", *ROLES) if own else ROLES:
        if (route.permission == "*" or access.may([role], route.permission)) == may:
            found: Staff = getattr(side, PERSON.get(role, role))
            return found
    return None


async def send(
    client: httpx.AsyncClient,
    route: Route,
    values: dict[str, object],
    *,
    query: dict[str, object] | None = None,
) -> httpx.Response:
    """Send the smallest valid request of a route with these ids."""
    url = route.url(values)
    params = {n: str(v) for n, v in (query or {}).items()}
    if route.method not in UNSAFE:
        return await client.request(route.method, url, params=params)
    body = {**minimal(route.body, values), **BODIES.get(route.name, {})}
    body.update({n: str(values[n]) for n in body if n in values})
    if route.is_api and not has_file(route.body):
        return await client.request(
            route.method, url, params=params, json=body if route.body or body else None
        )
    token = await csrf(client)
    headers = {"x-csrftoken": token}
    if route.path.startswith(CANVAS):  # a page's own script speaks JSON, not forms
        return await client.request(route.method, url, params=params, json=body, headers=headers)
    files = {"file": ("x.jpg", picture(), "image/jpeg")} if has_file(route.body) else None
    return await client.request(
        route.method, url, params=params, data=body, files=files, headers=headers
    )


@lru_cache
def picture() -> bytes:
    """Return a small JPEG that every upload accepts."""
    held = io.BytesIO()
    Image.new("RGB", (400, 400), "white").save(held, "JPEG")
    return held.getvalue()


async def csrf(client: httpx.AsyncClient) -> str:
    """Return the token a form sends back."""
    if "csrftoken" not in client.cookies:
        await client.get("/login")
    return str(client.cookies["csrftoken"])


_CHANGING = re.compile(
    r'"request_id":"[^"]*"|nonce="[^"]*"|name="_csrf_token" value="[^"]*"|<code>[^<]*</code>'
    r'|content="[0-9a-f]{64,}"|"took_ms":[0-9.]+'
)


def told(answer: httpx.Response, *ids: object) -> tuple[int, str, str]:
    """Return what an answer says, without what differs from request to request."""
    body = _CHANGING.sub("", answer.text)
    for one in ids:
        body = body.replace(str(one), "ID")
    return answer.status_code, answer.headers.get("content-type", ""), body


def nothing(route: Route) -> dict[str, object]:
    """Return ids of a route's path that nobody has."""
    return {name: absent(name, kind) for name, kind in route.parameters}
