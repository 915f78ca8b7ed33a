"""POST /scripts/{id}/copies: an employee has copied a script to send it by hand."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

import msgspec
from litestar import Router, post
from litestar.params import FromPath

from contenthub.sharing import actions_copies
from contenthub.web.deps import Db, Me, Now, keep_answer
from contenthub.web.signin import May


class ScriptCopyView(msgspec.Struct, kw_only=True):
    """How often one has copied a script; whoever has is told when it is recalled."""

    item_id: UUID
    times: Annotated[int, msgspec.Meta(examples=[3])]
    first_at: datetime
    last_at: datetime


@post(
    "/scripts/{item_id:uuid}/copies",
    guards=[May("library.view")],
    summary="登记复制了一段话术",
    tags=["links"],
)
async def note_copy(item_id: FromPath[UUID], db: Db, me: Me, now: Now) -> ScriptCopyView:
    """Note that one copied a script: it counts as a use, and a recall is told to whoever did."""
    found = await actions_copies.note_copy(db, item_id, by=me, at=now)
    return ScriptCopyView(
        item_id=found.item_id, times=found.times, first_at=found.first_at, last_at=found.last_at
    )


HANDLERS = [Router("/api/v1", route_handlers=[note_copy], after_request=keep_answer)]
