"""Idea: the signed token of one shown page; its visit id and instant make a report unique.

The token names the visit (id, instant) and is signed for one link and one browser.
Whoever replays it meets the row of the first report, so a replay counts nothing.
"""

import hmac
from base64 import urlsafe_b64decode, urlsafe_b64encode
from binascii import Error as NotBase64
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from hashlib import blake2s
from uuid import UUID

from contenthub.errors import Invalid

Sign = Callable[[bytes], bytes]
"""Signs bytes for one bank and purpose; 16 bytes long (tenants/sealing.py Keyring.sign)."""

PURPOSE = "page/v1"
LIFE = timedelta(hours=24)
CLOCKS_APART = timedelta(minutes=2)
"""How far the clocks of two web nodes may differ."""
_LENGTH = 16 + 8 + 16
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_STALE = "页面已过期，请返回刷新后再提交"


@dataclass(frozen=True, slots=True)
class Page:
    """What a good token says: which visit, and when its page was given out."""

    visit_id: UUID
    at: datetime


def microseconds(at: datetime) -> int:
    """Return whole microseconds since 1970, without the rounding of floats."""
    return (at - _EPOCH) // timedelta(microseconds=1)


def instant(at_us: int) -> datetime:
    """Return the instant of a count of microseconds since 1970."""
    return _EPOCH + timedelta(microseconds=at_us)


def token(visit_id: bytes, at_us: int, *, link_id: bytes, browser: str, sign: Sign) -> str:
    """Return the token of a page given out at `at_us` (µs) to the user agent `browser`."""
    body = visit_id + at_us.to_bytes(8)
    signature = sign(body + link_id + _mark(browser))
    return urlsafe_b64encode(body + signature).rstrip(b"=").decode()


def read_token(text: str, *, link_id: bytes, browser: str, sign: Sign, now: datetime) -> Page:
    """Return what the token says.

    Raises:
        Invalid: not our signature, another link or browser, or older than a day.
    """
    try:
        raw = urlsafe_b64decode(text.encode("ascii") + b"==")
    except (NotBase64, UnicodeEncodeError) as error:
        raise Invalid.of("token", _STALE) from error
    if len(raw) != _LENGTH:
        raise Invalid.of("token", _STALE)
    body, signature = raw[:24], raw[24:]
    if not hmac.compare_digest(sign(body + link_id + _mark(browser)), signature):
        raise Invalid.of("token", _STALE)
    at = instant(int.from_bytes(body[16:]))
    if not -CLOCKS_APART <= now - at <= LIFE:
        raise Invalid.of("token", _STALE)
    return Page(UUID(bytes=body[:16]), at)


def _mark(browser: str) -> bytes:
    return blake2s(browser.encode("utf-8", "replace"), digest_size=8).digest()
