"""Idea: many posters at once, in processes of their own; nothing of the worker's is shared."""

import asyncio
import multiprocessing
import os
import tempfile
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from functools import partial
from pathlib import Path
from types import TracebackType
from typing import NamedTuple

from contenthub.errors import Invalid, Unavailable
from contenthub.posters import artefact, easel, splice
from contenthub.posters.checksums import SplicedSums
from contenthub.posters.template import Personal

PROCESSES_MAX = 4
SLICE = 12
"""Posters a child draws before it hands over what is personal of them: one MB at most times."""
SLICE_MIN = 8
"""Fewer are drawn by one child before another has even begun."""


class PaintersKilled(Unavailable):
    """A child that draws was killed, most likely for want of memory; another try may do."""

    code = "painters_killed"
    title = "画海报的进程被系统中断，多半是内存不足；请稍后重新生成，或减少图层、换小一些的图片"


class Own(NamedTuple):
    """What is one employee's of their file, and the checksum of the whole file."""

    own: list[bytes]
    crc: int


class _Desk(NamedTuple):
    """What a child keeps while it draws for one batch."""

    compiled: splice.Compiled
    sums: SplicedSums


_desks: dict[Path, _Desk] = {}


class Pool:
    """Children that draw for one batch; leave the `with` block to end them.

    They start at once, and take a base that `hold` lays down when they first draw from it.
    """

    def __init__(self) -> None:
        self.shared_bytes: dict[int, int] = {}
        """Background → how many bytes all its files have in common; of those held."""
        self._png = False
        self._folder = tempfile.TemporaryDirectory(prefix="contenthub-posters-")
        self._processes = max(1, min(PROCESSES_MAX, os.cpu_count() or 1))
        self._executor = ProcessPoolExecutor(
            max_workers=self._processes,
            mp_context=multiprocessing.get_context("spawn"),
            initializer=easel.confine,
        )
        # They load what they need while the first part is made ready.
        self._executor.submit(_awake)

    def hold(self, stored: bytes, background: int = 0, *, png: bool = False) -> tuple[bytes, ...]:
        """Lay down the compiled template of a background to draw from; raises StaleArtefact.

        Returns what every file of it has in common (splice.shared).
        """
        shared = splice.shared(artefact.from_bytes(stored), png=png)
        self._png = png
        # By file: what goes through the pipe of a starting child makes the next one wait.
        self._path(background).write_bytes(stored)
        self.shared_bytes[background] = sum(map(len, shared))
        return shared

    def _path(self, background: int) -> Path:
        return Path(self._folder.name) / f"base-{background}.bin"

    def __enter__(self) -> "Pool":
        """Return the pool."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """End the children without waiting for work nobody wants any more."""
        self._executor.shutdown(wait=False, cancel_futures=True)
        self._folder.cleanup()

    async def draw(self, people: Sequence[Personal], background: int = 0) -> list[Own | str]:
        """Return each person's own pieces on a held background, or why theirs cannot be drawn.

        Raises PaintersKilled.
        """
        loop = asyncio.get_running_loop()
        # Small parts are shared out as well: no child waits for the other's long slice.
        size = max(SLICE_MIN, min(SLICE, -(-len(people) // (2 * self._processes))))
        slices = [people[start : start + size] for start in range(0, len(people), size)]
        work = partial(draw_slice, self._path(background), png=self._png)
        try:
            drawn = await asyncio.gather(
                *(loop.run_in_executor(self._executor, work, list(some)) for some in slices)
            )
        except BrokenProcessPool as broken:
            raise PaintersKilled from broken
        return [one for some in drawn for one in some]


def draw_slice(base: Path, people: list[Personal], *, png: bool) -> list[Own | str]:
    """Return some people's own pieces, or reasons, from the template laid down in a file."""
    desk = _desk(base, png=png)
    drawn: list[Own | str] = []
    for personal in people:
        try:
            own = splice.own(desk.compiled, personal, png=png)
        except Invalid as wrong:
            drawn.append(wrong.detail)
        except MemoryError:
            drawn.append("图层太多或图片太大，画不下")
        else:
            drawn.append(Own(own, desk.sums.of(own)))
    return drawn


def _desk(base: Path, *, png: bool) -> _Desk:
    found = _desks.get(base)
    if found is None:
        compiled = artefact.from_bytes(base.read_bytes())
        found = _desks[base] = _Desk(compiled, SplicedSums(splice.shared(compiled, png=png)))
    return found


def _awake() -> None:
    """Do nothing: a child that is asked to starts, and all others with it."""
