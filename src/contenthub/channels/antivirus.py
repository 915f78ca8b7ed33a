"""A virus scanner that speaks clamd's INSTREAM: a file goes there, a verdict comes back.

Source: the clamd manual, section COMMANDS. The scanner's own limit (`StreamMaxLength` of
clamd.conf, 25 MB unless set) must be above the largest file we take.
"""

import asyncio
import struct
from collections.abc import AsyncIterable
from urllib.parse import unquote, urlsplit

from contenthub.errors import Invalid, Unavailable

CONNECT_SECONDS = 5.0
PORT = 3310
_ANSWER_BYTES = 4096


class ScannerAway(Unavailable):
    """The scanner did not answer, or did not look at the whole file: nobody knows what it is."""

    code = "scanner_away"
    title = "病毒扫描服务没有应答，文件没有保存，请稍后再试；一直不行请联系系统管理员"


def check_address(address: str) -> None:
    """Raise Invalid for what is no scanner's address; an empty one means: no scanner."""
    parts = urlsplit(address)
    is_known = parts.scheme == "unix" or (parts.scheme == "tcp" and parts.hostname)
    if address and not is_known:
        raise Invalid.of(
            "CONTENTHUB_ANTIVIRUS_URL",
            "应为 tcp://主机:3310 或 unix:///run/clamav/clamd.ctl，现在是其他写法",
        )


async def scan(address: str, blocks: AsyncIterable[bytes], *, seconds: float) -> str:
    """Return the name of the virus in a file, empty when there is none.

    Raises:
        ScannerAway: no answer within `seconds`, or one that is neither.
    """
    try:
        async with asyncio.timeout(seconds):
            answer = await _asked(address, b"zINSTREAM\0", blocks)
    except (OSError, TimeoutError, asyncio.IncompleteReadError) as away:
        raise ScannerAway() from away
    if answer.endswith("FOUND"):
        return answer.removeprefix("stream:").removesuffix("FOUND").strip() or "未知病毒"
    if answer.endswith("OK"):
        return ""
    if "size limit" in answer:
        raise ScannerAway(
            "文件超过病毒扫描服务的大小上限，没有扫描完；请系统管理员调大 clamd 的 StreamMaxLength"
        )
    raise ScannerAway()


async def version(address: str) -> str:
    """Return what the scanner calls itself and its signatures; raises ScannerAway."""
    try:
        async with asyncio.timeout(CONNECT_SECONDS):
            return await _asked(address, b"zVERSION\0", None)
    except (OSError, TimeoutError, asyncio.IncompleteReadError) as away:
        raise ScannerAway() from away


async def _asked(address: str, command: bytes, blocks: AsyncIterable[bytes] | None) -> str:
    check_address(address)
    parts = urlsplit(address)
    async with asyncio.timeout(CONNECT_SECONDS):
        if parts.scheme == "unix":
            reader, writer = await asyncio.open_unix_connection(unquote(parts.path))
        else:
            reader, writer = await asyncio.open_connection(parts.hostname, parts.port or PORT)
    try:
        writer.write(command)
        try:
            if blocks is not None:
                await _send(writer, blocks)
        except ConnectionError:
            pass  # it hangs up on a file that is too long, and has said so
        return (
            (await reader.readuntil(b"\0"))[:_ANSWER_BYTES].rstrip(b"\0").decode("utf-8", "replace")
        )
    finally:
        writer.close()


async def _send(writer: asyncio.StreamWriter, blocks: AsyncIterable[bytes]) -> None:
    async for block in blocks:
        if block:
            writer.write(struct.pack(">I", len(block)) + block)
            await writer.drain()
    writer.write(struct.pack(">I", 0))
    await writer.drain()
