"""`-p tests.forks --forks N`: tests are read once, then N copies of this process run them.

Each process of pytest-xdist starts anew: it imports the whole application and reads every
test, eleven seconds of a processor apiece. A fork has all of that already. Files go whole to
whichever copy is free, in the order in which they were collected.
"""

import threading
import warnings
from collections.abc import Iterator
from dataclasses import dataclass
from multiprocessing import get_context
from multiprocessing.connection import Connection, wait
from multiprocessing.context import ForkProcess
from traceback import format_exc
from typing import Any, Literal, cast

import pytest
from _pytest.runner import SetupState

ENDING_SECONDS = 20
"""A copy that is done, or stopped before, may take so long to end what it has begun."""
DONE = -1
"""What a copy says instead of an item's number when no file is left and all is torn down."""


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the option; without it everything runs here."""
    parser.addoption("--forks", type=int, default=0, help="copies of this process that run tests")


@pytest.hookimpl(tryfirst=True)
def pytest_runtestloop(session: pytest.Session) -> bool | None:
    """Run the tests in copies; None leaves them to pytest."""
    option = session.config.option
    if not option.forks or option.collectonly or session.testsfailed:
        return None
    Forks(session, option.forks).run()
    return True


@dataclass
class Copy:
    """One forked process, and what it is doing."""

    name: str
    process: ForkProcess
    says: Connection
    running: int = DONE
    is_done: bool = False


class Forks:
    """The process that collected: hands files out and passes on what the copies report."""

    def __init__(self, session: pytest.Session, count: int) -> None:
        self.session = session
        self.fork = get_context("fork")
        self.files = list(_by_file(session.items))
        self.tickets = self.fork.SimpleQueue()
        for number in [*range(len(self.files)), *[None] * count]:
            self.tickets.put(number)
        session.config._tmp_path_factory.getbasetemp()  # type: ignore[attr-defined]
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # Python 3.12: libraries have threads, asleep by now
            self.copies: list[Copy] = []
            for number in range(count):
                self.copies.append(self._begin(f"gw{number}"))

    def _begin(self, name: str) -> Copy:
        says, pipe = self.fork.Pipe(duplex=False)
        process = self.fork.Process(target=self._work, args=(name, pipe), name=name)
        process.start()
        pipe.close()
        return Copy(name, process, says)

    def run(self) -> None:
        """Report until every copy has ended."""
        left = {copy.says: copy for copy in self.copies}
        try:
            while left:
                for says in cast(list[Connection], wait(list(left))):
                    copy = left[says]
                    try:
                        self._heard(copy, *copy.says.recv())
                    except EOFError:
                        self._died(copy)
                        del left[says]
                    if copy.is_done:
                        del left[says]
                if self.session.shouldfail:
                    raise self.session.Failed(self.session.shouldfail)
                if self.session.shouldstop:
                    raise self.session.Interrupted(self.session.shouldstop)
        finally:
            for copy in self.copies:
                copy.says.close()
                if not copy.is_done:
                    copy.process.terminate()
            for copy in self.copies:
                copy.process.join(ENDING_SECONDS)
                copy.process.kill()
                copy.process.join()

    def _heard(self, copy: Copy, number: int, report: dict[str, Any] | None) -> None:
        hook = self.session.config.hook
        if report is None:
            copy.running, copy.is_done = number, number == DONE
            return
        told = hook.pytest_report_from_serializable(config=self.session.config, data=report)
        hook.pytest_runtest_logreport(report=told)

    def _died(self, copy: Copy) -> None:
        """Make a failure of a copy that died: no test may be lost in silence."""
        copy.process.join()
        told = f"{copy.name} died ({copy.process.exitcode}); what follows in this file did not run"
        report = _failure(self.session.items[copy.running], told, "call")
        self.session.config.hook.pytest_runtest_logreport(report=report)

    def _work(self, name: str, pipe: Connection) -> None:
        """Run files until none is left; what a copy does after it was forked."""
        for earlier in self.copies:
            earlier.says.close()
        speaker = Speaker(self.session, pipe)
        _become(self.session.config, name, speaker)
        while (file := self.tickets.get()) is not None:
            *most, last = self.files[file]
            for number, after in [*zip(most, self.files[file][1:], strict=True), (last, None)]:
                speaker.begin(number)
                item = self.session.items[number]
                # After a file's last test the session's own fixtures stay.
                following = self.session if after is None else self.session.items[after]
                item.config.hook.pytest_runtest_protocol(item=item, nextitem=following)
        state: SetupState = self.session._setupstate
        try:
            state.teardown_exact(None)
        except Exception:
            last = self.session.items[speaker.running]
            speaker.pytest_runtest_logreport(_failure(last, format_exc(), "teardown"))
        speaker.begin(DONE)
        # As at the end of any program; multiprocessing would wait for idle painters for ever.
        threading._shutdown()  # type: ignore[attr-defined]


class Speaker:
    """The plugin by which a copy tells what it does."""

    def __init__(self, session: pytest.Session, pipe: Connection) -> None:
        self.config, self.pipe, self.running = session.config, pipe, DONE
        self.is_timed = session.config.getoption("durations", None) is not None

    def begin(self, number: int) -> None:
        """Say which test comes now, for the case that it is the last thing said."""
        self.running = number
        self.pipe.send((number, None))

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Pass a report on; of what went well before and after a test, only if it is timed."""
        if report.passed and report.when != "call" and not self.is_timed:
            return
        hook = self.config.hook
        data = hook.pytest_report_to_serializable(config=self.config, report=report)
        self.pipe.send((self.running, data))


def _failure(item: pytest.Item, told: str, when: Literal["call", "teardown"]) -> pytest.TestReport:
    return pytest.TestReport(
        item.nodeid, item.location, {}, outcome="failed", longrepr=told, when=when
    )


def _by_file(items: list[pytest.Item]) -> Iterator[list[int]]:
    """Yield the numbers of each file's tests, in the order of the files' first tests."""
    files: dict[object, list[int]] = {}
    for number, item in enumerate(items):
        files.setdefault(item.path, []).append(number)
    yield from files.values()


def _become(config: pytest.Config, name: str, speaker: Speaker) -> None:
    """Give a copy a name, a directory, an ear for output of its own, and nothing to print."""
    plugins = config.pluginmanager
    config.workerinput = {"workerid": name}  # type: ignore[attr-defined]  # as xdist names them
    factory: pytest.TempPathFactory = config._tmp_path_factory  # type: ignore[attr-defined]
    factory._basetemp = factory.mktemp(f"popen-{name}", numbered=False)
    capture = plugins.getplugin("capturemanager")
    capture.stop_global_capturing()
    capture.start_global_capturing()
    plugins.unregister(name="terminalreporter")
    plugins.register(speaker)
