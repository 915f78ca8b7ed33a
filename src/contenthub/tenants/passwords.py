"""Passwords: argon2id at OWASP's floor, checked off the event loop, few at a time."""

import asyncio

from argon2 import PasswordHasher
from argon2.exceptions import Argon2Error

from contenthub.errors import Invalid

# OWASP Password Storage Cheat Sheet: argon2id, m = 19 MiB, t = 2, p = 1.
_HASHER = PasswordHasher(memory_cost=19456, time_cost=2, parallelism=1)
# An unknown user costs the same time as a known one (reliability S1).
_NOBODY = _HASHER.hash("nobody has this password")
_AT_ONCE = asyncio.Semaphore(4)
MIN_CHARS, MAX_CHARS = 8, 128
_WEAK = frozenset(
    "12345678 123456789 1234567890 password password1 88888888 66666666 11111111 00000000 "
    "abcd1234 a1234567 qwertyui 1qaz2wsx admin123 admin888 11223344 87654321 123123123".split()
)


def check_strength(password: str) -> str:
    """Return `password` if long enough and not one of the most guessed ones; raises Invalid."""
    if not MIN_CHARS <= len(password) <= MAX_CHARS:
        raise Invalid.of("password", f"密码需要 {MIN_CHARS} 到 {MAX_CHARS} 个字符")
    if password.lower() in _WEAK or len(set(password)) < 4:
        raise Invalid.of("password", "这个密码太容易被猜到，请换一个")
    return password


def hash_password(password: str) -> str:
    """Return the argon2id hash of a password (about 25 ms; call it in a thread)."""
    return _HASHER.hash(password)


async def hashed(password: str) -> str:
    """Return the hash of a new password, made off the event loop; raises Invalid if weak."""
    strong = check_strength(password)
    async with _AT_ONCE:
        return await asyncio.to_thread(hash_password, strong)


def _matches(stored: str, password: str) -> bool:
    try:
        return _HASHER.verify(stored or _NOBODY, password) and bool(stored)
    except Argon2Error:
        return False


async def matches(stored: str, password: str) -> bool:
    """Return whether `password` is the one of `stored`; an empty `stored` takes as long."""
    async with _AT_ONCE:
        return await asyncio.to_thread(_matches, stored, password[:MAX_CHARS])
