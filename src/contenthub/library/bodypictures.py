"""Idea: the pictures of a rich text: their files, their descriptions, what cannot be shown."""

import html as entities
import re
from collections.abc import Callable, Collection, Mapping
from typing import Protocol

from contenthub.library.lint import Hit
from contenthub.library.richtext import PLACE_ALT

_UUID = r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}"
_IMG = re.compile(r"<img\b[^>]*>", re.I)
_OWN = re.compile(rf'\bsrc="/assets/({_UUID})"', re.I)
_ADDRESS = re.compile(rf"/assets/({_UUID})", re.I)
_SOURCE = re.compile(r'\bsrc="')
_ALT = re.compile(r'\s+\balt="([^"]*)"', re.I)
_SAYS_NOTHING = frozenset({"", "图片", "图像", "image", "img", "picture", "photo", PLACE_ALT})
"""What editors and other sites write where nobody described a picture."""
RULE = "ALT-01"
NAME = "图片没有图片说明"
_SOURCE_OF_RULE = "系统检查：看不见图的客户靠图片说明知道内容"
_AGAIN = "请点它重新上传或从素材文件选择"
"""The editor opens the choice of a file where such a picture is clicked."""


class File(Protocol):
    """What is asked of a file of the bank."""

    filename: str
    mime: str
    scan: str
    alt_text: str


def named(html: str) -> set[str]:
    """Return the ids of all files whose addresses stand in a text, in lower case."""
    return {found.lower() for found in _ADDRESS.findall(html)}


def fault(html: str, files: Mapping[str, File], *, is_finished: bool = False) -> str:
    """Return in clerks' words which pictures cannot be shown, or nothing; counted from 1.

    `files` are the bank's own by id. Pictures without an address wait for an upload and are
    no fault here (richtext.places_left). A finished text has none that waits for its virus scan.
    """
    said: dict[str, list[int]] = {}
    for no, tag in enumerate(_IMG.findall(html), 1):
        why = _why(tag, files, is_finished=is_finished)
        if why:
            said.setdefault(why, []).append(no)
    return "；".join(f"正文第 {'、'.join(map(str, nos))} 张图片{why}" for why, nos in said.items())


def _why(tag: str, files: Mapping[str, File], *, is_finished: bool) -> str:
    if not _SOURCE.search(tag):
        return ""
    own = _OWN.search(tag)
    file = files.get(own[1].lower()) if own else None
    if file is None:
        return f"不在本行的素材文件里（可能已删除，或来自别的银行），{_AGAIN}"
    if not file.mime.startswith("image/"):
        return f"用的文件“{file.filename}”不是图片，{_AGAIN}"
    if file.scan == "infected":
        return f"“{file.filename}”查出病毒，不能使用，{_AGAIN}"
    if file.scan == "waiting" and is_finished:
        return f"“{file.filename}”正在扫描病毒，通过后才能提交，请过一会儿再试"
    return ""


def described(html: str, words: Mapping[str, str]) -> str:
    """Return a cleaned text whose pictures say what is on them.

    `words` are the descriptions of their files by id, in lower case; what the author wrote in
    the text itself goes before them.
    """

    def one(tag: re.Match[str]) -> str:
        own = _OWN.search(tag[0])
        said = words.get(own[1].lower(), "") if own and not _said(tag[0]) else ""
        if not said:
            return tag[0]
        return f'<img alt="{entities.escape(said)}"{_ALT.sub("", tag[0])[4:]}'

    return _IMG.sub(one, html) if words else html


def undescribed(html: str, files: Mapping[str, File]) -> list[Hit]:
    """Return the hint that some pictures say nothing to who cannot see them, or no hit.

    Pictures that cannot be shown are left to `fault`.
    """
    nos = [
        no
        for no, tag in enumerate(_IMG.findall(html), 1)
        if (own := _OWN.search(tag))
        and (file := files.get(own[1].lower())) is not None
        and not (_said(tag) or file.alt_text.strip())
    ]
    if not nos:
        return []
    hit = Hit(
        rule=RULE,
        severity="review",
        where="body",
        text=f"正文第 {'、'.join(map(str, nos))} 张图片",
        advice="请在“素材文件”里给它写一句图片说明，或在正文里双击图片填写；只作装饰的图片可以保留",
        source=_SOURCE_OF_RULE,
        name=NAME,
        field="body",
        start=0,
        end=0,
    )
    return [hit]


def _said(tag: str) -> str:
    alt = _ALT.search(tag)
    said = entities.unescape(alt[1]).strip() if alt else ""
    return "" if said.lower() in _SAYS_NOTHING else said


def without(html: str, usable: Collection[str], *, instead: str = "") -> str:
    """Return a cleaned text whose pictures are all among the `usable` ids.

    Any other is left out, or `instead` (safe HTML) stands in its place.
    """
    return _IMG.sub(_kept(usable, instead), html) if "<img" in html else html


def _kept(usable: Collection[str], instead: str) -> Callable[[re.Match[str]], str]:
    def one(tag: re.Match[str]) -> str:
        own = _OWN.search(tag[0])
        return tag[0] if own and own[1].lower() in usable else instead

    return one
