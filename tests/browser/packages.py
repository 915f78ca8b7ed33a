"""Packages of the npm registry that only browser tests use, fetched once into a cache."""

import os
import shutil
import subprocess
import tarfile
from pathlib import Path

import pytest

AXE = "axe-core@4.14.1"
OLD_CHROMIUM = "chrome-aws-lambda@9.1.0"
_UNPACK = (
    "const z=require('zlib'),f=require('fs');"
    "f.writeFileSync(process.argv[2],z.brotliDecompressSync(f.readFileSync(process.argv[1])))"
)


def _cache() -> Path:
    base = os.environ.get("XDG_CACHE_HOME") or str(Path.home() / ".cache")
    directory = Path(base) / "contenthub-tests"
    directory.mkdir(parents=True, exist_ok=True)
    return directory


def package(wanted: str) -> Path:
    """Return the directory of an unpacked package `name@version`; skips the test without npm."""
    kept = _cache() / wanted
    if kept.exists():
        return kept
    npm = shutil.which("npm")
    if npm is None:
        pytest.skip(f"没有 npm，取不到 {wanted}")
    making = kept.with_name(f"{wanted}.{os.getpid()}")
    making.mkdir()
    done = subprocess.run(
        [npm, "pack", wanted, "--silent"], cwd=making, capture_output=True, text=True, timeout=120
    )
    if done.returncode != 0:
        shutil.rmtree(making)
        pytest.skip(f"npm 取不到 {wanted}：{done.stderr[-200:]}")
    packed = next(making.glob("*.tgz"))
    with tarfile.open(packed) as archive:
        if hasattr(tarfile, "data_filter"):
            archive.extractall(making, filter="data")
        else:  # Debian 12's Python 3.11.2 knows no filters yet
            archive.extractall(making)
    packed.unlink()
    making.rename(kept)
    return kept


def axe_source() -> str:
    """Return the script of axe-core, which finds what keeps people out of a page."""
    return (package(AXE) / "package" / "axe.min.js").read_text("utf-8")


def axe_if_there() -> str:
    """Return the script of axe-core; nothing without npm, for a test that proves more than it."""
    try:
        return axe_source()
    except pytest.skip.Exception:
        return ""


def old_chromium() -> Path:
    """Return a Chromium 91, older than any browser banks are seen to use but the oldest."""
    unpacked = package(OLD_CHROMIUM) / "package" / "bin"
    program = unpacked / "chromium"
    if not program.exists():
        node = shutil.which("node")
        if node is None:
            pytest.skip("没有 node，解不开 Chromium 91")
        half = unpacked / f"chromium.{os.getpid()}"
        subprocess.run([node, "-e", _UNPACK, str(unpacked / "chromium.br"), str(half)], check=True)
        half.chmod(0o755)
        half.rename(program)
    return program
