"""Idea: a person's name as posters will draw it, looked at when it is written down.

What nobody's name is written with (emoji, piled-up accents, marks that turn the writing) is
refused; a rare character of a real name is kept, and whoever writes it is warned.
"""

import unicodedata
from collections.abc import Iterable

from contenthub.posters import fonts
from contenthub.tenants import shorttext

ROOMY_CHARS = 20
"""So many fit on all shipped posters; the longest names of Xinjiang have eighteen."""


def _missing(name: str) -> list[str]:
    return fonts.missing_glyphs(unicodedata.normalize("NFC", name))


def _is_written(mark: str) -> bool:
    """Return whether a character is of some script: a letter, its vowel sign or its point."""
    kind = unicodedata.category(mark)
    called = unicodedata.name(mark, "")
    is_loose = called.startswith(("COMBINING", "VARIATION"))
    return kind[0] in "LNP" or (kind[0] == "M" and not is_loose)


def _codes(marks: Iterable[str]) -> str:
    # A screen often lacks what a poster lacks: the number tells which one it is.
    return "、".join(f"U+{ord(mark):04X}" for mark in marks)


def flaw(name: str) -> str:
    """Return what in a name is no writing and no poster can draw, with the fix; "" when sound."""
    if why := shorttext.flaw(name):
        return f"姓名{why}"
    odd = [mark for mark in _missing(name) if not _is_written(mark)]
    if not odd:
        return ""
    shown = "".join(mark for mark in odd[:5] if unicodedata.category(mark)[0] not in "MC")
    shown = f"「{shown}」" if shown else "叠在别的字上的符号"
    return f"姓名里的{shown}（{_codes(odd[:5])}）不是姓名用字，海报也画不出来，请删去后重新填写"


def warning(name: str) -> str:
    """Return what many posters will not draw of a name and what to do; "" for nothing.

    Characters that the shipped 黑体 lacks, or more of them than a poster has room for.
    """
    if len(name) > ROOMY_CHARS:
        return (
            f"姓名有 {len(name)} 个字，写姓名的海报大多放不下（约 {ROOMY_CHARS} 个字以内），"
            "会画不出来；请核对，或按名片上的写法填短一些"
        )
    rare = "".join(mark for mark in _missing(name) if _is_written(mark))[:10]
    if not rare:
        return ""
    told = f"系统自带的海报字体里没有“{rare}”（{_codes(rare)}）：本行字体库里有字体含有它就用那个画"
    return f"{told}，没有的话写姓名的海报会画不出来；请上传一个含有它的字体，或换一个写法"
