"""What a list's filters offer, and what an optional select sent."""

from uuid import UUID

from contenthub.db import Read
from contenthub.errors import Invalid
from contenthub.tenants import queries as tenants
from contenthub.tenants.models import Staff


def chosen_id(text: str, name: str) -> UUID | None:
    """Return the id an optional select sent, None for its empty choice; raises Invalid."""
    try:
        return UUID(text) if text else None
    except ValueError as error:
        raise Invalid.of(name, "请从列表中选择") from error


async def branch_options(db: Read, me: Staff, visible: set[UUID] | None) -> list[tuple[str, str]]:
    """Return (value, name) of the branches in reach (`visible` None: all), the empty one first."""
    branches = await tenants.branches(db)
    if visible is not None:
        inside = tenants.subtree(branches, me.branch_id)
        branches = [branch for branch in branches if branch.id in inside]
    return [("", "全部机构"), *((str(b.id), b.name) for b in branches)]
