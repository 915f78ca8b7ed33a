"""Sealed history: five attacks by somebody who owns the database, each seen."""

import os
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncConnection, create_async_engine
from tests.personas import Personas

from contenthub import queue
from contenthub.engines_postgres import running_postgres
from contenthub.errors import Conflict, NotFound
from contenthub.tenants import actions as tenants
from contenthub.tenants import actions_audit, anchors, chain, queries_audit
from contenthub.tenants import jobs as tenants_jobs
from contenthub.tenants.models import AuditEntry, AuditSeal
from contenthub.tenants.models_security import AuditCheck
from contenthub.tenants.queries_audit import Outside, Verdict


def _later() -> datetime:
    # Entries carry ids of the real clock; a seal comes when they have settled.
    return datetime.now(UTC) + timedelta(minutes=5)


async def _write(people: Personas, count: int) -> None:
    async with people.house.database.unit_of_work(people.ours.tenant) as db:
        for no in range(count):
            detail = {"no": no, "rate": 2.05, "who": ["赵", None]}
            by, at = people.ours.admin, datetime.now(UTC)
            tenants.record(db, "item.approved", "item", people.ours.head.id, by=by, at=at, **detail)
            await db.flush()


async def _seal(people: Personas) -> AuditSeal | None:
    async with people.house.database.unit_of_work(people.ours.tenant) as db:
        return await actions_audit.seal_audit(db, at=_later())


async def _verify(people: Personas) -> Verdict:
    kept = await anchors.kept(people.house.storage, people.ours.tenant)
    async with people.house.database.reading(people.ours.tenant) as db:
        outside = Outside(kept, await queries_audit.copied_no(db))
        return await queries_audit.verify(db, outside=outside)


@pytest.fixture
async def superuser(people: Personas) -> AsyncIterator[AsyncConnection]:
    """Somebody who owns the database but not the bank's keys."""
    postgres = running_postgres(Path(os.environ["CONTENTHUB_TEST_ENGINES"]))
    assert postgres is not None
    name = people.house.database.engine.url.database or ""
    engine = create_async_engine(postgres.url("postgres", name))
    async with engine.connect() as connection:
        yield connection
    await engine.dispose()


@pytest.fixture
async def sealed(people: Personas) -> Personas:
    """Three seals over 6 + 4 + 4 entries, kept outside too."""
    for count in (6, 4, 4):
        await _write(people, count)
        seal = await _seal(people)
        assert seal is not None
        await anchors.keep(people.house.storage, people.ours.tenant, seal)
        async with people.house.database.unit_of_work(people.ours.tenant) as db:
            await actions_audit.note_anchored(db, seal.no)
    return people


# First of all: the sweep takes twenty banks at a time, and every test leaves one behind.
async def test_the_sweep_finds_a_chain_that_was_not_checked_for_an_hour(sealed: Personas) -> None:
    due = queue.sweeps["tenants.verify_audit"]

    async def is_due(later: timedelta) -> bool:
        async with sealed.house.database.platform_unit_of_work() as db:
            return (sealed.ours.tenant, {}) in await due(db, datetime.now(UTC) + later)

    assert await is_due(timedelta())
    await _check(sealed)
    assert not await is_due(timedelta(hours=2))  # nothing new
    await _write(sealed, 1)
    await _seal(sealed)
    assert not await is_due(timedelta(minutes=59))
    assert await is_due(timedelta(minutes=61))


async def test_untouched_history_is_intact(sealed: Personas) -> None:
    await _write(sealed, 2)
    verdict = await _verify(sealed)
    assert verdict.problems == []
    assert verdict.is_intact
    assert (verdict.entries, verdict.seals, verdict.unsealed) == (16, 3, 2)


async def test_nothing_new_makes_no_seal(sealed: Personas) -> None:
    assert await _seal(sealed) is None


async def test_the_same_seal_cannot_be_made_twice(sealed: Personas) -> None:
    async with sealed.house.database.reading(sealed.ours.tenant) as db:
        last = await queries_audit.last_seal(db)
    assert last is not None
    assert last.no == 3
    with pytest.raises(Conflict):
        await _add_again(sealed, last)
    assert (await _verify(sealed)).is_intact


async def _add_again(people: Personas, made: AuditSeal) -> None:
    async with people.house.database.unit_of_work(people.ours.tenant) as db:
        facts = {c.key: getattr(made, c.key) for c in AuditSeal.__table__.columns}
        db.add(AuditSeal(**facts))


_ONE = "(select id from audit_entries where tenant_id = :t order by id offset 7 limit 1)"
_NEXT = "(select id from audit_entries where tenant_id = :t order by id offset 8 limit 1)"
ATTACKS = {
    "edit": (f"update audit_entries set actor_name = '李四' where id = {_ONE}", "改动"),
    "edit detail": (
        f"update audit_entries set detail = detail || '{{\"no\": 99}}' where id = {_ONE}",
        "改动",
    ),
    "delete": (f"delete from audit_entries where id = {_ONE}", "第 2 号封签内缺少 1 条"),
    "delete the first": (
        "delete from audit_entries where id = "
        "(select min(id::text)::uuid from audit_entries where tenant_id = :t)",
        "第 1 号封签内缺少 1 条",
    ),
    "insert": (
        "insert into audit_entries (tenant_id, id, at, actor_name, event, subject_kind, detail) "
        "select tenant_id, cast(left(id::text, 28) || '01234567' as uuid), at, '无名', 'x.y', "
        f"'item', cast('{{}}' as jsonb) from audit_entries where id = {_ONE}",
        "多出 1 条",
    ),
    "reorder": (
        "update audit_entries a set detail = b.detail from audit_entries b where "
        f"(a.id = {_ONE} and b.id = {_NEXT}) or (a.id = {_NEXT} and b.id = {_ONE})",
        "改动或调换",
    ),
    "cut a seal out of the middle": (
        "delete from audit_seals where tenant_id = :t and no = 2",
        "第 2 号封签不见了",
    ),
    "cut off the tail and its seal": (
        "with gone as (delete from audit_seals where tenant_id = :t and no = 3 returning 1) "
        "delete from audit_entries where tenant_id = :t and id > "
        "(select last_id from audit_seals where tenant_id = :t and no = 2)",
        "末尾被截断",
    ),
    "cut off the tail only": (
        "delete from audit_entries where tenant_id = :t and id > "
        "(select last_id from audit_seals where tenant_id = :t and no = 2)",
        "第 3 号封签内缺少 4 条",
    ),
    "forge a seal": (
        "update audit_seals set hash = sha256('forged') || substring(hash from 33) "
        "where tenant_id = :t and no = 3",
        "签名不对",
    ),
}


@pytest.mark.parametrize("attack", sorted(ATTACKS))
async def test_an_attack_on_sealed_history_is_seen(
    sealed: Personas, superuser: AsyncConnection, attack: str
) -> None:
    statement, said = ATTACKS[attack]
    done = await superuser.execute(text(statement), {"t": sealed.ours.tenant})
    assert done.rowcount >= 1
    await superuser.commit()
    verdict = await _verify(sealed)
    assert not verdict.is_intact
    assert said in "；".join(verdict.problems)


def _copy(people: Personas, no: int) -> str:
    return f"{people.ours.tenant}/audit/seal-{no:08d}.json"


async def test_a_copy_outside_that_was_taken_is_missed(sealed: Personas) -> None:
    storage = sealed.house.storage
    for no in (1, 2, 3):
        data = await storage.get(_copy(sealed, no))
        await storage.delete(_copy(sealed, no))
        assert (await _verify(sealed)).problems == [f"第 {no} 号封签的库外存证不见了"]
        assert (await _check(sealed)).problems == [f"第 {no} 号封签的库外存证不见了"]
        await storage.put(_copy(sealed, no), data, mime="application/json")
    assert (await _verify(sealed)).is_intact


async def test_a_copy_outside_that_was_edited_is_seen(sealed: Personas) -> None:
    storage = sealed.house.storage
    for content in (b"", b"\xff", b"[]", b'{"no": 2, "hash": "00"}'):
        await storage.delete(_copy(sealed, 2))
        await storage.put(_copy(sealed, 2), content, mime="application/json")
        assert (await _check(sealed)).problems == ["第 2 号封签与库外存证不一致"]


async def test_a_tail_cut_off_with_its_seals_and_all_copies_is_seen(
    sealed: Personas, superuser: AsyncConnection
) -> None:
    statement, _ = ATTACKS["cut off the tail and its seal"]
    await superuser.execute(text(statement), {"t": sealed.ours.tenant})
    await superuser.commit()
    for no in (1, 2, 3):
        await sealed.house.storage.delete(_copy(sealed, no))
    said = "；".join((await _verify(sealed)).problems)
    assert "末尾被截断：登记过第 3 号封签，数据库里只到第 2 号" in said
    assert "第 1 号封签的库外存证不见了等 2 份" in said
    assert len((await _check(sealed)).problems) == 2


ON_THE_HEAD = (
    "update audit_heads set no = no - 1 where tenant_id = :t",
    "update audit_heads set hash = 'x' where tenant_id = :t",
    "update audit_heads set anchored_no = 0 where tenant_id = :t",
    "delete from audit_heads where tenant_id = :t",
    "truncate audit_heads",
)


async def test_what_was_noted_of_the_head_only_goes_on(
    sealed: Personas, superuser: AsyncConnection
) -> None:
    for statement in ON_THE_HEAD:
        given = {"t": sealed.ours.tenant} if ":t" in statement else {}
        with pytest.raises(DBAPIError, match="封签登记"):
            await superuser.execute(text(statement), given)
        await superuser.rollback()
    assert (await _check(sealed)).problems == []


async def test_a_seal_whose_copy_was_lost_to_a_crash_gets_it_at_the_next_run(
    people: Personas,
) -> None:
    await _write(people, 2)
    assert await _seal(people) is not None  # and killed before the copy
    assert (await _verify(people)).is_intact
    await tenants_jobs.seal_audit(people.house.database, people.ours.tenant)
    assert list(await anchors.kept(people.house.storage, people.ours.tenant)) == [1]
    async with people.house.database.reading(people.ours.tenant) as db:
        head = await queries_audit.head(db)
    assert head is not None
    assert (head.no, head.anchored_no) == (1, 1)


async def test_another_banks_history_is_not_touched_by_ours(sealed: Personas) -> None:
    async with sealed.house.database.reading(sealed.theirs.tenant) as db:
        verdict = await queries_audit.verify(db)
    assert (verdict.entries, verdict.seals) == (0, 0)


async def test_an_entry_of_an_open_transaction_is_not_passed_over(people: Personas) -> None:
    database, tenant = people.house.database, people.ours.tenant
    async with database.unit_of_work(tenant) as slow:
        by, at = people.ours.admin, datetime.now(UTC)
        tenants.record(slow, "item.slow", "item", None, by=by, at=at)
        await slow.flush()
        await _write(people, 1)
        assert await _seal(people) is None
    seal = await _seal(people)
    assert seal is not None
    assert seal.entries == 2
    assert (await _verify(people)).is_intact


async def test_the_sweep_finds_a_bank_whose_entries_waited_a_minute(people: Personas) -> None:
    await _write(people, 1)
    due = queue.sweeps["tenants.seal_audit"]
    async with people.house.database.platform_unit_of_work() as db:
        soon = await due(db, datetime.now(UTC))
        later = await due(db, datetime.now(UTC) + timedelta(seconds=61))
    assert (people.ours.tenant, {}) not in soon
    assert (people.ours.tenant, {}) in later


async def test_the_job_seals_and_keeps_a_copy_outside(people: Personas) -> None:
    await tenants_jobs.seal_audit(people.house.database, people.ours.tenant)
    assert await anchors.kept(people.house.storage, people.ours.tenant) == {}
    old = datetime.now(UTC) - timedelta(minutes=3)
    async with people.house.database.unit_of_work(people.ours.tenant) as db:
        db.add(
            AuditEntry(
                tenant_id=people.ours.tenant,
                id=chain.earliest_id(old),
                at=old,
                actor_id=None,
                actor_name="系统",
                event="item.expired",
                subject_kind="item",
                subject_id=None,
                detail={},
            )
        )
    await tenants_jobs.seal_audit(people.house.database, people.ours.tenant)
    await tenants_jobs.seal_audit(people.house.database, people.ours.tenant)
    kept = await anchors.kept(people.house.storage, people.ours.tenant)
    assert list(kept) == [1]
    assert (await _verify(people)).is_intact


async def test_a_seal_copied_while_the_check_reads_the_copies_is_no_alarm(
    people: Personas, monkeypatch: pytest.MonkeyPatch
) -> None:
    listed = anchors.kept

    async def kept_then_sealed(*told: Any, **how: Any) -> dict[int, str | None]:
        found = await listed(*told, **how)
        await tenants_jobs.seal_audit(people.house.database, people.ours.tenant)
        return found

    await _write(people, 3)
    monkeypatch.setattr(anchors, "kept", kept_then_sealed)
    monkeypatch.setattr(queries_audit, "SETTLE", timedelta(0))
    assert (await _check(people)).problems == []
    assert await listed(people.house.storage, people.ours.tenant), "it was sealed meanwhile"


async def test_the_verdict_says_what_is_sealed_and_what_is_not_yet(sealed: Personas) -> None:
    assert (await _verify(sealed)).words == "已封存的 14 条完整，没有改动"
    await _write(sealed, 2)
    verdict = await _verify(sealed)
    assert verdict.words == (
        "已封存的 14 条完整，没有改动；最近 2 条晚于最后一次封存（未封存，约一分钟内封存）"
    )
    verdict.problems.append("第 1 号封签不见了")
    assert "完整" not in verdict.words


async def _check(people: Personas) -> AuditCheck:
    await tenants_jobs.verify_audit(people.house.database, people.ours.tenant)
    async with people.house.database.reading(people.ours.tenant) as db:
        found = await queries_audit.last_check(db)
    assert found is not None
    return found


async def test_the_worker_checks_the_chain_and_goes_on_where_it_was(sealed: Personas) -> None:
    first = await _check(sealed)
    assert (first.seal_no, first.entries, first.problems) == (3, 14, [])
    await _write(sealed, 5)
    seal = await _seal(sealed)
    assert seal is not None
    again = await _check(sealed)
    assert (again.seal_no, again.entries, again.problems) == (4, 19, [])
    assert again.full_at == first.full_at


async def test_a_broken_chain_stays_broken_hour_after_hour(
    sealed: Personas, superuser: AsyncConnection
) -> None:
    statement, said = ATTACKS["cut off the tail and its seal"]
    await superuser.execute(text(statement), {"t": sealed.ours.tenant})
    await superuser.commit()
    for _ in range(2):
        found = await _check(sealed)
        assert said in found.problems[0]
        assert found.seal_no == 0


async def test_an_edit_behind_the_checked_seals_is_seen_by_the_daily_whole_check(
    sealed: Personas, superuser: AsyncConnection
) -> None:
    await _check(sealed)
    await superuser.execute(text(ATTACKS["edit"][0]), {"t": sealed.ours.tenant})
    older = "update audit_checks set full_at = full_at - interval '25 h' where tenant_id = :t"
    await superuser.execute(text(older), {"t": sealed.ours.tenant})
    await superuser.commit()
    assert "改动" in (await _check(sealed)).problems[0]


@pytest.mark.parametrize("statement", ["update {0} set tenant_id = tenant_id", "delete from {0}"])
@pytest.mark.parametrize("table", ["audit_entries", "audit_seals"])
async def test_the_app_itself_may_only_add_and_read(
    sealed: Personas, table: str, statement: str
) -> None:
    with pytest.raises(NotFound):  # what the database's refusal is turned into
        await _run(sealed, statement.format(table))
    assert (await _verify(sealed)).is_intact


async def _run(people: Personas, statement: str) -> None:
    async with people.house.database.unit_of_work(people.ours.tenant) as db:
        await db.execute(text(statement))
