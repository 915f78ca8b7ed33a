"""What the drag editor asks while somebody draws: layers as painted, the true picture, faults."""

from typing import Any

import msgspec
from litestar import Request, post
from litestar.params import JSONBody

from contenthub.posters.editing import Fault
from contenthub.web import poster_drafting
from contenthub.web.deps import TheHouse
from contenthub.web.poster_drafting import CanvasView, Drawing, PreviewView
from contenthub.web.signin import May, principal_of

HERE = "/console/posters/canvas"


class CheckView(msgspec.Struct):
    """What stands in the way of a submission; nothing when the design may go to review."""

    faults: list[Fault]


@post(HERE, guards=[May("posters.write")], status_code=200, include_in_schema=False)
async def show_layers(
    request: Request[Any, Any, Any], data: JSONBody[Drawing], house: TheHouse
) -> CanvasView:
    """Return the wanted layers of the design as painted, and its faults."""
    return await poster_drafting.canvas(house, principal_of(request), data)


@post(f"{HERE}/preview", guards=[May("posters.write")], status_code=200, include_in_schema=False)
async def show_poster(
    request: Request[Any, Any, Any], data: JSONBody[Drawing], house: TheHouse
) -> PreviewView:
    """Return the design as it will be for one employee."""
    return await poster_drafting.preview(house, principal_of(request), data)


@post(f"{HERE}/check", guards=[May("posters.write")], status_code=200, include_in_schema=False)
async def check_design(
    request: Request[Any, Any, Any], data: JSONBody[Drawing], house: TheHouse
) -> CheckView:
    """Return what a submission would be refused for."""
    return CheckView(await poster_drafting.checked(house, principal_of(request), data))


HANDLERS = [show_layers, show_poster, check_design]
