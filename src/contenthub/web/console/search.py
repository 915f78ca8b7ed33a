"""全局搜索: one box over content, posters, pushes, staff and customers, as roles allow."""

from dataclasses import dataclass
from typing import Any

from litestar import Request, get
from litestar.params import FromQuery
from litestar.response import Template

from contenthub.customers import queries as customers
from contenthub.db import Read
from contenthub.errors import Invalid
from contenthub.library import queries_lists as library
from contenthub.library.itemfilter import Filter
from contenthub.posters import queries as posters
from contenthub.scheduler import queries as scheduler
from contenthub.tenants import access, queries, queries_staff
from contenthub.tenants.models import Staff
from contenthub.web.deps import Db, Me
from contenthub.web.pages import page
from contenthub.web.poster_work import is_office
from contenthub.web.signin import SignedIn

SHOWN = 8
"""Rows of each group; its heading links to the whole list."""
Q_CHARS = 60
# key -> label, icon, the list it comes from
_PARTS = {
    "items": ("内容", "books", "/console/library"),
    "posters": ("海报模板", "photo-edit", "/console/posters"),
    "pushes": ("推送", "send", "/console/pushes"),
    "staff": ("员工", "building-bank", "/console/staff"),
    "customers": ("客户", "users", "/console/customers"),
}


@dataclass(frozen=True, slots=True)
class Group:
    """What was found in one part of the house; `more` is the list with the same search."""

    key: str
    label: str
    icon: str
    rows: list[Any]
    more: str
    is_cut: bool


@get("/console/search", guards=[SignedIn()], include_in_schema=False)
async def search_page(
    request: Request[Any, Any, Any], db: Db, me: Me, q: FromQuery[str] = ""
) -> Template:
    """Show what a text finds in every part this person may see."""
    asked = " ".join(q.split())[:Q_CHARS]
    groups = [group for group in await _found(db, me, asked) if group.rows] if asked else []
    branches = {b.id: b.name for b in await queries.branches(db)} if groups else {}
    return page(
        request,
        "console/search.html",
        q=asked,
        groups=groups,
        branches=branches,
        customers_too=access.may(me.roles, "customers.view"),
    )


async def _found(db: Read, me: Staff, q: str) -> list[Group]:
    def may(permission: str) -> bool:
        return access.may(me.roles, permission)

    found = []
    rows: list[Any]
    if may("library.drafts"):
        rows = list(await library.lines(db, Filter(q=q), limit=SHOWN + 1))
        found.append(_group("items", rows))
    if may("posters.view"):
        state = "" if is_office(me) else "usable"
        rows = list(await posters.templates(db, state=state, title=q, limit=SHOWN + 1))
        titles = {} if state else await posters.newest_titles(db, rows)
        found.append(_group("posters", [(one, titles.get(one.id, one.title)) for one in rows]))
    if may("pushes.view"):
        rows = list(await scheduler.pushes(db, title=q, limit=SHOWN + 1))
        found.append(_group("pushes", rows))
    reach = await queries.visible_staff_ids(db, me)
    if may("staff.view"):
        wish = queries_staff.Filter(q=q, visible_ids=None if reach is None else frozenset(reach))
        rows = list(await queries_staff.staff_list(db, wish, limit=SHOWN + 1))
        found.append(_group("staff", rows))
    if may("customers.view"):
        rows = await _customers(db, q, owner_ids=reach)
        found.append(_group("customers", rows))
    return found


async def _customers(db: Read, q: str, *, owner_ids: set[Any] | None) -> list[Any]:
    try:
        return list(await customers.customers(db, owner_ids=owner_ids, q=q, limit=SHOWN + 1))
    except Invalid:
        # What can stand in no cell of a customer is no customer's name either.
        return []


def _group(key: str, rows: list[Any]) -> Group:
    label, icon, more = _PARTS[key]
    return Group(key, label, icon, rows[:SHOWN], more, len(rows) > SHOWN)


HANDLERS = [search_page]
