"""Pictures: what is kept, what is refused and why, and who may see them."""

import io
import itertools

import httpx
import pytest
from PIL import Image
from sqlalchemy import func, select
from tests.library.hostile_files import hostile_files, strange_files
from tests.personas import Personas
from tests.web.pictures import huge_png, jpeg

from contenthub.library.models import Asset

SVG = b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>'


async def _upload(
    client: httpx.AsyncClient, data: bytes, *, name: str = "a.jpg", mime: str = "image/jpeg"
) -> httpx.Response:
    return await client.post("/api/v1/assets", files={"file": (name, data, mime)})


async def test_a_picture_is_kept_and_shown_to_the_own_bank_only(people: Personas) -> None:
    async with people.client(people.ours.author) as client:
        answer = await _upload(client, jpeg())
        assert answer.status_code == 201, answer.text
        made = answer.json()
        assert (made["mime"], made["width_px"], made["height_px"]) == ("image/jpeg", 320, 240)
        assert len(made["sha256"]) == 64
        shown = await client.get(f"/api/v1/assets/{made['id']}")
        assert shown.headers["content-type"] == "image/jpeg"
        assert "immutable" in shown.headers["cache-control"]
        assert shown.headers["x-content-type-options"] == "nosniff"
        assert len(shown.content) == made["bytes"]
        assert (await client.get(made["url"])).content == shown.content
    async with people.client(people.theirs.author) as client:
        for url in (f"/api/v1/assets/{made['id']}", made["url"]):
            assert (await client.get(url)).status_code == 404


async def test_the_same_content_is_kept_once_in_each_bank(people: Personas) -> None:
    ids = []
    for side in (people.ours, people.ours, people.theirs):
        async with people.client(side.author) as client:
            ids.append((await _upload(client, jpeg(colour="#123456"))).json()["id"])
    assert ids[0] == ids[1] != ids[2]
    async with people.house.database.reading(people.ours.tenant) as db:
        assert await db.scalar(select(func.count()).select_from(Asset)) == 1


async def test_an_upload_sent_again_under_its_key_gets_the_first_answer(people: Personas) -> None:
    headers = {"idempotency-key": "k1"}
    async with people.client(people.ours.author) as client:
        answers = [
            await client.post("/api/v1/assets", headers=headers, files={"file": ("a.jpg", data)})
            for data in (jpeg(), jpeg(), jpeg(colour="#123456"))
        ]
    assert [a.status_code for a in answers] == [201, 201, 422]
    assert answers[0].json() == answers[1].json()
    assert answers[1].headers["idempotency-replayed"] == "true"
    assert answers[2].json()["errors"][0]["pointer"] == "/Idempotency-Key"


@pytest.mark.parametrize(
    ("data", "name", "told"),
    [
        (huge_png(), "bomb.png", "9000×9000"),
        (SVG, "logo.svg", "SVG"),
        (b"%PDF-1.7", "a.jpg", "素材文件"),
        (b"GIF89a" + b"\x00" * 40, "a.gif", "只支持 JPG"),
        (b"", "a.jpg", "没有收到图片"),
        (jpeg()[:400], "half.jpg", "已损坏"),
        (jpeg(8, 8), "dot.jpg", "太小"),
        (b"\xff\xd8\xff" + b"\x00" * (10 * 1024 * 1024 + 100), "big.jpg", "最多 10 MB"),
    ],
    ids=["bomb", "svg", "pdf", "gif", "empty", "half", "dot", "too big"],
)
async def test_what_is_no_safe_picture_is_refused_with_the_fix(
    people: Personas, data: bytes, name: str, told: str
) -> None:
    async with people.client(people.ours.author) as client:
        answer = await _upload(client, data, name=name)
    assert answer.status_code == 422, answer.text
    assert told in answer.json()["detail"]
    assert answer.json()["errors"][0]["pointer"] == "/file"


async def test_a_huge_png_is_small_enough_to_be_a_real_attack() -> None:
    assert len(huge_png()) < 20 * 1024


async def test_fifty_hostile_files_are_refused_in_chinese_and_leave_nothing(
    people: Personas,
) -> None:
    async with people.client(people.ours.author) as client:
        for name, data in hostile_files():
            answer = await _upload(client, data, name=f"{name}.jpg")
            assert answer.status_code == 422, (name, answer.text)
            told = answer.json()["detail"]
            assert any(word in told for word in ("请", "支持", "至少")), (name, told)
    async with people.house.database.reading(people.ours.tenant) as db:
        assert await db.scalar(select(func.count()).select_from(Asset)) == 0
    assert await people.house.storage.keys(f"{people.ours.tenant}/") == []


async def test_odd_pictures_come_out_plain_under_a_plain_name(people: Personas) -> None:
    odd = ("../../x.jpg", "CON.jpg", "宽" * 150 + ".jpg", "a.jpg.exe", "a\0b.jpg")
    names = itertools.cycle(odd)
    async with people.client(people.ours.author) as client:
        for what, data in strange_files():
            name = next(names)
            made = await _upload(client, data, name=name)
            assert made.status_code == 201, (what, made.text)
            kept = (await client.get(made.json()["url"])).content
            with Image.open(io.BytesIO(kept)) as opened:
                assert (opened.format, opened.mode) == ("JPEG", "RGB"), what
                assert opened.size == ((100, 200) if "turned" in what else (200, 100)), what
                assert not {"exif", "icc_profile", "comment"} & opened.info.keys(), what
            assert b"<script" not in kept, what
            shown = made.json()["filename"]
            assert len(shown) <= 120
            assert shown.isprintable()
            assert "/" not in shown


async def test_a_body_over_the_ceiling_is_cut_before_it_is_read(people: Personas) -> None:
    async with people.client(people.ours.author) as client:
        answer = await _upload(client, b"\xff\xd8\xff" + b"\x00" * (12 * 1024 * 1024))
    assert answer.status_code == 413
    assert "太大" in answer.json()["detail"]


async def test_the_declared_type_is_not_believed(people: Personas) -> None:
    async with people.client(people.ours.author) as client:
        fine = await _upload(client, jpeg(), name="x.exe", mime="application/x-msdownload")
        wrong = await _upload(client, b"<html>", name="x.jpg", mime="image/jpeg")
    assert fine.status_code == 201
    assert wrong.status_code == 422


async def test_only_authors_upload(people: Personas) -> None:
    async with people.client(people.ours.employee) as client:
        assert (await _upload(client, jpeg())).status_code == 403


async def test_an_upload_without_a_file_is_refused(people: Personas) -> None:
    async with people.client(people.ours.author) as client:
        answer = await client.post("/api/v1/assets", data={"x": "1"})
    assert answer.status_code in (400, 422)
