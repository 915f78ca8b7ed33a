"""A picture from an upload to the bank's store: scanned, decoded elsewhere, kept off the loop."""

from datetime import datetime
from hashlib import sha256

from litestar.datastructures import UploadFile

from contenthub.library import actions_assets, decoder, queries
from contenthub.library.actions_assets import Stored
from contenthub.library.intake import BYTES_MAX, Picture
from contenthub.library.models import Asset
from contenthub.tenants import queries_banks
from contenthub.web.house import House
from contenthub.web.scanning import scanned
from contenthub.web.signin import Principal


async def keep_picture(house: House, who: Principal, file: UploadFile, *, at: datetime) -> Asset:
    """Return the record of an uploaded picture, made or found by its content.

    Raises:
        Invalid: as `store_upload`.
    """
    stored = await store_upload(house, who, await read_upload(file), filename=file.filename)
    async with house.database.unit_of_work(who.tenant) as db:
        return await actions_assets.keep_asset(db, stored, by=who.staff, at=at)


async def read_upload(file: UploadFile) -> bytes:
    """Return an upload's bytes, one more than is allowed at most."""
    return await file.read(BYTES_MAX + 1)


async def store_upload(
    house: House, who: Principal, data: bytes, *, filename: str, alt_text: str = ""
) -> Stored:
    """Decode a picture and put it into the store, before the transaction that records it.

    Raises:
        Invalid: too large, not a still JPG, PNG or WEBP, damaged, or a virus (field `file`).
        QuotaReached: the bank's store is full. ScannerAway.
    """
    is_scanned = await scanned(house, data)
    picture = await decoder.picture(data, thumb=True)
    return await put_picture(
        house, who, picture, filename=filename, alt_text=alt_text, is_scanned=is_scanned
    )


async def put_picture(
    house: House,
    who: Principal,
    picture: Picture,
    *,
    filename: str,
    alt_text: str = "",
    is_scanned: bool = False,
) -> Stored:
    """Put a decoded picture into the store unless the bank has it; raises QuotaReached."""
    async with house.database.reading(who.tenant) as db:
        known = await queries.asset_by_sha256(db, sha256(picture.data).hexdigest())
        if known is None:
            await queries_banks.check_storage(db, len(picture.data))
    return await actions_assets.store_picture(
        house.storage,
        who.tenant,
        picture,
        filename=filename,
        known=known,
        alt_text=alt_text,
        is_scanned=is_scanned,
    )
