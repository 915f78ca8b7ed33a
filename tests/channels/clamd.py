"""A stand-in for clamd that speaks the real protocol: zINSTREAM, zVERSION, its size limit."""

import asyncio
import contextlib
import struct
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

EICAR = rb"X5O!P%@AP[4\PZX54(P^)7CC)7}$EICAR-STANDARD-ANTIVIRUS-TEST-FILE!$H+H*"
"""The test file every scanner knows; source: eicar.org."""


@dataclass
class Clamd:
    """Where the stand-in listens, what it was sent, and how it misbehaves."""

    url: str = ""
    sizes: list[int] = field(default_factory=list)
    limit_bytes: int = 256 * 1024 * 1024
    is_silent: bool = False
    says: bytes = b""

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Answer one connection."""
        with contextlib.suppress(ConnectionError, asyncio.IncompleteReadError):
            command = await reader.readuntil(b"\0")
            if self.is_silent:
                await reader.read()
            elif command == b"zVERSION\0":
                writer.write(b"ClamAV 1.4.3/27700/Thu Nov 26 08:00:00 2026\0")
            elif command == b"zINSTREAM\0":
                writer.write(await self._verdict(reader))
            else:
                writer.write(b"UNKNOWN COMMAND\0")
            await writer.drain()
        writer.close()

    async def _verdict(self, reader: asyncio.StreamReader) -> bytes:
        data = b""
        while length := struct.unpack(">I", await reader.readexactly(4))[0]:
            data += await reader.readexactly(length)
            if len(data) > self.limit_bytes:
                return b"INSTREAM size limit exceeded. ERROR\0"
        self.sizes.append(len(data))
        if self.says:
            return self.says
        return b"stream: Eicar-Signature FOUND\0" if EICAR in data else b"stream: OK\0"


@asynccontextmanager
async def clamd() -> AsyncIterator[Clamd]:
    """Listen on a free port until the block ends."""
    made = Clamd()
    server = await asyncio.start_server(made.serve, "127.0.0.1", 0)
    made.url = f"tcp://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    try:
        yield made
    finally:
        server.close()
