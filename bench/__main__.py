"""Run the benchmarks: `python -m bench [NAME…] [--quick]`.

A subject is a module beside this one that takes `--quick`. Each runs in a process of its
own; one JSON line a figure goes to standard output, all talk to standard error. A full run
rewrites its sections of docs/benchmarks.md; a quick one only prints, for its data are smaller.
"""

import argparse
import json
import os
import platform
import re
import subprocess
import sys
import time
from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent
PAGE = HERE.parent / "docs" / "benchmarks.md"
HEAD = """# 性能数据 · Benchmarks

由 `make bench` 写成，请勿手改。每个数字都和它的基线在同一次运行、同一份数据上交替测得，
取多轮中位数；做法见 `bench/`。
Written by `make bench`: each figure is measured beside its baseline, interleaved, on the same data.
没有达到目标的数字照实列出。Figures that miss their goal are printed as they are.
"""


def subjects() -> list[str]:
    """Return the names of the modules that can be run."""
    found = []
    for path in sorted(HERE.glob("*.py")):
        text = path.read_text("utf-8")
        if path.stem != "__main__" and '"--quick"' in text and "__main__" in text:
            found.append(path.stem)
    return found


def run(name: str, *, quick: bool) -> tuple[list[dict[str, Any]], int]:
    """Run one subject, passing its figures on; return them and the exit code."""
    command = [sys.executable, "-m", f"bench.{name}", *(["--quick"] if quick else [])]
    figures = []
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=HERE.parent) as process:
        for line in process.stdout or ():
            try:
                figure = json.loads(line)
            except ValueError:
                figure = None
            if isinstance(figure, dict) and {"name", "value", "unit"} <= figure.keys():
                figures.append(figure)
                print(line.rstrip("\n"), flush=True)
            else:
                print(line.rstrip("\n"), file=sys.stderr, flush=True)
    return figures, process.returncode


def machine() -> str:
    """Return what the figures were measured on."""
    model = platform.processor() or platform.machine()
    info = Path("/proc/cpuinfo")
    if info.exists():
        found = re.search(r"^model name\s*:\s*(.+)$", info.read_text(), re.MULTILINE)
        model = found[1] if found else model
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    system = f"{platform.system()} {platform.machine()}"
    return f"{model}，{cores} 核，{system}，Python {platform.python_version()}"


def section(name: str, figures: Iterable[dict[str, Any]], took_seconds: float) -> str:
    """Return the part of the page that tells of one subject."""
    rows = [
        f"| `{f['name']}` | {f['value']:g} | {f['unit']} | "
        f"{'越大越好' if f.get('better') == 'higher' else '越小越好'} | {_detail(f)} |"
        for f in figures
    ]
    now = datetime.now(UTC)
    return "\n".join(
        [
            f"## {name}",
            "",
            f"`make bench NAME={name}` · {now:%Y-%m-%d %H:%M} UTC · {took_seconds:.0f} 秒",
            f"· {machine()}",
            "",
            "| 名称 | 值 | 单位 | | 明细 |",
            "|---|---|---|---|---|",
            *rows,
            "",
        ]
    )


def _detail(figure: dict[str, Any]) -> str:
    pairs = figure.get("detail") or {}
    return "，".join(f"{key} {value}" for key, value in pairs.items()).replace("|", "/")


def rewrite(fresh: dict[str, str]) -> None:
    """Put fresh sections into the page; those of other subjects stay."""
    before = PAGE.read_text("utf-8") if PAGE.exists() else ""
    parts = re.split(r"(?m)^(?=## )", before)[1:]
    kept = {part.splitlines()[0].removeprefix("## ").strip(): part for part in parts}
    sections = {**kept, **fresh}
    body = "\n".join(sections[name].strip("\n") + "\n" for name in sorted(sections))
    PAGE.write_text(HEAD + "\n" + body, encoding="utf-8")


def main() -> int:
    """Run what was asked for; return 1 when a subject failed."""
    known = subjects()
    parser = argparse.ArgumentParser(prog="bench", description=__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"可选：{'、'.join(known)}")
    parser.add_argument("--quick", action="store_true", help="数据较小，约一分钟；不写 docs")
    asked = parser.parse_args()
    if unknown := [name for name in asked.names if name not in known]:
        parser.error(f"没有 {'、'.join(unknown)}；可选：{'、'.join(known)}")
    fresh, worst = {}, 0
    for name in asked.names or known:
        print(f"== {name}", file=sys.stderr, flush=True)
        began = time.monotonic()
        figures, code = run(name, quick=asked.quick)
        worst = worst or int(code != 0)
        if figures and code == 0:
            fresh[name] = section(name, figures, time.monotonic() - began)
    if fresh and not asked.quick:
        rewrite(fresh)
    return worst


if __name__ == "__main__":
    sys.exit(main())
