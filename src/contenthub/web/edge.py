"""The outermost ASGI layer: request id, log context, nonce, security headers on everything."""

import logging
import re
import secrets
import time
from collections.abc import Awaitable, Callable
from contextvars import ContextVar
from typing import Any

from contenthub import log
from contenthub.db import new_id
from contenthub.web.safeheaders import content_security_policy, fixed_headers

# The ASGI protocol's own loose shapes: Litestar's TypedDicts do not fit a bare dispatcher.
Scope = dict[str, Any]
Message = dict[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]

current_scope: ContextVar[dict[str, Any] | None] = ContextVar("current_scope", default=None)
_PRIVATE = ("/console", "/m", "/api/", "/login", "/platform", "/account", "/setup")
_REQUEST_ID = re.compile(r"[A-Za-z0-9-]{8,64}")


class Edge:
    """Wraps the whole house, so that 404s, errors and static files are covered too."""

    def __init__(
        self, app: Any, *, secure: bool, upload_origin: str = "", picture_origin: str = ""
    ) -> None:
        self._app = app
        self._upload_origin, self._picture_origin = upload_origin, picture_origin
        self._fixed = fixed_headers(secure=secure)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one connection."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        headers = dict(scope["headers"])
        sent = headers.get(b"x-request-id", b"").decode("latin-1")
        request_id = sent if _REQUEST_ID.fullmatch(sent) else str(new_id())
        nonce = secrets.token_urlsafe(16)
        state: dict[str, Any] = scope.setdefault("state", {})
        state.update(request_id=request_id, csp_nonce=nonce)
        tokens = (log.request_id.set(request_id), current_scope.set(scope))
        started = time.perf_counter()
        status = 500
        # What a signed-in person sees stays in no cache, unless its handler says otherwise.
        private = scope["path"].startswith(_PRIVATE)

        async def send_with_headers(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                given = list(message["headers"])
                if private and not any(name.lower() == b"cache-control" for name, _ in given):
                    given.append((b"cache-control", b"no-store"))
                given += state.get("headers", ())  # what is left of a rate limit
                given += self._headers(request_id, nonce)
                message = {**message, "headers": given}
            await send(message)

        try:
            await self._app(scope, receive, send_with_headers)
        except Exception:
            # The server logs it too, but by then nobody knows which request it was.
            log.event("request.failed", level=logging.ERROR, path=scope["path"])
            logging.getLogger("contenthub").exception("request.trace")
            raise
        finally:
            # A visit that was answered is a row already; a line for each would cost more
            # than the visit itself.
            quiet = scope["path"].startswith(("/static/", "/livez")) or state.get("quiet")
            if not quiet:
                log.event(
                    "request.served",
                    method=scope["method"],
                    path=scope["path"],
                    status=status,
                    took_ms=round((time.perf_counter() - started) * 1000, 1),
                )
            current_scope.reset(tokens[1])
            log.request_id.reset(tokens[0])

    def _headers(self, request_id: str, nonce: str) -> tuple[tuple[bytes, bytes], ...]:
        policy = content_security_policy(nonce, self._upload_origin, self._picture_origin).encode()
        return (
            (b"x-request-id", request_id.encode()),
            (b"content-security-policy", policy),
            *self._fixed,
        )
