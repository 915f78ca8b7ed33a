"""What doctor says when a full disk, and no address, is what is wrong."""

import re
import socket
import threading
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from contenthub import cli_doctor, engines, storage
from contenthub.settings import Settings

WRITES_FAIL = b"-MISCONF Errors writing to the AOF file: No space left on device\r\n"
COMMAND = re.compile(rb"^\*\d+\r$", re.M)


@pytest.fixture
def full_redis() -> Iterator[str]:
    """The address of a server that answers as Redis does when it cannot write its file."""
    door = socket.create_server(("127.0.0.1", 0))

    def answer() -> None:
        while True:
            try:
                caller, _ = door.accept()
            except OSError:
                return
            with caller:
                while asked := caller.recv(4096):
                    caller.sendall(WRITES_FAIL * len(COMMAND.findall(asked)))

    threading.Thread(target=answer, daemon=True).start()
    yield f"redis://127.0.0.1:{door.getsockname()[1]}/0"
    door.shutdown(socket.SHUT_RDWR)
    door.close()


def _redis_of(settings: Settings) -> dict[str, object]:
    return next(one for one in cli_doctor.examine(settings) if one["name"] == "Redis")


def test_a_redis_that_cannot_write_is_told_its_disk_and_not_its_address(
    full_redis: str, tmp_path: Path
) -> None:
    told = _redis_of(Settings(data_dir=tmp_path, redis_url=full_redis))
    assert not told["ok"]
    assert "No space left" in str(told["detail"])
    assert "磁盘已满" in str(told["fix"])
    assert "CONTENTHUB_REDIS_URL" not in str(told["fix"])


def test_a_full_disk_of_ours_is_named_whatever_stopped_on_it(
    full_redis: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "engine" / "postgres").mkdir(parents=True)
    (tmp_path / "engine" / "postgres" / "PG_VERSION").write_text("17\n")
    assert engines.has_postgres(tmp_path)
    settings = Settings(data_dir=tmp_path)
    roomy = {one["name"]: one for one in cli_doctor.examine(settings)}
    assert str(roomy["Redis"]["fix"]).startswith("请执行 contenthub up")
    monkeypatch.setattr(storage, "FULL_BYTES", 2**62)
    for named in (settings, replace(settings, redis_url=full_redis)):
        told = _redis_of(named)
        assert str(told["fix"]).startswith(f"请清理或扩容 {tmp_path} 所在的磁盘")
