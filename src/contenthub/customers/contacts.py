"""Idea: what may be written of a contact with a customer."""

from dataclasses import dataclass
from datetime import date, timedelta

from contenthub.errors import Invalid

#: slug -> the word a clerk reads.
WAYS: dict[str, str] = {
    "call": "电话",
    "wecom": "企业微信",
    "visit": "上门",
    "counter": "网点",
    "other": "其他",
}
NOTE_MAX_CHARS = 300
OLDEST_DAYS = 366


@dataclass(frozen=True, slots=True)
class ContactDraft:
    """A contact as an employee writes it down; without a day it was today."""

    way: str
    note: str = ""
    is_reached: bool = True
    on: date | None = None


def checked(draft: ContactDraft, *, today: date) -> tuple[ContactDraft, date]:
    """Return the draft as it is kept, and its day. Raises Invalid by field."""
    on, note, wrong = draft.on or today, draft.note.strip(), {}
    if draft.way not in WAYS:
        wrong["way"] = f"请选择联系方式：{'、'.join(WAYS.values())}"
    if len(note) > NOTE_MAX_CHARS or any(not c.isprintable() and c not in "\r\n\t" for c in note):
        wrong["note"] = f"联系内容最多 {NOTE_MAX_CHARS} 个字，且不能有看不见的控制字符，请修改"
    if not today - timedelta(days=OLDEST_DAYS) <= on <= today:
        wrong["on"] = "联系日期应在最近一年内，不能晚于今天"
    if wrong:
        raise Invalid(fields=wrong)
    return ContactDraft(draft.way, note, draft.is_reached, on), on
