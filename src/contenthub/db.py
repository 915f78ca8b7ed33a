"""The database: one unit of work per request or job step, and the only commit.

A session is opened for one bank; row-level security then shows that bank's rows
only. `Read` may be passed a `Write`, never the other way round.
"""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from contextvars import ContextVar
from datetime import datetime
from typing import Any, ClassVar, NewType
from uuid import UUID

import asyncpg
from sqlalchemy import (
    BigInteger,
    DateTime,
    LargeBinary,
    MetaData,
    Text,
    Uuid,
    event,
    func,
    select,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.engine import Connection
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as NoConnectionFree
from sqlalchemy.ext.asyncio import (
    AsyncSession,
    async_sessionmaker,
)
from sqlalchemy.orm import DeclarativeBase, ORMExecuteState, Session, SessionTransaction
from uuid_utils.compat import uuid7

from contenthub.db_engine import open_engine
from contenthub.errors import Conflict, ContentHubError, Invalid, NotFound, Unavailable

TenantId = NewType("TenantId", UUID)
Read = NewType("Read", AsyncSession)
Write = NewType("Write", Read)
Platform = NewType("Platform", AsyncSession)
"""A session of the platform role: sees every bank. Only tenants/, cli and worker open one."""

Ring = tuple[str, UUID, dict[str, str]]
"""A job to ring once the transaction has committed: (job name, bank, ids)."""
AfterCommit = Callable[[list[Ring]], Awaitable[None]]
OnOpen = Callable[[AsyncSession, UUID], Awaitable[None]]
"""What a bank's session needs before its first use: its keys, known to this process."""

keeps_nothing: ContextVar[bool] = ContextVar("keeps_nothing", default=False)
"""Whether what is written here is undone at the end and rings no job: a HEAD only looks."""
BigInt = BigInteger()
LISTEN_CHECK_SECONDS = 20.0


class Base(DeclarativeBase):
    """Parent of every model; names constraints so that migrations can find them."""

    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(table_name)s_%(column_0_N_name)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "ck": "ck_%(table_name)s_%(constraint_name)s",
            "fk": "fk_%(table_name)s_%(column_0_N_name)s",
            "pk": "pk_%(table_name)s",
        }
    )
    type_annotation_map: ClassVar[dict[Any, Any]] = {
        UUID: Uuid(),
        str: Text(),
        datetime: DateTime(timezone=True),
        bytes: LargeBinary(),
        dict[str, Any]: JSONB(),
        list[Any]: JSONB(),
    }


def new_id() -> UUID:
    """Return a new time-ordered identifier (UUIDv7, RFC 9562)."""
    return uuid7()


_BANK = "set_config('app.tenant_id', :t, true)"
_FOR_WRITING = text(f"select {_BANK}")
# One question instead of two at the beginning of every page.
_FOR_READING = text(f"select {_BANK}, set_config('transaction_read_only', 'on', true)")


@event.listens_for(Session, "after_begin")
def _set_tenant(session: Session, _transaction: SessionTransaction, connection: Connection) -> None:
    # Each transaction says again for whom it works: a transaction-local setting
    # cannot leak to the next borrower of the pooled connection (reliability T4).
    tenant = session.info.get("tenant_id")
    if tenant is not None:
        said = _FOR_READING if session.info.get("reads_only") else _FOR_WRITING
        connection.execute(said, {"t": str(tenant)})


@event.listens_for(Session, "do_orm_execute")
def _read_locked_rows_anew(state: ORMExecuteState) -> None:
    # A row is locked because its state is about to be judged. Without this, one that the
    # session had looked at before would keep its old values: SQLAlchemy waits for the lock,
    # reads the row, and throws the answer away.
    if state.is_select and getattr(state.statement, "_for_update_arg", None) is not None:
        state.update_execution_options(populate_existing=True)


class Database:
    """The bank-scoped way to PostgreSQL for one process.

    `resources` (keys, object store, settings …) travel with every session in
    `session.info`, so that an action needs no globals.
    """

    def __init__(
        self,
        url: str,
        *,
        platform_url: str = "",
        pool_size: int = 8,
        after_commit: AfterCommit | None = None,
        on_open: OnOpen | None = None,
        resources: Mapping[str, object] | None = None,
    ) -> None:
        self.engine = open_engine(url, pool_size)
        self.platform_engine = open_engine(platform_url, 2) if platform_url else None
        self.resources: dict[str, object] = dict(resources or {})
        self.after_commit = after_commit
        self.on_open = on_open
        self._sessions = async_sessionmaker(self.engine, expire_on_commit=False)

    @asynccontextmanager
    async def unit_of_work(self, tenant: TenantId) -> AsyncIterator[Write]:
        """Open one transaction for one bank; commit at the end, roll back on any error.

        Jobs enqueued inside ring only after the commit; where `keeps_nothing` is set there is
        none. Database refusals come out as errors of the tree (wrong state, disk full,
        connection lost).
        """
        session = self._sessions(info={**self.resources, "tenant_id": tenant, "rings": []})
        with _translated():
            async with session:
                await self._opened(session, tenant)
                yield Write(Read(session))
                if keeps_nothing.get():
                    return
                await session.commit()
        rings: list[Ring] = session.info["rings"]
        if rings and self.after_commit is not None:
            await self.after_commit(rings)

    @asynccontextmanager
    async def reading(self, tenant: TenantId) -> AsyncIterator[Read]:
        """Open one read-only transaction for one bank."""
        session = self._sessions(info=self._read_only(tenant))
        with _translated():
            async with session:
                await session.connection()
                await self._opened(session, tenant)
                yield Read(session)

    @asynccontextmanager
    async def snapshot(self, tenant: TenantId) -> AsyncIterator[Read]:
        """Open one read-only transaction in which every query sees the same instant.

        It holds back the cleaning of old rows: for an export to this disk, never for a call
        over the network.
        """
        session = self._sessions(info=self._read_only(tenant))
        with _translated():
            async with session:
                # Before the first query: later, PostgreSQL refuses to change it.
                await session.connection(execution_options={"isolation_level": "REPEATABLE READ"})
                await self._opened(session, tenant)
                yield Read(session)

    def _read_only(self, tenant: TenantId) -> dict[str, object]:
        return {**self.resources, "tenant_id": tenant, "rings": [], "reads_only": True}

    async def _opened(self, session: AsyncSession, tenant: TenantId) -> None:
        if self.on_open is not None:
            await self.on_open(session, tenant)

    @asynccontextmanager
    async def platform_unit_of_work(self) -> AsyncIterator[Platform]:
        """Open one transaction that sees every bank: for the operator and the sweep only."""
        if self.platform_engine is None:
            raise Unavailable("没有配置平台角色的数据库地址 CONTENTHUB_PLATFORM_DATABASE_URL")
        with _translated():
            async with AsyncSession(self.platform_engine, expire_on_commit=False) as session:
                yield Platform(session)
                if not keeps_nothing.get():
                    await session.commit()

    @asynccontextmanager
    async def unscoped_reading(self) -> AsyncIterator[AsyncSession]:
        """Open a session of no bank; it may only call the directory's functions."""
        with _translated():
            async with self._sessions(info={"rings": []}) as session:
                yield session

    async def listen(
        self, channel: str, heard: Callable[[str], None], *, ready: Callable[[], None]
    ) -> None:
        """Call `heard` with each payload that is notified on `channel`, until cancelled.

        `ready` is called once listening has begun. A connection of its own, outside the pool;
        returns or raises (OSError, asyncpg's errors) when it is lost.
        """
        _, how = self.engine.dialect.create_connect_args(self.engine.url)  # a socket's too
        connection = await asyncpg.connect(**how, timeout=10)
        lost = asyncio.Event()
        try:
            connection.add_termination_listener(lambda _connection: lost.set())
            await connection.add_listener(channel, lambda *said: heard(str(said[3])))
            ready()
            while not lost.is_set():
                with contextlib.suppress(TimeoutError):
                    await asyncio.wait_for(lost.wait(), LISTEN_CHECK_SECONDS)
                if not lost.is_set():  # a cable that was pulled tells nobody
                    await connection.fetchval("select 1", timeout=5)
        finally:
            with contextlib.suppress(OSError, TimeoutError, asyncpg.PostgresError):
                await connection.close(timeout=2)

    async def check_role(self) -> None:
        """Refuse to serve as a role that row-level security does not bind (reliability T3).

        Raises:
            Unavailable: the app role is superuser, BYPASSRLS, or owns a tenant table.
        """
        async with self.engine.connect() as connection:
            row = (await connection.execute(text(_ROLE_CHECK))).one()
        if row.rolsuper or row.rolbypassrls or row.inherits or row.owned:
            raise Unavailable(
                f"应用的数据库角色 {row.role} 权限过大（超级用户、可绕过行级安全或是表的所有者），"
                "为保护各行数据拒绝启动；请改用 contenthub_app 角色"
            )

    async def close(self) -> None:
        """Give the connections back."""
        await self.engine.dispose()
        if self.platform_engine is not None:
            await self.platform_engine.dispose()


async def clock(db: AsyncSession) -> datetime:
    """Return this instant by PostgreSQL's clock, the only one that leases are set and judged by.

    Two hosts whose clocks differ would take each other's work (reliability Q8). Ask after the
    row is locked: the answer is the instant of the question, not of the transaction's start.
    """
    found: datetime = (await db.execute(select(func.clock_timestamp()))).scalar_one()
    return found


@asynccontextmanager
async def savepoint(db: AsyncSession) -> AsyncIterator[None]:
    """Run a part of a transaction that may fail without taking the rest with it."""
    async with db.begin_nested():
        yield


_ROLE_CHECK = """
select current_user::text as role, r.rolsuper, r.rolbypassrls,
  exists (select 1 from pg_roles b where (b.rolsuper or b.rolbypassrls)
          and b.oid <> r.oid and pg_has_role(r.oid, b.oid, 'MEMBER')) as inherits,
  exists (select 1 from pg_class c join pg_attribute a on a.attrelid = c.oid
          where a.attname = 'tenant_id' and c.relkind in ('r', 'p')
          and pg_has_role(r.oid, c.relowner, 'MEMBER')) as owned
from pg_roles r where r.rolname = current_user
"""


class _translated:  # reads as a phrase: `with _translated():`
    """Turn what PostgreSQL refuses into errors of the tree."""

    def __enter__(self) -> None:
        return None

    def __exit__(self, _kind: object, error: BaseException | None, _trace: object) -> None:
        if error is not None and (known := translate(error)) is not None:
            raise known from error


_CONFLICTS = {
    "23505": "已经有相同的记录",
    "23503": "关联的记录不存在或仍被使用",
    "40001": "",
    "40P01": "",
    "55P03": "",  # lock_timeout: somebody works on the same rows
}
_SLOW = "数据库太忙，这次查询超时，没有保存任何改动；请稍后再试或缩小范围"
_AWAY = "数据库正在重启或连接中断，请稍后重试；本次操作没有保存"
_BUSY = "同时使用的人太多，数据库连接暂时不够；请稍等几秒再试，本次操作没有保存"
_LOST = ("08", "57P0", "53300")


def translate(error: BaseException) -> ContentHubError | None:
    """Return the error of the tree that a database failure means, or None if it is a bug."""
    if isinstance(error, ContentHubError):
        return None
    if isinstance(error, NoConnectionFree):
        return Unavailable(_BUSY)
    if isinstance(error, OSError | asyncio.TimeoutError):
        return Unavailable(_AWAY) if _is_connection(error) else None
    if not isinstance(error, DBAPIError):
        return None
    state = str(getattr(error.orig, "sqlstate", "") or "")
    if state.startswith("CH"):
        # Raised by our own triggers with a Chinese message (migrations).
        return Conflict(str(error.orig).split(": ", 1)[-1].splitlines()[0])
    if error.connection_invalidated or state.startswith(_LOST):
        return Unavailable(_AWAY)
    return _by_state(state)


def _by_state(state: str) -> ContentHubError | None:
    if state in _CONFLICTS:
        return Conflict(_CONFLICTS[state])
    if state == "42501":
        return NotFound()
    if state == "53100":
        return Unavailable("磁盘已满，本次没有保存；清理空间后重试即可，已有数据不受影响")
    if state == "57014":  # statement_timeout
        return Unavailable(_SLOW)
    if state == "22021":
        # A NUL that came in a file; web/hygiene.py stops those of fields by name.
        return Invalid("内容里有不能保存的字符（空字符 NUL），请删去后重试")
    return None


def _is_connection(error: BaseException) -> bool:
    return isinstance(error, ConnectionError | asyncio.TimeoutError) or (
        "connect" in str(error).lower()
    )
