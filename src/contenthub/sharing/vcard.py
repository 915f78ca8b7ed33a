"""Idea: a business card as a vCard 3.0 file that Chinese phones read right.

UTF-8 without a charset parameter (3.0 has none, and iOS and Android take UTF-8), lines folded
at 75 bytes between characters. Source: RFC 2426, RFC 2425 5.8.1.
"""

import base64
from dataclasses import dataclass

LINE_BYTES = 75
_COMPOUND = frozenset(
    "欧阳 司马 上官 诸葛 司徒 东方 独孤 南宫 夏侯 皇甫 尉迟 公孙 慕容 令狐 长孙 宇文 司空 轩辕 "
    "端木 百里 呼延 拓跋 濮阳 闻人 公冶 太史 申屠 钟离 澹台 宗政 赫连 淳于 单于 万俟".split()
)
"""Surnames of two characters; 《百家姓》 and those still common."""
_ESCAPES = str.maketrans({"\\": "\\\\", ",": "\\,", ";": "\\;", "\n": "\\n", "\r": ""})


@dataclass(frozen=True, slots=True)
class Card:
    """What the file says; what is empty is left out. `photo` is a small JPEG."""

    name: str
    title: str = ""
    bank: str = ""
    branch: str = ""
    phone: str = ""
    hotline: str = ""
    address: str = ""
    url: str = ""
    photo: bytes = b""


def vcard(card: Card) -> bytes:
    """Return the file's bytes, CRLF line ends."""
    family, given = parted(card.name)
    lines = [
        "BEGIN:VCARD",
        "VERSION:3.0",
        f"N:{_text(family)};{_text(given)};;;",
        f"FN:{_text(card.name)}",
        f"ORG:{_text(card.bank)}" + (f";{_text(card.branch)}" if card.branch else ""),
        *_line("TITLE", card.title),
        *_line("TEL;TYPE=CELL,VOICE,PREF", card.phone),
        *_line("TEL;TYPE=WORK,VOICE", card.hotline),
        *([f"ADR;TYPE=WORK:;;{_text(card.address)};;;;"] if card.address else []),
        *([f"URL:{card.url}"] if card.url else []),
    ]
    if card.photo:
        lines.append("PHOTO;ENCODING=b;TYPE=JPEG:" + base64.b64encode(card.photo).decode())
    lines.append("END:VCARD")
    return "".join(_folded(line) + "\r\n" for line in lines).encode()


def parted(name: str) -> tuple[str, str]:
    """Return family and given name; one that is not Chinese, or has a ·, is given as a whole."""
    clean = name.strip()
    if "·" in clean or not clean or not "\u3400" <= clean[0] <= "\U0003ffff":
        return "", clean
    cut = 2 if clean[:2] in _COMPOUND and len(clean) > 2 else 1
    return clean[:cut], clean[cut:]


def _line(name: str, text: str) -> list[str]:
    return [f"{name}:{_text(text)}"] if text else []


def _text(text: str) -> str:
    return text.translate(_ESCAPES)


def _folded(line: str) -> str:
    """Return a line cut every 75 bytes, never inside a character; a space begins what follows."""
    parts, taken = [""], 0
    for character in line:
        size = len(character.encode())
        if taken + size > LINE_BYTES:
            parts.append("")
            taken = 1  # the space
        parts[-1] += character
        taken += size
    return "\r\n ".join(parts)
