"""A small file before it is kept: through the virus scanner, where there is one."""

from collections.abc import AsyncIterator

from contenthub.channels import antivirus
from contenthub.errors import Invalid
from contenthub.web.house import House

_BLOCK_BYTES = 64 * 1024


async def scanned(house: House, data: bytes) -> bool:
    """Return whether a scanner found the bytes clean; False where there is none.

    Raises:
        Invalid: a virus (field `file`). ScannerAway: nobody knows, so nothing is kept.
    """
    if not house.settings.antivirus_url:
        return False
    virus = await antivirus.scan(
        house.settings.antivirus_url, _blocks(data), seconds=house.settings.antivirus_seconds
    )
    if virus:
        raise Invalid.of(
            "file", f"文件里有病毒（{virus}），没有保存；请用杀毒软件检查这台电脑，再换一份文件"
        )
    return True


async def _blocks(data: bytes) -> AsyncIterator[bytes]:
    for start in range(0, len(data), _BLOCK_BYTES):
        yield data[start : start + _BLOCK_BYTES]
