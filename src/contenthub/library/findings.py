"""Idea: rule findings that a reviewer weighs: kept with a written reason, or returned.

A `block` finding stops every approval; a `review` finding stops it until the reviewer has
said why the words may stay, and that reason is part of the record for good.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from contenthub.errors import Conflict, Invalid

WEIGHED = "review"
REASON_MAX_CHARS = 200
STOCK_REASONS: tuple[str, ...] = (
    "有出处，已核对证明材料",
    "属于自我比较或事实陈述",
    "为注册名称或固定用语",
    "已限定范围和期限",
)
"""Reasons offered as chips."""


class HitsOpen(Conflict):
    """An approval that findings stand against; `hits` are those very ones."""

    def __init__(self, detail: str = "", *, hits: Sequence[Mapping[str, Any]] = ()) -> None:
        self.hits = list(hits)
        super().__init__(detail)


class OpenFindings(HitsOpen):
    """Approval while a finding that has to be weighed has no reason to stay."""

    code = "open_findings"
    title = "还有须核对的提示，请逐条写明保留的理由，或退回作者修改"


@dataclass(frozen=True, slots=True)
class Kept:
    """A reviewer's reason to keep a finding; an empty `rule` or `where` means every one."""

    rule: str = ""
    where: str = ""
    reason: str = ""

    def covers(self, hit: Mapping[str, Any]) -> bool:
        """Return whether the reason speaks of this finding."""
        return self.rule in ("", hit["rule"]) and self.where in ("", hit["where"])


def weighed(hits: Iterable[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    """Return the findings that a reviewer has to weigh."""
    return [hit for hit in hits if hit["severity"] == WEIGHED]


def blocks(hits: Iterable[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    """Return the findings that stop every approval."""
    return [hit for hit in hits if hit["severity"] == "block"]


def block_count(hits: Iterable[Mapping[str, Any]]) -> int:
    """Return how many findings stop every approval: what pages say."""
    return len(blocks(hits))


def kept_before(
    hit: Mapping[str, Any], overrides: Iterable[Mapping[str, Any]]
) -> Mapping[str, Any] | None:
    """Return the earlier override of this finding, or None."""
    same = ("rule", "where", "text")
    return next((one for one in overrides if all(one.get(k) == hit.get(k) for k in same)), None)


def overrides(
    hits: Iterable[Mapping[str, Any]],
    said: Sequence[Kept],
    *,
    before: Sequence[Mapping[str, Any]] = (),
) -> list[dict[str, Any]]:
    """Return the record of what is kept now: rule, name, where, text and reason of each.

    `before` are overrides of earlier steps of the same round, which stand.

    Raises:
        OpenFindings: a finding without a reason. Invalid: a reason that is too long.
    """
    made: list[dict[str, Any]] = []
    still_open: list[Mapping[str, Any]] = []
    for hit in weighed(hits):
        if kept_before(hit, before) is not None:
            continue
        reason = next((k.reason.strip() for k in said if k.covers(hit) and k.reason.strip()), "")
        if len(reason) > REASON_MAX_CHARS or "\x00" in reason:
            raise Invalid.of("overrides", f"保留的理由最多 {REASON_MAX_CHARS} 字，请写得简短些")
        if not reason:
            still_open.append(hit)
            continue
        facts = {name: hit.get(name, "") for name in ("rule", "name", "where", "text")}
        made.append({**facts, "reason": reason})
    if still_open:
        raise OpenFindings(
            f"还有 {len(still_open)} 处须核对的提示没有写明保留的理由；请逐条写明，或退回作者修改",
            hits=still_open,
        )
    return made
