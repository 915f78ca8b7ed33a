"""What our pages need to act inside WeCom: the JS-SDK's signature of the page that asks."""

import secrets
from typing import Any
from urllib.parse import urlsplit

from litestar import Request, Response, get
from litestar.params import FromQuery

from contenthub.errors import Invalid
from contenthub.tenants import outside
from contenthub.web.deps import TheHouse
from contenthub.web.signin import May, principal_of

_URL_MAX_CHARS = 2_000
_NO_STORE = {"Cache-Control": "no-store"}


@get("/m/wecom/signature", guards=[May("links.write")], include_in_schema=False)
async def signature(
    request: Request[Any, Any, Any], house: TheHouse, url: FromQuery[str]
) -> Response[dict[str, Any]]:
    """Return what WeCom's JS-SDK is given for one of our own pages.

    Raises Invalid for a page of another site; NotConnected; ChannelError.
    """
    here = request.headers.get("host", "")
    if len(url) > _URL_MAX_CHARS or urlsplit(url).netloc != here:
        raise Invalid.of("url", "只能为本站的页面签名")
    async with house.database.reading(principal_of(request).tenant) as db:
        app = await outside.wecom(db)
    signed = await app.page_signature(url, noncestr=secrets.token_hex(8))
    told = {
        "corpId": signed.corpid,
        "agentId": signed.agentid,
        "timestamp": signed.timestamp_seconds,
        "nonceStr": signed.noncestr,
        "signature": signed.signature,
    }
    return Response(told, headers=_NO_STORE)


HANDLERS = [signature]
