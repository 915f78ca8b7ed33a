"""Many small cases in one test: all are tried, and every one that fails is named."""

from collections.abc import Iterator
from contextlib import contextmanager


class Faults:
    """Gathers what fails, case by case; a case costs no set-up, report or process message."""

    def __init__(self) -> None:
        self.found: list[str] = []
        self.tried = 0

    @contextmanager
    def of(self, case: str) -> Iterator[None]:
        """Try one case: what is raised inside is kept under its name."""
        self.tried += 1
        try:
            yield
        except Exception as fault:
            self.found.append(f"{case}: {type(fault).__name__}: {fault}")

    def none(self) -> None:
        """Fail when a case failed, or when there was none to try."""
        assert self.tried
        assert not self.found, f"{len(self.found)} of {self.tried}:\n" + "\n".join(self.found)
