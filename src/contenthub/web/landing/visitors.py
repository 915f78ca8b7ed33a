"""The visitor's cookie: a random first-party id, nothing else."""

import re
from uuid import UUID, uuid4

from litestar.datastructures import Cookie

from contenthub.settings import Settings

NAME, HTTPS_NAME = "ch_v", "__Host-ch_v"
"""Behind HTTPS the prefix keeps a neighbouring host from planting one."""
MAX_AGE_SECONDS = 365 * 24 * 3600
_FOUND = {
    is_secure: re.compile(rb"(?:^|;\s*)" + name.encode() + rb"=([0-9a-f]{32})(?:;|$)")
    for is_secure, name in ((False, NAME), (True, HTTPS_NAME))
}


def _name(settings: Settings) -> str:
    return HTTPS_NAME if settings.secure_cookies else NAME


def visitor_in(cookies: bytes, settings: Settings) -> bytes | None:
    """Return the visitor's 16 bytes out of a Cookie header, or None."""
    found = _FOUND[settings.secure_cookies].search(cookies)
    return bytes.fromhex(found[1].decode()) if found else None


def new_visitor() -> UUID:
    """Return a fresh random id; it tells nothing about when or where it was made."""
    return uuid4()


def header(visitor: bytes, settings: Settings) -> bytes:
    """Return the Set-Cookie value for a visitor."""
    secure = "; Secure" if settings.secure_cookies else ""
    held = f"{_name(settings)}={visitor.hex()}; Path=/; Max-Age={MAX_AGE_SECONDS}"
    return f"{held}; HttpOnly; SameSite=Lax{secure}".encode()


def cookie(visitor: UUID, settings: Settings) -> Cookie:
    """Return the same cookie for a Litestar answer."""
    return Cookie(
        key=_name(settings),
        value=visitor.hex,
        path="/",
        max_age=MAX_AGE_SECONDS,
        httponly=True,
        samesite="lax",
        secure=settings.secure_cookies,
    )
