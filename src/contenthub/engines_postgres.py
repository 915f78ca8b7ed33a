"""The embedded PostgreSQL server: started, adopted, recovered, stopped."""

import contextlib
import os
import re
import signal
import subprocess
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from contenthub import engines_cluster as cluster
from contenthub import engines_host as host
from contenthub.engines_host import Account, EngineFailed, Progress

DATABASE = "contenthub"
ROLES = ("contenthub_owner", "contenthub_app", "contenthub_platform")
STOP_STEPS = ((signal.SIGINT, 60.0), (signal.SIGQUIT, 30.0))
START_SECONDS = 300  # crash recovery of a big database may take minutes

# Durability is the promise of the product: fsync and synchronous_commit are said aloud so
# that no edited postgresql.conf weakens them. Statements and row values stay out of the
# log, because they carry customers' names and phones.
OPTIONS = {
    "listen_addresses": "127.0.0.1",
    "fsync": "on",
    "synchronous_commit": "on",
    "full_page_writes": "on",
    "max_connections": "200",
    "shared_buffers": "256MB",
    "work_mem": "16MB",
    "maintenance_work_mem": "128MB",
    "max_wal_size": "2GB",
    "checkpoint_timeout": "15min",
    "random_page_cost": "1.1",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "log_min_error_statement": "panic",
    "log_error_verbosity": "terse",
    "log_parameter_max_length_on_error": "0",
    "unix_socket_permissions": "0700",
}

# Run on every start, so that an older data directory gets what a newer release adds.
# Passwords are hexadecimal, hence safe between quotes.
BOOTSTRAP = """
SELECT format('CREATE ROLE %I', name) FROM unnest(ARRAY[
  'contenthub_owner', 'contenthub_app', 'contenthub_platform']) AS name
  WHERE name NOT IN (SELECT rolname FROM pg_roles) \\gexec
ALTER ROLE contenthub_owner LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOBYPASSRLS
  PASSWORD '{contenthub_owner}';
ALTER ROLE contenthub_app LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOBYPASSRLS
  PASSWORD '{contenthub_app}';
ALTER ROLE contenthub_platform LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE BYPASSRLS
  PASSWORD '{contenthub_platform}';
SELECT 'CREATE DATABASE contenthub OWNER contenthub_owner TEMPLATE template0'
  WHERE NOT EXISTS (SELECT FROM pg_database WHERE datname = 'contenthub') \\gexec
REVOKE ALL ON DATABASE contenthub, postgres, template1 FROM PUBLIC;
GRANT CONNECT ON DATABASE contenthub TO contenthub_app, contenthub_platform;
"""


@dataclass(slots=True)
class PostgresEngine:
    """A running embedded PostgreSQL; the superuser's password never leaves this object."""

    port: int
    pid: int
    bin_dir: Path
    pgdata: Path
    _passwords: Mapping[str, str] = field(repr=False)
    _child: "subprocess.Popen[bytes] | None" = field(default=None, repr=False)
    _lock: host.Lock | None = field(default=None, repr=False)

    def url(self, role: str, database: str = DATABASE) -> str:
        """Return the SQLAlchemy URL of one of ROLES on `database`."""
        return (
            f"postgresql+asyncpg://{role}:{self._passwords[role]}@127.0.0.1:{self.port}/{database}"
        )

    @property
    def owner_url(self) -> str:
        """The migrator's URL: owns the database, is no superuser."""
        return self.url("contenthub_owner")

    @property
    def app_url(self) -> str:
        """The application's URL: owns nothing, cannot pass row-level security."""
        return self.url("contenthub_app")

    @property
    def platform_url(self) -> str:
        """The URL for work across banks: passes row-level security, owns nothing."""
        return self.url("contenthub_platform")

    def create_database(self, name: str, *, template: str = "template0") -> None:
        """Create a database owned by contenthub_owner that app and platform may enter.

        For tests (a database cloned from a migrated template) and for restore.
        """
        self.sql(
            f"CREATE DATABASE {_identifier(name)} OWNER contenthub_owner"
            f" TEMPLATE {_identifier(template)};"
            f"REVOKE ALL ON DATABASE {name} FROM PUBLIC;"
            f"GRANT CONNECT ON DATABASE {name} TO contenthub_app, contenthub_platform;"
        )

    def drop_database(self, name: str) -> None:
        """Drop a database, cutting the connections it still has; absent is fine."""
        self.sql(f"DROP DATABASE IF EXISTS {_identifier(name)} WITH (FORCE);")

    def sql(self, script: str, database: str = "postgres") -> str:
        """Run a psql script as the superuser; return unaligned rows without headers.

        Raises:
            EngineFailed: a statement failed; the script stops there.
        """
        done = self.tool(
            ["psql", "-X", "-q", "-A", "-t", "-v", "ON_ERROR_STOP=1", "-d", database, "-f", "-"],
            text=script,
        )
        if done.returncode != 0:
            raise EngineFailed(f"数据库语句没有执行成功：{done.stderr.strip()}")
        return done.stdout

    def tool(self, command: list[str], text: str = "") -> "subprocess.CompletedProcess[str]":
        """Run a PostgreSQL client program (pg_dump, pg_restore, psql) as the superuser."""
        program = self.bin_dir / command[0]
        return subprocess.run(
            [program, *command[1:]],
            input=text,
            capture_output=True,
            encoding="utf-8",
            env=self.client_environment(),
        )

    def client_environment(self) -> dict[str, str]:
        """Return the environment in which libpq's programs reach the server as the superuser.

        Only for programs of this package's operator commands (backup, restore).
        """
        return os.environ | {
            "PGHOST": "127.0.0.1",
            "PGPORT": str(self.port),
            "PGUSER": "postgres",
            "PGPASSWORD": self._passwords["postgres"],
            "PGCLIENTENCODING": "UTF8",
            "LC_ALL": "C",
        }

    def alive(self) -> bool:
        """Return whether the server process still runs."""
        if self._child is not None:
            return self._child.poll() is None
        return "postgres" in host.command_of(self.pid)

    def stop(self) -> None:
        """Stop the server (fast: sessions are cut, everything committed is kept).

        An engine that was only attached to (`running_postgres`) is left running.
        """
        if self._lock is None:
            return
        if self.alive():  # a dead server's pid may be a stranger's by now
            host.stop_process(self.pid, STOP_STEPS)
        if self._child is not None:
            self._child.wait()
        host.drop_short_dir(self.pgdata)
        self._lock.release()
        self._lock = None


def _identifier(name: str) -> str:
    if not re.fullmatch(r"[a-z_][a-z0-9_]{0,62}", name):
        raise ValueError(f"not a plain database name: {name!r}")
    return name


def start_postgres(
    data_dir: Path, *, progress: Progress = host.silent, bin_dir: str = "", port: int = 0
) -> PostgresEngine:
    """Start (or adopt, or recover) the PostgreSQL of `data_dir`, ready for connections.

    The three roles and the database `contenthub` exist afterwards. Blocks; the first
    start takes about a second. `bin_dir` is the setting CONTENTHUB_POSTGRES_BIN. With a
    `port` the server listens there or not at all; 0 takes the remembered or a free one.

    Raises:
        AlreadyRunning: another process started this directory's engine and still lives.
        EngineFailed: no binaries, another major version's files, or the server died.
    """
    engine = host.engine_dir(data_dir)
    lock = host.Lock(engine / "postgres.lock", "数据库")
    try:
        started = _start(engine, bin_dir, progress, port=port)
    except BaseException:
        lock.release()
        raise
    started._lock = lock
    try:
        started.sql(BOOTSTRAP.format(**started._passwords))
    except BaseException:
        started.stop()
        raise
    return started


def has_postgres(data_dir: Path) -> bool:
    """Return whether `data_dir` has a database's files; makes nothing."""
    return host.place(data_dir.absolute() / "engine", "postgres", None, host.silent).exists()


def running_postgres(data_dir: Path, *, bin_dir: str = "") -> PostgresEngine | None:
    """Attach to the server another process runs for `data_dir`; None when there is none.

    For commands used beside `contenthub up`; `stop()` of the answer does nothing.
    """
    engine = data_dir.absolute() / "engine"
    if not (engine / "secrets.json").exists():
        return None
    pgdata = host.place(engine, "postgres", None, host.silent)
    return _attach(engine, pgdata, cluster.find_binaries(bin_dir))


def stop_stray_postgres(data_dir: Path) -> None:
    """Stop the server of `data_dir` if it runs and no process holds it."""
    engine = data_dir.absolute() / "engine"
    with contextlib.suppress(host.AlreadyRunning, FileNotFoundError):
        lock = host.Lock(engine / "postgres.lock", "数据库")
        pid, _port = _postmaster(host.place(engine, "postgres", None, host.silent))
        if pid:
            host.stop_process(pid, STOP_STEPS)
        lock.release()


def _attach(engine: Path, pgdata: Path, binaries: Path) -> PostgresEngine | None:
    pid, port = _postmaster(pgdata)
    if not pid:
        return None
    passwords = host.engine_secrets(engine, ("postgres", *ROLES))
    found = PostgresEngine(port, pid, binaries, pgdata, passwords)
    try:
        return found if found.sql("SELECT 1;").strip() == "1" else None
    except EngineFailed:
        return None


def _postmaster(pgdata: Path) -> tuple[int, int]:
    """Return (pid, port) of the live server of these files, (0, 0) when there is none."""
    try:
        lines = (pgdata / "postmaster.pid").read_text("utf-8").splitlines()
        pid, port = int(lines[0]), int(lines[3])
    except (OSError, ValueError, IndexError):
        return 0, 0
    command = host.command_of(pid)
    return (pid, port) if "postgres" in command and str(pgdata) in command else (0, 0)


def _start(engine: Path, setting: str, progress: Progress, *, port: int) -> PostgresEngine:
    account = host.service_account(host.place(engine, "postgres", None, host.silent))
    pgdata = host.place(engine, "postgres", account, progress)
    binaries = cluster.find_binaries(setting)
    server_bin = cluster.executable_by(account, binaries, progress)
    passwords = host.engine_secrets(engine, ("postgres", *ROLES))
    if not (pgdata / "PG_VERSION").exists():
        progress("首次启动：初始化数据库")
        cluster.initialise(pgdata, server_bin, account=account, password=passwords["postgres"])
    cluster.same_major(pgdata, server_bin)
    if (adopted := _await_previous(engine, pgdata, binaries)) is not None:
        progress("接管上次未正常退出、仍在运行的数据库")
        return adopted
    return _launch(engine, pgdata, server_bin, account=account, passwords=passwords, port=port)


def _await_previous(engine: Path, pgdata: Path, binaries: Path) -> PostgresEngine | None:
    """Adopt a server left by a killed supervisor, or wait until a dying one is gone."""
    until = time.monotonic() + START_SECONDS
    while _postmaster(pgdata)[0] and time.monotonic() < until:
        if (found := _attach(engine, pgdata, binaries)) is not None:
            return found
        time.sleep(0.2)  # it is recovering or stopping
    # The holder of the lock is us, so a pid file here is a dead server's; its number may
    # belong to a stranger by now (a container started again), which PostgreSQL would believe.
    with contextlib.suppress(FileNotFoundError):
        (pgdata / "postmaster.pid").unlink()
    return None


def _launch(
    engine: Path,
    pgdata: Path,
    binaries: Path,
    *,
    account: Account | None,
    passwords: dict[str, str],
    port: int,
) -> PostgresEngine:
    """Start the server; orphaned backends of a killed one may hold its memory for a moment."""
    log_path, until = engine / "postgres.log", time.monotonic() + 30
    while True:
        at_port = port or host.port_for(engine, "postgres")
        options = OPTIONS | {"unix_socket_directories": str(host.short_dir(pgdata, account))}
        arguments = [part for k, v in options.items() for part in ("-c", f"{k}={v}")]
        with host.open_log(log_path) as log:
            child = subprocess.Popen(
                [binaries / "postgres", "-D", pgdata, "-p", str(at_port), *arguments],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
                **host.spawn_options(account),
            )
        started = PostgresEngine(at_port, child.pid, binaries, pgdata, passwords, child)
        if _ready(started, child):
            return started
        if time.monotonic() > until:
            tail = host.last_lines(log_path)
            raise EngineFailed(f"数据库没有启动成功，日志 {log_path} 的末尾：\n{tail}")
        time.sleep(0.5)


def _ready(engine: PostgresEngine, child: "subprocess.Popen[bytes]") -> bool:
    until = time.monotonic() + START_SECONDS
    probe = [str(engine.bin_dir / "pg_isready"), "-q", "-h", "127.0.0.1", "-p", str(engine.port)]
    try:
        while child.poll() is None and time.monotonic() < until:
            if subprocess.run(probe).returncode == 0 and child.poll() is None:
                return True
            time.sleep(0.03)
    except BaseException:
        child.send_signal(signal.SIGINT)
        child.wait()
        raise
    return False
