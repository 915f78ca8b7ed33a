"""Idea: one-time codes of a telephone (RFC 6238: SHA-1, 6 digits, 30 s) and recovery codes.

Every authenticator app reads exactly these parameters; others are not understood by all.
"""

import base64
import hmac
from datetime import datetime
from hashlib import sha256
from urllib.parse import quote, urlencode
from uuid import UUID

DIGITS = 6
STEP_SECONDS = 30
SECRET_BYTES = 20
"""RFC 4226 §4 R6: 160 bits."""
WINDOW_STEPS = 1
"""A clock may be wrong by one step either way (RFC 6238 §5.2)."""
RECOVERY_CODES = 10
RECOVERY_CHARS = 24
RECOVERY_ALPHABET = "23456789abcdefghjkmnpqrstuvwxyz"
"""No letter looks like a digit; 24 of 31 are 118 bits, so that a plain hash keeps them safe
(ASVS 5.0 V6.5.2 asks for 112)."""


def base32(secret: bytes) -> str:
    """Return a secret as people type it into an app."""
    return base64.b32encode(secret).decode().rstrip("=")


def grouped(text: str, size: int = 4) -> str:
    """Return `text` in groups of `size`, to be read out or typed."""
    return " ".join(text[i : i + size] for i in range(0, len(text), size))


def uri(secret: bytes, *, issuer: str, account: str) -> str:
    """Return the `otpauth://` address that an app reads from the QR code."""
    label = f"{quote(issuer)}:{quote(account)}"
    asked = {"secret": base32(secret), "issuer": issuer}
    return f"otpauth://totp/{label}?{urlencode(asked, quote_via=quote)}"


def step_at(at: datetime) -> int:
    """Return the number of the 30-second step that `at` lies in."""
    return int(at.timestamp()) // STEP_SECONDS


def code_of(secret: bytes, step: int) -> str:
    """Return the code of one step (RFC 4226 §5.3)."""
    mac = hmac.digest(secret, step.to_bytes(8, "big"), "sha1")
    start = mac[-1] & 15
    number = int.from_bytes(mac[start : start + 4], "big") & 0x7FFFFFFF
    return str(number % 10**DIGITS).zfill(DIGITS)


def matching_step(secret: bytes, code: str, *, at: datetime, after: int) -> int | None:
    """Return the step whose code `code` is, or None.

    `after` is the last step that was used: it and all before it are used up.
    """
    typed = _typed(code)
    if len(typed) != DIGITS or not (typed.isascii() and typed.isdigit()):
        return None
    now = step_at(at)
    steps = range(now - WINDOW_STEPS, now + WINDOW_STEPS + 1)
    # All are compared, so that the time taken tells nothing.
    found = [s for s in steps if hmac.compare_digest(code_of(secret, s), typed) and s > after]
    return min(found, default=None)


def recovery_hash(staff_id: UUID, code: str) -> str | None:
    """Return what is kept of a recovery code, or None for what cannot be one."""
    typed = _typed(code).lower()
    if len(typed) != RECOVERY_CHARS or set(typed) - set(RECOVERY_ALPHABET):
        return None
    return sha256(staff_id.bytes + typed.encode()).hexdigest()


def shown_recovery(code: str) -> str:
    """Return a recovery code as it is printed: `abcd-efgh-jkmn-pqrs-tuvw-xyz2`."""
    return grouped(code).replace(" ", "-")


def _typed(code: str) -> str:
    return "".join(c for c in code[:64] if not c.isspace() and c not in "-—–_")
