"""A film goes straight to the object store where browsers reach it, and is streamed from there."""

from pathlib import Path

import httpx
from tests.personas import Personas, house_app
from tests.s3_server import ACCESS, SECRET, s3_server
from tests.web.test_asset_files import LONG_FILM, begin, finish, send

from contenthub.storage import open_storage


async def test_with_an_object_store_in_reach_a_film_goes_there_by_itself(
    people: Personas, tmp_path: Path
) -> None:
    house, ours, disk = people.house, people.ours, people.house.storage
    with s3_server(tmp_path / "root") as server:
        endpoint = server.url.split("endpoint=")[1].split("&")[0]
        url = f"{server.url}&public={endpoint}"
        store = open_storage(url, access_key=ACCESS, secret_key=SECRET)
        object.__setattr__(house, "storage", store)
        try:
            async with people.client(ours.author) as client, httpx.AsyncClient() as browser:
                told = await begin(client, "a.mp4", LONG_FILM)
                assert told["is_direct"]
                assert told["url"].startswith(endpoint)
                assert (await send(browser, told, LONG_FILM)).status_code == 200
                made = (await finish(client, told)).json()
                part = await client.get(made["url"], headers={"range": "bytes=-10"})
                assert (part.status_code, part.content) == (206, LONG_FILM[-10:])
                assert (await client.get(made["url"])).content == LONG_FILM
            (key,) = await store.keys(f"{ours.tenant}/")
            assert key.startswith(f"{ours.tenant}/assets/{made['sha256']}")
            transport = httpx.ASGITransport(app=house_app(house))
            async with httpx.AsyncClient(transport=transport, base_url="http://hub.test") as page:
                policy = (await page.get("/login")).headers["content-security-policy"]
            assert f"connect-src 'self' {endpoint};" in policy
        finally:
            object.__setattr__(house, "storage", disk)
