"""What pages and API do alike with files: a part cut out of a picture."""

from datetime import datetime
from uuid import UUID

from contenthub.errors import Conflict
from contenthub.library import actions_assets, decoder, filesorts, queries, queries_assets
from contenthub.library.intake import Box
from contenthub.library.models import Asset
from contenthub.web.house import House
from contenthub.web.picture_uploads import put_picture
from contenthub.web.signin import Principal


async def cut_asset(
    house: House,
    who: Principal,
    asset_id: UUID,
    box: Box,
    *,
    filename: str = "",
    alt_text: str = "",
    at: datetime,
) -> Asset:
    """Keep a part of a picture as a picture of its own, described like the whole unless told.

    Raises:
        NotFound. Conflict: no picture. Invalid: the part is outside or too small (`box`).
    """
    async with house.database.reading(who.tenant) as db:
        whole = await queries.asset(db, asset_id)
    queries_assets.require_ready(whole)
    if filesorts.kind_of(whole.mime) != "image":
        raise Conflict("只有图片可以裁剪，视频和音频请在电脑上剪好后再上传")
    picture = await decoder.cut(await house.storage.get(whole.storage_key), box)
    stem = whole.filename.rsplit(".", 1)[0]
    ending = filesorts.SORTS[picture.mime].ending
    name = filesorts.renamed(filename or f"{stem}-裁剪", f"x.{ending}")
    stored = await put_picture(
        house,
        who,
        picture,
        filename=name,
        alt_text=filesorts.clean_alt(alt_text) or whole.alt_text,
        is_scanned=whole.scan == "clean",
    )
    async with house.database.unit_of_work(who.tenant) as db:
        return await actions_assets.keep_asset(db, stored, by=who.staff, at=at)
