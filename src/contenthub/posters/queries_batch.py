"""Reads of whom a batch of posters is for: bounded by what its starter may see."""

from collections.abc import Collection, Mapping
from typing import Any, TypedDict
from uuid import UUID

from contenthub.db import Read
from contenthub.posters import queries
from contenthub.tenants import access
from contenthub.tenants import queries as tenants
from contenthub.tenants.models import Staff


class Whom(TypedDict):
    """What `queries.sharers` is narrowed by."""

    branch_ids: set[UUID] | None
    staff_ids: Collection[UUID] | None


def reach(viewer: Staff) -> UUID | None:
    """Return the branch whose tree bounds what a viewer may see; None for the whole bank."""
    return None if access.scope(viewer.roles) == "bank" else viewer.branch_id


async def whom(db: Read, params: Mapping[str, Any]) -> Whom:
    """Return whom a batch's posters are for: the branch wished for, inside its starter's reach."""
    tree = await tenants.branches(db)
    bounds = [
        tenants.subtree(tree, UUID(root)) for root in (params["branch_id"], params["reach"]) if root
    ]
    people = [UUID(one) for one in params.get("staff_ids", ())]
    return {
        "branch_ids": set.intersection(*bounds) if bounds else None,
        "staff_ids": people or None,
    }


async def narrowed(db: Read, viewer: Staff) -> tuple[str, int] | None:
    """Return the branch a viewer's batches are bounded by, and how many share there, if any is."""
    root = reach(viewer)
    if root is None:
        return None
    tree = await tenants.branches(db)
    name = next((each.name for each in tree if each.id == root), "")
    inside = tenants.subtree(tree, root)
    return name, await queries.sharer_count(db, branch_ids=inside)
