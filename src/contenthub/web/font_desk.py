"""A typeface from an upload to the bank's faces: read in the decoder, kept with its licence."""

from datetime import datetime

from litestar.datastructures import UploadFile

from contenthub.library import decoder, fontfile
from contenthub.posters import actions_fonts
from contenthub.posters.models_fonts import PosterFont
from contenthub.tenants import queries_banks
from contenthub.web.house import House
from contenthub.web.scanning import scanned
from contenthub.web.signin import Principal

BODY_BYTES = fontfile.BYTES_MAX + 1024 * 1024


async def keep_upload(  # what a form says of a face
    house: House,
    who: Principal,
    file: UploadFile | None,
    *,
    number: int,
    licence: str,
    is_licensed: bool,
    at: datetime,
) -> PosterFont:
    """Return the record of an uploaded face.

    Raises:
        Invalid: nobody says it is licensed (`is_licensed`, `licence`); as fontfile.accept_font;
        a virus. Conflict: the bank has it. QuotaReached. ScannerAway.
    """
    words = actions_fonts.require_licence(licence, is_licensed=is_licensed)
    data = b"" if file is None else await file.read(fontfile.BYTES_MAX + 1)
    fontfile.check_bytes(data)
    await scanned(house, data)
    accepted = await decoder.font(data, number)
    async with house.database.reading(who.tenant) as db:
        await queries_banks.check_storage(db, len(accepted.data))
    filename = "" if file is None else file.filename
    stored = await actions_fonts.store_font(house.storage, who.tenant, accepted, filename=filename)
    async with house.database.unit_of_work(who.tenant) as db:
        return await actions_fonts.keep_font(db, stored, licence=words, by=who.staff, at=at)
