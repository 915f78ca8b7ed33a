"""What is shown of an import of items: the job with its counts, and its rows."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec

from contenthub.library import actions_item_uploads, itemheaders, itempages
from contenthub.library.itempages import OWN
from contenthub.library.models_imports import ItemImportRow
from contenthub.tenants.models import LongJob
from contenthub.web.api.jobs import errors_url
from contenthub.web.item_workbooks import SheetWish


class SheetColumnView(msgspec.Struct):
    """One column of a sheet: its header, what it is read as, and a cell of it."""

    header: str
    name: str
    """`title`, `fields.rate`, …; "" is not read."""
    is_guess: bool
    sample: str


class SheetView(msgspec.Struct):
    """What was made of one sheet; `unknown` are headers nobody knows, each with a likely one."""

    name: str
    kind: str
    rows: int
    unknown: list[list[str]] = []
    topic: str = ""
    """Of rows that do not say theirs."""
    columns: list[SheetColumnView] = []


class SkippedSheetView(msgspec.Struct):
    """A sheet that was not read, and why."""

    name: str
    why: str


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
    """Names of sheets that were not read; `why_skipped` says why."""
    why_skipped: list[SkippedSheetView]
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
        sheets=[_sheet_view(sheet) for sheet in facts["sheets"]],
        skipped=facts["skipped"],
        why_skipped=[
            SkippedSheetView(name, facts.get("why_skipped", {}).get(name, ""))
            for name in facts["skipped"]
        ],
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


def _sheet_view(sheet: Mapping[str, Any]) -> SheetView:
    columns = [SheetColumnView(*one) for one in sheet.get("columns", [])]
    return SheetView(**{**sheet, "columns": columns})


def column_forms(job: LongJob) -> list[dict[str, Any]]:
    """Return, by sheet whose kind is known, what the form of its columns shows."""
    forms = []
    for no, sheet in enumerate(job.params["sheets"]):
        view = _sheet_view(sheet)
        if not view.kind or not view.columns:
            continue
        names = {column.name for column in view.columns}
        own = [("", "不导入这一列"), *itemheaders.choices(view.kind)]
        forms.append(
            {
                "no": no,
                "name": view.name,
                "kind": view.kind,
                "topic": view.topic,
                "asks_topic": "topic" not in names,
                "is_sure": not view.unknown and not any(one.is_guess for one in view.columns),
                "columns": [
                    (f"column.{no}.{place}", one, [*own, *_own_option(one)])
                    for place, one in enumerate(view.columns)
                ],
            }
        )
    return forms


def _own_option(column: SheetColumnView) -> list[tuple[str, str]]:
    name = column.name if column.name.startswith(OWN) else OWN + column.header
    return [(name, f"本行自己的要素“{name.removeprefix(OWN)[:20]}”")]


def wishes_of(job: LongJob, form: Mapping[str, str]) -> list[SheetWish]:
    """Return what the form of the columns says, by sheet."""
    wishes = []
    for shown in column_forms(job):
        columns = {one.header: form[key] for key, one, _ in shown["columns"] if key in form}
        topic, kind = form.get(f"topic.{shown['no']}", ""), form.get(f"kind.{shown['no']}", "")
        wishes.append(SheetWish(shown["name"], columns, topic, kind))
    for no, name in enumerate(job.params["skipped"]):
        if kind := form.get(f"skipped.{no}", ""):
            wishes.append(SheetWish(name, {}, kind=kind))
    return wishes
