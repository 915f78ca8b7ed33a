"""Idea: how a bank looks: two colours that white text can be read on, and the CSS made of them."""

import re
from collections.abc import Callable, Mapping
from hashlib import sha256
from uuid import UUID

from contenthub.errors import Invalid
from contenthub.tenants import shorttext

Check = Callable[[str, str], str]

CONTRAST_MIN = 4.5
"""WCAG 2.2 AA for text: white on the bank's colour (SC 1.4.3)."""
NAME_MAX_CHARS = 20
FULL_NAME_MAX_CHARS = 40
LOGO_SIDE_MAX_PX = 512
_COLOUR = re.compile(r"#[0-9a-f]{6}", re.ASCII)
_HOTLINE = re.compile(r"[0-9][0-9 -]{2,19}", re.ASCII)
_DOMAIN = re.compile(
    r"(?=.{4,100}\Z)([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z][a-z0-9-]{0,61}[a-z0-9]", re.ASCII
)


def contrast(colour: str) -> float:
    """Return the contrast ratio (1–21) of white text on a `#rrggbb` colour (WCAG 2.2)."""
    red, green, blue = (_linear(channel) for channel in _channels(colour))
    return 1.05 / (0.2126 * red + 0.7152 * green + 0.0722 * blue + 0.05)


def _channels(colour: str) -> tuple[int, int, int]:
    return int(colour[1:3], 16), int(colour[3:5], 16), int(colour[5:7], 16)


def _linear(channel: int) -> float:
    part = channel / 255
    return part / 12.92 if part <= 0.04045 else float(((part + 0.055) / 1.055) ** 2.4)


def proof_of_domain(bank_id: UUID, domain: str) -> tuple[str, str]:
    """Return name and value of the DNS TXT record that proves a domain to be a bank's.

    No secret: only who owns the domain's zone can publish it, and it names one bank.
    """
    mark = sha256(f"{bank_id}/{domain}".encode()).hexdigest()[:32]
    return f"_contenthub.{domain}", f"contenthub-bank={mark}"


def checked(said: Mapping[str, str]) -> dict[str, str]:
    """Return a bank's facts as they are kept: trimmed, colours and domain in lower case.

    Keys: name, full_name, hotline, domain, colour_main, colour_accent; any of them may be
    left out.

    Raises:
        Invalid: names every wrong field with its fix.
    """
    values: dict[str, str] = {}
    wrong: dict[str, str] = {}
    for field, text in said.items():
        try:
            values[field] = _CHECKS[field](field, text.strip())
        except Invalid as error:
            wrong |= error.fields
        except KeyError:
            wrong[field] = f"没有 {field} 这一项；可修改：{'、'.join(_CHECKS)}"
    if wrong:
        raise Invalid(fields=wrong)
    return values


def _colour(field: str, text: str) -> str:
    colour = text.lower()
    if not _COLOUR.fullmatch(colour):
        raise Invalid.of(field, f"颜色应写成 #1a56b8 这样的六位代码，现在是“{text[:20]}”")
    ratio = contrast(colour)
    if ratio < CONTRAST_MIN:
        # Cut, not rounded: 4.49 must not read as the 4.5 it fails to reach.
        shown = int(ratio * 10) / 10
        raise Invalid.of(
            field,
            f"这个颜色太浅，白字看不清（对比度 {shown}，至少 {CONTRAST_MIN}）；请选深一些的颜色",
        )
    return colour


def _words(most: int) -> Check:
    def check(field: str, text: str) -> str:
        if why := shorttext.flaw(text):
            raise Invalid.of(field, why)
        if not text or len(text) > most or not text.isprintable():
            raise Invalid.of(field, f"请填写 1–{most} 个字")
        return text

    return check


def _hotline(field: str, text: str) -> str:
    if text and not _HOTLINE.fullmatch(text):
        raise Invalid.of(field, "客服电话应为数字，可带短横线，例如 96588 或 0371-96588")
    return text


def _domain(field: str, text: str) -> str:
    domain = text.lower().rstrip(".")
    if domain and not _DOMAIN.fullmatch(domain):
        raise Invalid.of(field, "域名应写成 hub.example.com 这样，不带 https:// 和端口")
    return domain


_CHECKS: dict[str, Check] = {
    "name": _words(NAME_MAX_CHARS),
    "full_name": _words(FULL_NAME_MAX_CHARS),
    "hotline": _hotline,
    "domain": _domain,
    "colour_main": _colour,
    "colour_accent": _colour,
}


def stylesheet(main: str, accent: str) -> str:
    """Return the CSS that puts a bank's colours over the console's, phone's and landing pages'.

    The dark theme of the console keeps its own, lighter blue: white text is not on it.
    """
    red, green, blue = _channels(main)
    darker, light = _mixed(main, 0, 0.82), _mixed(main, 255, 0.1)
    return (
        f":root{{--ch-brand:{main};--ch-brand-h:{darker};--ch-brand-l:{light};"
        f"--ch-brand-rgb:{red},{green},{blue};--b:{main};--accent:{accent}}}\n"
        "[data-bs-theme=dark]{--ch-brand:#5b93ee;--ch-brand-h:#7aa8f2;--ch-brand-l:#1c2c47;"
        "--ch-brand-rgb:91,147,238}\n"
        f".h5{{--b:{main};--bl:{light}}}.h5 .top{{background:{main}}}\n"
        f".side .mark,.gate-l .mark,.side a[aria-current]{{background:{main}}}\n"
        f".gate-l{{background:{main}}}.side .logo{{border-bottom:2px solid {accent}}}\n"
    )


def _mixed(colour: str, towards: int, share: float) -> str:
    parts = (round(channel * share + towards * (1 - share)) for channel in _channels(colour))
    return "#" + "".join(f"{part:02x}" for part in parts)


def version(*facts: str) -> str:
    """Return a short name of a look, another one whenever any of `facts` changes."""
    return sha256("\x00".join(facts).encode()).hexdigest()[:12]
