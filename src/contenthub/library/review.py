"""Idea: the steps a revision passes: draft → in_review → approved | returned → live → gone.

One table drives buttons, permissions, audit and tests:

    draft ──submit──▶ in_review ──approve──▶ approved ──go_live──▶ live ──supersede──▶ superseded
      ▲                 │   └────return────▶ returned               ├──expire─────▶ expired
      └────withdraw─────┘                                           └──recall─────▶ recalled

An approved revision that is not live yet can expire or be recalled as well, or called off
by itself, which leaves the live one alone; one that the rules of its hour stop goes back to
its author (`stop`) instead of live. One that waits
while its item is recalled becomes a draft again, for its author to judge. A returned
one is never changed: editing it starts a new draft revision. A draft over which an older
wording is restored is set aside, so that nothing typed is lost. Poster templates and pushes
pass the same review steps.
"""

from collections.abc import Collection, Mapping, Sequence
from typing import Any
from uuid import UUID

from contenthub.errors import Conflict
from contenthub.library.findings import HitsOpen
from contenthub.library.lifecycle import Lifecycle, Step

STATES: dict[str, str] = {
    "draft": "草稿",
    "in_review": "待审核",
    "approved": "已通过",
    "returned": "已退回",
    "live": "已发布",
    "superseded": "已被新版替换",
    "expired": "已到期",
    "recalled": "已下架",
    "withdrawn": "已搁置",
}
ACTIONS: dict[str, str] = {
    "submit": "提交审核",
    "withdraw": "撤回",
    "approve": "通过",
    "return": "退回",
    "go_live": "发布",
    "supersede": "替换",
    "expire": "到期",
    "recall": "下架",
    "set_aside": "搁置",
    "call_off": "取消排期",
    "take_back": "随下架撤回",
    "stop": "拦下",
}
OFF_SHELF = frozenset({"recalled", "expired"})
"""What left the shelf: written again, even unchanged, it is a new draft."""
RETURN_REASONS: tuple[str, ...] = (
    "利率或费用与产品要素不一致",
    "缺少风险提示或必要披露",
    "用语涉嫌夸大或承诺收益",
    "图片来源或授权不清",
    "有效期、名额或规则不完整",
    "错别字或排版问题",
)

TABLE: dict[tuple[str, str], Step] = {
    ("draft", "submit"): Step("in_review", "library.write", "anyone", "revision.submitted"),
    ("draft", "set_aside"): Step("withdrawn", "", "system", "revision.set_aside"),
    ("in_review", "withdraw"): Step("draft", "library.write", "author", "revision.withdrawn"),
    ("in_review", "take_back"): Step("draft", "", "system", "revision.withdrawn"),
    ("in_review", "approve"): Step("approved", "reviews.decide", "other", "revision.approved"),
    ("in_review", "return"): Step("returned", "reviews.decide", "other", "revision.returned"),
    ("approved", "go_live"): Step("live", "", "system", "revision.published"),
    ("approved", "stop"): Step("returned", "", "system", "revision.stopped"),
    ("approved", "call_off"): Step("withdrawn", "library.write", "anyone", "revision.called_off"),
    ("approved", "expire"): Step("expired", "", "system", "revision.expired"),
    ("approved", "recall"): Step("recalled", "library.recall", "anyone", "revision.recalled"),
    ("live", "supersede"): Step("superseded", "", "system", "revision.superseded"),
    ("live", "expire"): Step("expired", "", "system", "revision.expired"),
    ("live", "recall"): Step("recalled", "library.recall", "anyone", "revision.recalled"),
}


class SameReviewer(Conflict):
    """Every step needs another person, and this one took an earlier step already."""

    code = "same_reviewer"
    title = "您已经审核过这一版的前一步，本行要求每一步由不同的审核员处理，请由另一位同事完成"


class BlockingHits(HitsOpen):
    """Approval while a blocking rule hit is open."""

    code = "blocking_hits"
    title = "还有必须修改的合规问题，请退回作者修改后再审核"


class WrongStep(Conflict):
    """Any other action that the revision's state does not have."""

    code = "wrong_step"


class WindowOver(Conflict):
    """The revision's validity ended while it waited for review."""

    code = "window_over"
    title = "这一版的有效期已经过去，请退回作者修改有效期后再审核"


class ChangedMeanwhile(Conflict):
    """Somebody else saved the draft after this author opened it."""

    code = "changed_meanwhile"
    title = "这条内容刚刚在别处保存过（同事，或您的另一个窗口），请先刷新看最新的版本，再改您的部分"


LIFE = Lifecycle("这一版", STATES, ACTIONS, TABLE, WrongStep)
step, allowed = LIFE.step, LIFE.allowed


def decide(
    state: str,
    action: str,
    *,
    authors: Collection[UUID],
    actor_id: UUID | None,
    open_blocks: Sequence[Mapping[str, Any]] = (),
) -> str:
    """Return the state after `action` as Lifecycle.decide does; raises BlockingHits too."""
    after = LIFE.decide(state, action, authors=authors, actor_id=actor_id)
    if action == "approve" and open_blocks:
        raise BlockingHits(
            f"还有 {len(open_blocks)} 处必须修改的合规问题，请退回作者修改后再审核",
            hits=open_blocks,
        )
    return after


def with_editor(editors: Collection[UUID], person_id: UUID) -> list[UUID]:
    """Return the people of a wording with one more who wrote or submitted it."""
    return list(dict.fromkeys([*editors, person_id]))


def carried(editors: Collection[UUID], *, was_approved: bool) -> list[UUID]:
    """Return whose work a new draft that begins from another wording still is.

    What a second person approved stands for itself; a wording that nobody approved, such as
    a returned one, goes on with the people who wrote it.
    """
    return [] if was_approved else list(editors)
