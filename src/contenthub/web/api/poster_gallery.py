"""GET /poster-starters: the shipped designs that a new poster may begin from."""

import msgspec
from litestar import Router, get

from contenthub.posters.starters import SEASONS, starters
from contenthub.web.signin import May


class StarterView(msgspec.Struct):
    """A shipped design: `code` (or `code.size`) is what a new template's `starter` says."""

    code: str
    title: str
    topic: str
    season: str
    sizes: list[str]


class StartersView(msgspec.Struct):
    """All shipped designs, and what their seasons are called."""

    items: list[StarterView]
    seasons: dict[str, str]


@get(
    "/poster-starters",
    guards=[May("posters.view")],
    summary="自带的海报模板（起始设计）",
    tags=["posters"],
)
async def list_starters() -> StartersView:
    """Return the shipped designs with the sizes each comes in, its first one the usual."""
    found = [
        StarterView(code, one.title, one.topic, one.season, list(one.sizes))
        for code, one in starters().items()
    ]
    return StartersView(found, SEASONS)


HANDLERS = [Router("/api/v1", route_handlers=[list_starters])]
