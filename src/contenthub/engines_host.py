"""The machine beneath the embedded engines: account, places, ports, locks, processes."""

import contextlib
import fcntl
import hashlib
import json
import os
import pwd
import secrets
import shutil
import signal
import socket
import stat
import subprocess
import sys
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

from contenthub.errors import Conflict, Unavailable

Progress = Callable[[str], None]
"""Takes one Chinese line for the terminal."""

STATE_DIR = Path("/var/lib/contenthub")
"""Where root's engines live when their account cannot enter the data directory."""

LOG_KEEP_BYTES = 20 * 1024 * 1024


class EngineFailed(Unavailable):
    """An embedded engine could not be started; the detail carries its own last words."""

    code = "engine_failed"
    title = "内嵌的数据库或缓存没有启动成功"


class AlreadyRunning(Conflict):
    """Another process holds the lock of this data directory."""

    code = "already_running"
    title = "这个数据目录正在被另一个进程使用"


def silent(_line: str) -> None:
    """Swallow a progress line."""


@dataclass(frozen=True, slots=True)
class Account:
    """The unprivileged account engines run under when we are root."""

    name: str
    uid: int
    gid: int


def service_account(existing: Path) -> Account | None:
    """Return the account for an engine, or None to stay who we are (not root).

    An engine that already has files at `existing` keeps the account that owns them, so
    that installing another package later never changes hands.

    Raises:
        EngineFailed: root has no account to drop to.
    """
    if os.geteuid() != 0:
        return None
    if existing.exists() and (owner := existing.stat().st_uid) != 0:
        return _account(pwd.getpwuid(owner).pw_name)
    for name in ("contenthub", "postgres", "nobody"):
        with contextlib.suppress(KeyError):
            return _account(name)
    raise EngineFailed(
        "没有可用的系统账号（contenthub、postgres、nobody），请先执行 useradd -r contenthub"
    )


def _account(name: str) -> Account:
    entry = pwd.getpwnam(name)
    return Account(name, entry.pw_uid, entry.pw_gid)


def spawn_options(account: Account | None) -> dict[str, Any]:
    """Return keyword arguments of subprocess that run a program as `account`, plainly."""
    env = {k: v for k, v in os.environ.items() if k in ("PATH", "LD_LIBRARY_PATH", "TMPDIR")}
    options: dict[str, Any] = {"cwd": "/", "env": env | {"LC_ALL": "C"}}
    if account is not None:
        options |= {"user": account.uid, "group": account.gid, "extra_groups": []}
    return options


def runs(program: Path, account: Account | None) -> bool:
    """Return whether `account` can really execute `program` (all directories, all libraries)."""
    try:
        done = subprocess.run(
            [program, "--version"], capture_output=True, timeout=20, **spawn_options(account)
        )
    except (OSError, subprocess.SubprocessError):
        return False
    return done.returncode == 0


def runnable_copy(parts: Iterable[Path], progress: Progress) -> Path:
    """Copy `parts` side by side to a place every account can enter; return that directory.

    The originals and their parent directories are left as they are: a chmod there would
    open somebody's home. A finished copy is used again.
    """
    sources = [p for p in parts if p.exists()]
    stamp = "|".join(f"{p}:{p.stat().st_mtime_ns}" for p in sources)
    name = hashlib.sha256(stamp.encode()).hexdigest()[:16]
    target = STATE_DIR / "bin" / name
    if target.exists():
        return target
    progress(f"运行账号进不了安装目录，把数据库程序复制到 {target}")
    fresh = target.with_name(f"{name}.{os.getpid()}.new")
    make_dir(STATE_DIR, 0o755)
    make_dir(STATE_DIR / "bin", 0o755)
    for source in sources:
        shutil.copytree(source, fresh / source.name, symlinks=True)
    for path in (fresh, *fresh.rglob("*")):
        if not path.is_symlink():
            path.chmod(0o755 if path.is_dir() or path.stat().st_mode & 0o100 else 0o644)
    with contextlib.suppress(OSError):  # another starter was faster: its copy is as good
        fresh.rename(target)
    shutil.rmtree(fresh, ignore_errors=True)
    return target


def make_dir(path: Path, mode: int) -> None:
    """Create `path` with exactly `mode`; an existing directory is not touched.

    Raises:
        EngineFailed: the directory cannot be made (permission, disk full, a file is there).
    """
    if path.is_dir():
        return
    try:
        path.mkdir(parents=True, exist_ok=True)
        path.chmod(mode)
    except OSError as error:
        raise EngineFailed(f"不能创建目录 {path}：{error.strerror}") from error


def engine_dir(data_dir: Path) -> Path:
    """Return DIR/engine, made when absent; accounts may pass through it but not list it."""
    data_dir = data_dir.absolute()
    make_dir(data_dir, 0o711)
    make_dir(data_dir / "engine", 0o711)
    return data_dir / "engine"


def place(engine: Path, name: str, account: Account | None, progress: Progress) -> Path:
    """Return where the engine `name` keeps its files; the directory's parent exists.

    Normally DIR/engine/NAME. When root's DIR lies below a directory the account cannot
    enter (say /root), the files live below STATE_DIR and DIR/engine/NAME.place points there.
    """
    pointer, here = engine / f"{name}.place", engine / name
    if pointer.exists():
        return Path(pointer.read_text(encoding="utf-8").strip())
    if account is None or _enters(engine, account):
        return here
    if here.exists():
        raise EngineFailed(
            f"账号 {account.name} 进不了 {engine}，数据库文件却在里面；"
            "请把数据目录移到它能进入的位置（例如 /srv/contenthub）"
        )
    home = STATE_DIR / f"data-{secrets.token_hex(6)}"
    make_dir(STATE_DIR, 0o755)
    make_dir(home, 0o711)
    write_private(pointer, str(home / name) + "\n")
    progress(f"账号 {account.name} 进不了 {engine}，{name} 的文件放在 {home / name}")
    return home / name


def _enters(path: Path, account: Account) -> bool:
    probe = ["/bin/sh", "-c", 'test -x "$1"', "sh", str(path)]
    return subprocess.run(probe, **spawn_options(account)).returncode == 0


def own(path: Path, account: Account | None) -> None:
    """Give `path` to the account (nothing to do when we stay who we are)."""
    if account is not None:
        os.chown(path, account.uid, account.gid, follow_symlinks=False)


def write_private(path: Path, text: str) -> None:
    """Write a file only its owner can read, whole or not at all."""
    fresh = path.with_name(f".{path.name}.{os.getpid()}")
    fresh.unlink(missing_ok=True)
    # O_EXCL: the directory may belong to the engine's account, whose links root never follows.
    descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    fresh.replace(path)


def engine_secrets(engine: Path, names: Iterable[str]) -> dict[str, str]:
    """Return random passwords by name from DIR/engine/secrets.json, making missing ones."""
    path = engine / "secrets.json"
    kept: dict[str, str] = json.loads(path.read_text("utf-8")) if path.exists() else {}
    missing = [name for name in names if name not in kept]
    if missing:
        kept |= {name: secrets.token_hex(24) for name in missing}
        write_private(path, json.dumps(kept, indent=1) + "\n")
    return kept


def port_for(engine: Path, name: str) -> int:
    """Return the port remembered for `name` if it is free, else a free one, remembered."""
    path = engine / "ports.json"
    kept: dict[str, int] = json.loads(path.read_text("utf-8")) if path.exists() else {}
    if (known := kept.get(name)) is not None and port_is_free(known):
        return known
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        kept[name] = int(probe.getsockname()[1])
    write_private(path, json.dumps(kept) + "\n")
    return kept[name]


def port_is_free(port: int, host: str = "127.0.0.1") -> bool:
    """Return whether a server could listen on `host:port` now."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError:
            return False
    return True


def _short_path(data: Path) -> Path:
    name = hashlib.sha256(str(data).encode()).hexdigest()[:12]
    return Path("/tmp") / f"ch-{name}"  # noqa: S108  # owner and mode are checked by short_dir


def short_dir(data: Path, account: Account | None) -> Path:
    """Return a private directory with a short path for unix sockets (limit 107 bytes).

    Raises:
        EngineFailed: somebody else made a directory of that name.
    """
    uid, path = account.uid if account else os.geteuid(), _short_path(data)
    with contextlib.suppress(FileExistsError):
        path.mkdir(mode=0o700)
        own(path, account)
    found = path.lstat()
    if found.st_uid != uid or not stat.S_ISDIR(found.st_mode) or found.st_mode & 0o077:
        raise EngineFailed(f"{path} 不是本系统建立的目录，请删除它后再启动")
    return path


def drop_short_dir(data: Path) -> None:
    """Remove the socket directory of a stopped engine."""
    with contextlib.suppress(OSError):
        _short_path(data).rmdir()


class Lock:
    """An flock held until `release`; the file names the holder's process id."""

    def __init__(self, path: Path, what: str) -> None:
        self._file: IO[str] = path.open("a+", encoding="utf-8")
        try:
            fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            self._file.seek(0)
            holder = self._file.read().strip() or "未知"
            self._file.close()
            raise AlreadyRunning(
                f"{what}正在被另一个进程使用（进程号 {holder}）；"
                "请先停止它，或用 --data 换一个数据目录"
            ) from error
        self._file.truncate(0)
        self._file.write(str(os.getpid()))
        self._file.flush()

    def release(self) -> None:
        """Give the lock back; a second call does nothing."""
        self._file.close()


def command_of(pid: int) -> str:
    """Return the command line of a living process, "" when it is gone or a zombie."""
    if sys.platform == "linux":
        try:
            state = Path(f"/proc/{pid}/stat").read_text("utf-8", "replace").rsplit(")", 1)[1]
            line = Path(f"/proc/{pid}/cmdline").read_bytes()
        except (OSError, IndexError):
            return ""
        text = line.replace(b"\0", b" ").decode("utf-8", "replace").strip()
        return "" if state.split()[0] in "ZX" else text or "?"
    shown = subprocess.run(
        ["/bin/ps", "-ww", "-o", "command=", "-p", str(pid)], capture_output=True, text=True
    )
    return shown.stdout.strip()


def born(pid: int) -> str:
    """Return when a process started, in the system's own words; "" when it is gone.

    Together with the pid this names one process for ever: pids are used again.
    """
    if sys.platform == "linux":
        try:
            stat = Path(f"/proc/{pid}/stat").read_text("utf-8", "replace")
            return stat.rsplit(")", 1)[1].split()[19]
        except (OSError, IndexError):
            return ""
    listed = subprocess.run(
        ["/bin/ps", "-o", "lstart=", "-p", str(pid)], capture_output=True, text=True
    )
    return listed.stdout.strip()


def stop_process(pid: int, steps: Iterable[tuple[signal.Signals, float]]) -> None:
    """Send each signal in turn and wait its seconds, until the process is gone."""
    for number, patience_seconds in steps:
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, number)
        until = time.monotonic() + patience_seconds
        while time.monotonic() < until:
            with contextlib.suppress(ChildProcessError):
                os.waitpid(pid, os.WNOHANG)
            if not command_of(pid):
                return
            time.sleep(0.02)


def open_log(path: Path) -> IO[bytes]:
    """Open an engine's log for appending; a log grown too long is set aside first."""
    if path.exists() and path.stat().st_size > LOG_KEEP_BYTES:
        path.replace(path.with_suffix(".log.1"))
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    return os.fdopen(descriptor, "ab", buffering=0)


def last_lines(path: Path, count: int = 8) -> str:
    """Return the end of a log for an error message."""
    try:
        lines = path.read_bytes()[-4096:].decode("utf-8", "replace").splitlines()
    except OSError:
        return ""
    return "\n".join(lines[-count:])
