"""Idea: posters as files for the world: their names, their addresses and what makes one stale."""

from dataclasses import dataclass
from hashlib import sha256

from contenthub.posters.rendering import PosterPlan

STATES = {
    "planned": "等待发布",
    "uploading": "正在上传",
    "published": "已发布",
    "removing": "等待删除",
    "gone": "已删除",
}
"""planned → uploading → published → removing → gone; a name is written down before its file."""
STANDING = ("planned", "uploading", "published")
"""States of what is wanted: one row a revision and employee."""
SMALL_PX = 720
"""Width of the smaller file, as telephones show a poster; the whole is what they save."""
PURPOSE = "published-poster"
"""What the bank's signing key signs for a name."""


@dataclass(frozen=True, slots=True)
class Address:
    """Where one published poster lies for browsers."""

    whole: str
    small: str
    code: str
    """The share link in its code."""
    background: int = 0
    """Of those the poster offers, that the file shows."""


def facts_of(base: PosterPlan, public_url: str) -> str:
    """Return what names all that the posters of a base share, and how links look in their codes."""
    said = f"{base.base_hash}\x00{base.plain_link}\x00{public_url}"
    return sha256(said.encode()).hexdigest()[:32]


def signed_text(revision_id: object, employee_id: object, etag: str) -> bytes:
    """Return what is signed for a name: another content of the same poster is another name."""
    return f"{revision_id}\x00{employee_id}\x00{etag}".encode()


def files_of(bank: object, name: str) -> tuple[str, str]:
    """Return the names of a poster's files in the public store: the whole, the small one."""
    return f"{bank}/{name}.jpg", f"{bank}/{name}-{SMALL_PX}.jpg"
