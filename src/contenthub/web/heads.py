"""HEAD as HTTP means it: what GET would answer, without the body, and without leaving a trace.

Whoever checks a link or a file's size before fetching it (download managers, link previews,
monitoring) gets the answer of the page itself. Nothing is written for it: no download in the
audit, no link, no notice read (RFC 9110, 9.2.1); and no stream is read to its end for nobody.
Static files and `/s/{code}` answer it on their own.
"""

import asyncio
from typing import Any

from contenthub.db import keeps_nothing
from contenthub.web.edge import Message, Receive, Scope, Send

_OWN = "/static/"
_NO_BODY: Message = {"type": "http.response.body", "body": b"", "more_body": False}
_GONE: Message = {"type": "http.disconnect"}


class Heads:
    """Stands before the routes, none of which knows HEAD."""

    def __init__(self, app: Any) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one connection."""
        is_head = scope["type"] == "http" and scope["method"] == "HEAD"
        if not is_head or scope["path"].startswith(_OWN):
            await self._app(scope, receive, send)
            return
        answered = False

        async def send_bare(message: Message) -> None:
            nonlocal answered
            if message["type"] == "http.response.start":
                await send(message)
                await send(_NO_BODY)
                answered = True
            else:
                await asyncio.sleep(0)  # a stream that never waits would hear of nothing

        async def receive_until_answered() -> Message:
            # Whoever streams hears that nobody listens, and reads no further.
            return _GONE if answered else await receive()

        token = keeps_nothing.set(True)
        try:
            await self._app({**scope, "method": "GET"}, receive_until_answered, send_bare)
        finally:
            keeps_nothing.reset(token)
