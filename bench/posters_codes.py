"""Parts of bench.posters about what cannot be raced: codes read by weak readers, hostile files.

A code is read from every shipped poster, in all its sizes, as made and after what messengers do to
a picture, by two decoders that share nothing (posters/proof.py): ZXing and OpenCV, each at one
look. All codes of a bank are looked at, on each poster some of them; every code on every poster is
an hour's work: `QR_PEOPLE=200 pytest -m fuzz tests/posters/test_starters.py`. Hostile files go
through the decoder's own process, as uploads do.
"""

import asyncio
import io
import multiprocessing
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

from bench.figures import figure, say
from PIL import Image

from contenthub.errors import Invalid
from contenthub.library.decoder import Decoders, Task

EACH = 10
"""Employees whose codes are looked at on each poster."""
PROCESSES = 2


def measure(*, quick: bool) -> None:
    """Print the shares of codes that both decoders read, and what hostile files cost."""
    from tests.posters import reading

    codes, people = reading.every_code(), reading.crowd(20 if quick else 200)
    each = 1 if quick else EACH
    say(f"{len(codes)} shipped posters × {each} of {len(people)} employees, two decoders")
    tasks = [
        (code, reading.sample(no, people, code.partition(".")[2], each=each))
        for no, code in enumerate(codes)
    ]
    # The longest first, so that no process is left with one at the end.
    tasks.sort(key=lambda task: task[0].endswith(".a4"), reverse=True)
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(PROCESSES, mp_context=context) as pool:
        found = list(pool.map(reading.unread, *zip(*tasks, strict=True)))
    looks = sum(len(some) for _, some in tasks)
    for name in reading.LOOKS:
        missed = sum(blind[name] for blind in found)
        detail = {"unread": missed, "n": looks, "posters": len(codes), "employees": len(people)}
        figure(f"posters.qr_{name}_percent", 100 * (1 - missed / looks), "%", detail=detail)
    asyncio.run(measure_hostile())


async def measure_hostile() -> None:
    """Print what the decoder's process held at most over hostile files, and how often it died."""
    from tests.library.hostile_files import hostile_files, strange_files

    decoders = Decoders(1)
    refused = kept = 0
    out = io.BytesIO()
    Image.new("RGBA", (5000, 5000), (1, 2, 3, 100)).save(out, "PNG", compress_level=1)
    largest = ("the largest picture that is taken", out.getvalue())
    try:
        for _, data in (*hostile_files(), *strange_files(), largest):
            try:
                await decoders.run(Task("picture", thumb=True), data)
                kept += 1
            except Invalid:
                refused += 1
        (pid,) = decoders.pids()
        detail = {"refused": refused, "kept": kept}
        figure("posters.hostile_rss_mb", _peak_mb(pid), "MB", better="lower", detail=detail)
        figure("posters.hostile_crashes", decoders.replaced, "个", better="lower", detail=detail)
    finally:
        decoders.close()


def _peak_mb(pid: int) -> float:
    status = Path(f"/proc/{pid}/status").read_text("utf-8")
    (line,) = [one for one in status.splitlines() if one.startswith("VmHWM")]
    return int(line.split()[1]) / 1024
