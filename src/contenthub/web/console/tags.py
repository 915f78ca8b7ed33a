"""标签: groups, tags with how many customers have them, and adding to both."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from litestar import Request, Response, get, post
from litestar.params import URLEncodedBody
from litestar.response import Template

from contenthub.customers import actions, queries, queries_preview
from contenthub.errors import Invalid
from contenthub.tenants import access
from contenthub.tenants import queries as tenants
from contenthub.web.deps import Db, Me, Now
from contenthub.web.pages import go, page
from contenthub.web.signin import May


@dataclass
class GroupForm:
    """What the form of a new group sends."""

    name: str = ""
    dimension: str = "kind"


@dataclass
class TagForm:
    """What the form of a new tag sends."""

    name: str = ""
    group_id: str = ""


@get("/console/tags", guards=[May("customers.view")], include_in_schema=False)
async def tags_page(request: Request[Any, Any, Any], db: Db, me: Me) -> Template:
    """Show the groups and their tags."""
    counts = await queries_preview.tag_counts(db, owner_ids=await tenants.visible_staff_ids(db, me))
    tags = await queries.tags(db)
    groups = await queries.tag_groups(db)
    return page(
        request,
        "console/tags.html",
        groups=[
            (
                group,
                [
                    {
                        "label": tag.name,
                        "value": counts.get(str(tag.id), 0),
                        "href": f"/console/customers?tag_id={tag.id}",
                    }
                    for tag in tags
                    if tag.group_id == group.id
                ],
            )
            for group in groups
        ],
        group_options=[(group.id, group.name) for group in groups],
        total=len(tags),
        dimensions=actions.DIMENSIONS,
        can_write=access.may(me.roles, "customers.import"),
        can_preview=access.may(me.roles, "audiences.view"),
    )


@post("/console/tag-groups", guards=[May("customers.import")], include_in_schema=False)
async def add_group(
    request: Request[Any, Any, Any], data: URLEncodedBody[GroupForm], db: Db, me: Me, now: Now
) -> Response[Any]:
    """Add a group."""
    await actions.create_group(db, data.name, dimension=data.dimension, by=me, at=now)
    return go(request, "/console/tags")


@post("/console/tags", guards=[May("customers.import")], include_in_schema=False)
async def add_tag(
    request: Request[Any, Any, Any], data: URLEncodedBody[TagForm], db: Db, me: Me, now: Now
) -> Response[Any]:
    """Add a tag to a group."""
    try:
        group_id = UUID(data.group_id)
    except ValueError as wrong:
        raise Invalid.of("group_id", "请选择标签组") from wrong
    await actions.create_tag(db, data.name, group_id, by=me, at=now)
    return go(request, "/console/tags")


HANDLERS = [tags_page, add_group, add_tag]
