"""Idea: what earlier rows of a file have claimed, so that the rest mean what they meant before it.

A trial writes nothing and a load writes batch by batch: only when rows are looked up against what
was there before the file do both come to the same verdicts, whatever the size of a batch.
"""

from dataclasses import dataclass, field
from uuid import UUID

TitleKey = tuple[str, str]
"""(kind, title): what an item without a code is told by."""


@dataclass(slots=True)
class Claims:
    """The claims of the rows that were looked up so far, and the labels there is room for."""

    items: dict[UUID, str] = field(default_factory=dict)
    """Item -> the row that means it, in Chinese."""
    titles: dict[TitleKey, dict[UUID, str]] = field(default_factory=dict)
    """Titles of claimed items as they were before the file -> item -> its code."""
    labels: set[str] = field(default_factory=set)
    """Labels, folded, that the bank has or rows of the file make."""
    label_room: int = 0
    """How many more labels the bank may have."""

    def claim(self, item_id: UUID, where: str) -> str:
        """Return which earlier row means this item, "" when none: now this row has it."""
        earlier = self.items.get(item_id, "")
        if not earlier:
            self.items[item_id] = where
        return earlier

    def remember(self, key: TitleKey, item_id: UUID, code: str) -> None:
        """Remember the title that a claimed item had."""
        self.titles.setdefault(key, {})[item_id] = code

    def take_label(self, folded: str) -> bool:
        """Return whether the bank has a label, or has room for it: then the file makes it."""
        if folded in self.labels:
            return True
        if self.label_room <= 0:
            return False
        self.labels.add(folded)
        self.label_room -= 1
        return True


def place(sheet: str, line: int) -> str:
    """Return where a row stands, as people say it."""
    return f"“{sheet}”第 {line} 行"
