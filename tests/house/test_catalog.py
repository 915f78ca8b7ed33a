"""The schema itself keeps banks apart; and the test of it is not blind (T2-T7, T11)."""

import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import Connection, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncConnection, create_async_engine
from tests.house import catalog
from tests.personas import Personas

from contenthub.db import Database
from contenthub.engines_postgres import running_postgres
from contenthub.errors import Unavailable
from contenthub.migrations.metadata import metadata
from contenthub.settings import Settings


@asynccontextmanager
async def connected(url: str) -> AsyncIterator[AsyncConnection]:
    engine = create_async_engine(url)
    try:
        async with engine.connect() as connection:
            yield connection
            await connection.rollback()
    finally:
        await engine.dispose()


def superuser_url(settings: Settings) -> str:
    """Return the URL of the engine's superuser on this worker's database."""
    engine = running_postgres(Path(os.environ["CONTENTHUB_TEST_ENGINES"]))
    assert engine is not None
    return engine.url("postgres", settings.database_url.rsplit("/", 1)[-1].split("?")[0])


@pytest.mark.parametrize("check", sorted(catalog.CHECKS))
@pytest.mark.parametrize("role", ["app", "owner"])
async def test_the_catalog_keeps_banks_apart(settings: Settings, check: str, role: str) -> None:
    url = settings.database_url if role == "app" else settings.owner_database_url
    async with connected(url) as db:
        assert await catalog.CHECKS[check](db) == []


def test_the_list_of_tables_without_a_bank_stays_short() -> None:
    assert len(catalog.WITHOUT_TENANT) <= 10


async def test_the_catalog_holds_every_table_of_the_metadata(settings: Settings) -> None:
    async with connected(settings.owner_database_url) as db:
        found = {name for name, *_ in await catalog.rows(db, catalog._TABLES)}
    assert set(metadata.tables) - found == set()
    assert len(found) > 30


def _differences(connection: Connection) -> list[str]:
    def ours(_object: object, name: str | None, kind: str, *_: object) -> bool:
        # Monthly partitions are made at run time by ensure_visit_month.
        return not (kind == "table" and str(name).startswith("visits_"))

    context = MigrationContext.configure(
        connection, opts={"compare_type": True, "include_object": ours}
    )
    return [repr(d) for d in compare_metadata(context, metadata)]


async def test_migrations_make_exactly_the_models(settings: Settings) -> None:
    async with connected(settings.owner_database_url) as db:
        assert await db.run_sync(_differences) == []


async def test_the_comparison_sees_a_column_nobody_migrated(settings: Settings) -> None:
    async with connected(superuser_url(settings)) as db:
        await db.execute(text("alter table staff drop column title"))
        assert any("title" in d for d in await db.run_sync(_differences))


LEAKS: dict[str, tuple[str, str]] = {
    "policy dropped": ("drop policy own_bank on items", "T2 tables"),
    "force off": ("alter table items no force row level security", "T2 tables"),
    "security off": ("alter table customers disable row level security", "T2 tables"),
    "second policy": ("create policy also on items using (true)", "T2 tables"),
    "a published kit is everybody's": (
        "alter policy members_read on kit_version_parts using (true)",
        "T2 tables",
    ),
    "members read what is not published": (
        "create policy members_read on kits for select to contenthub_app using (exists ("
        "select 1 from banks b where b.id = current_setting('app.tenant_id')::uuid "
        "and b.parent_id = kits.tenant_id))",
        "T2 tables",
    ),
    "policy reads everything": (
        "alter policy own_bank on items using (true)",
        "T2 tables",
    ),
    "policy writes everything": (
        "alter policy own_bank on items with check (true)",
        "T2 tables",
    ),
    "silent policy": (
        "alter policy own_bank on items using "
        "(tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid)",
        "T2 tables",
    ),
    "table without a bank": ("create table notes (id uuid primary key)", "T2 tables"),
    "table without a policy": (
        "create table notes (tenant_id uuid not null, id uuid, primary key (tenant_id, id))",
        "T2 tables",
    ),
    "bank may be missing": (
        "create table notes (tenant_id uuid, id uuid primary key)",
        "T2 tables",
    ),
    "new partition unbound": (
        "create table visits_209901 partition of visits "
        "for values from ('2099-01-01') to ('2099-02-01')",
        "T2 tables",
    ),
    "directory unbound": (
        "alter table directory_entries disable row level security",
        "T2 directory",
    ),
    "directory of nobody": (
        "alter table banks force row level security",
        "T2 directory",
    ),
    "app bypasses": ("alter role contenthub_app bypassrls", "T3 roles"),
    "app is superuser": ("alter role contenthub_app superuser", "T3 roles"),
    "app joins the owner": ("grant contenthub_owner to contenthub_app", "T3 roles"),
    "app owns a table": ("alter table items owner to contenthub_app", "T3 roles"),
    "app truncates": ("grant truncate on items to contenthub_app", "grants"),
    "app edits history": ("grant update on audit_entries to contenthub_app", "grants"),
    "everybody reads": ("grant select on items to public", "grants"),
    "plain view": ("create view all_items as select * from items", "T5 views"),
    "materialised view": (
        "create materialized view all_items as select * from items",
        "T5 views",
    ),
    "definer function": (
        "create function all_items() returns setof items language sql security definer "
        "as 'select * from items'",
        "T5 views",
    ),
    "unpinned search path": (
        "alter function find_bank(text) reset search_path",
        "T5 views",
    ),
    "simple foreign key": (
        "alter table items add column copy_of uuid, add constraint u unique (id); "
        "alter table items add foreign key (copy_of) references items (id)",
        "T6 keys",
    ),
    "unique over all banks": (
        "create unique index staff_alone on staff (id)",
        "T7 uniques",
    ),
    "serial number": ("alter table items add column no bigserial", "T7 uniques"),
}


@pytest.mark.parametrize("leak", sorted(LEAKS))
async def test_a_planted_leak_turns_the_check_red(settings: Settings, leak: str) -> None:
    statement, check = LEAKS[leak]
    async with connected(superuser_url(settings)) as db:
        for part in statement.split("; "):
            await db.execute(text(part))
        assert await catalog.CHECKS[check](db) != []


async def test_a_strong_role_may_not_serve(settings: Settings) -> None:
    for url in (superuser_url(settings), settings.owner_database_url):
        database = Database(url)
        try:
            with pytest.raises(Unavailable, match="权限过大"):
                await database.check_role()
        finally:
            await database.close()


async def test_the_app_role_may_serve(settings: Settings) -> None:
    database = Database(settings.database_url)
    try:
        await database.check_role()
    finally:
        await database.close()


async def test_the_app_sees_only_its_bank_even_in_bare_sql(people: Personas) -> None:
    async with people.house.database.reading(people.ours.tenant) as db:
        banks = await db.execute(text("select distinct tenant_id from staff"))
        assert {row[0] for row in banks} == {people.ours.tenant}


@pytest.mark.parametrize(
    "statement",
    [
        "update audit_entries set event = 'x'",
        "delete from audit_entries",
        "update audit_seals set hash = ''",
        "delete from audit_seals",
        "truncate audit_entries",
    ],
)
async def test_history_cannot_be_rewritten_by_the_app(people: Personas, statement: str) -> None:
    bank = {"t": str(people.ours.tenant)}
    async with connected(people.house.settings.database_url) as db:
        await db.execute(text("select set_config('app.tenant_id', :t, true)"), bank)
        with pytest.raises(DBAPIError, match="permission denied"):
            await db.execute(text(statement))
