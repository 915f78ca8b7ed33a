"""Idea: which items a list shows and in which order, in words that a URL can hold."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from uuid import UUID

EXPIRING_DAYS = 7
"""What "about to expire" means where nobody says otherwise."""
EXPIRING_DAYS_MAX = 366
QUIET_DAYS = 30
"""Not shared for so many days is zero shares 零转发."""
LABELS_ASKED_MAX = 5

VALIDITY: dict[str, str] = {
    "current": "有效中",
    "upcoming": "未开始",
    "expiring": "即将到期",
    "expired": "已过期",
}
SORTS: dict[str, str] = {
    "-updated": "最近更新在前",
    "updated": "最早更新在前",
    "-created": "最近创建在前",
    "created": "最早创建在前",
    "until": "最先到期在前",
    "-until": "最晚到期在前",
    "shared": "最久没分享在前",
    "-shared": "最近分享在前",
}
SORT = "-updated"


@dataclass(frozen=True, slots=True)
class Filter:
    """Which items a list shows; empty values do not filter."""

    kind: str = ""
    state: str = ""
    """`draft`, `in_review`, `returned`, `approved` also find a live item's newer revision."""
    topic: str = ""
    q: str = ""
    label_ids: tuple[UUID, ...] = ()
    """Only items that have every one of these labels."""
    validity: str = ""
    """A key of VALIDITY, judged at `at`: of what is live; `upcoming`: approved for later."""
    expiring_days: int = EXPIRING_DAYS
    at: datetime | None = None
    """The instant that `validity` is judged by; needed with it."""
    quiet_since: date | None = None
    """Only what is live and has been shared by nobody on this day of the bank or later."""
    author_id: UUID | None = None
    updated_from: datetime | None = None
    updated_before: datetime | None = None
    live_only: bool = False
    """Only items with a live revision: all that those without `library.drafts` may see."""
    sort: str = SORT

    @property
    def expiring_before(self) -> datetime:
        """Return the instant after which nothing is about to expire; raises ValueError."""
        if self.at is None:
            raise ValueError("an instant is needed to judge validity by")
        return self.at + timedelta(days=self.expiring_days)
