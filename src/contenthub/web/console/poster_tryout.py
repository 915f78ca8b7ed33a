"""用 10 位员工试看: a strip of telling employees' posters, drawn from the newest design."""

from typing import Any
from uuid import UUID

from litestar import Request, get
from litestar.params import FromPath
from litestar.response import Template

from contenthub.errors import NotFound
from contenthub.web import poster_tryout
from contenthub.web.deps import TheHouse
from contenthub.web.pages import page
from contenthub.web.signin import May, principal_of


@get(
    "/console/posters/{template_id:uuid}/tryout",
    guards=[May("posters.view")],
    include_in_schema=False,
)
async def try_with_ten(
    request: Request[Any, Any, Any], template_id: FromPath[UUID], house: TheHouse
) -> Template:
    """Return the strip, for the poster's page and the editor's."""
    found = await poster_tryout.tryout_of(house, principal_of(request), template_id)
    return page(request, "console/_poster_tryout.html", tryout=found, template_id=template_id)


@get(
    "/console/posters/{template_id:uuid}/tryout/{employee_id:uuid}",
    guards=[May("posters.view")],
    include_in_schema=False,
)
async def enlarge(
    request: Request[Any, Any, Any],
    template_id: FromPath[UUID],
    employee_id: FromPath[UUID],
    house: TheHouse,
) -> Template:
    """Return one of the ten, large."""
    found = await poster_tryout.one_of(house, principal_of(request), template_id, employee_id)
    if found is None:
        raise NotFound("没有找到这位员工，请重新打开试看")
    return page(request, "console/_poster_tryout_big.html", one=found)


HANDLERS = [try_with_ten, enlarge]
