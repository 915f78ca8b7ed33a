"""GET/POST /consent-texts: the wordings that customers agree to and refuse by."""

from datetime import datetime
from typing import Annotated

import msgspec
from litestar import Router, get, post
from litestar.params import JSONBody

from contenthub.customers import actions_texts
from contenthub.web.deps import Db, Me, Now, keep_answer
from contenthub.web.signin import May
from contenthub.web.wording_desk import KeptText, kept_texts


class ConsentTextBody(msgspec.Struct, forbid_unknown_fields=True):
    """A wording and its version; both stay as they are, for good."""

    version: Annotated[str, msgspec.Meta(max_length=100, examples=["柜面授权书 2026-12"])]
    wording: Annotated[str, msgspec.Meta(max_length=6_000)]
    """Word for word what the customer sees, at most 5,000 characters."""


class ConsentTextView(msgspec.Struct, kw_only=True):
    """A wording under its version, and how often it is named."""

    version: str
    wording: str
    sha256: str
    """Of the wording in UTF-8."""
    is_own: bool
    """Whether the bank wrote it; else one of our pages said it to the bank's visitors."""
    by: str
    """Who added it; empty for one of a page."""
    created_at: datetime
    wishes: int
    """Consents and refusals that stand."""
    forms: int
    """Leads and sign-ups."""


class ConsentTextList(msgspec.Struct):
    """Every wording of the bank, its own first; there is one page."""

    items: list[ConsentTextView]
    next_cursor: str | None = None


def _view(kept: KeptText) -> ConsentTextView:
    return ConsentTextView(
        version=kept.text.version,
        wording=kept.text.wording,
        sha256=kept.text.sha256,
        is_own=kept.text.created_by is not None,
        by=kept.by,
        created_at=kept.text.created_at,
        wishes=kept.wishes,
        forms=kept.forms,
    )


@get("/consent-texts", guards=[May("customers.write")], summary="告知文本", tags=["customers"])
async def list_texts(db: Db) -> ConsentTextList:
    """Return the bank's wordings in full; a consent names the version of one of its own."""
    return ConsentTextList([_view(one) for one in await kept_texts(db)])


@post("/consent-texts", guards=[May("customers.texts")], summary="新增告知文本", tags=["customers"])
async def add_text(data: JSONBody[ConsentTextBody], db: Db, me: Me, now: Now) -> ConsentTextView:
    """Keep a wording under a new version; nobody can change or delete it afterwards."""
    made = await actions_texts.add_text(db, data.version, data.wording, by=me, at=now)
    return _view(KeptText(made, me.name, 0, 0))


HANDLERS = [Router("/api/v1", route_handlers=[list_texts, add_text], after_request=keep_answer)]
