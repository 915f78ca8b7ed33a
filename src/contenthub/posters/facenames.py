"""Idea: what a bank's typefaces are called in a list, so that no two are called alike.

Files of one family are one choice with several weights. Where a bank holds two files of one
family, weight and style (a maker's newer edition), the newest has the plain name, and the older
ones say which file they are: posters drawn with one go on with that very file.
"""

from collections import Counter
from collections.abc import Collection, Iterable
from typing import Any, Protocol

NUMBER_CHARS = 6


class Face(Protocol):
    """What tells typefaces apart."""

    sha256: Any
    family: Any
    style: Any
    weight: Any
    filename: Any
    created_at: Any


def number(sha256: str) -> str:
    """Return the short number by which a list tells a file."""
    return sha256[:NUMBER_CHARS]


def families(faces: Iterable[Face], taken: Collection[str] = ()) -> dict[str, str]:
    """Return sha256 → the family's name in a list; one name and weight is one file.

    `taken` are names of other typefaces in the list.
    """
    newest_first = sorted(faces, key=lambda one: (one.created_at, one.sha256), reverse=True)
    styles = Counter({(one.family, one.weight, one.style) for one in newest_first})
    crowded = Counter((family, weight) for family, weight, _ in styles)
    named: dict[str, str] = {}
    used: set[tuple[str, int]] = set()
    for one in newest_first:
        is_clear = crowded[one.family, one.weight] == 1 and one.family not in taken
        name = one.family if is_clear else f"{one.family} {one.style}".strip()
        if (name, one.weight) in used or name in taken:
            which = "旧文件 " if (name, one.weight) in used else ""
            name += f"（{which}{_which(one)}）"
        used.add((name, one.weight))
        named[one.sha256] = name
    return named


def full_names(faces: Collection[Face]) -> dict[str, str]:
    """Return sha256 → family and style; a file that a newer one follows says which it is."""
    past = older(faces)
    return {
        one.sha256: f"{one.family} {one.style}".strip()
        + (f"（旧文件 {_which(one)}）" if one.sha256 in past else "")
        for one in faces
    }


def older(faces: Iterable[Face]) -> dict[str, Face]:
    """Return sha256 → the newest file of the same family, weight and style, of those not newest."""
    newest: dict[tuple[str, int, str], Face] = {}
    found: dict[str, Face] = {}
    for one in sorted(faces, key=lambda one: (one.created_at, one.sha256), reverse=True):
        latest = newest.setdefault((one.family, one.weight, one.style), one)
        if latest is not one:
            found[one.sha256] = latest
    return found


def _which(face: Face) -> str:
    return f"{face.filename}，编号 {number(face.sha256)}"
