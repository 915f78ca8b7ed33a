"""Idea: a ZIP of portraits named by staff number, opened as if it were hostile.

Nothing is unpacked to disk, so no name can lead anywhere; what an archive says about sizes
is not believed: a member is read up to one byte more than a photo may have.
"""

import re
import zipfile
import zlib
from collections.abc import Iterator
from pathlib import Path, PurePosixPath

from contenthub.errors import Invalid
from contenthub.library.intake import BYTES_MAX
from contenthub.tenants import filesizes

MEMBERS_MAX = 10_000
TOTAL_MAX_BYTES = 2 * 1024**3
_PICTURES = (".jpg", ".jpeg", ".png", ".webp", ".heic", ".heif")
"""The last two are refused one by one, with what to do: left unmentioned they would be missed."""
_NUMBER = re.compile(r"[A-Za-z0-9][A-Za-z0-9.@-]{0,63}", re.ASCII)
_TOO_LARGE = f"照片超过 {filesizes.shown(BYTES_MAX)}，请压缩后再上传"
_TORN = (zipfile.BadZipFile, zlib.error, OSError, EOFError, ValueError, RuntimeError)


def names(path: Path) -> list[tuple[str, str]]:
    """Return (name in the archive, staff number) of every picture, in the archive's order.

    `0231.jpg`, `照片/0231_王小明.png` and `0231 王小明.jpg` are all of 0231.

    Raises:
        Invalid: field `photos`: no ZIP, encrypted, a path that leads out, too many or too large.
    """
    try:
        with zipfile.ZipFile(path) as archive:
            members = archive.infolist()
    except _TORN as torn:
        raise Invalid.of("photos", "照片包打不开，请重新压缩成 .zip 后上传") from torn
    if len(members) > MEMBERS_MAX:
        raise Invalid.of("photos", f"照片包里有 {len(members)} 个文件，最多 {MEMBERS_MAX} 个")
    if sum(member.file_size for member in members) > TOTAL_MAX_BYTES:
        raise Invalid.of("photos", "照片包解压后超过 2 GB，请按机构分成几包")
    found: list[tuple[str, str]] = []
    for member in members:
        _refuse(member)
        inner = PurePosixPath(member.filename)
        if member.is_dir() or inner.name.startswith(".") or "__MACOSX" in inner.parts:
            continue
        if inner.suffix.lower() in _PICTURES and (number := _NUMBER.match(inner.stem)):
            found.append((member.filename, number[0].rstrip(".-")))
    if not found:
        raise Invalid.of("photos", "照片包里没有以工号命名的 JPG、PNG 或 WEBP 照片，例如 0231.jpg")
    return found


def _refuse(member: zipfile.ZipInfo) -> None:
    name = member.filename.replace("\\", "/")
    if name.startswith("/") or ".." in PurePosixPath(name).parts or ":" in name[:3]:
        raise Invalid.of("photos", "照片包里有指向包外的路径，不能使用，请重新压缩照片文件夹")
    if member.flag_bits & 1:
        raise Invalid.of("photos", "照片包设了密码，请去掉密码后重新压缩")


def pictures(path: Path, wanted: list[tuple[str, str]]) -> Iterator[tuple[str, bytes | str]]:
    """Yield (staff number, bytes) of each wanted member, or (staff number, why not)."""
    with zipfile.ZipFile(path) as archive:
        for name, number in wanted:
            try:
                with archive.open(name) as member:
                    data = member.read(BYTES_MAX + 1)
            except (*_TORN, NotImplementedError, KeyError):
                yield number, "照片在压缩包里已损坏，请重新压缩"
                continue
            yield number, data if len(data) <= BYTES_MAX else _TOO_LARGE
