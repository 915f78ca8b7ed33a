"""GET /poster-templates/{id}/tryout: ten telling employees and what becomes of their posters."""

from typing import Any
from uuid import UUID

from litestar import Request, Router, get
from litestar.params import FromPath

from contenthub.web import poster_tryout
from contenthub.web.deps import TheHouse
from contenthub.web.poster_tryout import TryoutView
from contenthub.web.signin import May, principal_of


@get(
    "/poster-templates/{template_id:uuid}/tryout",
    guards=[May("posters.view")],
    summary="用 10 位最有代表性的员工试看海报",
    tags=["posters"],
)
async def try_template(
    template_id: FromPath[UUID], request: Request[Any, Any, Any], house: TheHouse
) -> TryoutView:
    """Return ten employees of the caller's scope: longest names, rare characters, no photo, …

    The worst come first: no poster, a text that is hidden or not legible as drawn, one shortened,
    one made smaller; each with the reason.
    """
    return await poster_tryout.tryout_of(house, principal_of(request), template_id)


HANDLERS = [Router("/api/v1", route_handlers=[try_template])]
