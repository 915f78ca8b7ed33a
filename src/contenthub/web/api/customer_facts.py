"""PATCH /customers/{id}/facts, GET /customers/{id}/changes: facts by hand, and as they were."""

from datetime import date, datetime
from typing import Annotated
from uuid import UUID

import msgspec
from litestar import Router, get, patch
from litestar.params import FromPath, JSONBody
from msgspec import UNSET, UnsetType

from contenthub.customers import actions_facts, queries_changes
from contenthub.customers.factvalues import MERCHANT
from contenthub.customers.tagtext import yuan
from contenthub.customers.tagtree import MAX_AUM_FEN
from contenthub.web.api.customer_rights import in_reach
from contenthub.web.api.customers import Cell, CustomerView, customer_view
from contenthub.web.deps import Db, Me, Now, keep_answer
from contenthub.web.signin import May

Day = date | UnsetType | None
Word = Cell | UnsetType


class ChangedFacts(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """Facts to change; what is left out stays, null or "" takes the fact away."""

    updated_at: datetime | None = None
    """When the customer was last written as you saw it: refused when somebody wrote since."""
    gender: Word = UNSET
    birthday: Day = UNSET
    lunar_birthday: Word = UNSET
    aum_fen: Annotated[int, msgspec.Meta(ge=0, le=MAX_AUM_FEN)] | UnsetType = UNSET
    crm_no: Word = UNSET
    stage: Word = UNSET
    products: Annotated[list[Cell], msgspec.Meta(max_length=30)] | UnsetType = UNSET
    deposit_due_on: Day = UNSET
    wealth_due_on: Day = UNSET
    loan_due_on: Day = UNSET
    is_merchant: bool | UnsetType | None = UNSET
    grid: Word = UNSET
    added_on: Day = UNSET
    remark: Word = UNSET


class FieldChange(msgspec.Struct):
    """One fact before and after, as a file's cells; of a remark only that it was or is."""

    field: Annotated[str, msgspec.Meta(examples=["aum"])]
    label: Annotated[str, msgspec.Meta(examples=["资产（元）"])]
    before: Annotated[str, msgspec.Meta(examples=["50000"])]
    after: Annotated[str, msgspec.Meta(examples=["80000"])]


class ChangeView(msgspec.Struct):
    """Who changed what when."""

    at: datetime
    by: Annotated[str, msgspec.Meta(examples=["李娜"])]
    fields: list[FieldChange]


class ChangeList(msgspec.Struct):
    """The latest changes of a customer by hand, at most fifty."""

    items: list[ChangeView]
    next_cursor: str | None = None


def _cells(data: ChangedFacts) -> dict[str, str]:
    cells: dict[str, str] = {}
    for name in data.__struct_fields__:
        value = getattr(data, name)
        if name == "updated_at" or value is UNSET:
            continue
        if name == "aum_fen":
            cells["aum"] = yuan(value)
        elif name == "products":
            cells[name] = ";".join(value)
        elif name == "is_merchant":
            cells[name] = MERCHANT[value]
        else:
            cells[name] = "" if value is None else str(value)
    return cells


@patch(
    "/customers/{customer_id:uuid}/facts",
    guards=[May("customers.write")],
    summary="修改客户资料",
    tags=["customers"],
)
async def change_customer(
    customer_id: FromPath[UUID], data: JSONBody[ChangedFacts], db: Db, me: Me, now: Now
) -> CustomerView:
    """Change facts of a customer in scope."""
    found = await in_reach(db, customer_id, me, lock=True)
    await actions_facts.change_facts(db, found, _cells(data), seen=data.updated_at, by=me, at=now)
    return await customer_view(db, found)


@get(
    "/customers/{customer_id:uuid}/changes",
    guards=[May("customers.view")],
    summary="客户资料修改记录",
    tags=["customers"],
)
async def list_changes(customer_id: FromPath[UUID], db: Db, me: Me) -> ChangeList:
    """Return what was changed of a customer by hand, the newest first."""
    found = await in_reach(db, customer_id, me)
    return ChangeList(
        [
            ChangeView(one.at, one.by, [FieldChange(*field) for field in one.fields])
            for one in await queries_changes.changes_of(db, found.no, limit=50)
        ]
    )


HANDLERS = [
    Router("/api/v1", route_handlers=[change_customer, list_changes], after_request=keep_answer)
]
