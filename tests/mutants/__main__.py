"""Plant each leak in a copy of the tree and run the tests that must catch it.

    python -m tests.mutants [words of a name …]

Prints one line a leak and exits 1 unless every one was caught. A leak counts as caught
only when tests fail, never when they cannot even start.
"""

import os
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from tests.mutants.leaks import LEAKS, Leak

ROOT = Path(__file__).resolve().parents[2]
COPIED = ("src", "tests", "bench", "scripts", "docs", "pyproject.toml", "README.md", "deploy")
FAILED = 1
"""pytest's exit code for tests that ran and failed."""


def plant(leak: Leak, tree: Path) -> None:
    """Change one file of a tree; raises ValueError when the words are not there exactly once."""
    path = tree / leak.path
    text = path.read_text("utf-8")
    if text.count(leak.before) != 1:
        raise ValueError(
            f"{leak.name}: {leak.path} holds the words {text.count(leak.before)} times"
        )
    path.write_text(text.replace(leak.before, leak.after), "utf-8")


def copy_tree(target: Path) -> None:
    """Copy what the tests need."""
    for name in COPIED:
        source = ROOT / name
        if source.is_dir():
            ignored = shutil.ignore_patterns("__pycache__", "*.pyc")
            shutil.copytree(source, target / name, ignore=ignored)
        elif source.exists():
            shutil.copy2(source, target / name)


def run_tests(tree: Path, arguments: tuple[str, ...]) -> int:
    """Return pytest's exit code in a tree whose own `src` is the one that is imported."""
    command = [sys.executable, "-m", "pytest", "-q", "-x", "-p", "no:cacheprovider", *arguments]
    environment = {**os.environ, "PYTHONPATH": str(tree / "src"), "PYTHONDONTWRITEBYTECODE": "1"}
    done = subprocess.run(
        command, cwd=tree, env=environment, capture_output=True, text=True, check=False
    )
    if done.returncode not in (0, FAILED):
        print(done.stdout[-2000:], done.stderr[-2000:], file=sys.stderr)
    return done.returncode


def try_leak(leak: Leak) -> bool:
    """Return whether the tests catch a leak."""
    with tempfile.TemporaryDirectory(prefix="contenthub-mutant-") as name:
        tree = Path(name)
        tree.chmod(0o755)
        copy_tree(tree)
        plant(leak, tree)
        return run_tests(tree, leak.caught_by) == FAILED


def main(words: list[str]) -> int:
    """Try every leak, or those whose names hold all the words; return the exit code."""
    chosen = [leak for leak in LEAKS if all(word in leak.name for word in words)]
    caught = 0
    for leak in chosen:
        began = time.monotonic()
        is_caught = try_leak(leak)
        caught += is_caught
        mark = "caught  " if is_caught else "SURVIVED"
        print(f"{mark} {time.monotonic() - began:5.1f} s  {leak.name}", flush=True)
    print(f"{caught} of {len(chosen)} planted leaks caught")
    return 0 if chosen and caught == len(chosen) else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
