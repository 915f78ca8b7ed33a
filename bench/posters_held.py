"""What a painting process does in bench.posters_whole; it imports what such a process does."""

import time
from pathlib import Path
from typing import Any

from contenthub.posters import easel
from contenthub.posters.template import Personal


def hold_many(pipe: Any, stored: bytes, person: Personal) -> None:
    """Open 64 templates, draw 200 posters; send the MB held and the milliseconds of each."""
    easel.confine()
    for number in range(easel.TEMPLATES):
        easel.draw(f"t{number}", person, stored=stored)
    waits = []
    for number in range(200):
        start = time.perf_counter()
        easel.draw(f"t{number % easel.TEMPLATES}", person)
        waits.append((time.perf_counter() - start) * 1000)
    status = Path("/proc/self/status").read_text()
    held = int(next(w for w in status.splitlines() if w.startswith("VmRSS:")).split()[1]) / 1024
    pipe.send((held, waits))
