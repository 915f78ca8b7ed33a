"""Painting in processes of their own, so that no picture fills or stops this one.

Three lanes: posters on request, the slow work of compiling and rehearsing, and designs that
somebody is drawing, who must not wait for either. Each is one child
that starts with its first task, holds at most easel.MEMORY_BYTES and ends with its parent.
Children are spawned, not forked: a fork of a process with threads and connections may hang.
"""

import asyncio
import multiprocessing
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from functools import partial
from typing import Literal, TypeVar

from contenthub.errors import Unavailable
from contenthub.posters import easel, importing, sketching
from contenthub.posters.easel import Refusal
from contenthub.posters.importing import Look
from contenthub.posters.template import Personal, Template

Answer = TypeVar("Answer")
Lane = Literal["request", "slow", "design"]
_lanes: dict[Lane, ProcessPoolExecutor] = {}
AHEAD_PX = 240
"""What is painted ahead is looked at by nobody: the smallest picture there is."""


async def draw(
    name: str,
    personal: Personal,
    *,
    png: bool = False,
    width_px: int = 0,
    stored: bytes | None = None,
) -> bytes | None:
    """Return one poster of the compiled template `name`, or None where it must be handed in.

    Raises Invalid as splice.render; Unavailable when the child was killed.
    """
    work = partial(easel.draw, name, personal, png=png, width_px=width_px, stored=stored)
    return await _run("request", work)


async def compile_base(
    template: Template, values: Mapping[str, str], assets: Mapping[str, bytes], *, png: bool
) -> bytes:
    """Return the artefact of a template's static part; raises Invalid, Unavailable."""
    return await _run("slow", easel.compile_base, template, values, assets, png)


async def rehearse(
    template: Template,
    crowd: Sequence[Personal],
    *,
    values: Mapping[str, str],
    assets: Mapping[str, bytes],
    leave_out: bool = False,
) -> None:
    """Draw a template for everybody before review; raises Invalid (rehearsal.py), Unavailable."""
    work = partial(easel.rehearse, template, crowd, values, assets, leave_out=leave_out)
    await _run("slow", work)


async def hidden_texts(
    template: Template,
    people: Sequence[Personal],
    *,
    values: Mapping[str, str],
    assets: Mapping[str, bytes],
) -> list[tuple[str, ...]]:
    """Return which of each person's texts their poster does not show; raises Invalid, Unavailable.

    Drawn as the employees' posters are, a few milliseconds each.
    """
    return await _run("slow", easel.hidden_texts, template, people, values, assets)


async def read_code(picture: bytes) -> str:
    """Return the text of the QR code on a picture from outside; raises Invalid, Unavailable."""
    return await _run("slow", easel.read_code, picture)


async def sketch(
    template: Template,
    wanted: Sequence[str],
    *,
    values: Mapping[str, str],
    assets: Mapping[str, bytes],
    personal: Personal,
) -> dict[str, sketching.Sprite | dict[str, str]]:
    """Return the wanted layers of a design alone (sketching.py); raises Unavailable."""
    work = partial(easel.sketch, wanted=wanted)
    return await _run("design", work, template, values, assets, personal)


async def preview(
    template: Template,
    *,
    values: Mapping[str, str],
    assets: Mapping[str, bytes],
    personal: Personal,
    width_px: int,
) -> bytes:
    """Return a design as it will be for one person, as a JPEG; raises Invalid, Unavailable."""
    work = partial(easel.preview, width_px=width_px)
    return await _run("design", work, template, values, assets, personal)


def awake() -> None:
    """Let the painter of designs start, if there is none: its first picture then comes at once."""
    if "design" not in _lanes:
        _begin("design", easel.load)


def paint_ahead(
    template: Template,
    *,
    values: Mapping[str, str],
    assets: Mapping[str, bytes],
    personal: Personal,
) -> None:
    """Let the painter begin on a design that somebody is opening; nobody waits for it.

    It keeps the layers, of which the preview that is asked for next is put together.
    """
    work = partial(easel.preview, width_px=AHEAD_PX)
    _begin("design", work, template, values, assets, personal)


def _begin(lane: Lane, work: Callable[..., object], *given: object) -> None:
    """Hand a lane some work without waiting; what becomes of it is not told."""
    executor = _executor(lane)

    def ended(made: Future[object]) -> None:
        if not made.cancelled() and isinstance(made.exception(), BrokenProcessPool):
            _forget(lane, executor)

    try:
        executor.submit(work, *given).add_done_callback(ended)
    except BrokenProcessPool:
        _forget(lane, executor)


async def prove(
    template: Template,
    *,
    values: Mapping[str, str],
    assets: Mapping[str, bytes],
    personal: Personal,
) -> dict[str, str]:
    """Return field → fix of what only a design's pixels show; raises Invalid, Unavailable."""
    return await _run("design", easel.prove, template, values, assets, personal)


async def look_at(picture: bytes, *, size: str, fit: str) -> Look:
    """Return what there is to see in a designer's picture (importing.py); raises Unavailable."""
    return await _run("design", importing.looked_at, picture, size, fit)


def _executor(lane: Lane) -> ProcessPoolExecutor:
    executor = _lanes.get(lane)
    if executor is None:
        executor = _lanes[lane] = ProcessPoolExecutor(
            max_workers=1,
            mp_context=multiprocessing.get_context("spawn"),
            initializer=easel.confine,
        )
    return executor


def _forget(lane: Lane, broken: ProcessPoolExecutor) -> None:
    """Let a lane's next task get a new child."""
    if _lanes.get(lane) is broken:
        del _lanes[lane]


async def _run(lane: Lane, work: Callable[..., Answer | Refusal], *given: object) -> Answer:
    """Return what a lane's child makes; raises Invalid for what it refuses, Unavailable."""
    executor = _executor(lane)
    try:
        made = await asyncio.get_running_loop().run_in_executor(executor, work, *given)
    except BrokenProcessPool as broken:
        _forget(lane, executor)
        raise Unavailable(
            "海报没有画出来，请再试一次；若反复出现，请减少图层或换小一些的图片"
        ) from broken
    if isinstance(made, Refusal):
        raise made.error()
    return made
