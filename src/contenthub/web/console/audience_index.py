"""客群索引: what the nightly check of the audience index found, and to check or mend it now."""

from typing import Any

from litestar import Request, Response, get, post
from litestar.response import Template

from contenthub.customers import actions_checks, queries_checks
from contenthub.db import Read
from contenthub.web.deps import Db, Me, Now
from contenthub.web.pages import go, page
from contenthub.web.signin import May

HERE = "/console/audience-index"


@get(HERE, guards=[May("security.manage")], include_in_schema=False)
async def index_page(request: Request[Any, Any, Any], db: Db) -> Template:
    """Show what the last check found, and what somebody asked for since."""
    return page(request, "console/audience_index.html", **await _found(db))


@get(f"{HERE}/state", guards=[May("security.manage")], include_in_schema=False)
async def index_state(request: Request[Any, Any, Any], db: Db) -> Template:
    """Return the same while a check is under way, for the page that waits for it."""
    return page(request, "console/_audience_index.html", **await _found(db))


async def _found(db: Read) -> dict[str, Any]:
    check = await queries_checks.last(db)
    return {
        "check": check,
        "lines": await queries_checks.lines(db, check.wrong) if check else [],
        "night": queries_checks.NIGHT_HOUR,
    }


@post(f"{HERE}/check", guards=[May("security.manage")], include_in_schema=False)
async def check_now(request: Request[Any, Any, Any], db: Db, me: Me, now: Now) -> Response[Any]:
    """Have the index checked now."""
    await actions_checks.ask(db, mend=False, by=me, at=now)
    return go(request, HERE)


@post(f"{HERE}/mend", guards=[May("security.manage")], include_in_schema=False)
async def mend_now(request: Request[Any, Any, Any], db: Db, me: Me, now: Now) -> Response[Any]:
    """Have the index made what the customers' rows say, while it is used."""
    await actions_checks.ask(db, mend=True, by=me, at=now)
    return go(request, HERE)


HANDLERS = [index_page, index_state, check_now, mend_now]
