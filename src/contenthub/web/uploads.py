"""An uploaded customer file: to disk, checked once, kept in the store, put to the importer."""

import asyncio
import shutil
import tempfile
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from hashlib import sha256
from itertools import islice
from pathlib import Path
from typing import BinaryIO, TypeVar, cast

import msgspec
from litestar.datastructures import UploadFile

from contenthub.customers import rows
from contenthub.customers.actions_uploads import Upload
from contenthub.customers.sheets import Sheet, open_sheet
from contenthub.db import TenantId, new_id
from contenthub.errors import Invalid
from contenthub.tenants import actions_store, filesizes
from contenthub.tenants.masking import mask_name
from contenthub.tenants.models import LongJob
from contenthub.web.house import House

MAX_BODY_BYTES = 201 * 1024 * 1024
"""What the routes let in: `import_max_bytes` and the form around it."""
STAGES = {"mapping": "待确认列对应", "trial": "试算", "load": "正式导入", "undo": "撤销"}
"""What an import of a file is at: its columns, a trial, or the load."""
PREVIEW_ROWS = 20
PREVIEW_COLUMNS = 40
_COPY_BYTES = 1024 * 1024
_MIMES = {
    "csv": "text/csv",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}
_Sent = TypeVar("_Sent")
_checking = asyncio.Semaphore(2)
"""Reading a file through takes memory and a core: two at a time in one process."""


def picked(file: UploadFile | None, message: str) -> UploadFile:
    """Return the file that was chosen in a form; raises Invalid (`file`) when none was."""
    if file is None or not file.filename:
        raise Invalid.of("file", message)
    return file


def sent_json(raw: str, kind: type[_Sent], field: str, *, message: str) -> _Sent | None:
    """Return what a field says in JSON beside a file, None when it is empty.

    Raises Invalid (`field`) for what is no JSON of this kind.
    """
    if not raw.strip():
        return None
    try:
        return msgspec.json.decode(raw, type=kind)
    except msgspec.DecodeError as wrong:
        raise Invalid.of(field, message) from wrong


def mapping_in(form: Mapping[str, str]) -> dict[str, str]:
    """Return the columns chosen on the screen (fields `mapping.<field>`): field -> header."""
    return _chosen(form, "mapping.")


def merge_in(form: Mapping[str, str]) -> dict[str, str]:
    """Return the merge rules chosen on the screen (fields `merge.<field>`): field -> rule."""
    return _chosen(form, "merge.")


def _chosen(form: Mapping[str, str], start: str) -> dict[str, str]:
    return {
        name.removeprefix(start): value for name, value in form.items() if name.startswith(start)
    }


def standing(job: LongJob) -> dict[str, bool]:
    """Return where an import stands, for its page: its columns can be chosen, or it works."""
    stage = job.params["stage"]
    is_waiting = job.state == "queued" and stage == "mapping"
    is_tried = job.state == "done" and stage == "trial"
    return {
        "is_open": bool(job.params["source_key"]) and (is_tried or is_waiting),
        "is_running": job.state == "running" or (job.state == "queued" and not is_waiting),
    }


@dataclass(frozen=True, slots=True)
class Checked:
    """A readable file on this machine's disk, not yet kept."""

    path: Path
    filename: str
    sha256: str
    sheet: Sheet


@asynccontextmanager
async def checked(file: UploadFile, house: House) -> AsyncIterator[Checked]:
    """Yield the uploaded file when it can be read; raises Invalid naming what is wrong with it."""
    filename = Path(file.filename.replace("\\", "/")).name[:120] or "客户文件"
    with tempfile.TemporaryDirectory(prefix="contenthub-upload-") as folder:
        path = Path(folder) / "upload"
        async with _checking:
            digest = await asyncio.to_thread(_copy, cast(BinaryIO, file.file), path)
            most = house.settings.import_max_bytes
            if path.stat().st_size > most:
                raise Invalid.of(
                    "file", f"文件超过 {filesizes.shown(most)}，请按机构拆成几个文件再导入"
                )
            sheet = await asyncio.to_thread(open_sheet, path, filename)
        yield Checked(path, filename, digest, sheet)


def _copy(source: BinaryIO, path: Path) -> str:
    digest = sha256()
    with path.open("wb") as target:
        shutil.copyfileobj(source, target, _COPY_BYTES)
    with path.open("rb") as again:
        while block := again.read(_COPY_BYTES):
            digest.update(block)
    return digest.hexdigest()


async def keep(
    found: Checked, house: House, tenant: TenantId, mapping: Mapping[str, str]
) -> Upload:
    """Put the file into the store and return what its job will remember of it.

    Raises:
        QuotaReached: the bank's store is full.
    """
    async with house.database.unit_of_work(tenant) as db:
        await actions_store.take_room(db, found.path.stat().st_size)
    job_id = new_id()
    kind = found.sheet.kind
    key = f"{tenant}/imports/{job_id}.{kind}"
    await house.storage.put_file(key, found.path, mime=_MIMES[kind])
    return Upload(
        job_id=job_id,
        source_key=key,
        filename=found.filename,
        sha256=found.sha256,
        size_bytes=found.path.stat().st_size,
        encoding=_ENCODINGS.get(found.sheet.encoding, found.sheet.encoding.upper()) or "xlsx",
        headers=found.sheet.headers,
        row_count=found.sheet.row_count,
        preview=await asyncio.to_thread(preview, found.sheet, mapping),
    )


_ENCODINGS = {"utf-8": "UTF-8", "gb18030": "GB18030（GBK）"}


def preview(sheet: Sheet, mapping: Mapping[str, str]) -> list[list[str]]:
    """Return the first rows as a screen may show them: who somebody is stays hidden.

    While no column is mapped to the name, cells of unmapped columns that look like one hide too.
    """
    width = min(len(sheet.headers), PREVIEW_COLUMNS)
    fields = {header: field for field, header in mapping.items()}
    shown = []
    for _, cells in islice(sheet.rows(), PREVIEW_ROWS):
        row = []
        for place, header in enumerate(sheet.headers[:width]):
            field = fields.get(header, "")
            cell = rows.shown_field(field, cells[place] if place < len(cells) else "")
            is_hidden = not field and "name" not in mapping and _like_a_name(cell)
            row.append(mask_name(cell) if is_hidden else cell)
        shown.append(row)
    return shown


def _like_a_name(text: str) -> bool:
    """Return whether a cell may be a person's name, while nobody said which column has them."""
    return 2 <= len(text) <= 4 and all("㐀" <= char <= "鿿" for char in text)
