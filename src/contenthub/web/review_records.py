"""The record of reviews (消保审查记录): who decided what, when, on which findings, and why."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from contenthub.db import Read, Write
from contenthub.library import queries, queries_comments, queries_reviews
from contenthub.library.models import Review
from contenthub.library.models_reviews import ReviewComment
from contenthub.library.queries_reviews import Wanted
from contenthub.tenants import actions as tenants
from contenthub.tenants.models import Staff
from contenthub.tenants.sealing import bank_id
from contenthub.web.review_desk import SUBJECTS
from contenthub.web.wordings import places

EXPORT_MAX = 10_000
STATES = {
    "waiting": "待审核",
    "approved": "通过",
    "returned": "退回",
    "withdrawn": "已撤回",
}
COLUMNS = (
    "标题",
    "类别",
    "步骤",
    "结果",
    "编写和提交",
    "进入本步时间",
    "时限",
    "审核人",
    "代谁审核",
    "审核时间",
    "是否超时",
    "审核意见",
    "规则包版本",
    "规则提示",
    "保留提示的理由",
    "字段意见",
    "内容哈希（SHA-256）",
    "提交编号",
)


@dataclass(frozen=True, slots=True)
class Record:
    """One decided step with everything that was said and seen."""

    review: Review
    label: str
    author: str
    reviewer: str
    acting_for: str
    remarks: list[tuple[ReviewComment, str, str]] = field(default_factory=list)
    """(comment, who, the field's words) in the order they were made."""

    @property
    def step(self) -> str:
        """Which step it was, as 1/2 业务初审."""
        one = self.review
        return f"{one.step_no}/{one.steps_total} {one.step_name}".strip()

    @property
    def is_late(self) -> bool:
        """Whether the decision came after the step was due."""
        one = self.review
        return bool(one.due_at and one.decided_at and one.decided_at > one.due_at)

    @property
    def state(self) -> str:
        """The result's word."""
        return STATES.get(self.review.state, self.review.state)


async def records(db: Read, found: Sequence[Review]) -> list[Record]:
    """Return the records of some reviews in their order, in four statements however many."""
    revisions = await queries_reviews.revisions_of(db, found)
    subject_ids = [one.subject_id for one in found]
    said: dict[UUID, list[ReviewComment]] = {}
    for comment in await queries_comments.comments_on(db, subject_ids):
        said.setdefault(comment.subject_id, []).append(comment)
    people = [
        *(i for one in found for i in (*one.involved, one.reviewer_id, one.acting_for_id)),
        *(comment.by_id for comments in said.values() for comment in comments),
    ]
    named = await queries.names(db, people)
    made = []
    for one in found:
        revision = revisions.get(one.subject_id)
        words = places(revision.kind, revision.topic) if revision is not None else {}
        made.append(
            Record(
                one,
                SUBJECTS[one.subject_kind].label,
                "、".join(named[i] for i in one.involved if i in named),
                named.get(one.reviewer_id, "") if one.reviewer_id else "",
                named.get(one.acting_for_id, "") if one.acting_for_id else "",
                [
                    (c, named.get(c.by_id, ""), words.get(c.field, c.field or "整体"))
                    for c in said.get(one.subject_id, [])
                ],
            )
        )
    return made


def row(record: Record) -> tuple[Any, ...]:
    """Return a record as the cells of COLUMNS."""
    one = record.review
    return (
        one.title,
        record.label,
        record.step,
        record.state,
        record.author,
        one.created_at,
        one.due_at,
        record.reviewer,
        record.acting_for,
        one.decided_at,
        "是" if record.is_late else "否",
        one.comment,
        one.rule_pack,
        "\n".join(hit_words(hit) for hit in one.hits),
        "\n".join(f"{kept['rule']} {kept['text']}：{kept['reason']}" for kept in one.overrides),
        "\n".join(f"{place}｜{who}：{c.text}" for c, who, place in record.remarks),
        one.subject_hash,
        str(one.round_id),
    )


def hit_words(hit: dict[str, Any]) -> str:
    """Return a finding in one line: rule, its words, what was found."""
    found = f"「{hit['text']}」" if hit.get("text") else ""
    return f"{hit['rule']} {hit.get('name', '')}{found}（{SEVERITIES.get(hit['severity'], '')}）"


SEVERITIES = {"block": "必须修改", "review": "须核对"}


async def export_rows(
    db: Write, wanted: Wanted, *, by: Staff, at: datetime
) -> list[tuple[Any, ...]]:
    """Return the rows of exactly the filtered list, newest first; the export is recorded."""
    found = await queries_reviews.inbox(db, wanted, limit=EXPORT_MAX)
    tenants.record(
        db,
        "reviews.exported",
        "bank",
        bank_id(db),
        by=by,
        at=at,
        rows=len(found),
        state=wanted.state,
    )
    return [row(record) for record in await records(db, found)]
