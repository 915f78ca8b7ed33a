"""The card on 本行设置 that says how far publishing posters is; it asks again while it goes on."""

from typing import Any

from litestar import Request, get
from litestar.response import Template

from contenthub.tenants.models import Bank
from contenthub.web.api.poster_cdn import cdn_view
from contenthub.web.deps import Db, OurBank
from contenthub.web.pages import page
from contenthub.web.signin import May


@get("/console/bank/poster-cdn", guards=[May("bank.view")], include_in_schema=False)
async def cdn_card(request: Request[Any, Any, Any], db: Db, bank: OurBank) -> Template:
    """Return the progress as a fragment."""
    view = await cdn_view(db, await db.get_one(Bank, bank.id))
    return page(request, "console/_poster_cdn.html", cdn=view)


HANDLERS = [cdn_card]
