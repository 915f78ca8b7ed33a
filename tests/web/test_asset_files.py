"""Files from the first byte to the waste basket: sent in, used, described, cut, deleted."""

import dataclasses
import hashlib
import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from uuid import UUID

import httpx
import pytest
from sqlalchemy import text
from tests.channels.clamd import EICAR, clamd
from tests.library.test_filesorts import FILM, PDF, box
from tests.make import NOW, make_item
from tests.personas import Personas
from tests.web.pictures import jpeg

from contenthub import queue
from contenthub.errors import Conflict, NotFound
from contenthub.library import actions, jobs_assets, queries_assets
from contenthub.library.models import Asset
from contenthub.web.house import House

LONG_FILM = FILM + box(b"free", bytes(3_000_000))


async def begin(client: httpx.AsyncClient, name: str, data: bytes, **more: str) -> dict[str, Any]:
    body = {"filename": name, "size_bytes": len(data), **more}
    answer = await client.post("/api/v1/assets/uploads", json=body)
    assert answer.status_code == 201, answer.text
    told: dict[str, Any] = answer.json()
    return told


async def send(client: httpx.AsyncClient, told: dict[str, Any], data: bytes) -> httpx.Response:
    return await client.put(told["url"], content=data, headers=told["headers"])


async def finish(client: httpx.AsyncClient, told: dict[str, Any]) -> httpx.Response:
    return await client.post(f"/api/v1/assets/uploads/{told['id']}/finish")


async def uploaded(client: httpx.AsyncClient, name: str, data: bytes) -> dict[str, Any]:
    told = await begin(client, name, data)
    assert (await send(client, told, data)).status_code == 204
    answer = await finish(client, told)
    assert answer.status_code == 201, answer.text
    made: dict[str, Any] = answer.json()
    return made


async def test_a_film_comes_in_by_its_own_address_and_is_played_in_parts(
    people: Personas,
) -> None:
    async with people.client(people.ours.author) as client:
        told = await begin(client, "宣传片.mp4", LONG_FILM, alt_text="田间 放款")
        assert told["method"] == "PUT"
        assert (await finish(client, told)).status_code == 409  # nothing has arrived
        async with people.client() as stranger:  # the address itself is the permission
            assert (await send(stranger, told, LONG_FILM)).status_code == 204
        made = (await finish(client, told)).json()
        assert (made["mime"], made["bytes"]) == ("video/mp4", len(LONG_FILM))
        assert made["sha256"] == hashlib.sha256(LONG_FILM).hexdigest()
        assert made["alt_text"] == "田间 放款"
        assert not made["is_known"]
        assert (await finish(client, told)).json()["id"] == made["id"]
        assert (await send(client, told, LONG_FILM)).status_code == 409
        whole = await client.get(made["url"])
        assert whole.content == LONG_FILM
        part = await client.get(made["url"], headers={"range": "bytes=10-19"})
        assert (part.status_code, part.content) == (206, LONG_FILM[10:20])
        assert part.headers["content-range"] == f"bytes 10-19/{len(LONG_FILM)}"
        old = {"range": "bytes=10-19", "if-range": '"another"'}
        assert (await client.get(made["url"], headers=old)).status_code == 200
        again = await uploaded(client, "同一部.mp4", LONG_FILM)
        assert (again["id"], again["is_known"]) == (made["id"], True)
        async with people.client(people.theirs.author) as other:
            assert (await other.get(made["url"])).status_code == 404
            assert (await finish(other, told)).status_code == 404
    left = await people.house.storage.keys(f"{people.ours.tenant}/uploads/")
    assert left == []


@pytest.mark.parametrize(
    ("name", "data", "told"),
    [
        ("a.mp4", FILM[:-5], "没有传完整"),
        ("a.pdf", b"<html>" + bytes(50), "不是 PDF"),
        ("a.jpg", jpeg()[:500], "已损坏"),
    ],
)
async def test_what_arrives_is_looked_at_before_it_is_kept(
    people: Personas, name: str, data: bytes, told: str
) -> None:
    async with people.client(people.ours.author) as client:
        begun = await begin(client, name, data)
        await send(client, begun, data)
        answer = await finish(client, begun)
        assert answer.status_code == 422
        assert told in answer.json()["detail"]
        assert (await finish(client, begun)).status_code == 409  # it was given up
    assert await people.house.storage.keys(f"{people.ours.tenant}/uploads/") == []


async def test_an_address_takes_the_promised_file_and_no_other(people: Personas) -> None:
    async with people.client(people.ours.author) as client:
        told = await begin(client, "a.mp4", FILM)
        for data, headers in (
            (FILM + b"x", told["headers"]),
            (FILM, {"content-type": "text/html"}),
        ):
            refused = await client.put(told["url"], content=data, headers=headers)
            assert refused.status_code == 422, refused.text
        forged = told["url"][:-3] + ("AAA" if told["url"][-3:] != "AAA" else "BBB")
        assert (await client.put(forged, content=FILM, headers=told["headers"])).status_code == 404
        assert (await client.put("/uploads/x", content=b"")).status_code == 404
        gone = await client.delete(f"/api/v1/assets/uploads/{told['id']}")
        assert gone.status_code == 204
        assert (await send(client, told, FILM)).status_code == 409


@pytest.mark.parametrize(
    ("name", "size_bytes", "told"), [("a.mov", 9, "MP4"), ("a.mp4", 300_000_000, "200 MB")]
)
async def test_what_is_not_kept_is_refused_before_it_is_sent(
    people: Personas, name: str, size_bytes: int, told: str
) -> None:
    async with people.client(people.ours.author) as client:
        body = {"filename": name, "size_bytes": size_bytes}
        answer = await client.post("/api/v1/assets/uploads", json=body)
        assert answer.status_code == 422
        assert told in answer.json()["detail"]
    async with people.client(people.ours.employee) as client:
        body = {"filename": "a.mp4", "size_bytes": 9}
        assert (await client.post("/api/v1/assets/uploads", json=body)).status_code == 403


async def test_what_is_on_its_way_holds_its_room(people: Personas) -> None:
    async with people.house.database.unit_of_work(people.ours.tenant) as db:
        quota = {"storage_bytes": 2 * len(LONG_FILM) - 10}
        await db.execute(
            text("update banks set quotas = :q where id = :b"),
            {"q": httpx.Response(200, json=quota).text, "b": people.ours.tenant},
        )
    async with people.client(people.ours.author) as client:
        told = await begin(client, "a.mp4", LONG_FILM)
        body = {"filename": "b.mp4", "size_bytes": len(LONG_FILM)}
        full = await client.post("/api/v1/assets/uploads", json=body)
        assert full.status_code == 429
        assert "图片与文件" in full.json()["detail"]
        await client.delete(f"/api/v1/assets/uploads/{told['id']}")
        await begin(client, "b.mp4", LONG_FILM)


async def test_files_are_found_by_name_sort_and_use(people: Personas) -> None:
    async with people.client(people.ours.author) as client:
        cover = (
            await client.post(
                "/api/v1/assets",
                files={"file": ("国债.jpg", jpeg())},
                data={"alt_text": "国债 100%"},
            )
        ).json()
        await uploaded(client, "折页.pdf", PDF)
        item = {"kind": "article", "topic": "education", "title": "国债知识", "fields": {}}
        made = await client.post("/api/v1/items", json={**item, "cover_asset_id": cover["id"]})
        assert made.status_code == 201, made.text

        async def names(**asked: str) -> list[str]:
            answer = await client.get("/api/v1/assets", params=asked)
            assert answer.status_code == 200, answer.text
            return [one["asset"]["filename"] for one in answer.json()["items"]]

        assert await names() == ["折页.pdf", "国债.jpg"]
        assert await names(q="国债") == ["国债.jpg"]
        assert await names(q="100%") == ["国债.jpg"]
        assert await names(q="10_%") == []
        assert await names(kind="file") == ["折页.pdf"]
        assert await names(use="used") == ["国债.jpg"]
        assert await names(use="unused") == ["折页.pdf"]
        page = (await client.get("/api/v1/assets", params={"limit": 1})).json()
        assert await names(cursor=page["next_cursor"]) == ["国债.jpg"]
        assert (await client.get("/api/v1/assets", params={"kind": "x"})).status_code == 422
        totals = (await client.get("/api/v1/assets/totals")).json()
        assert {t["kind"]: t["files"] for t in totals["totals"]} == {
            "image": 1,
            "video": 0,
            "audio": 0,
            "file": 1,
        }
        assert totals["stored_bytes"] >= cover["bytes"] + len(PDF)
        served = await client.get(
            (await client.get("/api/v1/assets")).json()["items"][0]["asset"]["url"]
        )
        assert served.headers["content-disposition"].startswith("attachment")


async def test_a_used_file_stays_whatever_happens_and_says_where_it_is_used(
    people: Personas,
) -> None:
    async with people.client(people.ours.author) as client:
        files = [
            (await client.post("/api/v1/assets", files={"file": ("a.jpg", jpeg(colour=c))})).json()
            for c in ("#111111", "#222222")
        ]
        cover, inside = files
        film = await uploaded(client, "a.mp4", FILM)
        item = {
            "kind": "article",
            "topic": "education",
            "title": "防诈骗",
            "cover_asset_id": cover["id"],
            "body": f'<p>看图<img src="/assets/{inside["id"]}"></p>',
            "fields": {"video": film["id"]},
        }
        made = (await client.post("/api/v1/items", json=item)).json()
        for file, place in ((cover, "cover"), (inside, "body"), (film, "video")):
            usage = (await client.get(f"/api/v1/assets/{file['id']}/usage")).json()
            (use,) = usage["uses"]
            assert (use["kind"], use["title"], use["places"]) == ("item", "防诈骗", [place])
            assert (use["id"], use["versions"]) == (made["id"], [1])
            refused = await client.delete(f"/api/v1/assets/{file['id']}")
            assert refused.status_code == 409
            assert "防诈骗" in refused.json()["detail"]
        # The newest draft names one of them no more: only then it can go.
        change = await client.put(f"/api/v1/items/{made['id']}/draft", json={"body": "<p>无图</p>"})
        assert change.status_code == 200, change.text
        assert (await client.delete(f"/api/v1/assets/{inside['id']}")).status_code == 204
        async with people.house.database.unit_of_work(people.ours.tenant) as db:
            assert await queries_assets.uses_of(db, cover["id"])
        with pytest.raises(Conflict, match="仍被使用"):
            async with people.house.database.unit_of_work(people.ours.tenant) as db:
                await db.execute(text("delete from assets where id = :i"), {"i": cover["id"]})


async def test_a_deleted_file_comes_back_by_hand_by_upload_and_by_use(people: Personas) -> None:
    async with people.client(people.ours.author) as client:
        made = (await client.post("/api/v1/assets", files={"file": ("a.jpg", jpeg())})).json()
        url = f"/api/v1/assets/{made['id']}"

        async def deleted() -> list[str]:
            found = (await client.get("/api/v1/assets", params={"is_deleted": True})).json()
            return [one["asset"]["id"] for one in found["items"]]

        assert (await client.delete(url)).status_code == 204
        assert await deleted() == [made["id"]]
        assert (await client.post(f"{url}/restore")).json()["deleted_at"] is None
        await client.delete(url)
        again = await client.post("/api/v1/assets", files={"file": ("b.jpg", jpeg())})
        assert (again.json()["id"], again.json()["is_known"]) == (made["id"], True)
        assert await deleted() == []
        await client.delete(url)
        async with people.house.database.unit_of_work(people.ours.tenant) as db:
            item, _ = await make_item(db, people.ours.author)
            draft = actions.Draft(
                kind=item.kind, topic=item.topic, title="用图", fields={}, cover_asset_id=made["id"]
            )
            await actions.write_draft(db, item.id, draft, by=people.ours.author, at=NOW)
        assert await deleted() == []
    async with people.client(people.ours.reviewer) as client:
        assert (await client.delete(url)).status_code == 403
    async with people.client(people.theirs.author) as client:
        for answer in (await client.delete(url), await client.post(f"{url}/restore")):
            assert answer.status_code == 404


async def test_a_file_is_renamed_described_and_cut(people: Personas) -> None:
    async with people.client(people.ours.author) as client:
        picture = jpeg(300, 200)
        made = (await client.post("/api/v1/assets", files={"file": ("a.jpg", picture)})).json()
        url = f"/api/v1/assets/{made['id']}"
        said = {"filename": "柜台", "alt_text": " 柜员\n微笑 "}
        told = (await client.patch(url, json=said)).json()
        assert (told["filename"], told["alt_text"]) == ("柜台.jpg", "柜员 微笑")
        assert (await client.patch(url, json={"filename": "//"})).status_code == 422
        part = {"left_px": 10, "top_px": 10, "width_px": 100, "height_px": 80}
        cut = await client.post(f"{url}/crop", json=part)
        assert cut.status_code == 201, cut.text
        new = cut.json()
        assert (new["width_px"], new["height_px"]) == (100, 80)
        assert (new["filename"], new["alt_text"]) == ("柜台-裁剪.jpg", "柜员 微笑")
        outside = await client.post(f"{url}/crop", json={**part, "left_px": 250})
        assert outside.status_code == 422
        film = await uploaded(client, "a.mp4", FILM)
        assert (
            await client.post(f"/api/v1/assets/{film['id']}/crop", json=part)
        ).status_code == 409
        small = await client.get(f"/assets/{made['id']}/thumb")
        assert small.headers["content-type"] == "image/jpeg"


@contextmanager
def settings_of(house: House, **over: Any) -> Iterator[None]:
    """Let a house have other settings for a while."""
    before = house.settings
    changed = dataclasses.replace(before, **over)
    object.__setattr__(house, "settings", changed)
    resources: dict[str, object] = house.database.resources
    resources["settings"] = changed
    try:
        yield
    finally:
        object.__setattr__(house, "settings", before)
        resources["settings"] = before


async def test_with_a_scanner_nothing_is_used_before_it_is_clean(people: Personas) -> None:
    house, ours = people.house, people.ours
    async with clamd() as scanner, people.client(ours.author) as client:
        with settings_of(house, antivirus_url=scanner.url, antivirus_seconds=1):
            virus = await client.post("/api/v1/assets", files={"file": ("a.jpg", jpeg() + EICAR)})
            assert virus.status_code == 422
            assert "Eicar-Signature" in virus.json()["detail"]
            fine = (await client.post("/api/v1/assets", files={"file": ("a.jpg", jpeg())})).json()
            assert fine["scan"] == "clean"
            film = await uploaded(client, "a.mp4", FILM)
            bad = await uploaded(client, "b.mp4", FILM + box(b"free", EICAR))
            assert (film["scan"], bad["scan"]) == ("waiting", "waiting")
            item = {"kind": "article", "topic": "education", "title": "看片"}
            waits = await client.get(film["url"])
            assert (waits.status_code, "扫描" in waits.text) == (409, True)
            refused = await client.post(
                "/api/v1/items", json={**item, "fields": {"video": film["id"]}}
            )
            assert "扫描" in refused.json()["detail"]
            scanner.is_silent = True  # fails closed
            down = await client.post("/api/v1/assets", files={"file": ("c.jpg", jpeg(90, 90))})
            assert down.status_code == 503
            scan = queue.jobs["library.scan_asset"]
            await scan(house.database, ours.tenant, asset_id=film["id"])
            assert (await client.get(film["url"])).status_code == 409
            scanner.is_silent = False
            for one in (film, bad):
                await scan(house.database, ours.tenant, asset_id=one["id"])
            assert (await client.get(film["url"])).content == FILM
            infected = await client.get(bad["url"])
            assert "Eicar-Signature" in infected.text
    async with house.database.reading(ours.tenant) as db:
        gone = await db.get_one(Asset, (ours.tenant, UUID(bad["id"])))
        assert gone.scan == "infected"
    with pytest.raises(NotFound):
        await house.storage.size_of(gone.storage_key)


async def test_only_what_nothing_names_is_collected_when_its_time_is_over(
    people: Personas,
) -> None:
    house, ours = people.house, people.ours
    async with people.client(ours.author) as client:
        made = {}
        for name, colour in (("old", "#111111"), ("new", "#222222"), ("used", "#333333")):
            file = {"file": (f"{name}.jpg", jpeg(colour=colour))}
            made[name] = (await client.post("/api/v1/assets", files=file)).json()
        item = {"kind": "article", "topic": "education", "title": "图", "fields": {}}
        await client.post("/api/v1/items", json={**item, "cover_asset_id": made["used"]["id"]})
        late = await begin(client, "late.mp4", FILM)
        await send(client, late, FILM)
    stray = f"{ours.tenant}/assets/{'0' * 64}-stray.jpg"
    await house.storage.put(stray, b"x", mime="image/jpeg")
    path = house.storage.root / stray  # type: ignore[attr-defined]  # tests keep blobs on disk
    os.utime(path, (0, 0))
    fresh = f"{ours.tenant}/assets/{'0' * 64}-fresh.jpg"
    await house.storage.put(fresh, b"x", mime="image/jpeg")
    async with house.database.unit_of_work(ours.tenant) as db:
        for name in ("old", "used"):
            await db.execute(
                text("update assets set created_at = now() - interval '400 days' where id = :i"),
                {"i": made[name]["id"]},
            )
        await db.execute(text("update asset_uploads set expires_at = now() - interval '1 day'"))
    with settings_of(house, asset_unused_days=180):
        await queue.jobs["library.collect_assets"](house.database, ours.tenant)
    async with people.client(ours.author) as client:
        bin_ = (await client.get("/api/v1/assets", params={"is_deleted": True})).json()["items"]
        assert [one["asset"]["filename"] for one in bin_] == ["old.jpg"]
        async with house.database.unit_of_work(ours.tenant) as db:
            await db.execute(
                text("update assets set deleted_at = now() - interval '31 days' where id = :i"),
                {"i": made["old"]["id"]},
            )
        await queue.jobs["library.collect_assets"](house.database, ours.tenant)
        left = (await client.get("/api/v1/assets")).json()["items"]
        assert {one["asset"]["filename"] for one in left} == {"new.jpg", "used.jpg"}
        assert (await client.get(made["old"]["url"])).status_code == 404
        assert (await client.get(made["used"]["url"])).status_code == 200
    keys = await house.storage.keys(f"{ours.tenant}/")
    assert stray not in keys
    assert fresh in keys
    assert not any("/uploads/" in key for key in keys)
    async with house.database.platform_unit_of_work() as db:
        assert ours.tenant not in dict(await jobs_assets.banks_to_collect(db, NOW))
