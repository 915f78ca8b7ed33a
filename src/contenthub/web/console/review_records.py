"""审核记录: every decision with its reasons, as a list, an xlsx file and a page to print."""

from datetime import date, datetime, timedelta
from typing import Annotated, Any
from urllib.parse import urlencode
from uuid import UUID
from zoneinfo import ZoneInfo

from litestar import Request, Response, get
from litestar.params import FromPath, FromQuery, QueryParameter
from litestar.response import Template

from contenthub.library import queries, queries_reviews
from contenthub.library.queries_reviews import Wanted
from contenthub.web import review_desk, review_records, sheets
from contenthub.web.bankdays import start_of
from contenthub.web.deps import Db, InState, Me, Now, OurBank
from contenthub.web.pages import page
from contenthub.web.signin import May

HERE = "/console/reviews/records"
PAGE = 50
STATES = {"decided": "全部结果", "approved": "通过", "returned": "退回"}


def wanted_of(words: dict[str, str], zone: str) -> Wanted:
    """Return the filter that a URL's words ask for; what makes no sense is left out."""
    state, kind = words["state"], words["subject_kind"]
    return Wanted(
        state if state in STATES else "decided",
        kind if kind in review_desk.SUBJECTS else "",
        since=_midnight(words["since"], zone),
        until=_midnight(words["until"], zone, days=1),
        words=words["q"].strip().replace("\x00", ""),
    )


def _midnight(said: str, zone: str, *, days: int = 0) -> datetime | None:
    try:
        on = date.fromisoformat(said)
        return start_of(on + timedelta(days=days), zone)
    except (ValueError, OverflowError):
        return None


@get(HERE, guards=[May("audit.view")], include_in_schema=False)
async def records_page(
    request: Request[Any, Any, Any],
    db: Db,
    me: Me,
    bank: OurBank,
    now: Now,
    in_state: InState = "decided",
    subject_kind: FromQuery[str] = "",
    since: FromQuery[str] = "",
    until: FromQuery[str] = "",
    q: FromQuery[str] = "",
    cursor: FromQuery[UUID | None] = None,
    answer: Annotated[str, QueryParameter(name="format")] = "",
) -> Template | Response[bytes]:
    """Show decisions, newest first; `format=xlsx` gives exactly what is filtered."""
    words = {"state": in_state, "subject_kind": subject_kind, "since": since, "until": until}
    words |= {"q": q}
    wanted = wanted_of(words, bank.zone)
    if answer == "xlsx":
        rows = await review_records.export_rows(db, wanted, by=me, at=now)
        data = sheets.xlsx(
            "审核记录", review_records.COLUMNS, rows, by=me.name, at=now, zone=bank.zone
        )
        return sheets.download(data, f"审核记录-{now.astimezone(ZoneInfo(bank.zone)):%Y%m%d}.xlsx")
    found = await queries_reviews.inbox(db, wanted, after=cursor, limit=PAGE + 1)
    shown = list(found[:PAGE])
    return page(
        request,
        "console/review_records.html",
        records=await review_records.records(db, shown),
        next_cursor=str(shown[-1].id) if len(found) > PAGE else "",
        is_first=cursor is None,
        words=words,
        states=list(STATES.items()),
        kinds=[("", "全部对象"), *((k, s.label) for k, s in review_desk.SUBJECTS.items())],
        query=urlencode({name: word for name, word in words.items() if word}),
    )


@get(
    "/console/reviews/{review_id:uuid}/record",
    guards=[May("audit.view")],
    include_in_schema=False,
)
async def record_page(
    request: Request[Any, Any, Any], review_id: FromPath[UUID], db: Db
) -> Template:
    """Show every submission of the same thing with its steps, to be printed."""
    found = await queries.review(db, review_id)
    rounds: dict[UUID, list[review_records.Record]] = {}
    own = list(await queries_reviews.round_of(db, found))
    ids = {one.id for one in own}
    others = await queries_reviews.reviews_of_item(db, found, limit=100)
    earlier = [one for one in others if one.id not in ids]
    for record in await review_records.records(db, [*own, *earlier]):
        rounds.setdefault(record.review.round_id, []).append(record)
    for steps in rounds.values():
        steps.sort(key=lambda record: record.review.step_no)
    return page(
        request,
        "console/review_record.html",
        subject=found,
        rounds=list(rounds.values()),
        hit_words=review_records.hit_words,
    )


HANDLERS = [records_page, record_page]
