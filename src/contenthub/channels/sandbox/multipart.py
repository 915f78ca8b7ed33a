"""The one file of a multipart/form-data body, byte for byte."""

import re
from typing import NamedTuple


class FilePart(NamedTuple):
    """An uploaded file as its form field gave it."""

    filename: str
    mime: str
    data: bytes


def file_of(content_type: str, raw: bytes, *, field: str) -> FilePart | None:
    """Return the file in form field `field`; None when the body holds none."""
    found = re.search(r'boundary="?([^";,\s]+)', content_type)
    if not found:
        return None
    fence = b"--" + found.group(1).encode("latin-1")
    for part in (b"\r\n" + raw).split(b"\r\n" + fence)[1:]:
        head, gap, data = part.partition(b"\r\n\r\n")
        heading = head.decode("utf-8", "replace")
        if not gap or not re.search(rf'\bname="{re.escape(field)}"', heading):
            continue
        name = re.search(r'filename="([^"]*)"', heading)
        mime = re.search(r"content-type:\s*([^\s;]+)", heading, re.IGNORECASE)
        return FilePart(
            name.group(1) if name else "",
            mime.group(1) if mime else "application/octet-stream",
            data,
        )
    return None
