"""HEAD as HTTP means it: what GET would answer, without the body.

Whoever checks a link or a file's size before fetching it (download managers, link previews,
monitoring) gets the answer of the page itself. Static files and `/s/{code}` answer it on their own.
"""

from typing import Any

from contenthub.web.edge import Message, Receive, Scope, Send

_OWN = "/static/"


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

        async def send_bare(message: Message) -> None:
            if message["type"] == "http.response.body":
                message = {**message, "body": b""}
            await send(message)

        await self._app({**scope, "method": "GET"}, receive, send_bare)
