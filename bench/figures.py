"""One way to print a figure and to race two pieces of code; see docs/benchmarks.md.

Each figure is one JSON line on standard output; all talk goes to standard error.
"""

import json
import statistics
import sys
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, NamedTuple


class Pace(NamedTuple):
    """What one call costs, by wall clock and by CPU of this process, in ms."""

    wall_ms: float
    cpu_ms: float
    calls: int


def figure(
    name: str, value: float, unit: str, *, better: str = "higher", detail: Mapping[str, Any]
) -> None:
    """Print one figure; `better` is "higher" or "lower"."""
    line = {
        "name": name,
        "value": round(value, 3),
        "unit": unit,
        "better": better,
        "detail": dict(detail),
    }
    print(json.dumps(line, ensure_ascii=False), flush=True)


def say(words: str) -> None:
    """Tell the person who waits, without disturbing the figures."""
    print(words, file=sys.stderr, flush=True)


def race(
    runners: Mapping[str, tuple[Callable[[int], object], int]], *, rounds: int = 3
) -> dict[str, Pace]:
    """Return each runner's median pace over interleaved rounds, after one warm-up call each.

    A runner is a function of the call's number and how often to call it in a round.
    """
    for run, _ in runners.values():
        run(0)
    seen: dict[str, list[tuple[float, float]]] = {name: [] for name in runners}
    for turn in range(rounds):
        for name, (run, calls) in runners.items():
            wall, cpu = time.perf_counter(), time.process_time()
            for call in range(calls):
                run(turn * calls + call)
            seen[name].append(
                (
                    (time.perf_counter() - wall) / calls * 1000,
                    (time.process_time() - cpu) / calls * 1000,
                )
            )
        say(f"round {turn + 1} of {rounds}")
    return {
        name: Pace(
            statistics.median(wall for wall, _ in times),
            statistics.median(cpu for _, cpu in times),
            runners[name][1] * rounds,
        )
        for name, times in seen.items()
    }


def percentile(values: list[float], share: float) -> float:
    """Return the value below which a share (0 to 1) of the values lie."""
    ranked = sorted(values)
    return ranked[min(len(ranked) - 1, int(share * len(ranked)))]


def peak_rss_mb() -> float:
    """Return the most memory this process has held, in MB."""
    import resource

    # On Linux getrusage also remembers the parent's memory from before exec; VmHWM does not.
    status = Path("/proc/self/status")
    if status.exists():
        line = next(w for w in status.read_text().splitlines() if w.startswith("VmHWM:"))
        return int(line.split()[1]) / 1024

    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak / 1024 / (1024 if sys.platform == "darwin" else 1)
