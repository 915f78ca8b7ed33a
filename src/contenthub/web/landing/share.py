"""POST /s/{code}/share: a visitor passes the page on under a link of their own."""

import secrets
from typing import Any

from litestar import Request, Response, Router, post
from litestar.params import FromPath

from contenthub.errors import Conflict
from contenthub.sharing import actions
from contenthub.sharing.codes import RANDOM_BYTES, code_from
from contenthub.web.deps import TheHouse
from contenthub.web.landing import forms, visitors
from contenthub.web.landing.limits import spend


@post("/{code:str}/share", opt={"public": True}, include_in_schema=False)
async def share_on(
    request: Request[Any, Any, Any], code: FromPath[str], house: TheHouse
) -> Response[Any]:
    """Return the visitor's own link below this one; a second tap gives the same."""
    sent = await forms.read_form(request, house, code)
    visitor_id = sent.visitor_id or visitors.new_visitor()
    who = visitor_id.hex if sent.visitor_id else f"address:{sent.address}"
    await spend(house, f"share:{sent.tenant}:{who}", limit=60)
    await spend(house, f"share-from:{sent.tenant}:{sent.address}", limit=1000)
    async with house.database.unit_of_work(sent.tenant) as db:
        shown = await forms.shown_page(db, request, sent)
        if shown.is_nameless:
            raise Conflict("这条内容暂时不能转发，请拨打页面上的本行客服电话了解")
        child, _ = await actions.share_on(
            db,
            shown.link,
            visitor_id=visitor_id,
            at=sent.at,
            code=code_from(secrets.token_bytes(RANDOM_BYTES)),
        )
    url = f"{house.settings.public_url}/s/{child.code}"
    answer = forms.done(
        request,
        sent,
        title="链接已生成",
        text="把下面的链接发给朋友。",
        bank=shown.bank,
        body={"code": child.code, "url": url},
        url=url,
    )
    answer.set_cookie(visitors.cookie(visitor_id, house.settings))
    return answer


HANDLERS = [Router("/s", route_handlers=[share_on], exception_handlers=forms.REFUSALS)]
