"""Idea: many posters at once, in processes of their own; nothing of the worker's is shared."""

import asyncio
import multiprocessing
import os
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from types import TracebackType

from contenthub.errors import Invalid
from contenthub.posters import artefact, easel, splice
from contenthub.posters.template import Personal

PROCESSES_MAX = 4
SLICE = 10
"""Posters a child draws before it hands over what is personal of them: about half a MB."""

_base: list[splice.Compiled] = []


class Pool:
    """Children that all hold one compiled template; leave the `with` block to end them."""

    def __init__(self, stored: bytes) -> None:
        self._compiled = artefact.from_bytes(stored)
        self._executor = ProcessPoolExecutor(
            max_workers=max(1, min(PROCESSES_MAX, (os.cpu_count() or 1))),
            mp_context=multiprocessing.get_context("spawn"),
            initializer=_begin,
            initargs=(stored,),
        )

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

    async def draw(self, people: Sequence[Personal]) -> list[bytes | str]:
        """Return each person's JPEG, or the reason why theirs cannot be drawn."""
        loop = asyncio.get_running_loop()
        slices = [people[start : start + SLICE] for start in range(0, len(people), SLICE)]
        drawn = await asyncio.gather(
            *(loop.run_in_executor(self._executor, draw_slice, list(some)) for some in slices)
        )
        return await asyncio.to_thread(lambda: [self._whole(one) for some in drawn for one in some])

    def _whole(self, drawn: list[bytes] | str) -> bytes | str:
        # Static rows never travel: nine tenths of each file are the same for all.
        return drawn if isinstance(drawn, str) else splice.joined(self._compiled, drawn)


def draw_slice(people: list[Personal]) -> list[list[bytes] | str]:
    """Return some people's coded bands, or reasons; runs in a child that `_begin` prepared."""
    drawn: list[list[bytes] | str] = []
    for personal in people:
        try:
            drawn.append(splice.coded_bands(_base[0], personal))
        except Invalid as wrong:
            drawn.append(wrong.detail)
    return drawn


def _begin(stored: bytes) -> None:
    easel.confine()
    _base[:] = [artefact.from_bytes(stored)]
