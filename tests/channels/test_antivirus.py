"""The scanner's verdict is believed only when it is one; everything else fails closed."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from tests.channels.clamd import EICAR, Clamd, clamd

from contenthub.channels import antivirus
from contenthub.channels.antivirus import ScannerAway
from contenthub.errors import Invalid


async def blocks(*parts: bytes) -> AsyncIterator[bytes]:
    for part in parts:
        yield part


async def test_a_clean_file_is_clean_and_the_test_virus_is_named() -> None:
    async with clamd() as scanner:
        assert await antivirus.scan(scanner.url, blocks(b"a" * 100_000, b""), seconds=5) == ""
        half = len(EICAR) // 2
        parts = (b"head", EICAR[:half], EICAR[half:])
        assert await antivirus.scan(scanner.url, blocks(*parts), seconds=5) == "Eicar-Signature"
        assert scanner.sizes == [100_000, 4 + len(EICAR)]
        assert "ClamAV" in await antivirus.version(scanner.url)


async def test_it_is_reached_through_a_socket_in_the_file_system(tmp_path: Path) -> None:
    made = Clamd()
    path = tmp_path / "clamd.ctl"
    server = await asyncio.start_unix_server(made.serve, path)
    try:
        assert await antivirus.scan(f"unix://{path}", blocks(b"x"), seconds=5) == ""
    finally:
        server.close()


async def test_what_is_no_verdict_is_no_clean_file() -> None:
    async with clamd() as scanner:
        scanner.limit_bytes = 10
        with pytest.raises(ScannerAway, match="StreamMaxLength"):
            await antivirus.scan(scanner.url, blocks(b"a" * 50), seconds=5)
        scanner.limit_bytes, scanner.says = 1000, b"stream: lstat() failed. ERROR\0"
        with pytest.raises(ScannerAway):
            await antivirus.scan(scanner.url, blocks(b"a"), seconds=5)
        scanner.is_silent = True
        with pytest.raises(ScannerAway):
            await antivirus.scan(scanner.url, blocks(b"a"), seconds=0.2)
        gone = scanner.url
    with pytest.raises(ScannerAway):
        await antivirus.scan(gone, blocks(b"a"), seconds=5)


@pytest.mark.parametrize("address", ["http://a:1", "clamd", "tcp://", "localhost:3310"])
def test_an_address_of_another_kind_is_refused(address: str) -> None:
    with pytest.raises(Invalid):
        antivirus.check_address(address)
