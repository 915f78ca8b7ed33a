"""The one table of what can be reviewed; the API and the page decide through it."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from contenthub.db import Write
from contenthub.library import actions as library
from contenthub.library import actions_reviews
from contenthub.library.models import Review
from contenthub.posters import actions as posters
from contenthub.scheduler import actions as scheduler
from contenthub.tenants.models import Staff

Decision = Callable[..., Awaitable[Any]]


@dataclass(frozen=True, slots=True)
class Subject:
    """A kind of thing a second person looks at, and the actions that decide it."""

    label: str
    icon: str
    approve: Decision
    give_back: Decision


SUBJECTS: dict[str, Subject] = {
    "revision": Subject(
        "内容", "books", approve=library.approve_revision, give_back=library.return_revision
    ),
    "template": Subject(
        "海报", "photo-edit", approve=posters.approve_template, give_back=posters.return_template
    ),
    "push": Subject(
        "推送", "send", approve=scheduler.approve_push, give_back=scheduler.return_push
    ),
}


async def approve(
    db: Write, review_id: UUID, *, comment: str = "", by: Staff, at: datetime
) -> Review:
    """Approve the subject of a waiting review; raises what its room's action raises."""
    taken = await actions_reviews.take_review(db, review_id, "approve", by=by)
    await SUBJECTS[taken.subject_kind].approve(db, taken, comment=comment, by=by, at=at)
    return taken


async def give_back(db: Write, review_id: UUID, *, comment: str, by: Staff, at: datetime) -> Review:
    """Return the subject of a waiting review to its author, with the reason."""
    taken = await actions_reviews.take_review(db, review_id, "return", by=by)
    await SUBJECTS[taken.subject_kind].give_back(db, taken, comment=comment, by=by, at=at)
    return taken
