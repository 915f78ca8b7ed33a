"""POST /s/{code}/related: from one item's page to another that it names, with the same employee."""

import secrets
from typing import Any

from litestar import Request, Response, Router, post
from litestar.params import FromPath
from litestar.response import Redirect

from contenthub.errors import NotFound
from contenthub.library.queries_shareable import FailsRules
from contenthub.sharing import actions
from contenthub.sharing.codes import RANDOM_BYTES, code_from
from contenthub.web.deps import TheHouse
from contenthub.web.landing import forms
from contenthub.web.landing.limits import spend

A_DAY_FROM_AN_ADDRESS = 1000


_SHUT = "这条相关内容暂时打不开，请联系客户经理"


@post("/{code:str}/related", opt={"public": True}, status_code=303, include_in_schema=False)
async def open_related(
    request: Request[Any, Any, Any], code: FromPath[str], house: TheHouse
) -> Response[Any]:
    """Go on to the employee's own link of an item that this page names; a robot's GET makes none.

    Raises:
        NotFound: the page names no such item, or it is not live any more.
    """
    sent = await forms.read_form(request, house, code)
    await spend(house, f"related-from:{sent.tenant}:{sent.address}", limit=A_DAY_FROM_AN_ADDRESS)
    wanted = sent.values.get("item", "")
    async with house.database.unit_of_work(sent.tenant) as db:
        shown = await forms.shown_page(db, request, sent)
        item = next((item for _, item, _ in shown.related if item.code == wanted), None)
        if item is None or shown.is_nameless:
            raise NotFound(_SHUT)
        try:
            link = await actions.make_link(
                db,
                item,
                employee=shown.employee,
                # A customer's own link has a parent; this one starts a chain of the employee's.
                channel="link" if shown.link.channel == "visitor" else shown.link.channel,
                at=sent.at,
                code=code_from(secrets.token_bytes(RANDOM_BYTES)),
            )
        except FailsRules as error:
            raise NotFound(_SHUT) from error
    return Redirect(f"/s/{link.code}", status_code=303)


HANDLERS = [Router("/s", route_handlers=[open_related], exception_handlers=forms.REFUSALS)]
