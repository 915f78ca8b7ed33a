"""导入背景图, by page and by API: from a designer's file to a draft that may be submitted."""

import io
from uuid import UUID

from PIL import Image
from tests.make import make_live_item
from tests.personas import Personas
from tests.web.pictures import jpeg

from contenthub.library.models import Item

HERE = "/api/v1/poster-templates/import"


async def _item(people: Personas) -> Item:
    async with people.house.database.unit_of_work(people.ours.tenant) as db:
        return await make_live_item(db, people.ours.author, people.ours.reviewer)


async def test_a_picture_becomes_a_draft_that_passes_the_checks(people: Personas) -> None:
    item = await _item(people)
    file = {"file": ("定稿.jpg", jpeg(540, 960, "#1d7d46"), "image/jpeg")}
    async with people.client(people.ours.author) as client:
        shown = await client.get(f"/console/posters/import?item_id={item.id}")
        assert "导入并继续编辑" in shown.text
        unasked = await client.get("/console/posters/import?q=")
        assert f'href="?item_id={item.id}"' in unasked.text, "the item may be chosen here"
        blank = await client.post(HERE, files=file)
        assert (blank.status_code, str(item.id) in blank.text) == (422, True), "it may be told"
        made = await client.post(HERE, files=file, data={"item_id": str(item.id)})
        assert made.status_code == 201, made.text
        layers = made.json()["revision"]["layers"]
        assert (layers["width_px"], layers["height_px"]) == (1080, 1920)
        asset = layers["layers"][0]["asset"]
        said = next(one for one in layers["layers"] if one["kind"] == "disclosure")["text"]
        assert "利率以本行公告为准" in said
        here = f"/api/v1/poster-templates/{made.json()['id']}"
        assert (await client.post(f"{here}/submit")).status_code == 200
        form = {"item_id": str(item.id), "size": "square", "fit": "top"}
        csrf = {"x-csrftoken": str(client.cookies["csrftoken"])}
        page = await client.post("/console/posters/import", files=file, data=form, headers=csrf)
        assert page.status_code in (200, 303), page.text
        where = page.headers.get("hx-redirect") or page.headers["location"]
        assert where.endswith("/edit")
        square = await client.get(f"/api/v1/poster-templates/{UUID(where.split('/')[-2])}")
    again = square.json()["revision"]["layers"]
    assert (again["width_px"], again["layers"][0]["asset"]) == (1080, asset)


async def test_what_cannot_be_imported_is_said_by_field(people: Personas) -> None:
    item = await _item(people)
    file = {"file": ("定稿.jpg", b"GIF89a", "image/jpeg")}
    bomb = io.BytesIO()
    Image.new("1", (9000, 9000)).save(bomb, "PNG")  # 20 KB that are 81 million pixels
    hostile = [
        (b"<svg xmlns='http://www.w3.org/2000/svg'><script/></svg>", "SVG"),
        (b"\xff\xd8\xff\xe0 broken", "损坏"),
        (b"GIF89a" + bytes(40), "JPG、PNG、WEBP"),
        (bomb.getvalue(), "9000×9000"),
    ]
    async with people.client(people.ours.author) as client:
        for data, said in hostile:
            sent = {"file": ("定稿.png", data, "image/png")}
            told = await client.post(HERE, data={"item_id": str(item.id)}, files=sent)
            assert told.status_code == 422
            assert said in told.text
        for body, files, field in (
            ({}, None, "/file"),
            ({}, file, "/file"),
            ({"size": "card"}, file, "/size"),
            ({"fit": "wide"}, file, "/fit"),
        ):
            told = await client.post(
                HERE,
                data={"item_id": str(item.id)} | body,
                files=files or {"other": ("x", b"", "image/jpeg")},
            )
            assert told.status_code == 422, told.text
            assert told.json()["errors"][0]["pointer"] == field
    async with people.client(people.ours.employee) as client:
        refused = await client.post(HERE, data={"item_id": str(item.id)}, files=file)
        assert refused.status_code == 403
    async with people.client(people.theirs.author) as client:
        refused = await client.post(HERE, data={"item_id": str(item.id)}, files=file)
        assert refused.status_code == 404
