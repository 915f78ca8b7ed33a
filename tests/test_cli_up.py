"""`contenthub up` as a user meets it: started, killed, started again, stopped."""

import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import suppress
from functools import partial
from pathlib import Path

import pytest

from contenthub import engines_host as host
from contenthub.cli_children import Child, Children

pytestmark = pytest.mark.slow
PATIENCE_SECONDS = 90


def _until(true: Callable[[], object], what: str) -> None:
    end = time.monotonic() + PATIENCE_SECONDS
    while not true():
        assert time.monotonic() < end, f"waited in vain for: {what}"
        time.sleep(0.05)


class Up:
    """One `contenthub up` on a directory of its own."""

    def __init__(self, home: Path) -> None:
        self.data = home / "数据"
        self.log = home / "up.log"
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = probe.getsockname()[1]
        self.process: subprocess.Popen[bytes] | None = None

    def start(self) -> "subprocess.Popen[bytes]":
        command = [sys.executable, "-m", "contenthub", "up", "--data", str(self.data)]
        with self.log.open("wb") as log:
            self.process = subprocess.Popen(
                [*command, "--port", str(self.port), "--workers", "1"],
                stdout=log,
                stderr=log,
                env={**os.environ, "PYTHONUTF8": "1"},
            )
        return self.process

    def start_ready(self) -> "subprocess.Popen[bytes]":
        process = self.start()
        _until(lambda: "已就绪" in self.said() or process.poll() is not None, "ready")
        assert process.poll() is None, self.said()
        return process

    def running(self) -> "subprocess.Popen[bytes]":
        """Return the process that an earlier test left running, or a new one."""
        is_there = self.process is not None and self.process.poll() is None
        return self.process if self.process and is_there else self.start_ready()

    def said(self) -> str:
        return self.log.read_text("utf-8")

    def has_said(self, words: str) -> bool:
        return words in self.said()

    def status(self) -> int:
        with suppress(OSError, urllib.error.URLError):
            url = f"http://127.0.0.1:{self.port}/readyz"
            with urllib.request.urlopen(url, timeout=5) as answer:
                return int(answer.status)
        return 0

    def pids(self) -> dict[str, int]:
        """Return every process of the directory by name."""
        found = {}
        for entry in Path("/proc").iterdir():
            if entry.name.isdigit() and (command := host.command_of(int(entry.name))):
                environ = b""
                with suppress(OSError):
                    environ = (entry / "environ").read_bytes()
                if f"CONTENTHUB_DATA_DIR={self.data}".encode() in environ.split(b"\0"):
                    found[command.split()[-1]] = int(entry.name)
        for name in ("postgres/postmaster.pid", "valkey/valkey.pid"):
            with suppress(OSError):
                pid = int((self.data / "engine" / name).read_text().split()[0])
                if host.command_of(pid):
                    found[name] = pid
        return found

    def stop(self, number: signal.Signals = signal.SIGTERM) -> int:
        assert self.process is not None
        self.process.send_signal(number)
        return self.process.wait(PATIENCE_SECONDS)


@pytest.fixture(scope="module")
def up() -> Iterator[Up]:
    home = Path(tempfile.mkdtemp(prefix="ch-up-"))
    home.chmod(0o711)
    running = Up(home)
    yield running
    if running.process is not None and running.process.poll() is None:
        running.stop()
    for pid in running.pids().values():
        os.kill(pid, signal.SIGKILL)
    shutil.rmtree(home, ignore_errors=True)


@pytest.mark.skipif(sys.platform != "linux", reason="finds processes through /proc")
def test_a_start_without_banks_prints_a_link_that_opens_the_first_one(up: Up) -> None:
    up.start_ready()
    link = re.search(r"http://127\.0\.0\.1:\d+/setup\?token=[\w-]{43}", up.said())
    assert link
    with urllib.request.urlopen(link[0], timeout=10) as answer:
        assert 'name="admin_name"' in answer.read().decode()
    with urllib.request.urlopen(link[0][:-1] + "!", timeout=10) as answer:
        assert 'name="admin_name"' not in answer.read().decode()


def test_a_day_of_accidents(up: Up) -> None:
    process = up.running()
    first = up.pids()
    assert set(first) == {"web", "worker", "postgres/postmaster.pid", "valkey/valkey.pid"}
    _until(lambda: up.status() == 200, "a good answer")

    # A dead web and a dead worker are started again.
    for name in ("web", "worker"):
        os.kill(first[name], signal.SIGKILL)
    _until(lambda: up.status() == 200 and "worker" in up.pids(), "web and worker again")
    assert up.pids()["web"] != first["web"]

    # A dead engine is started again on its port, and the terminal says so.
    ports = (up.data / "engine" / "ports.json").read_text()
    for name, word in (("valkey/valkey.pid", "缓存"), ("postgres/postmaster.pid", "数据库")):
        os.kill(first[name], signal.SIGKILL)
        _until(partial(up.has_said, f"{word}已恢复"), f"{name} again")
        _until(lambda: up.status() == 200, f"ready after {name} died")
        assert f"{word}意外停止，正在恢复 …" in up.said()
    assert (up.data / "engine" / "ports.json").read_text() == ports
    first |= up.pids()

    # A killed supervisor takes its children along; the engines stay and are adopted.
    process.kill()
    process.wait()
    _until(lambda: not {"web", "worker"} & set(up.pids()), "children gone")
    process = up.start_ready()
    assert "接管" in up.said()
    assert up.pids()["postgres/postmaster.pid"] == first["postgres/postmaster.pid"]

    # Everything killed at once: the next start recovers.
    process.kill()
    for pid in up.pids().values():
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
    process.wait()
    process = up.start_ready()
    _until(lambda: up.status() == 200, "a good answer")

    # A second `up` on the same directory is refused and disturbs nothing.
    refused = subprocess.run(
        [sys.executable, "-m", "contenthub", "up", "--data", str(up.data), "--port", "0"],
        capture_output=True,
        encoding="utf-8",
        env={**os.environ, "PYTHONUTF8": "1"},
    )
    assert refused.returncode == 1
    assert f"进程号 {process.pid}" in refused.stderr
    _until(lambda: up.status() == 200, "a good answer")

    # A clean stop leaves no process behind.
    assert up.stop() == 0
    assert up.pids() == {}


@pytest.mark.skipif(sys.platform != "linux", reason="finds processes through /proc")
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGHUP])
def test_a_signal_while_starting_stops_everything(up: Up, number: signal.Signals) -> None:
    process = up.start()
    _until(lambda: "postgres/postmaster.pid" in up.pids(), "the database")
    process.send_signal(number)
    assert process.wait(PATIENCE_SECONDS) == 0, up.said()
    assert up.pids() == {}


def test_a_busy_port_is_refused_before_anything_starts(up: Up) -> None:
    with socket.socket() as taken:
        taken.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        taken.bind(("127.0.0.1", up.port))
        taken.listen()
        process = up.start()
        assert process.wait(PATIENCE_SECONDS) == 1
    assert "已被占用" in up.said()
    assert "启动数据库" not in up.said()


def test_a_child_that_keeps_dying_waits_longer_each_time(tmp_path: Path) -> None:
    child = Child("broken", ["--no-such-option"], dict(os.environ), tmp_path / "broken.log")
    child.start()
    waits = []
    for _ in range(2):
        assert child.process is not None
        child.process.wait()
        before = time.monotonic()
        assert child.tend() is False
        waits.append(child.again_at - before)
        _until(child.tend, "another start")
    assert child.process is not None
    child.process.wait()
    assert child.deaths == 2
    assert waits[1] > waits[0] * 1.5


def test_orphans_are_stopped_and_strangers_with_their_pids_are_not(tmp_path: Path) -> None:
    code = "import time; 'contenthub'; time.sleep(600)"
    with (
        subprocess.Popen([sys.executable, "-c", code]) as orphan,
        subprocess.Popen([sys.executable, "-c", code]) as stranger,
    ):
        try:
            # A child has its parent's command line, or none, until it is a program of its own.
            pids = (orphan.pid, stranger.pid)
            _until(
                lambda: all("time.sleep" in host.command_of(pid) for pid in pids), "the children"
            )
            known = [(orphan.pid, host.born(orphan.pid)), (stranger.pid, "before the last boot")]
            (tmp_path / "children.json").write_text(json.dumps(known))
            assert Children(tmp_path).stop_orphans() == 1
            assert orphan.poll() is not None
            assert stranger.poll() is None
        finally:  # else a failure would wait for ten minutes of sleep
            orphan.kill()
            stranger.kill()
