"""Idea: pictures of strangers are decoded in small processes of their own, never in ours.

A child holds no more than MEMORY_BYTES and takes no longer than SECONDS_MAX for one file; one
that dies or is too slow is replaced, and the file is refused. What a child answers is plain
msgspec, never a pickle: a child that was taken over tells us nothing but bytes. Children begin
when the first picture comes, and end with their parent (reliability A8).
"""

import asyncio
import contextlib
import multiprocessing
import os
import queue
import resource
import signal
import threading
from concurrent.futures import ThreadPoolExecutor
from multiprocessing.connection import Connection
from multiprocessing.process import BaseProcess
from typing import Literal

import msgspec

from contenthub.errors import Invalid
from contenthub.library import fontfile, intake
from contenthub.library.fontfile import FontFile
from contenthub.library.intake import Box, Picture

CHILDREN = 2
"""At once in one of our processes: a picture of 25 million pixels takes 200 MB meanwhile."""
MEMORY_BYTES = 384 * 1024 * 1024
"""Address space of a child, 110 MB of programs and libraries among it: 300 MB stay in memory."""
SECONDS_MAX = 20.0
FILES_MAX = 200
"""After so many files a child makes place for a new one: what leaks does not grow."""
_FIELD = "file"
_TOO_MUCH = (
    "这张图片解不开（太复杂或已损坏）；请在看图软件里缩小到宽 2160 以内，另存为 JPG 后重新上传"
)
_BROKEN_FONT = "这个字体文件解不开（太复杂或已损坏），请向字体厂商要 TTF 或 OTF 原文件后重新上传"


class Task(msgspec.Struct, frozen=True):
    """What is to be done with a file; the numbers are those of the function of its name."""

    name: Literal["picture", "photo", "logo", "cut", "font"]
    side_px: int = 0
    number: int = 0
    thumb: bool = False
    box: Box | None = None


class _Answer(msgspec.Struct):
    picture: Picture | None = None
    font: FontFile | None = None
    refused: dict[str, str] = {}
    bug: str = ""


class DecoderFailed(RuntimeError):
    """A child met a fault of ours; the trace of it is in the message."""


class _Child:
    """One process and the pipe to it."""

    def __init__(self, memory_bytes: int) -> None:
        context = multiprocessing.get_context("spawn")
        self.pipe, theirs = context.Pipe()
        self.files = 0
        self.process: BaseProcess = context.Process(
            target=_serve, args=(theirs, memory_bytes), daemon=True, name="contenthub-decoder"
        )
        self.process.start()
        theirs.close()

    def ask(self, task: Task, data: bytes, seconds_max: float) -> _Answer | None:
        """Return the child's answer, None when it died or took too long."""
        self.files += 1
        try:
            self.pipe.send_bytes(msgspec.msgpack.encode(task))
            self.pipe.send_bytes(data)
            if not self.pipe.poll(seconds_max):
                return None
            return msgspec.msgpack.decode(self.pipe.recv_bytes(), type=_Answer)
        except (EOFError, OSError, msgspec.DecodeError):
            return None

    def end(self) -> None:
        """End the process now."""
        self.pipe.close()
        self.process.kill()
        self.process.join(5)


class Decoders:
    """Children that decode; made on demand, replaced when they die."""

    def __init__(
        self,
        children: int = CHILDREN,
        *,
        seconds_max: float = SECONDS_MAX,
        memory_bytes: int = MEMORY_BYTES,
    ) -> None:
        self.replaced = 0
        self._seconds_max, self._memory_bytes = seconds_max, memory_bytes
        self._threads = ThreadPoolExecutor(children, thread_name_prefix="decoder")
        self._free: queue.LifoQueue[_Child | None] = queue.LifoQueue()
        for _ in range(children):
            self._free.put(None)

    async def run(self, task: Task, data: bytes) -> Picture:
        """Return what a child made of a file.

        Raises:
            Invalid: as the task's function in intake.py; or the child died of the file.
            DecoderFailed: a fault of ours.
        """
        # What is plainly no picture needs no process.
        intake.check_bytes(data)
        answer = await self._answer(task, data, _TOO_MUCH)
        if answer.picture is None:
            raise DecoderFailed(answer.bug)
        return answer.picture

    async def font(self, data: bytes, number: int) -> FontFile:
        """Return what `fontfile.accept_font` makes of a file; raises like `run`."""
        fontfile.check_bytes(data)
        answer = await self._answer(Task("font", number=number), data, _BROKEN_FONT)
        if answer.font is None:
            raise DecoderFailed(answer.bug)
        return answer.font

    async def _answer(self, task: Task, data: bytes, too_much: str) -> _Answer:
        loop = asyncio.get_running_loop()
        answer = await loop.run_in_executor(self._threads, self._ask, task, data)
        if answer is None:
            raise Invalid.of(_FIELD, too_much)
        if answer.refused:
            raise Invalid(fields=answer.refused)
        return answer

    def _ask(self, task: Task, data: bytes) -> _Answer | None:
        child = self._free.get()
        try:
            if child is not None and not child.process.is_alive():
                child.end()
                child = None
            if child is None:
                child = _Child(self._memory_bytes)
            answer = child.ask(task, data, self._seconds_max)
            if answer is None or child.files >= FILES_MAX:
                self.replaced += answer is None
                child.end()
                child = None
            return answer
        finally:
            self._free.put(child)

    def pids(self) -> list[int]:
        """Return the process ids of the children that live and have nothing to do."""
        with self._free.mutex:
            free = [child for child in self._free.queue if child is not None]
        return [child.process.pid for child in free if child.process.pid is not None]

    def close(self) -> None:
        """End the children; one that is at work is waited for."""
        self._threads.shutdown()
        while not self._free.empty():
            child = self._free.get()
            if child is not None:
                child.end()


_ours = Decoders()


async def picture(data: bytes, *, thumb: bool = False) -> Picture:
    """Return what `intake.accept_picture` makes of a file; raises like `Decoders.run`."""
    return await _ours.run(Task("picture", thumb=thumb), data)


async def photo(data: bytes, side_px: int) -> Picture:
    """Return what `intake.accept_photo` makes of a file; raises like `Decoders.run`."""
    return await _ours.run(Task("photo", side_px=side_px), data)


async def logo(data: bytes, side_max_px: int) -> Picture:
    """Return what `intake.accept_logo` makes of a file; raises like `Decoders.run`."""
    return await _ours.run(Task("logo", side_px=side_max_px), data)


async def cut(data: bytes, box: Box) -> Picture:
    """Return what `intake.cut_picture` makes of a file; raises like `Decoders.run`."""
    return await _ours.run(Task("cut", box=box), data)


async def font(data: bytes, number: int = 0) -> FontFile:
    """Return what `fontfile.accept_font` makes of a file; raises like `Decoders.run`."""
    return await _ours.font(data, number)


def _serve(pipe: Connection, memory_bytes: int) -> None:
    """Work in the child until the parent hangs up."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the parent decides when a child ends
    os.environ.clear()
    with contextlib.suppress(ValueError, OSError):
        resource.setrlimit(resource.RLIMIT_AS, (memory_bytes, memory_bytes))
        resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    threading.Thread(target=_end_with_parent, daemon=True).start()
    with contextlib.suppress(EOFError, OSError):
        while True:
            task = msgspec.msgpack.decode(pipe.recv_bytes(), type=Task)
            pipe.send_bytes(msgspec.msgpack.encode(answered(task, pipe.recv_bytes())))


def answered(task: Task, data: bytes) -> _Answer:
    """Return what comes of one file, in the child."""
    try:
        if task.name == "font":
            return _Answer(font=fontfile.accept_font(data, task.number))
        return _Answer(picture=_done(task, data))
    except Invalid as refused:
        return _Answer(refused=dict(refused.fields))
    except MemoryError:
        told = _BROKEN_FONT if task.name == "font" else _TOO_MUCH
        return _Answer(refused={_FIELD: told})
    except Exception as bug:  # told to the parent, which raises it where it is logged
        return _Answer(bug=repr(bug))


def _done(task: Task, data: bytes) -> Picture:
    if task.name == "photo":
        return intake.accept_photo(data, task.side_px)
    if task.name == "logo":
        return intake.accept_logo(data, task.side_px)
    if task.name == "cut" and task.box is not None:
        return intake.cut_picture(data, task.box)
    return intake.accept_picture(data, thumb=task.thumb)


def _end_with_parent() -> None:
    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)
