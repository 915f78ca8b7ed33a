"""GET and PUT /poster-templates/{id}/background: the background of one's own poster."""

from uuid import UUID

import msgspec
from litestar import Router, get, put
from litestar.params import FromPath, JSONBody

from contenthub.posters import actions_choices, choosing, queries, queries_choices
from contenthub.posters.models import TemplateRevision
from contenthub.web.deps import Db, Me, Now, keep_answer
from contenthub.web.signin import May


class BackgroundBody(msgspec.Struct, forbid_unknown_fields=True):
    """The number of the background: 0 is the poster's own, 1 and on those offered instead."""

    background: int


class BackgroundView(msgspec.Struct):
    """The background one's own poster has, and how many were approved with it (1: no choice)."""

    background: int
    offered: int


def _view(revision: TemplateRevision, background: int) -> BackgroundView:
    return BackgroundView(background, choosing.stored_backgrounds(revision.layers))


@get(
    "/poster-templates/{template_id:uuid}/background",
    guards=[May("links.write")],
    summary="我这张海报用的背景",
    tags=["posters"],
)
async def show_background(template_id: FromPath[UUID], db: Db, me: Me, now: Now) -> BackgroundView:
    """Return the background your poster of a live template has."""
    _, revision = await queries.live_design(db, template_id, at=now)
    return _view(revision, await queries_choices.chosen(db, revision, me.id))


@put(
    "/poster-templates/{template_id:uuid}/background",
    guards=[May("links.write")],
    summary="换我这张海报的背景，以后都用它",
    tags=["posters"],
)
async def choose_background(
    template_id: FromPath[UUID], data: JSONBody[BackgroundBody], db: Db, me: Me, now: Now
) -> BackgroundView:
    """Remember the background of your poster: in links, pushes, batches and on the CDN."""
    background = data.background
    return _view(
        await actions_choices.choose(db, template_id, background, by=me, at=now), background
    )


HANDLERS = [
    Router(
        "/api/v1",
        route_handlers=[show_background, choose_background],
        after_request=keep_answer,
    )
]
