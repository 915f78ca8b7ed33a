"""Parts of bench.posters about what cannot be raced: codes read by weak readers, hostile files.

A code is read from every shipped poster, in all its sizes, as made and after what messengers do to
a picture, by two decoders that share nothing (posters/proof.py): ZXing and OpenCV, each at one
look. Hostile files go through the decoder's own process, as uploads do.
"""

import asyncio
import io
from pathlib import Path

from bench.figures import figure, say
from PIL import Image

from contenthub.errors import Invalid
from contenthub.library.decoder import Decoders, Task


def measure(*, quick: bool) -> None:
    """Print the shares of codes that both decoders read, and what hostile files cost."""
    from tests.posters import reading

    codes, people = reading.every_code(), reading.crowd(4 if quick else 200)
    say(f"{len(codes)} shipped posters × {len(people)} employees, two decoders, four looks")
    blind, looks = reading.unread(codes, people)
    for name, missed in blind.items():
        detail = {"unread": missed, "n": looks, "posters": len(codes)}
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
