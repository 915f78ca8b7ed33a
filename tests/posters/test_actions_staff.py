"""Import of people with photos: tried, loaded, changed, refused row by row; hostile files."""

import asyncio
import io
import zipfile
from datetime import date
from typing import Any

import httpx
import pytest
from PIL import Image
from sqlalchemy import func, select
from tests.make import make_staff
from tests.personas import Personas
from tests.web.desk import work
from tests.web.forms import onward

from contenthub import queue
from contenthub.posters import jobs_staff
from contenthub.tenants.models import Staff

HEAD = "工号,姓名,所属支行,岗位,手机号,系统角色,资格证号,授权到期日\n"


def sheet(*rows: str) -> bytes:
    return (HEAD + "\n".join(rows) + "\n").encode("gb18030")


def portrait(side_px: int = 400) -> bytes:
    held = io.BytesIO()
    Image.new("RGB", (side_px, side_px), "#88aacc").save(held, "JPEG")
    return held.getvalue()


def zipped(files: dict[str, bytes]) -> bytes:
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    return held.getvalue()


async def send(
    client: httpx.AsyncClient, data: bytes, photos: bytes | None = None, **fields: Any
) -> httpx.Response:
    files: dict[str, Any] = {"file": ("员工.csv", data, "text/csv")}
    if photos is not None:
        files["photos"] = ("照片.zip", photos, "application/zip")
    return await client.post("/api/v1/imports?kind=staff", files=files, data=fields)


async def done(people: Personas, client: httpx.AsyncClient, job_id: str) -> dict[str, Any]:
    await work(people, "posters.import_staff")
    return dict((await client.get(f"/api/v1/jobs/{job_id}")).json())


async def by_no(people: Personas, staff_no: str) -> Staff | None:
    async with people.house.database.reading(people.ours.tenant) as db:
        return await db.scalar(select(Staff).where(Staff.staff_no == staff_no))


async def test_new_people_come_with_their_photos_and_known_ones_are_updated(
    people: Personas,
) -> None:
    ours = people.ours
    rows = (
        f"A001,张伟,{ours.branch.code},理财经理,13811110001,客户经理;支行行长,YX-1,2030/6/30",
        f"{ours.employee.staff_no},王晓明,{ours.other_branch.name},,,,,",
    )
    photos = zipped({"照片/A001_张伟.jpg": portrait(), f"{ours.employee.staff_no}.jpg": portrait()})
    async with people.client(ours.admin) as client:
        started = await send(client, sheet(*rows), photos)
        assert started.status_code == 202, started.text
        job = await done(people, client, started.json()["job_id"])
    assert (job["state"], job["done"], job["total"]) == ("done", 4, 4), job["message"]
    assert "新增 1 位，更新 1 位，无变化 0 位，照片 2 张" in job["message"]
    new, known = await by_no(people, "A001"), await by_no(people, ours.employee.staff_no)
    assert new is not None
    assert known is not None
    assert (new.login, new.roles) == ("A001", ["employee", "branch_manager"])
    assert (new.qualification_no, new.authorised_until) == ("YX-1", date(2030, 6, 30))
    assert new.password_hash == "", "nobody can log in before a password is set"
    assert (known.name, known.branch_id) == ("王晓明", ours.other_branch.id)
    assert known.phone == ours.employee.phone, "an empty cell changes nothing"
    assert len(await people.house.storage.get(new.photo_key)) > 500
    assert known.photo_key


async def test_a_name_with_a_character_posters_lack_is_imported_and_said(people: Personas) -> None:
    code = people.ours.branch.code
    async with people.client(people.ours.admin) as client:
        started = await send(
            client, sheet(f"A001,王\U0003134a,{code},,,,,", f"A002,李四,{code},,,,,")
        )
        job = await done(people, client, started.json()["job_id"])
        page = await client.get(f"/console/staff/imports/{job['id']}")
    assert "新增 2 位" in job["message"]
    assert "第 2 行，工号 A001：系统自带的海报字体里没有" in page.text
    assert "U+3134A" in page.text
    assert "工号 A002" not in page.text


async def test_a_trial_writes_nothing_and_says_what_would_come(people: Personas) -> None:
    data = sheet(f"A001,张伟,{people.ours.branch.code},,,,,")
    async with people.client(people.ours.admin) as client:
        started = await send(client, data, zipped({"A001.jpg": portrait()}), dry_run="true")
        job = await done(people, client, started.json()["job_id"])
    assert job["message"].startswith("试算完成，没有写入：将新增 1 位")
    assert await by_no(people, "A001") is None


async def test_a_trial_lists_the_same_errors_as_the_import_photos_of_refused_rows_too(
    people: Personas,
) -> None:
    code = people.ours.branch.code
    known = people.ours.employee.staff_no
    rows = (
        f"A001,张伟,{code},,,,,",
        f"A001,又一个张伟,{code},,,,,",
        f"A002,,{code},,,,,",
        "A003,李四,没有的支行,,,,,",
        f"A004,王五,{code},,,国王,,",
    )
    numbers = ("A001", "A002", "A003", "A004", known, "Z999")
    photos = zipped({f"{number}.jpg": portrait() for number in numbers})
    told, messages = [], []
    async with people.client(people.ours.admin) as client:
        for dry_run in ("true", "false"):
            started = await send(client, sheet(*rows), photos, dry_run=dry_run)
            job = await done(people, client, started.json()["job_id"])
            told.append((await client.get(job["errors_url"])).content.decode("utf-8-sig"))
            messages.append(job["message"])
    tried, loaded = told
    assert tried == loaded
    assert tried.count("照片没有导入") == 4, tried
    for message in messages:
        assert "照片 2 张；有误 8 条" in message


async def test_wrong_rows_are_left_out_with_their_reasons(people: Personas) -> None:
    ours = people.ours
    async with people.house.database.unit_of_work(ours.tenant) as db:
        await make_staff(db, ours.branch, staff_no="B009", state="resigned")
    code = ours.branch.code
    rows = (
        f"A001,张伟,{code},,,,,",
        f"A002,,{code},,,,,",
        "A003,李四,没有的支行,,,,,",
        f"A004,王五,{code},,1381111,,,",
        f"A005,赵六,{code},,,国王,,",
        f"A006,钱七,{code},,,代运营人员,,",
        f"A007,孙八,{code},,,,,2030-02-31",
        f"B009,周九,{code},,,,,",
        f"A001,吴十,{code},,,,,",
        f"=cmd(),郑一,{code},,,,,",
        f"A008,😀王二,{code},,,,,",
    )
    photos = zipped(
        {
            "A001.jpg": b"\xff\xd8\xff broken",
            "Z999.jpg": portrait(),
            "A001-big.png": b"\x89PNG\r\n\x1a\n" + b"0" * (10 * 1024 * 1024 + 1),
        }
    )
    async with people.client(ours.admin) as client:
        started = await send(client, sheet(*rows), photos)
        job = await done(people, client, started.json()["job_id"])
        errors = (await client.get(job["errors_url"])).content.decode("utf-8-sig")
        page = (await client.get(f"/console/staff/imports/{job['id']}")).text
    assert "新增 1 位" in job["message"]
    assert "有误 13 条" in job["message"]
    for words in (
        "没有填写姓名", "没有的支行", "手机号应为 11 位", "没有“国王”这个角色", "代运营人员",
        "2 月 31 日", "已离职", "重复", "已损坏", "没有工号为 Z999 的员工", "超过 10 MB",
        "不是姓名用字",
    ):  # fmt: skip
        assert words in errors, words
    assert "=cmd()" not in errors.replace("'=cmd()", "")
    assert "下载全部错误明细" in page


@pytest.mark.parametrize(
    ("photos", "words"),
    [
        (b"not a zip", "打不开"),
        (zipped({"../../etc/0001.jpg": portrait()}), "指向包外"),
        (zipped({"C:\\0001.jpg": portrait()}), "指向包外"),
        (zipped({"readme.txt": b"x"}), "没有以工号命名"),
        (zipped({f"{n}.jpg": b"" for n in range(10_001)}), "最多 10000 个"),
    ],
)
async def test_a_hostile_archive_is_refused_before_it_is_kept(
    people: Personas, photos: bytes, words: str
) -> None:
    data = sheet(f"A001,张伟,{people.ours.branch.code},,,,,")
    async with people.client(people.ours.admin) as client:
        refused = await send(client, data, photos)
    assert refused.status_code == 422, refused.text
    assert refused.json()["errors"][0]["pointer"] == "/photos"
    assert words in refused.json()["detail"]


async def test_photos_of_iphones_in_an_archive_are_refused_one_by_one_with_what_to_do(
    people: Personas,
) -> None:
    ours = people.ours
    heic = b"\x00\x00\x00\x18ftypheic" + bytes(60)
    rows = (f"A001,张伟,{ours.branch.code},,,,,", f"A002,李芳,{ours.branch.code},,,,,")
    async with people.client(ours.admin) as client:
        sent = zipped({"A001.HEIC": heic, "A002.jpg": heic})
        started = await send(client, sheet(*rows), sent)
        job = await done(people, client, started.json()["job_id"])
        told = (await client.get(job["errors_url"])).content.decode("utf-8-sig")
    assert job["state"] == "done", job
    assert told.count("兼容性最佳") == 2
    assert await by_no(people, "A001") is not None


async def test_a_bomb_of_photos_is_read_no_further_than_one_photo_may_be(people: Personas) -> None:
    bomb = zipped({"A001.jpg": b"\xff\xd8\xff" + b"\0" * 60_000_000})
    assert len(bomb) < 100_000
    pixels = io.BytesIO()
    Image.new("1", (30_000, 30_000)).save(pixels, "PNG")
    huge = zipped({"A001.jpg": pixels.getvalue()})
    data = sheet(f"A001,张伟,{people.ours.branch.code},,,,,")
    async with people.client(people.ours.admin) as client:
        for photos, words in ((bomb, "10 MB"), (huge, "像素")):
            started = await send(client, data, photos)
            job = await done(people, client, started.json()["job_id"])
            errors = (await client.get(job["errors_url"])).content.decode("utf-8-sig")
            assert words in errors


async def test_two_workers_and_a_killed_one_load_each_row_once(
    people: Personas, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(jobs_staff, "ROWS_PER_STEP", 3)
    code = people.ours.branch.code
    data = sheet(*(f"C{n:03},张伟{n},{code},,,,," for n in range(20)))
    async with people.client(people.ours.admin) as client:
        job_id = (await send(client, data)).json()["job_id"]
        run = queue.jobs["posters.import_staff"]
        args = (people.house.database, people.ours.tenant)
        await asyncio.gather(run(*args, job_id=job_id), run(*args, job_id=job_id))
        job = (await client.get(f"/api/v1/jobs/{job_id}")).json()
    assert (job["state"], job["done"]) == ("done", 20)
    async with people.house.database.reading(people.ours.tenant) as db:
        counted = select(func.count()).where(Staff.staff_no.startswith("C0"))
        assert (await db.execute(counted)).scalar_one() == 20


async def test_the_page_uploads_tries_and_loads(people: Personas) -> None:
    data = sheet(f"A001,张伟,{people.ours.branch.code},,,,,")
    async with people.client(people.ours.admin) as client:
        empty = (await client.get("/console/staff/imports")).text
        assert "还没有导入过员工" in empty
        headers = {"x-csrftoken": client.cookies["csrftoken"], "hx-request": "true"}
        files = {"file": ("员工.csv", data, "text/csv")}
        sent = await client.post("/console/staff/imports", files=files, headers=headers)
        url = onward(sent)
        page = (await client.get(url)).text
        assert "哪一列是什么" in page
        fields = {"mapping.staff_no": "工号", "mapping.name": "姓名"}
        missing = await client.post(f"{url}/run", data=fields, headers=headers)
        assert missing.status_code == 422
        fields |= {"mapping.branch": "所属支行", "how": "trial"}
        onward(await client.post(f"{url}/run", data=fields, headers=headers))
        await work(people, "posters.import_staff")
        assert "将新增" in (await client.get(url)).text
        fields["how"] = "load"
        onward(await client.post(f"{url}/run", data=fields, headers=headers))
        assert (await client.get(f"{url}/progress")).status_code == 200
        await work(people, "posters.import_staff")
        await work(people, "posters.drop_staff_list")
        again = await client.post(f"{url}/run", data=fields, headers=headers)
        assert again.status_code == 409
        template = await client.get("/console/staff/imports/template.xlsx")
        assert template.content.startswith(b"PK")
    assert await by_no(people, "A001") is not None
    async with people.client(people.theirs.admin) as client:
        assert (await client.get(url)).status_code == 404


async def test_who_may_not_manage_people_imports_none(people: Personas) -> None:
    data = sheet(f"A001,张伟,{people.ours.branch.code},,,,,")
    for person, status in ((people.ours.author, 403), (people.ours.branch_manager, 403)):
        async with people.client(person) as client:
            assert (await send(client, data)).status_code == status
            assert (await client.get("/console/staff/imports")).status_code == 403


async def test_the_export_holds_the_viewers_people_and_comes_in_again(people: Personas) -> None:
    ours = people.ours
    async with people.client(ours.branch_manager) as client:
        out = await client.get("/api/v1/staff?format=xlsx")
        assert out.status_code == 200
    async with people.client(ours.admin) as client:
        files = {"file": ("员工.xlsx", out.content, "application/vnd.ms-excel")}
        started = await client.post("/api/v1/imports?kind=staff", files=files)
        assert started.status_code == 202, started.text
        job = await done(people, client, started.json()["job_id"])
    assert "新增 0 位，更新 0 位，无变化 2 位" in job["message"], job["message"]
