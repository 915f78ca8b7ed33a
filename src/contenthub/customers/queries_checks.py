"""Reads of the nightly check of the audience index."""

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import select, text

from contenthub.customers import queries_clubs, queries_tags
from contenthub.customers.behaviour import ACTS
from contenthub.customers.models_checks import AudienceCheck
from contenthub.customers.stages import STAGES
from contenthub.db import Platform, Read
from contenthub.tenants import queries as tenants
from contenthub.tenants.models import Staff
from contenthub.tenants.sealing import bank_id
from contenthub.tenants.topics import TOPICS

NIGHT_HOUR = 3
"""Each bank's own clock; a bank that was never checked is checked at once."""
TAKEN_FOR = timedelta(minutes=30)
"""How long a check may take before another worker takes it up."""
SWEPT_BANKS = 20
"""How many one sweep sets to work; the next takes the next."""

# `night` is the last 03:00 by the bank's own clock.
_DUE = text("""
select b.id from banks b left join audience_checks c on c.tenant_id = b.id,
lateral (select (date_trunc('day', (cast(:now as timestamptz) at time zone b.zone)
  - make_interval(hours => :hour)) + make_interval(hours => :hour)) at time zone b.zone as night) n
where b.state = 'active' and (c.begun_at is null or c.begun_at < :taken)
  and (c.checked_at is null or c.checked_at < n.night or c.wanted <> '')
order by coalesce(c.wanted, '') = '', c.checked_at nulls first, b.id
limit :at_most
""")


async def last(db: Read) -> AudienceCheck | None:
    """Return the bank's last check; none before its first."""
    return await db.get(AudienceCheck, bank_id(db))


async def due(db: Platform, now: datetime, *, at_most: int = SWEPT_BANKS) -> list[UUID]:
    """Return the banks whose index is to be checked: asked for first, then longest due."""
    facts = {"now": now, "hour": NIGHT_HOUR, "taken": now - TAKEN_FOR, "at_most": at_most}
    return [row[0] for row in await db.execute(_DUE, facts)]


async def lines(db: Read, wrong: Iterable[Mapping[str, Any]]) -> list[tuple[str, int, int]]:
    """Return what of the index is wrong, in a clerk's words: (what, lacks, extra)."""
    rows = list(wrong)
    names = await _names(db) if rows else {}
    return [
        (_said(str(row["dim"]), str(row["key"]), names), int(row["lacks"]), int(row["extra"]))
        for row in rows
    ]


_DIMS = {
    "all": "全部客户",
    "owned": "有客户经理",
    "reachable": "已加企业微信",
    "risk": "风险等级匹配",
    "born": "出生年份",
    "birthday": "生日",
    "lunar": "农历生日",
    "aum": "资产",
    "did": "行为",
    "score": "需求评分",
    "model": "模型结果",
    "holds": "持有产品",
    "grid": "村或网格",
    "merchant": "商户",
    "due": "到期日",
    "contact": "最近联系",
    "added": "加微日期",
}
_NAMED = {"refused": ("拒绝", TOPICS), "consent": ("授权", TOPICS), "stage": ("阶段", STAGES)}


async def _names(db: Read) -> dict[str, tuple[str, dict[str, str]]]:
    people = await db.execute(select(Staff.id, Staff.name).where(Staff.tenant_id == bank_id(db)))
    tags = {str(t.id): t.name for _, some in await queries_tags.groups(db) for t in some}
    return {
        "tag": ("标签", tags),
        "club": ("俱乐部", {str(c.id): c.name for c, _ in await queries_clubs.clubs(db)}),
        "branch": ("机构", {str(b.id): b.name for b in await tenants.branches(db)}),
        "owner": ("客户经理", {str(row[0]): row[1] for row in people}),
        **_NAMED,
    }


def _said(dim: str, key: str, names: Mapping[str, tuple[str, Mapping[str, str]]]) -> str:
    if dim in names:
        what, words = names[dim]
        return f"{what}“{words.get(key, '已删除')}”"
    said = key
    for slug, word in (ACTS | TOPICS).items():
        said = said.replace(slug, word)
    return f"{_DIMS.get(dim, dim)} {said}".strip()
