"""Reads of customers' runs of cadences: who could be put on one, who is, each step's outcome."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import and_, func, or_, select, text

from contenthub.customers import queries_audience as audiences
from contenthub.customers import tagexpr
from contenthub.customers.models import Customer
from contenthub.db import Read
from contenthub.errors import Invalid, NotFound
from contenthub.library import queries as library
from contenthub.library import queries_rules
from contenthub.scheduler import cadence as idea
from contenthub.scheduler.models import Task
from contenthub.scheduler.models_cadences import Cadence, CadenceContact, CadenceRun
from contenthub.tenants import qualification
from contenthub.tenants import queries as tenants
from contenthub.tenants.bankday import bank_day
from contenthub.tenants.banksettings import effective
from contenthub.tenants.models import Bank, Staff
from contenthub.tenants.sealing import bank_id

LOOK_MAX = 5_000
"""How many customers are looked at for one start."""
REASONS: dict[str, str] = {
    "refused": "拒绝此类业务",
    "no_consent": "没有营销授权",
    "unsuitable": "风险等级不匹配或没有有效测评",
    "on_one": "已经在一个跟进节奏里",
    "no_owner": "没有客户经理",
    "owner_away": "客户经理休假或停用",
    "unqualified": "客户经理没有从业资格或授权已到期",
}
"""Why a matched customer is not put on a cadence, in the order they are taken out."""

_LOOK = """
select c.no, c.id, c.owner_id, c.risk_grade < :risk as unsuited,
  exists (select 1 from refusals f where f.tenant_id = c.tenant_id and f.customer_no = c.no
    and f.topic = :topic and (f.until_on is null or f.until_on >= cast(:today as date))) as refused,
  exists (select 1 from consents g where g.tenant_id = c.tenant_id and g.customer_no = c.no
    and g.topic = :topic and (g.until_on is null or g.until_on >= cast(:today as date))) as agreed,
  exists (select 1 from cadence_runs r where r.tenant_id = c.tenant_id and r.customer_no = c.no
    and r.state = 'running') as on_one
from customers c
where c.tenant_id = :tenant and c.no = any (cast(:nos as integer[]))
  and (cast(:visible as uuid[]) is null or c.owner_id = any (cast(:visible as uuid[])))
order by c.no limit :most
"""


@dataclass(frozen=True, slots=True)
class Whom:
    """Who is to be put on a cadence: some customers, or all that match an expression."""

    customer_ids: Sequence[UUID] = ()
    expr: str = ""


@dataclass(frozen=True, slots=True)
class Reach:
    """Whom a start would put on a cadence (no, id, owner), and how many not, by reason."""

    matched: int
    risk: int
    """The highest risk of what the cadence's steps bring; 0 for none."""
    ready: list[tuple[int, UUID, UUID]] = field(default_factory=list)
    removed: dict[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Line:
    """One run with the names its list shows; the customer's is masked, '' when erased."""

    run: CadenceRun
    cadence: str
    customer: str
    employee: str


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which runs a list shows; `employee_ids` is the viewer's scope, None the whole bank."""

    employee_ids: set[UUID] | None = None
    cadence_id: UUID | None = None
    customer_no: int | None = None
    state: str = ""
    reason: str = ""


async def reach(
    db: Read, found: Cadence, whom: Whom, *, visible: set[UUID] | None, at: datetime
) -> Reach:
    """Return whom a start would put on a cadence now, inside the viewer's scope.

    Raises:
        Invalid: nobody is named, an expression that cannot be read, or too many match.
    """
    bank = await tenants.bank(db)
    risk = await risk_of(db, found, at=at)
    facts = {
        "tenant": bank_id(db),
        "topic": found.topic,
        "today": bank_day(bank, at),
        "risk": risk,
        "nos": await _numbers(db, found.topic, whom, at=at),
        "visible": None if visible is None else list(visible),
        "most": LOOK_MAX + 1,
    }
    rows = (await db.execute(text(_LOOK), facts)).all()
    if len(rows) > LOOK_MAX:
        raise Invalid.of("expr", f"匹配的客户超过 {LOOK_MAX} 位，请加条件缩小范围")
    owners = await _owners(db, {row.owner_id for row in rows if row.owner_id})
    result = Reach(len(rows), risk, removed=dict.fromkeys(REASONS, 0))
    for row in rows:
        why = _why_not(row, owners, found.topic, bank=bank, at=at)
        if why:
            result.removed[why] += 1
        else:
            result.ready.append((row.no, row.id, row.owner_id))
    return result


async def risk_of(db: Read, found: Cadence, *, at: datetime) -> int:
    """Return the highest risk of the products that a cadence's steps bring; 0 for none."""
    highest = 0
    for step in idea.read(found.steps):
        if step.item_id:
            try:
                _, revision = await library.live(db, UUID(step.item_id), at=at)
            except library.NotLive:
                continue
            highest = max(highest, await queries_rules.risk_of(db, revision))
    return highest


async def _numbers(db: Read, topic: str, whom: Whom, *, at: datetime) -> list[int]:
    if whom.customer_ids:
        if len(whom.customer_ids) > LOOK_MAX:
            raise Invalid.of("customer_ids", f"一次最多选 {LOOK_MAX} 位客户，请分几次")
        mine = (Customer.tenant_id == bank_id(db), Customer.id.in_(whom.customer_ids))
        return list((await db.scalars(select(Customer.no).where(*mine))).all())
    if not whom.expr.strip():
        raise Invalid.of("expr", "请填写客群条件，或从客户页面为一位客户开始")
    matched = await audiences.audience(db, tagexpr.parse(whom.expr), topic=topic, at=at)
    numbers: list[int] = matched.matched.to_array().tolist()
    return numbers


async def _owners(db: Read, ids: Collection[UUID]) -> dict[UUID, Staff]:
    rows = await db.scalars(select(Staff).where(Staff.tenant_id == bank_id(db), Staff.id.in_(ids)))
    return {one.id: one for one in rows}


def _why_not(row: Any, owners: dict[UUID, Staff], topic: str, *, bank: Bank, at: datetime) -> str:
    """Return the first reason that keeps a customer off a cadence, '' when there is none."""
    owner = owners.get(row.owner_id) if row.owner_id else None
    needs_consent = bool(effective(bank.settings)["consent_required"])
    checks = (
        ("refused", row.refused),
        ("no_consent", needs_consent and not row.agreed),
        ("unsuitable", row.unsuited),
        ("on_one", row.on_one),
        ("no_owner", owner is None),
        ("owner_away", owner is not None and owner.state != "active"),
        ("unqualified", owner and qualification.is_lapsed(owner, topic=topic, bank=bank, at=at)),
    )
    return next((reason for reason, holds in checks if holds), "")


async def run(db: Read, run_id: UUID, *, lock: bool = False) -> CadenceRun:
    """Return one run; raises NotFound."""
    found = await db.get(CadenceRun, (bank_id(db), run_id), with_for_update=lock or None)
    if found is None:
        raise NotFound("没有找到这条跟进")
    return found


async def seen_run(db: Read, run_id: UUID, *, visible: set[UUID] | None) -> CadenceRun:
    """Return one run inside the viewer's scope; raises NotFound, also for one outside."""
    found = await run(db, run_id)
    if visible is not None and found.employee_id not in visible:
        raise NotFound("没有找到这条跟进")
    return found


async def runs(
    db: Read, wanted: Wanted, *, after: tuple[datetime, UUID] | None = None, limit: int = 50
) -> list[Line]:
    """Return runs with the names they show, the newest start first, after the last one seen."""
    row = CadenceRun
    query = (
        select(row, Cadence.title, func.coalesce(Customer.name_masked, ""), Staff.name)
        .join(Cadence, and_(Cadence.tenant_id == row.tenant_id, Cadence.id == row.cadence_id))
        .join(Staff, and_(Staff.tenant_id == row.tenant_id, Staff.id == row.employee_id))
        .outerjoin(
            Customer, and_(Customer.tenant_id == row.tenant_id, Customer.no == row.customer_no)
        )
        .where(row.tenant_id == bank_id(db))
    )
    if wanted.employee_ids is not None:
        query = query.where(row.employee_id.in_(wanted.employee_ids))
    for column, value in (
        (row.cadence_id, wanted.cadence_id),
        (row.customer_no, wanted.customer_no),
        (row.state, wanted.state),
        (row.stop_reason, wanted.reason),
    ):
        if value not in (None, ""):
            query = query.where(column == value)
    if after is not None:
        query = query.where(
            or_(row.started_at < after[0], and_(row.started_at == after[0], row.id < after[1]))
        )
    rows = await db.execute(query.order_by(row.started_at.desc(), row.id.desc()).limit(limit))
    return [Line(*one) for one in rows]


async def contacts(db: Read, run_id: UUID) -> Sequence[CadenceContact]:
    """Return the steps of a run as they came to the employee, the first one first."""
    rows = await db.scalars(
        select(CadenceContact)
        .where(CadenceContact.tenant_id == bank_id(db), CadenceContact.run_id == run_id)
        .order_by(CadenceContact.no)
    )
    return rows.all()


async def contact(db: Read, run_id: UUID, no: int, *, lock: bool = False) -> CadenceContact:
    """Return one step of a run that came to the employee; raises NotFound."""
    key = (bank_id(db), run_id, no)
    found = await db.get(CadenceContact, key, with_for_update=lock or None)
    if found is None:
        raise NotFound("没有找到这一步跟进")
    return found


async def customers_of(db: Read, tasks: Collection[Task]) -> dict[UUID, str]:
    """Return the masked name of the customer of each follow-up task among some, by task."""
    ids = {task.source_id for task in tasks if task.kind == "cadence"}
    rows = await db.execute(
        select(CadenceRun.id, Customer.name_masked)
        .join(
            Customer,
            and_(Customer.tenant_id == CadenceRun.tenant_id, Customer.no == CadenceRun.customer_no),
        )
        .where(CadenceRun.tenant_id == bank_id(db), CadenceRun.id.in_(ids))
    )
    named = {row[0]: row[1] for row in rows}
    return {
        task.id: named.get(task.source_id, "已注销客户") for task in tasks if task.source_id in ids
    }
