"""The processes `up` looks after: started, restarted when they die, never left behind."""

import contextlib
import ctypes
import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from contenthub import engines_host as host
from contenthub.engines import Engines
from contenthub.errors import ContentHubError
from contenthub.storage import is_full

PARENT = "CONTENTHUB_PARENT_PID"
HELD = "CONTENTHUB_HELD"
"""Set for a child that loads its code before there are settings: they come on its input."""
STOP_STEPS = ((signal.SIGTERM, 8.0), (signal.SIGKILL, 5.0))
UP_GRACE_SECONDS = 1
FIRST_WAIT_SECONDS, LONGEST_WAIT_SECONDS, HEALTHY_SECONDS = 0.5, 30.0, 60.0
SANDBOX = "sandbox"
ENGINE_WORDS = {"postgres": "数据库", "valkey": "缓存"}
LOG_BYTES = 50 * 1024 * 1024


@dataclass(slots=True)
class Child:
    """One process of ours and how it fares."""

    name: str
    arguments: list[str]
    env: Mapping[str, str] = field(repr=False)
    log_path: Path
    process: "subprocess.Popen[bytes] | None" = None
    deaths: int = 0
    started_at: float = 0.0
    again_at: float = 0.0

    def start(self) -> None:
        """Run it in a session of its own: Ctrl-C reaches the supervisor alone."""
        self._run(self.env, stdin=subprocess.DEVNULL)

    def hold(self) -> None:
        """Start it without settings: it loads its code and waits for `release`."""
        self._run({**self.env, HELD: "1"}, stdin=subprocess.PIPE)

    def release(self, env: Mapping[str, str]) -> None:
        """Let a held child begin with `env`; one that died meanwhile is started by `tend`."""
        self.env = env
        if self.process is not None and self.process.stdin is not None:
            with contextlib.suppress(OSError), self.process.stdin as told:
                told.write(json.dumps(dict(env)).encode() + b"\n")

    def _run(self, env: Mapping[str, str], *, stdin: int) -> None:
        self.started_at = time.monotonic()
        with host.open_log(self.log_path) as log:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "contenthub", *self.arguments],
                env={**env, PARENT: str(os.getpid())},
                stdin=stdin,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )

    def tend(self) -> bool:
        """Start it again when it died and its wait is over; return whether it was started."""
        now = time.monotonic()
        if self.process is not None:
            if self.process.poll() is None:
                return False
            self.deaths = 1 if now - self.started_at > HEALTHY_SECONDS else self.deaths + 1
            self.again_at = now + _wait_seconds(self.deaths)
            self.process = None
        if now < self.again_at:
            return False
        self.start()
        return True


def _wait_seconds(deaths: int) -> float:
    """Return how long to wait after so many deaths in a row."""
    return min(LONGEST_WAIT_SECONDS, FIRST_WAIT_SECONDS * (1 << min(deaths - 1, 10)))


def full(data_dir: Path) -> str:
    """Return that the data directory's disk is full and what to do, or nothing while it is not."""
    if not is_full(data_dir):
        return ""
    return f"{data_dir} 所在磁盘已满；请清理空间或扩容，之后自动恢复，已保存的数据不受影响"


class EngineWatch:
    """Brings the embedded engines back when they die, each after a growing wait.

    Web and workers keep their URLs: a revived engine has its old port and password, and
    their connections are made anew by themselves.
    """

    def __init__(self, started: Engines, progress: host.Progress) -> None:
        self._started, self._progress = started, progress
        self._tries: dict[str, tuple[int, float]] = {}  # name -> tries in a row, the last one's end

    def tend(self) -> None:
        """Start again what died and whose wait is over; say so, and why it failed if it did."""
        for name in self._started.dead():
            tries, ended_at = self._tries.get(name, (0, 0.0))
            now = time.monotonic()
            if now - ended_at > HEALTHY_SECONDS:
                tries = 0
            if tries and now < ended_at + _wait_seconds(tries):
                continue
            self._progress(f"{ENGINE_WORDS[name]}意外停止，正在恢复")
            try:
                self._started.revive(name, self._progress)
                self._progress(f"{ENGINE_WORDS[name]}已恢复")
            except (ContentHubError, OSError) as error:
                why = full(self._started.settings.data_dir) or str(error)
                self._progress(f"{ENGINE_WORDS[name]}还没有恢复，稍后再试：{why}")
            self._tries[name] = (tries + 1, time.monotonic())


class Children:
    """All of them, and the file by which the next `up` finds what a killed one left."""

    def __init__(self, run_dir: Path) -> None:
        self._file = run_dir / "children.json"
        self.members: list[Child] = []

    def add(self, child: Child, *, is_held: bool = False) -> Child:
        """Start a child, or hold it, and look after it from now on."""
        self.members.append(child)
        if is_held:
            child.hold()
        else:
            child.start()
        self._remember()
        return child

    def tend(self) -> None:
        """Restart what died; cut logs that grew too long."""
        if any([child.tend() for child in self.members]):
            self._remember()
        for child in self.members:
            _cut(child.log_path)

    def stop(self) -> None:
        """Ask web and workers to stop together, wait, kill what stays; the sandbox goes last.

        A send in flight can then still be answered, so that its outcome is known.
        """
        _stop([child for child in self.members if child.name != SANDBOX])
        _stop([child for child in self.members if child.name == SANDBOX])
        self.members.clear()
        self._file.unlink(missing_ok=True)

    def stop_orphans(self) -> int:
        """Stop the children a killed supervisor left alive; return how many there were."""
        try:
            known: list[tuple[int, str]] = json.loads(self._file.read_text("utf-8"))
        except (OSError, ValueError):
            return 0
        alive = [pid for pid, born in known if born and host.born(pid) == born]
        alive = [pid for pid in alive if "contenthub" in host.command_of(pid)]
        for pid in alive:
            host.stop_process(pid, STOP_STEPS)
        self._file.unlink(missing_ok=True)
        return len(alive)

    def _remember(self) -> None:
        pids: Iterable[int] = [c.process.pid for c in self.members if c.process is not None]
        host.write_private(self._file, json.dumps([(pid, host.born(pid)) for pid in pids]))


def _stop(children: Iterable[Child]) -> None:
    running = [child.process for child in children if child.process is not None]
    for process in running:
        if process.poll() is None:
            process.send_signal(signal.SIGTERM)
    for process in running:
        if process.poll() is None:
            host.stop_process(process.pid, STOP_STEPS)
        process.wait()
        if process.stdin is not None:
            process.stdin.close()  # of one that was held and never released


def _cut(log_path: Path) -> None:
    """Set a long log aside; its writer appends, so truncating loses nothing it writes next."""
    if log_path.stat().st_size > LOG_BYTES:
        log_path.with_suffix(".log.1").write_bytes(log_path.read_bytes())
        os.truncate(log_path, 0)


def grace_seconds(alone: int) -> int:
    """Return how long work in flight may go on after a stop signal.

    `alone` for a process of its own (a balancer drains it); one second below `up`, where
    somebody waits for the terminal.
    """
    return UP_GRACE_SECONDS if os.environ.get(PARENT) else alone


def follow_parent() -> None:
    """End this process when the supervisor that started it dies, even by kill -9."""
    parent = int(os.environ.get(PARENT, "0"))
    if not parent:
        return
    if sys.platform == "linux":
        pr_set_pdeathsig = 1  # <linux/prctl.h>
        ctypes.CDLL(None).prctl(pr_set_pdeathsig, signal.SIGTERM)
    else:
        threading.Thread(target=_watch, args=(parent,), daemon=True).start()
    if os.getppid() != parent:  # it died before we asked to be told
        raise SystemExit(0)


def _watch(parent: int) -> None:
    while os.getppid() == parent:
        time.sleep(1)
    os.kill(os.getpid(), signal.SIGTERM)
