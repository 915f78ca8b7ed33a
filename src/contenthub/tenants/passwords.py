"""Passwords: argon2id at OWASP's floor, checked off the event loop, few at a time."""

import asyncio
import gzip
import os
import sys
import threading
import unicodedata
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from pathlib import Path
from typing import TypeVar

from argon2 import PasswordHasher
from argon2.exceptions import Argon2Error

from contenthub.errors import Invalid

T = TypeVar("T")
# OWASP Password Storage Cheat Sheet: argon2id, m = 19 MiB, t = 2, p = 1.
_HASHER = PasswordHasher(memory_cost=19456, time_cost=2, parallelism=1)
AT_ONCE = max(1, min(4, (os.cpu_count() or 1) - 1))
"""One processor stays free, so that a hundred log-ins at once slow nobody's page."""
_TURNS = asyncio.Semaphore(AT_ONCE)


def _step_back() -> None:
    # Linux gives threads a priority each: hashing waits for the event loop, not it for hashing.
    if sys.platform == "linux":
        os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), 10)


_THREADS = ThreadPoolExecutor(AT_ONCE, thread_name_prefix="argon2", initializer=_step_back)
MIN_CHARS, MAX_CHARS = 8, 128
WORD_CHARS = 3
"""Shorter names (a surname in pinyin) are parts of too many good passwords."""
REST_CHARS = 6
"""So much must a password have besides our own names: 清源2026 has only a year."""
_COMMON_FILE = Path(__file__).with_name("common_passwords.txt.gz")


@cache
def common() -> frozenset[str]:
    """Return the passwords that guessers try first (scripts/common_passwords.py makes the file)."""
    return frozenset(gzip.decompress(_COMMON_FILE.read_bytes()).decode().split("\n"))


def check_strength(password: str, *, names: Iterable[str] = ()) -> str:
    """Return `password` if it is long enough and nobody's first guess; raises Invalid.

    There are no rules about kinds of characters (ASVS 6.2.5). `names` are words of the bank
    and the person: a password that is little more than one of them is refused.
    """
    if not MIN_CHARS <= len(password) <= MAX_CHARS:
        raise Invalid.of(
            "password",
            f"密码需要 {MIN_CHARS} 到 {MAX_CHARS} 个字符，现在是 {len(password)} 个；"
            "汉字、字母、数字、空格和符号都可以",
        )
    plain = _plain(password)
    if plain in common() or len(set(plain)) < 4:
        raise Invalid.of(
            "password", "这个密码太常见，很容易被猜到；请换一个，例如用几个不相干的词连起来"
        )
    rest = plain
    for name in sorted({_plain(name) for name in names}, key=len, reverse=True):
        if len(name) >= WORD_CHARS or (len(name) == 2 and not name.isascii()):
            rest = rest.replace(name, "")
    if rest != plain and len(rest) < REST_CHARS:
        raise Invalid.of(
            "password", "密码里除了本行或本人的名称、登录名、电话之外太短，容易被猜到；请换一个"
        )
    return password


def own_words(*, slug: str, bank: Iterable[str], person: Iterable[str]) -> list[str]:
    """Return the words that no password of a person may be made of.

    `bank` are the bank's names and hotline, `person` the own log-in, name and phone; Chinese
    ones count in pinyin too.
    """
    named = [word for word in (*bank, *person) if word]
    short = [word.removesuffix(end) for word in named for end in _BANK_ENDS if word != end]
    parts = [part for part in slug.split("-") if len(part) > WORD_CHARS]
    spoken = [told for word in (*named, *short) if not word.isascii() for told in _pinyin(word)]
    return list({slug, *parts, *named, *short, *spoken} - {""})


_BANK_ENDS = ("农村商业银行", "农商银行", "农商行", "银行")


def _pinyin(chinese: str) -> list[str]:
    from pypinyin import lazy_pinyin  # its dictionary is large, and few requests set a password

    syllables = lazy_pinyin(chinese)
    return ["".join(syllables), "".join(s[:1] for s in syllables if len(syllables) > WORD_CHARS)]


def _plain(text: str) -> str:
    return unicodedata.normalize("NFKC", text).casefold()


def hash_password(password: str) -> str:
    """Return the argon2id hash of a password (about 25 ms; call it in a thread)."""
    return _HASHER.hash(password)


async def _in_turn(work: Callable[..., T], *given: str) -> T:
    async with _TURNS:
        return await asyncio.get_running_loop().run_in_executor(_THREADS, work, *given)


async def hashed(password: str, *, names: Iterable[str] = ()) -> str:
    """Return the hash of a new password, made off the event loop; raises Invalid if weak."""
    strong = check_strength(password, names=names)
    return await _in_turn(hash_password, strong)


@cache
def _nobody() -> str:
    # Made when it is first needed: most processes start often and check no password.
    return _HASHER.hash("nobody has this password")


def _matches(stored: str, password: str) -> bool:
    # An unknown user costs the same time as a known one (reliability S1), also at the first time.
    nobody = _nobody()
    try:
        # As received, never cut (ASVS 6.2.8): what is too long is nobody's, and costs the same.
        fits = bool(stored) and len(password) <= MAX_CHARS
        return _HASHER.verify(stored or nobody, password[: MAX_CHARS + 1]) and fits
    except Argon2Error:
        return False


async def matches(stored: str, password: str) -> bool:
    """Return whether `password` is the one of `stored`; an empty `stored` takes as long."""
    return await _in_turn(_matches, stored, password)


async def renewed(stored: str, password: str) -> str:
    """Return `stored`, or a hash of the same password when its parameters have become too weak."""
    if not _HASHER.check_needs_rehash(stored):
        return stored
    return await _in_turn(hash_password, password)
