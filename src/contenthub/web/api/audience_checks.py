"""GET/POST /audiences/check: whether the audience index is what the customers' rows say."""

from datetime import datetime
from typing import Annotated

import msgspec
from litestar import Router, get, post
from litestar.params import JSONBody

from contenthub.customers import actions_checks, queries_checks
from contenthub.customers.models_checks import AudienceCheck
from contenthub.db import Read
from contenthub.web.deps import Db, Me, Now, keep_answer
from contenthub.web.signin import May


class WrongView(msgspec.Struct):
    """One entry of the index that is wrong: how many customers it lacks, and has too many."""

    what: Annotated[str, msgspec.Meta(examples=["标签“银发”"])]
    lacks: Annotated[int, msgspec.Meta(examples=[3])]
    extra: Annotated[int, msgspec.Meta(examples=[0])]


class CheckView(msgspec.Struct, kw_only=True):
    """The last check; `wanted` is check or mend while one is under way, else empty."""

    wanted: Annotated[str, msgspec.Meta(examples=[""])]
    checked_at: datetime | None
    wrong_count: Annotated[int, msgspec.Meta(examples=[0])]
    wrong: list[WrongView]
    mended_at: datetime | None
    mended_count: Annotated[int, msgspec.Meta(examples=[0])]


class CheckBody(msgspec.Struct, forbid_unknown_fields=True):
    """What is asked for: to compare, or to put right as well."""

    mend: Annotated[bool, msgspec.Meta(examples=[False])] = False


async def _view(db: Read, check: AudienceCheck | None) -> CheckView:
    found = check or AudienceCheck(wanted="", wrong_count=0, wrong=[], mended_count=0)
    return CheckView(
        wanted=found.wanted,
        checked_at=found.checked_at,
        wrong_count=found.wrong_count,
        wrong=[WrongView(*line) for line in await queries_checks.lines(db, found.wrong)],
        mended_at=found.mended_at,
        mended_count=found.mended_count,
    )


@get(
    "/audiences/check", guards=[May("security.manage")], summary="客群索引核对", tags=["audiences"]
)
async def last_check(db: Db) -> CheckView:
    """Return what the last check of the audience index found."""
    return await _view(db, await queries_checks.last(db))


@post(
    "/audiences/check",
    guards=[May("security.manage")],
    status_code=202,
    summary="核对或改正客群索引",
    tags=["audiences"],
)
async def ask_check(data: JSONBody[CheckBody], db: Db, me: Me, now: Now) -> CheckView:
    """Have the index compared with the customers now; with `mend`, put right while it is used."""
    return await _view(db, await actions_checks.ask(db, mend=data.mend, by=me, at=now))


HANDLERS = [Router("/api/v1", route_handlers=[last_check, ask_check], after_request=keep_answer)]
