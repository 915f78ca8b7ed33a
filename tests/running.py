"""A whole `contenthub up` in a process of its own, to be used, killed and started again."""

import fcntl
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from contenthub import engines_host as host
from contenthub.engines_postgres import running_postgres

PATIENCE_SECONDS = 600
"""Longer than a first start takes with a tenth of a processor: a wait is no measurement."""
SETTINGS_PREFIX = "CONTENTHUB_"
ENGINES = ("engine/postgres/postmaster.pid", "engine/valkey/valkey.pid")
NAMES_PROCESSES = ("run/children.json", *ENGINES)


def free_port() -> int:
    """Return a TCP port nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def clean_environment() -> dict[str, str]:
    """Return our environment without anything that would steer contenthub or pytest."""
    kept = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith((SETTINGS_PREFIX, "PYTEST_", "COV_", "PYTHONDONTWRITE"))
    }
    return {**kept, "PYTHONUTF8": "1"}


def forget_data(kept: Path) -> None:
    """Take away what `start_like` kept; who comes later makes it anew."""
    with kept.with_suffix(".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        shutil.rmtree(kept, ignore_errors=True)


def copy_data(source: Path, target: Path) -> None:
    """Copy a data directory that nobody uses, owners and modes included."""
    subprocess.run(["cp", "-a", str(source), str(target)], check=True)


def _family(pid: int) -> list[int]:
    """Return a process and all that it and its children started, itself first."""
    found = [pid]
    for one in found:
        with suppress(OSError):
            tasks = Path(f"/proc/{one}/task").glob("*/children")
            found += [int(child) for task in tasks for child in task.read_text().split()]
    return found


class RunningHub:
    """One `contenthub up` on a directory of its own; everybody may pass through the directory.

    `options` are of the command, `settings` of the environment (`lease_seconds="8"`).
    """

    def __init__(self, *options: str, **settings: str) -> None:
        self.home = Path(tempfile.mkdtemp(prefix="ch-hub-"))
        self.home.chmod(0o755)  # the engines' own account must pass through
        self.data = self.home / "data"
        self.log = self.home / "up.log"
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.options = options
        self.environment = clean_environment() | {
            SETTINGS_PREFIX + name.upper(): value for name, value in settings.items()
        }
        self.process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start it and wait until it says that it is ready."""
        command = [sys.executable, "-m", "contenthub", "up", *self.options]
        command += ["--data", str(self.data), "--port", str(self.port)]
        with self.log.open("wb") as log:
            self.process = subprocess.Popen(
                command, stdout=log, stderr=log, env=self.environment, start_new_session=True
            )
        end = time.monotonic() + PATIENCE_SECONDS
        while "已就绪" not in self.said():
            assert self.process.poll() is None, self.said()
            assert time.monotonic() < end, self.said()
            time.sleep(0.1)

    def start_like(self, kept: Path) -> None:
        """Start on a copy of the data in `kept`, made by a first start when there are none.

        Several processes may ask at once: one makes the data, the others wait and copy them.
        """
        with kept.with_suffix(".lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            if kept.exists():
                copy_data(kept, self.data)
                self.start()
                return
            self.start()
            # As a power cut would leave it, which a start survives: none is stopped for it.
            with self._held_still():
                copy_data(self.data, kept)
            # What names our processes, which go on, is not the copy's.
            for named in NAMES_PROCESSES:
                (kept / named).unlink()

    @contextmanager
    def _held_still(self) -> Iterator[None]:
        assert self.process is not None
        held: list[int] = []
        try:
            while fresh := [pid for pid in _family(self.process.pid) if pid not in held]:
                for pid in fresh:
                    with suppress(ProcessLookupError):
                        os.kill(pid, signal.SIGSTOP)
                held += fresh
            yield
        finally:
            for pid in held:
                with suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGCONT)

    def said(self) -> str:
        """Return what it printed."""
        return self.log.read_text("utf-8")

    def accounts(self) -> list[dict[str, Any]]:
        """Return the demo's log-ins."""
        found: list[dict[str, Any]] = json.loads(
            (self.data / "demo-accounts.json").read_text("utf-8")
        )
        # The file names the port of the first start; these data may be a copy.
        for account in found:
            account["url"] = self.url + account["url"][account["url"].index("/", 8) :]
        return found

    def account(self, login: str, *, bank: str = "qingyuan") -> dict[str, Any]:
        """Return one of the demo's log-ins."""
        return next(a for a in self.accounts() if (a["bank"], a["login"]) == (bank, login))

    def children(self) -> dict[int, str]:
        """Return web, workers and sandbox: process id and command line."""
        found = {}
        mine = f"CONTENTHUB_DATA_DIR={self.data}".encode()
        for entry in Path("/proc").iterdir():
            if not entry.name.isdigit():
                continue
            with suppress(OSError):
                if mine in (entry / "environ").read_bytes().split(b"\0"):
                    found[int(entry.name)] = host.command_of(int(entry.name))
        return {pid: command for pid, command in found.items() if "contenthub" in command}

    def engines(self) -> dict[int, str]:
        """Return the database's and the cache's first process."""
        found = {}
        for name in ENGINES:
            with suppress(OSError, ValueError, IndexError):
                pid = int((self.data / name).read_text().split()[0])
                if host.command_of(pid):
                    found[pid] = name.removeprefix("engine/")
        return found

    def kill_everything(self) -> int:
        """`kill -9` of supervisor, web, workers, sandbox, database and cache; return how many."""
        assert self.process is not None
        # The supervisor first: it must not start again what dies.
        pids = [self.process.pid, *self.children(), *self.engines()]
        for pid in pids:
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        self.process.wait()
        return len(pids)

    def end(self) -> None:
        """End it, cleanly when it still lives."""
        if self.process is not None and self.process.poll() is None:
            self.process.terminate()
            with suppress(subprocess.TimeoutExpired):
                self.process.wait(30)

    def stop(self) -> None:
        """End it and take its directory away."""
        self.end()
        for pid in [*self.children(), *self.engines()]:
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        shutil.rmtree(self.home, ignore_errors=True)

    def owner_url(self) -> str:
        """Return the schema owner's database URL, as asyncpg takes it."""
        postgres = running_postgres(self.data)
        assert postgres is not None
        return postgres.owner_url.replace("+asyncpg", "", 1)

    def sandbox_url(self) -> str:
        """Return the address of the stand-in for WeCom."""
        ports = json.loads((self.data / "engine" / "ports.json").read_text("utf-8"))
        return f"http://127.0.0.1:{ports['sandbox']}"

    def sandbox(self, path: str, **options: Any) -> dict[str, Any]:
        """Ask the sandbox; with `options`, change them."""
        body = json.dumps(options).encode() if options else None
        request = urllib.request.Request(
            self.sandbox_url() + path, data=body, headers={"content-type": "application/json"}
        )
        with urllib.request.urlopen(request, timeout=10) as answer:
            return dict(json.load(answer))
