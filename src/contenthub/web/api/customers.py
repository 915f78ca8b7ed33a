"""GET/POST /customers, one customer's 360° view, tags, refusals, consents, reveal, erasure."""

from datetime import date, datetime
from typing import Annotated, Any
from uuid import UUID

import msgspec
from litestar import Router, get, post
from litestar.params import FromPath, JSONBody

from contenthub.customers import (
    actions_people,
    queries,
    queries_tags,
    suitability,
)
from contenthub.customers.factvalues import MERCHANT
from contenthub.customers.models import Customer
from contenthub.customers.tagtext import yuan
from contenthub.customers.tagtree import MAX_AUM_FEN
from contenthub.db import Read
from contenthub.errors import Invalid
from contenthub.scheduler import queries_person as pushed
from contenthub.sharing import queries_person as left
from contenthub.tenants import queries as tenants
from contenthub.web.api import customer_rights
from contenthub.web.api.customer_rights import in_reach
from contenthub.web.deps import Db, Me, Now, keep_answer
from contenthub.web.signin import May

PAGE = 50

Cell = Annotated[str, msgspec.Meta(max_length=200)]
Topic = Annotated[str, msgspec.Meta(max_length=20, examples=["wealth"])]


class CustomerFacts(msgspec.Struct, kw_only=True):
    """What every answer about a customer begins with: masked."""

    id: UUID
    no: int
    name: str
    phone: str
    gender: str
    birthday: date | None
    aum_fen: int
    risk: str
    """C1 to C5; empty for who has no assessment that holds."""
    risk_until: date | None
    stage: str
    crm_no: str
    branch_id: UUID
    owner_id: UUID | None
    is_reachable: bool
    lunar_birthday: str
    """MM-DD of the lunar calendar, or empty."""
    products: list[str]
    """Slugs: demand, term, wealth, farm_loan, mobile_bank and so on."""
    deposit_due_on: date | None
    wealth_due_on: date | None
    loan_due_on: date | None
    is_merchant: bool | None
    """null: nobody told us."""
    grid: str
    """Village or grid."""
    contacted_on: date | None
    added_on: date | None


class CustomerRow(CustomerFacts, kw_only=True):
    """A customer in a list, with the names of the tags."""

    tags: list[str]


class TagRef(msgspec.Struct):
    """A tag a customer has: from where, by whom, since and until when."""

    id: UUID
    name: str
    group: str
    source: str
    """hand, bulk, import, merge, rule, wecom or behaviour."""
    by: str
    tagged_at: datetime
    until_on: date | None


class WishView(msgspec.Struct):
    """A refusal or consent: the topic, since when and until when, and where it was said."""

    topic: str
    recorded_at: datetime
    until_on: date | None
    channel: str
    text_version: str


class SentView(msgspec.Struct):
    """A push that had this customer in its ledger."""

    push_id: UUID
    title: str
    state: str
    reason: str
    updated_at: datetime


class LeftView(msgspec.Struct):
    """A lead or sign-up this customer left on a page of ours."""

    kind: str
    id: UUID
    item_title: str
    created_at: datetime


class CustomerView(CustomerFacts, kw_only=True):
    """The 360° view, masked."""

    branch: str
    owner: str
    tags: list[TagRef]
    refusals: list[WishView]
    consents: list[WishView]
    pushes: list[SentView]
    leads: list[LeftView]
    created_at: datetime
    updated_at: datetime


class NewCustomer(msgspec.Struct, forbid_unknown_fields=True):
    """A customer as a row of a file would say it: names and numbers of the bank, not ids."""

    name: Annotated[str, msgspec.Meta(min_length=1, max_length=60, examples=["王小明"])]
    phone: Annotated[str, msgspec.Meta(min_length=1, max_length=30, examples=["13800000001"])]
    gender: Cell = ""
    birthday: date | None = None
    branch: Cell = ""
    owner: Cell = ""
    aum_fen: Annotated[int, msgspec.Meta(ge=0, le=MAX_AUM_FEN)] | None = None
    risk: Annotated[str, msgspec.Meta(max_length=20, examples=["C3"])] = ""
    """The grade of the bank's own assessment, C1 to C5."""
    risk_until: date | None = None
    """Its last day; a year from today when left out."""
    tags: Annotated[list[Cell], msgspec.Meta(max_length=30)] = []
    refused: Annotated[list[Topic], msgspec.Meta(max_length=10)] = []
    crm_no: Cell = ""
    external_userid: Cell = ""
    lunar_birthday: Annotated[str, msgspec.Meta(max_length=20, examples=["八月十五"])] = ""
    products: Annotated[list[Cell], msgspec.Meta(max_length=30)] = []
    """Products by slug or word, such as 定期存款."""
    deposit_due_on: date | None = None
    wealth_due_on: date | None = None
    loan_due_on: date | None = None
    is_merchant: bool | None = None
    grid: Cell = ""
    contacted_on: date | None = None
    added_on: date | None = None
    stage: Annotated[str, msgspec.Meta(max_length=20, examples=["active"])] = ""
    remark: Cell = ""
    consent_text_version: Annotated[str, msgspec.Meta(max_length=60)] = ""
    """Only for somebody who was erased at their wish and has agreed anew: to which text.

    A version of GET /consent-texts that is the bank's own.
    """


class RevealBody(msgspec.Struct, forbid_unknown_fields=True):
    """Why the name and phone are looked at; 2 to 100 characters."""

    reason: Annotated[str, msgspec.Meta(max_length=200, examples=["电话回访"])]


class Clear(msgspec.Struct):
    """A name and phone in clear; looking is in the audit trail."""

    name: str
    phone: str


def _facts(found: Customer) -> dict[str, Any]:
    return {
        **{name: getattr(found, name) for name in _AS_KEPT},
        "name": found.name_masked,
        "phone": found.phone_masked,
        "is_reachable": bool(found.external_userid),
        "risk": suitability.grade_word(found.risk_grade),
        "products": found.products.split(),
    }


_AS_KEPT = (
    "id no gender birthday aum_fen risk_until stage crm_no branch_id owner_id lunar_birthday "
    "deposit_due_on wealth_due_on loan_due_on is_merchant grid contacted_on added_on"
).split()


def customer_row(found: Customer, tags: list[str]) -> CustomerRow:
    """Return what a list shows of a customer."""
    return CustomerRow(**_facts(found), tags=tags)


async def customer_view(db: Read, found: Customer) -> CustomerView:
    """Return everything known of a customer, masked."""
    known = await queries.portrait(db, found)
    owner = await tenants.staff(db, found.owner_id) if found.owner_id else None
    branches = {b.id: b.name for b in await tenants.branches(db)}
    return CustomerView(
        **_facts(found),
        branch=branches.get(found.branch_id, ""),
        owner=owner.name if owner else "",
        tags=[
            TagRef(h.tag.id, h.tag.name, h.group.name, h.source, h.by, h.tagged_at, h.until_on)
            for h in await queries_tags.held(db, found)
        ],
        refusals=[wish_view(w) for w in known.refusals],
        consents=[wish_view(w) for w in known.consents],
        pushes=[
            SentView(s.push_id, s.title, s.state, s.reason, s.updated_at)
            for s in await pushed.pushes_to(db, found.no)
        ],
        leads=[
            LeftView(row.kind, row.id, row.item_title, row.created_at)
            for row in await left.left_by(db, found.phone_index)
        ],
        created_at=found.created_at,
        updated_at=found.updated_at,
    )


def wish_view(row: queries.Wish) -> WishView:
    """Return a refusal or consent as the API shows it."""
    return WishView(row.topic, row.recorded_at, row.until_on, row.channel, row.text_version)


def place(cursor: str) -> int:
    """Return the customer number a cursor names; raises Invalid (`cursor`)."""
    if cursor and not (cursor.isascii() and cursor.isdigit() and len(cursor) < 10):
        raise Invalid.of("cursor", "翻页位置不正确，请从第一页重新开始")
    return int(cursor or 0)


@post("/customers", guards=[May("customers.write")], summary="新增客户", tags=["customers"])
async def add_customer(data: JSONBody[NewCustomer], db: Db, me: Me, now: Now) -> CustomerView:
    """Add one customer; an employee's own customer when no owner is named."""
    reach = await tenants.visible_staff_ids(db, me)
    facts = {
        **_told(data),
        "name": data.name,
        "phone": data.phone,
        "gender": data.gender,
        "birthday": data.birthday.isoformat() if data.birthday else "",
        "branch": data.branch,
        "owner": data.owner or (me.staff_no if reach is not None else ""),
        "aum": yuan(data.aum_fen) if data.aum_fen is not None else "",
        "risk": data.risk,
        "risk_until": data.risk_until.isoformat() if data.risk_until else "",
        "tags": ";".join(data.tags),
        "refused": "、".join(data.refused),
        "crm_no": data.crm_no,
        "external_userid": data.external_userid,
    }
    agreed_to = data.consent_text_version.strip()
    made = await actions_people.add_customer(db, facts, agreed_to=agreed_to, by=me, at=now)
    if reach is not None and made.owner_id not in reach:
        raise Invalid.of("owner", "只能把客户登记在自己或本机构员工的名下")
    return await customer_view(db, made)


def _told(data: NewCustomer) -> dict[str, str]:
    """Return the facts beyond name and assets as the cells of a file."""
    days = ("deposit_due_on", "wealth_due_on", "loan_due_on", "contacted_on", "added_on")
    said = {name: on.isoformat() for name in days if (on := getattr(data, name)) is not None}
    words = {name: getattr(data, name) for name in ("lunar_birthday", "grid", "stage", "remark")}
    shop = MERCHANT[data.is_merchant]
    return {**said, **words, "is_merchant": shop, "products": ";".join(data.products)}


@get(
    "/customers/{customer_id:uuid}",
    guards=[May("customers.view")],
    summary="客户 360°",
    tags=["customers"],
)
async def show_customer(customer_id: FromPath[UUID], db: Db, me: Me) -> CustomerView:
    """Return everything known of a customer in scope, masked."""
    return await customer_view(db, await in_reach(db, customer_id, me))


@post(
    "/customers/{customer_id:uuid}/reveal",
    guards=[May("customers.reveal")],
    status_code=200,
    summary="查看明文（写明原因，留痕）",
    tags=["customers"],
    opt={"idempotent": False},
)
async def reveal(
    customer_id: FromPath[UUID], data: JSONBody[RevealBody], db: Db, me: Me, now: Now
) -> Clear:
    """Return name and phone in clear; at most 60 looks an hour, each in the audit trail."""
    found = await in_reach(db, customer_id, me)
    return Clear(*await actions_people.reveal(db, found, reason=data.reason, by=me, at=now))


HANDLERS = [
    Router(
        "/api/v1",
        route_handlers=[
            show_customer,
            reveal,
            customer_rights.export_customer,
            customer_rights.prove_wishes,
            customer_rights.erase_customer,
        ],
        after_request=keep_answer,
    )
]
