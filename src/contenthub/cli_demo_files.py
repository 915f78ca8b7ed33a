"""The demo banks' files: drawn pictures and a leaflet, one used, one deleted by mistake."""

import asyncio
import io
from hashlib import sha256
from uuid import UUID

from PIL import Image, ImageDraw

from contenthub.cli_demo_people import Scene
from contenthub.library import actions_assets, intake
from contenthub.library.actions_assets import Stored

SIZE_PX = (1200, 800)
_SKIES = {"field": "#cfe6f5", "counter": "#eef1f6", "village": "#f6ead6"}
_PICTURES = (
    ("field", "秋收的稻田.jpg", "秋天的稻田，远处是两座山和太阳"),
    ("counter", "营业厅柜台.jpg", "营业厅里的两个柜台，上方挂着红色横幅"),
    ("village", "村口的服务点.jpg", ""),
)
_LEAFLET = b"""%PDF-1.4
1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj
2 0 obj<</Type/Pages/Kids[3 0 R]/Count 1>>endobj
3 0 obj<</Type/Page/Parent 2 0 R/MediaBox[0 0 420 595]/Contents 4 0 R\
/Resources<</Font<</F1 5 0 R>>>>>>endobj
4 0 obj<</Length 62>>stream
BT /F1 22 Tf 60 500 Td (Deposit insurance: up to 500,000) Tj ET
endstream endobj
5 0 obj<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>endobj
trailer<</Root 1 0 R>>
%%EOF
"""


async def stock_files(scene: Scene) -> UUID:
    """Keep some pictures and a leaflet; return the picture of the field, for a cover."""
    storage, author, at = scene.house.storage, scene["author"], scene.ago(days=3)
    stored = []
    for motif, filename, alt_text in _PICTURES:
        picture = await asyncio.to_thread(_picture, motif)
        stored.append(
            await actions_assets.store_picture(
                storage, scene.tenant, picture, filename=filename, alt_text=alt_text
            )
        )
    digest = sha256(_LEAFLET).hexdigest()
    key = actions_assets.new_key(scene.tenant, digest, "application/pdf")
    await storage.put(key, _LEAFLET, mime="application/pdf")
    leaflet = Stored(digest, key, "存款保险折页.pdf", "application/pdf", len(_LEAFLET))
    async with scene.house.database.unit_of_work(scene.tenant) as db:
        kept = [
            await actions_assets.keep_asset(db, one, by=author, at=at) for one in [*stored, leaflet]
        ]
        await actions_assets.delete_asset(db, kept[2].id, by=author, at=scene.ago(days=1))
        return kept[0].id


def _picture(motif: str) -> intake.Picture:
    drawn = Image.new("RGB", SIZE_PX, _SKIES[motif])
    draw = ImageDraw.Draw(drawn)
    {"field": _field, "counter": _counter, "village": _village}[motif](draw)
    out = io.BytesIO()
    drawn.save(out, "PNG")
    return intake.accept_picture(out.getvalue(), thumb=True)


def _field(draw: ImageDraw.ImageDraw) -> None:
    draw.ellipse((880, 90, 1020, 230), fill="#f3b63f")
    draw.polygon([(0, 480), (300, 240), (620, 480)], fill="#7fa38a")
    draw.polygon([(420, 480), (800, 280), (1200, 480)], fill="#6b9179")
    draw.rectangle((0, 470, 1200, 800), fill="#e0b23e")
    for row in range(9):
        top = 490 + row * 36
        draw.line([(0, top), (1200, top - 12)], fill="#c4932c", width=6 + row)


def _counter(draw: ImageDraw.ImageDraw) -> None:
    draw.rectangle((0, 90, 1200, 190), fill="#b3261e")
    for left in (120, 660):
        draw.rounded_rectangle((left, 470, left + 420, 760), 18, fill="#8a5a2b")
        draw.rectangle((left + 30, 300, left + 390, 470), fill="#cfe0ee")
        draw.ellipse((left + 160, 330, left + 260, 430), fill="#f1cbab")
        draw.rounded_rectangle((left + 120, 420, left + 300, 480), 20, fill="#233a63")


def _village(draw: ImageDraw.ImageDraw) -> None:
    draw.rectangle((0, 600, 1200, 800), fill="#b9a27c")
    for left, wall in ((140, "#f7f3ea"), (640, "#efe6d4")):
        draw.rectangle((left, 380, left + 380, 660), fill=wall)
        draw.polygon([(left - 40, 390), (left + 190, 220), (left + 420, 390)], fill="#5d4a3c")
        draw.rectangle((left + 150, 500, left + 240, 660), fill="#7a4a2b")
