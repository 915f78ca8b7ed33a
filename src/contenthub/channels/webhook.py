"""An event on its way to a bank's own system: signed by Standard Webhooks, sent to one address.

Source: https://www.standardwebhooks.com (headers webhook-id, webhook-timestamp,
webhook-signature `v1,…`; several signatures, separated by a space, while a secret changes).
"""

import asyncio
import math
import socket
import ssl
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from email.utils import parsedate_to_datetime
from functools import cache

import httpx
from standardwebhooks import Webhook

from contenthub.channels import webhook_guard
from contenthub.channels.webhook_guard import Address, Rules, Target
from contenthub.errors import Upstream

TOTAL_SECONDS = 5.0
"""Name, connection and answer together."""
READ_BYTES = 64 * 1024
KEPT_BYTES = 2 * 1024
GONE = 410

Resolve = Callable[[str, int], Awaitable[list[str]]]


class NoAnswer(Upstream):
    """A receiver did not answer: no name, no connection, no time, or nonsense."""

    code = "webhook_no_answer"
    title = "接收方没有应答"

    def __init__(self, detail: str, *, took_ms: int) -> None:
        super().__init__(detail)
        self.took_ms = took_ms


@dataclass(frozen=True, slots=True)
class Letter:
    """One event, ready to be sent as often as it takes: the id and body never change."""

    id: str
    """`webhook-id`: the receiver knows a repetition by it."""
    url: str
    body: bytes
    secrets: tuple[str, ...]
    """`whsec_…`; two while a secret changes: the new one first."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What a receiver said."""

    status: int
    text: str
    """At most 2 KiB of it."""
    took_ms: int
    retry_after_seconds: int | None = None
    """What its `Retry-After` asks for, from `at` of the attempt; None: nothing readable."""

    @property
    def is_accepted(self) -> bool:
        """Whether the receiver has the event (2xx)."""
        return 200 <= self.status < 300


def signed_headers(letter: Letter, at: datetime) -> dict[str, str]:
    """Return the headers that prove who sent a letter and when (`at`: of this attempt)."""
    text = letter.body.decode()
    signatures = [Webhook(secret).sign(letter.id, at, text) for secret in letter.secrets]
    return {
        "webhook-id": letter.id,
        "webhook-timestamp": str(int(at.timestamp())),
        "webhook-signature": " ".join(signatures),
        "content-type": "application/json",
        # Packed answers could unfold without end; nobody needs them here.
        "accept-encoding": "identity",
        "user-agent": "contenthub-webhooks/1",
    }


async def resolved(host: str, port: int) -> list[str]:
    """Return the addresses of a host by the system's resolver; raises OSError."""
    loop = asyncio.get_running_loop()
    found = await loop.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return [str(entry[4][0]) for entry in found]


async def send(
    letter: Letter, *, rules: Rules, at: datetime, resolve: Resolve = resolved
) -> Answer:
    """POST a letter and return the answer, whatever its status.

    The name is resolved once, here, and the connection goes to that address; redirects are
    not followed, proxies of the environment not used.

    Raises:
        UnsafeTarget: the address is not allowed (webhook_guard.py); nothing was sent.
        NoAnswer: nobody there, too slow, or the answer is no HTTP.
    """
    target = webhook_guard.target_of(letter.url, rules)
    started = _now()
    try:
        async with asyncio.timeout(TOTAL_SECONDS):
            found = await resolve(target.host, target.port)
            addresses = webhook_guard.check_addresses(target, found, rules)
            return await _post(target, addresses, letter, at=at, started=started)
    except TimeoutError as error:
        raise NoAnswer(f"{TOTAL_SECONDS:.0f} 秒内没有应答", took_ms=_ms(started)) from error
    except (httpx.HTTPError, OSError, ValueError) as error:
        raise NoAnswer(_words(error), took_ms=_ms(started)) from error


async def _post(
    target: Target,
    addresses: Sequence[Address],
    letter: Letter,
    *,
    at: datetime,
    started: float,
) -> Answer:
    headers = {"host": target.authority, **signed_headers(letter, at)}
    # A client of its own: a kept connection to an address was proven for another name.
    async with httpx.AsyncClient(
        verify=_tls(), trust_env=False, follow_redirects=False, timeout=TOTAL_SECONDS
    ) as client:
        request = client.build_request(
            "POST",
            target.at(addresses[0]),
            content=letter.body,
            headers=headers,
            extensions={"sni_hostname": target.host},
        )
        response = await client.send(request, stream=True)
        try:
            kept = await _read(response)
        finally:
            await response.aclose()
    asked = retry_after(response.headers.get("retry-after", ""), at)
    return Answer(response.status_code, _text(kept), _ms(started), asked)


def retry_after(said: str, at: datetime) -> int | None:
    """Return the seconds a `Retry-After` asks for, or None for none, nonsense or the past.

    Source: RFC 9110, 10.2.3: whole seconds, or an HTTP date.
    """
    word = said.strip()
    if word.isascii() and word.isdecimal():
        return int(word[:9])
    try:
        until = parsedate_to_datetime(word)
    except (ValueError, TypeError, IndexError, OverflowError):
        return None
    if until.tzinfo is None:
        return None
    seconds = math.ceil((until - at).total_seconds())
    return seconds if seconds > 0 else None


async def _read(response: httpx.Response) -> bytes:
    kept, read = b"", 0
    async for part in response.aiter_raw():
        kept = (kept + part)[:KEPT_BYTES]
        read += len(part)
        if read >= READ_BYTES:
            break
    return kept


def _text(kept: bytes) -> str:
    # PostgreSQL keeps no NUL; the rest is shown escaped.
    return kept.decode("utf-8", "replace").replace("\x00", "�")


@cache
def _tls() -> ssl.SSLContext:
    # Reading the certificates costs more than a call. SSL_CERT_FILE adds a bank's own CA.
    return httpx.create_ssl_context(trust_env=True)


def _now() -> float:
    return asyncio.get_running_loop().time()


def _ms(started: float) -> int:
    return round((_now() - started) * 1000)


def _words(error: Exception) -> str:
    if isinstance(error, socket.gaierror):
        return "找不到这个主机名"
    if "CERTIFICATE_VERIFY_FAILED" in str(error):
        return "接收方的 HTTPS 证书不被信任或已过期"
    if isinstance(error, httpx.ConnectError | ConnectionError):
        return "连接不上接收方"
    if isinstance(error, httpx.TimeoutException):
        return "接收方应答太慢"
    return "接收方的应答不是正常的 HTTP"
