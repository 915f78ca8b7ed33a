"""GET /poster-templates/{id}/tryout: ten telling employees and what becomes of their posters."""

from uuid import UUID

from litestar import Router, get
from litestar.params import FromPath

from contenthub.web import poster_tryout
from contenthub.web.deps import Db, Me
from contenthub.web.poster_tryout import TryoutView
from contenthub.web.signin import May


@get(
    "/poster-templates/{template_id:uuid}/tryout",
    guards=[May("posters.view")],
    summary="用 10 位最有代表性的员工试看海报",
    tags=["posters"],
)
async def try_template(template_id: FromPath[UUID], db: Db, me: Me) -> TryoutView:
    """Return ten employees of the caller's scope: longest names, rare characters, no photo, …

    Who would have no poster comes first, with the reason. Pictures are drawn when asked for.
    """
    return await poster_tryout.tryout_of(db, template_id, viewer=me)


HANDLERS = [Router("/api/v1", route_handlers=[try_template])]
