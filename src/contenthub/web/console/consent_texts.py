"""告知文本: what customers see when they agree or refuse, version by version, kept for good."""

from dataclasses import dataclass
from typing import Any

from litestar import Request, Response, get, post
from litestar.params import FromQuery, URLEncodedBody
from litestar.response import Template

from contenthub.customers import actions_texts, consenttexts
from contenthub.web.deps import Db, Me, Now
from contenthub.web.pages import go, page
from contenthub.web.signin import May
from contenthub.web.wording_desk import kept_texts

HERE = "/console/consent-texts"


@dataclass
class TextForm:
    """What the form of a new version sends."""

    version: str = ""
    wording: str = ""


@get(HERE, guards=[May("customers.texts")], include_in_schema=False)
async def texts_page(
    request: Request[Any, Any, Any], db: Db, added: FromQuery[str] = ""
) -> Template:
    """Show every wording in full, with how often it is named; `added` is the newest one."""
    kept = await kept_texts(db)
    return page(
        request,
        "console/consent_texts.html",
        own=[one for one in kept if one.text.created_by],
        pages=[one for one in kept if not one.text.created_by],
        added=next((one.text.version for one in kept if one.text.version == added), ""),
        most=consenttexts.WORDING_MAX_CHARS,
        version_most=consenttexts.VERSION_MAX_CHARS,
    )


@post(HERE, guards=[May("customers.texts")], include_in_schema=False)
async def add_text(
    request: Request[Any, Any, Any], data: URLEncodedBody[TextForm], db: Db, me: Me, now: Now
) -> Response[Any]:
    """Keep a new version."""
    await actions_texts.add_text(db, data.version, data.wording, by=me, at=now)
    return go(request, HERE)


HANDLERS = [texts_page, add_text]
