"""One unit of work: all or nothing, rings after the commit, refusals in our own words."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime

import pytest
from sqlalchemy import make_url, select, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as NoConnectionFree
from sqlalchemy.pool import QueuePool

from contenthub.db import Database, Ring, TenantId, new_id, translate
from contenthub.db_engine import POOL_WAIT_SECONDS
from contenthub.errors import Conflict, NotFound, Unavailable
from contenthub.queue import enqueue
from contenthub.settings import Settings
from contenthub.tenants.models import Branch
from contenthub.web.house import House
from tests.make import NOW, make_bank, make_branch, make_staff, new_staff
from tests.personas import Personas


class Bell:
    """Remembers what was rung, and how many rows the database held then."""

    def __init__(self, database: Database) -> None:
        self.rung: list[tuple[Ring, int]] = []
        self._database = database

    async def ring(self, rings: list[Ring]) -> None:
        for ring in rings:
            async with self._database.reading(ring[1]) as db:  # type: ignore[arg-type]  # a test's bank
                there = await db.scalar(text("select count(*) from branches"))
            self.rung.append((ring, int(there or 0)))


@pytest.fixture
def belled(settings: Settings, house: House) -> tuple[Database, Bell]:
    bell = Bell(house.database)
    database = Database(settings.database_url, pool_size=2, after_commit=bell.ring)
    return database, bell


async def _add_and_ring(
    database: Database, tenant: TenantId, name: str, *, upset: Exception | None = None
) -> None:
    async with database.unit_of_work(tenant) as db:
        await make_branch(db, name)
        enqueue(db, "library.index_item", item_id=tenant)
        if upset:
            raise upset


async def test_a_job_rings_only_when_its_rows_are_there(
    belled: tuple[Database, Bell], house: House
) -> None:
    database, bell = belled
    tenant = await make_bank(house.database)
    async with database.unit_of_work(tenant) as db:
        await make_branch(db)
        enqueue(db, "library.index_item", item_id=tenant)
        assert bell.rung == []
    assert bell.rung == [(("library.index_item", tenant, {"item_id": str(tenant)}), 1)]
    await database.close()


async def test_a_rolled_back_unit_rings_nothing_and_leaves_nothing(
    belled: tuple[Database, Bell], house: House
) -> None:
    database, bell = belled
    tenant = await make_bank(house.database)
    with pytest.raises(ZeroDivisionError):
        await _add_and_ring(database, tenant, "上墙支行", upset=ZeroDivisionError())
    assert bell.rung == []
    async with database.reading(tenant) as read:
        assert await read.scalar(text("select count(*) from branches")) == 0
    await database.close()


_DEFERRED = """
create or replace function refuse_at_commit() returns trigger language plpgsql as $$
begin raise exception 'no disk' using errcode = '53100'; end $$;
create constraint trigger refuse_at_commit after insert on branches
  deferrable initially deferred for each row
  when (new.name = '提交时失败') execute function refuse_at_commit();
"""


@pytest.fixture
async def failing_commit(settings: Settings) -> object:
    """A trigger that lets every statement pass and refuses the commit."""
    owner = Database(settings.owner_database_url, pool_size=1)
    async with owner.engine.begin() as connection:
        for part in _DEFERRED.strip().split(";\ncreate constraint"):
            done = part if part.startswith("create or") else "create constraint" + part
            await connection.execute(text(done))
    yield None
    async with owner.engine.begin() as connection:
        await connection.execute(text("drop trigger refuse_at_commit on branches"))
        await connection.execute(text("drop function refuse_at_commit()"))
    await owner.close()


@pytest.mark.usefixtures("failing_commit")
async def test_a_failed_commit_reaches_the_caller_and_rings_nothing(
    belled: tuple[Database, Bell], house: House
) -> None:
    database, bell = belled
    tenant = await make_bank(house.database)
    with pytest.raises(Unavailable, match="磁盘已满"):
        await _add_and_ring(database, tenant, "提交时失败")
    assert bell.rung == []
    await database.close()


@pytest.mark.usefixtures("failing_commit")
async def test_a_failed_commit_reaches_the_client_as_an_error(people: Personas) -> None:
    body = {"code": "0099", "name": "提交时失败", "kind": "branch"}
    async with people.client(people.ours.admin) as client:
        answer = await client.post(
            "/api/v1/branches", json={**body, "parent_id": str(people.ours.head.id)}
        )
        assert answer.status_code == 503
        assert "磁盘已满" in answer.json()["detail"]
        known = (await client.get("/api/v1/branches")).json()["items"]
    assert "0099" not in [branch["code"] for branch in known]


async def test_reading_cannot_write(house: House) -> None:
    tenant = await make_bank(house.database)
    with pytest.raises(DBAPIError, match="read-only"):
        async with house.database.reading(tenant) as db:
            await db.execute(text("insert into counters values (:t, 'x', 1)"), {"t": tenant})


async def test_the_same_record_twice_is_a_conflict_in_chinese(people: Personas) -> None:
    with pytest.raises(Conflict, match="已经有相同的记录"):
        async with people.house.database.unit_of_work(people.ours.tenant) as db:
            await make_staff(db, people.ours.head, login=people.ours.author.login)


async def test_what_belongs_to_another_bank_cannot_be_pointed_at(people: Personas) -> None:
    with pytest.raises(Conflict, match="关联的记录不存在"):
        async with people.house.database.unit_of_work(people.ours.tenant) as db:
            ours = new_staff(people.theirs.head)
            ours.tenant_id = people.ours.tenant
            db.add(ours)
            await db.flush()


async def test_a_row_for_another_bank_is_not_found(people: Personas) -> None:
    with pytest.raises(NotFound):
        async with people.house.database.unit_of_work(people.ours.tenant) as db:
            db.add(
                Branch(
                    tenant_id=people.theirs.tenant,
                    code="1",
                    name="x",
                    kind="branch",
                    created_at=NOW,
                )
            )


async def test_a_database_that_is_gone_is_said_clearly() -> None:
    url = "postgresql+asyncpg://contenthub_app:x@127.0.0.1:9/none"
    database = Database(url, pool_size=1)
    with pytest.raises(Unavailable):
        async with database.unscoped_reading() as db:
            await db.execute(text("select 1"))
    await database.close()


@asynccontextmanager
async def _silenceable(url: str) -> AsyncIterator[tuple[str, Callable[[], None]]]:
    """A way to the database that can fall silent without closing: its URL, and what stops it."""
    real, talks = make_url(url), asyncio.Event()
    talks.set()
    tasks: set[asyncio.Task[None]] = set()
    writers: list[asyncio.StreamWriter] = []

    async def pipe(source: asyncio.StreamReader, sink: asyncio.StreamWriter) -> None:
        while data := await source.read(65536):
            await talks.wait()
            sink.write(data)

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        far_reader, far_writer = await asyncio.open_connection(real.host, real.port)
        writers.extend((writer, far_writer))
        for source, sink in ((reader, far_writer), (far_reader, writer)):
            tasks.add(asyncio.create_task(pipe(source, sink)))

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    try:
        near = real.set(host="127.0.0.1", port=port)
        yield near.render_as_string(hide_password=False), talks.clear
    finally:
        server.close()
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        for each in writers:
            each.close()
        await asyncio.gather(*(w.wait_closed() for w in writers), return_exceptions=True)
        await server.wait_closed()


@pytest.mark.parametrize("known", [True, False])
async def test_a_database_that_is_stopped_and_says_nothing_is_given_up(
    people: Personas, settings: Settings, known: bool
) -> None:
    async with _silenceable(settings.database_url) as (url, fall_silent):
        database = Database(url, pool_size=1)
        if known:  # a connection of before waits in the pool
            async with database.reading(people.ours.tenant) as db:
                await db.execute(text("select 1"))
        fall_silent()
        # Without a deadline of ours this would hang until the test's own.
        with pytest.raises(Unavailable, match="重启或连接中断"):
            async with asyncio.timeout(30), database.reading(people.ours.tenant) as db:
                await db.execute(text("select 1"))
        await database.close()


def test_no_free_connection_is_no_bug_of_ours() -> None:
    found = translate(NoConnectionFree("QueuePool limit"))
    assert isinstance(found, Unavailable)
    assert "稍等几秒" in found.detail


async def test_when_every_connection_is_in_use_the_wait_is_short_and_the_answer_plain(
    people: Personas, monkeypatch: pytest.MonkeyPatch
) -> None:
    database, ours = people.house.database, people.ours
    pool = database.engine.sync_engine.pool
    assert isinstance(pool, QueuePool)
    assert pool.timeout() == POOL_WAIT_SECONDS <= 5
    monkeypatch.setattr(pool, "_timeout", 0.05)
    async with people.client(ours.author) as client, contextlib.AsyncExitStack() as held:
        with pytest.raises(Unavailable, match="数据库连接暂时不够"):
            while True:
                db = await held.enter_async_context(database.reading(ours.tenant))
                await db.execute(text("select 1"))
        refused = await client.get("/api/v1/items")
        await held.aclose()
        served = await client.get("/api/v1/items")
    assert (refused.status_code, served.status_code) == (503, 200)
    assert "同时使用的人太多" in refused.json()["detail"]


async def test_a_killed_connection_is_said_and_the_next_unit_works(
    people: Personas, settings: Settings
) -> None:
    database = Database(settings.database_url, pool_size=1)
    owner = people.house.database
    assert owner.platform_engine is not None
    with pytest.raises(Unavailable, match="数据库"):
        async with database.reading(people.ours.tenant) as db:
            # A role may end its own sessions; so does a restart of the server.
            await db.execute(text("select pg_terminate_backend(pg_backend_pid())"))
    async with database.reading(people.ours.tenant) as db:
        rows = await db.scalars(select(Branch.tenant_id).where(Branch.code != ""))
        assert set(rows) == {people.ours.tenant}
    await database.close()


async def test_without_a_platform_url_cross_bank_work_is_refused(settings: Settings) -> None:
    database = Database(settings.database_url, pool_size=1)
    with pytest.raises(Unavailable, match="PLATFORM_DATABASE_URL"):
        async with database.platform_unit_of_work():
            pass
    await database.close()


def test_identifiers_grow_with_time() -> None:
    made = [new_id() for _ in range(100)]
    assert made == sorted(made)
    assert len(set(made)) == 100
    assert {i.version for i in made} == {7}


async def test_a_refused_statement_does_not_carry_what_was_typed(people: Personas) -> None:
    with pytest.raises(DBAPIError) as refused:
        async with people.house.database.unit_of_work(people.ours.tenant) as db:
            await db.execute(text("select cast(:name as int)"), {"name": "张三丰 13900001234"})
    assert "13900001234" not in str(refused.value).split("[SQL")[-1]


@pytest.mark.parametrize(
    ("setting", "kind"), [("lock_timeout", Conflict), ("statement_timeout", Unavailable)]
)
async def test_waiting_too_long_for_a_row_is_told_plainly(
    people: Personas, setting: str, kind: type[Exception]
) -> None:
    database, tenant = people.house.database, people.ours.tenant
    wanted = text("select 1 from branches where id = :b for update")
    async with database.unit_of_work(tenant) as first:
        await first.execute(wanted, {"b": people.ours.head.id})
        with pytest.raises(kind, match="请"):
            async with database.unit_of_work(tenant) as second:
                await second.execute(text(f"set local {setting} = '50ms'"))
                await second.execute(wanted, {"b": people.ours.head.id})


@pytest.mark.parametrize("error", [ValueError("x"), KeyError("x"), OSError("disk")])
def test_what_is_no_database_refusal_stays_a_bug(error: Exception) -> None:
    assert translate(error) is None


async def test_instants_come_back_aware(people: Personas) -> None:
    async with people.house.database.reading(people.ours.tenant) as db:
        at = await db.scalar(select(Branch.created_at).limit(1))
    assert at == NOW
    assert at is not None
    assert at.astimezone(UTC) == datetime(2026, 11, 26, 2, 0, tzinfo=UTC)
