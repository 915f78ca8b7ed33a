"""What is shown of an import of items: the job with its counts, and its rows."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from uuid import UUID

import msgspec

from contenthub.library import actions_item_uploads, itempages
from contenthub.library.models_imports import ItemImportRow
from contenthub.tenants.models import LongJob
from contenthub.web.api.jobs import errors_url


class SheetView(msgspec.Struct):
    """What was made of one sheet; `unknown` are headers nobody knows, each with a likely one."""

    name: str
    kind: str
    rows: int
    unknown: list[list[str]] = []


class ItemImportView(msgspec.Struct, kw_only=True):
    """An import of items: the file, how far it is and what came of its rows."""

    id: UUID
    filename: str
    stage: str
    """`trial` only counts, `load` writes drafts, `undo` takes them back."""
    state: str
    done: int
    total: int
    submit: bool
    sheets: list[SheetView]
    skipped: list[str]
    added: int
    changed: int
    unchanged: int
    failed: int
    blocked: int
    """Rows with something that must be mended before they can be approved."""
    sent: int
    undone: int
    kept: int
    message: str
    errors_url: str | None
    rows_until: datetime | None
    """When what became of each row goes, and with it the undo; null while it runs."""
    is_repeat: bool = False
    """Whether this very file was loaded before, and nothing was done now."""
    created_at: datetime
    finished_at: datetime | None


class ItemImportList(msgspec.Struct):
    """The newest imports of items; there is one page."""

    items: list[ItemImportView]
    next_cursor: str | None = None


class RowView(msgspec.Struct, kw_only=True):
    """What became of one row."""

    no: int
    sheet: str
    line: int
    outcome: str
    item_id: UUID | None
    code: str
    title: str
    message: str
    changes: list[str]
    """What a changed row changes; of a failed one, the columns that are wrong."""
    blocks: int
    is_sent: bool


class RowPage(msgspec.Struct):
    """One page of rows, in the order of the file."""

    items: list[RowView]
    next_cursor: str | None


def import_view(
    job: LongJob, counts: Mapping[str, int] | None = None, *, is_repeat: bool = False
) -> ItemImportView:
    """Return what is shown of an import of items; `counts` as they are now, else at its end."""
    facts = job.params
    # Rows go in time; how the import ended stays.
    found = job.result if counts is None or rows_are_gone(job) else counts
    names = ("added", "changed", "unchanged", "failed", "blocked", "sent", "undone", "kept")
    return ItemImportView(
        id=job.id,
        filename=facts["filename"],
        stage=facts["stage"],
        state=job.state,
        done=job.done,
        total=job.total,
        submit=facts["submit"],
        sheets=[SheetView(**sheet) for sheet in facts["sheets"]],
        skipped=facts["skipped"],
        **{name: found.get(name, 0) for name in names},
        message=job.message,
        errors_url=errors_url(job) if job.errors_key else None,
        rows_until=actions_item_uploads.rows_kept_until(job),
        is_repeat=is_repeat,
        created_at=job.created_at,
        finished_at=job.finished_at,
    )


def rows_are_gone(job: LongJob) -> bool:
    """Return whether what became of each row is no longer kept."""
    return bool(job.params.get(actions_item_uploads.ROWS_GONE))


def row_views(rows: Sequence[ItemImportRow], kinds: dict[str, str]) -> list[RowView]:
    """Return what is shown of rows; `kinds` are the kinds of the sheets by name."""
    return [
        RowView(
            no=row.no,
            sheet=row.sheet,
            line=row.line,
            outcome=row.outcome,
            item_id=row.item_id,
            code=row.code,
            title=row.title,
            message=row.message,
            changes=[
                itempages.label_of(kinds.get(row.sheet, ""), name)
                if row.outcome == "failed"
                else name
                for name in map(str, row.changes)
            ],
            blocks=row.blocks,
            is_sent=row.is_sent,
        )
        for row in rows
    ]


def sheet_kinds(job: LongJob) -> dict[str, str]:
    """Return sheet name -> kind of an import."""
    return {sheet["name"]: sheet["kind"] for sheet in job.params["sheets"]}
