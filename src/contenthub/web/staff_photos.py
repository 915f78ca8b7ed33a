"""A person's photo from an upload: decoded elsewhere, cut square, kept off the transaction."""

from datetime import datetime
from uuid import UUID

from contenthub.library import decoder
from contenthub.tenants import actions_staff, actions_store
from contenthub.web.house import House
from contenthub.web.signin import Principal

PHOTO_SIDE_PX = 320


async def keep_photo(
    house: House, who: Principal, staff_id: UUID, data: bytes, *, at: datetime
) -> None:
    """Keep a person's photo as a square JPEG of 320 px.

    Raises Invalid for what is no picture, QuotaReached.
    """
    photo = (await decoder.photo(data, PHOTO_SIDE_PX)).data
    async with house.database.unit_of_work(who.tenant) as db:
        await actions_store.take_room(db, len(photo))
    key = f"{who.tenant}/photos/{staff_id}.jpg"
    # The store may be slow: no transaction is open while it is written.
    await house.storage.put(key, photo, mime="image/jpeg")
    async with house.database.unit_of_work(who.tenant) as db:
        await actions_staff.set_photo(db, staff_id, key, by=who.staff, at=at)
