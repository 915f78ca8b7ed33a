"""The page of data keys: state, rotation, progress, history; for administrators only."""

from sqlalchemy import text
from tests.make import make_customer
from tests.personas import Personas
from tests.web.forms import onward, post_form

from contenthub.tenants import actions_rotation, jobs_keys, queries

URL = "/console/data-keys"


async def _let_time_pass(people: Personas) -> None:
    async with people.house.database.unit_of_work(people.ours.tenant) as db:
        for statement in (
            "update long_jobs set lease_until = lease_until - interval '1 minute'",
            "update bank_keys set created_at = created_at - interval '1 minute', "
            "activated_at = activated_at - interval '1 minute'",
        ):
            await db.execute(text(statement))


async def _first_key(people: Personas) -> None:
    await jobs_keys.turn_keys(people.house.database, people.ours.tenant)
    await _let_time_pass(people)
    await jobs_keys.turn_keys(people.house.database, people.ours.tenant)


async def _job_id(people: Personas) -> str:
    async with people.house.database.reading(people.ours.tenant) as db:
        return str((await queries.long_jobs(db, actions_rotation.KIND))[0].id)


async def test_a_bank_without_a_key_is_told_what_will_happen(people: Personas) -> None:
    async with people.client(people.ours.admin) as client:
        shown = (await client.get(URL)).text
    assert "还没有数据密钥" in shown
    assert "还没有轮换过" in shown


async def test_an_administrator_rotates_and_watches(people: Personas) -> None:
    async with people.house.database.unit_of_work(people.ours.tenant) as db:
        await make_customer(db, branch=people.ours.branch)
    await _first_key(people)
    async with people.client(people.ours.admin) as client:
        assert "AES-256-GCM" in (await client.get(URL)).text
        answer = await post_form(client, f"{URL}/rotate", {"cipher": "sm4-gcm"})
        assert onward(answer) == URL
        again = await post_form(client, f"{URL}/rotate", {"cipher": "sm4-gcm"})
        assert again.status_code == 409
        assert "正在轮换" in again.text
        shown = (await client.get(URL)).text
        assert "SM4-GCM（国密）" in shown
        assert "约 30 秒后开始" in shown
        job_id = await _job_id(people)
        assert (await client.get(f"{URL}/{job_id}/progress")).headers["cache-control"] == "no-store"
        await _let_time_pass(people)
        for _ in range(2):
            await jobs_keys.rotate_keys(people.house.database, people.ours.tenant, job_id=job_id)
            await _let_time_pass(people)
        ended = await client.get(f"{URL}/{job_id}/progress")
        assert ended.headers["hx-refresh"] == "true"
        shown = (await client.get(URL)).text
    assert "已用新密钥重新加密 1 行" in shown
    assert "已停用" in shown


async def test_a_cipher_that_is_none_is_refused(people: Personas) -> None:
    async with people.client(people.ours.admin) as client:
        answer = await post_form(client, f"{URL}/rotate", {"cipher": "rot13"})
    assert answer.status_code == 422
    assert "aes-gcm 或 sm4-gcm" in answer.text


async def test_others_neither_see_nor_rotate(people: Personas) -> None:
    for person in (people.ours.author, people.ours.auditor, people.ours.employee):
        async with people.client(person) as client:
            assert (await client.get(URL)).status_code == 403
            assert (await post_form(client, f"{URL}/rotate")).status_code == 403


async def test_another_banks_rotation_is_not_found(people: Personas) -> None:
    async with people.client(people.theirs.admin) as client:
        assert onward(await post_form(client, f"{URL}/rotate"))
        async with people.house.database.reading(people.theirs.tenant) as db:
            job = (await queries.long_jobs(db, actions_rotation.KIND))[0]
        assert (await client.get(f"{URL}/{job.id}/progress")).status_code == 200
    async with people.client(people.ours.admin) as client:
        assert (await client.get(f"{URL}/{job.id}/progress")).status_code == 404
