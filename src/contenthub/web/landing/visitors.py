"""The visitor's cookie: a random first-party id, nothing else."""

import re
from uuid import UUID, uuid4

from litestar.datastructures import Cookie

from contenthub.settings import Settings

NAME = "ch_v"
MAX_AGE_SECONDS = 365 * 24 * 3600
_FOUND = re.compile(rb"(?:^|;\s*)ch_v=([0-9a-f]{32})(?:;|$)")


def visitor_in(cookies: bytes) -> bytes | None:
    """Return the visitor's 16 bytes out of a Cookie header, or None."""
    found = _FOUND.search(cookies)
    return bytes.fromhex(found[1].decode()) if found else None


def new_visitor() -> UUID:
    """Return a fresh random id; it tells nothing about when or where it was made."""
    return uuid4()


def header(visitor: bytes, settings: Settings) -> bytes:
    """Return the Set-Cookie value for a visitor."""
    secure = "; Secure" if settings.secure_cookies else ""
    return (
        f"{NAME}={visitor.hex()}; Path=/; Max-Age={MAX_AGE_SECONDS}; HttpOnly; SameSite=Lax{secure}"
    ).encode()


def cookie(visitor: UUID, settings: Settings) -> Cookie:
    """Return the same cookie for a Litestar answer."""
    return Cookie(
        key=NAME,
        value=visitor.hex,
        path="/",
        max_age=MAX_AGE_SECONDS,
        httponly=True,
        samesite="lax",
        secure=settings.secure_cookies,
    )
