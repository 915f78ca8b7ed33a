"""Reads of whether what a push shows, its poster above all, may still be sent."""

from uuid import UUID

from contenthub.db import Read
from contenthub.library import queries_rules
from contenthub.posters import queries as posters
from contenthub.posters import queries_wording
from contenthub.scheduler.models import Push


async def refusal(db: Read, template_revision_id: UUID | None) -> str:
    """Return why a push's poster may not be sent under the rules of today, '' where it may."""
    if template_revision_id is None:
        return ""
    revision = await posters.template_revision(db, template_revision_id)
    return await queries_wording.refusal(db, revision)


async def fails_rules(db: Read, push: Push) -> bool:
    """Return whether a rule of today forbids the wording of a push, or its poster's words."""
    if await queries_rules.failing_now(db, push.revision_id) is not None:
        return True
    return bool(await refusal(db, push.template_revision_id))
