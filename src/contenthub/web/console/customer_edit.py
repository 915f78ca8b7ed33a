"""修改资料: a customer's facts by hand, and what they were before."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from litestar import Request, Response, get, post
from litestar.params import FromPath, URLEncodedBody
from litestar.response import Template

from contenthub.customers import actions_facts, factcells, queries, queries_changes
from contenthub.customers.holdings import PRODUCTS
from contenthub.customers.stages import STAGES
from contenthub.errors import Invalid
from contenthub.web.api.customer_rights import in_reach
from contenthub.web.deps import Db, Me, Now
from contenthub.web.pages import go, page
from contenthub.web.signin import May


@dataclass
class FactsForm:
    """The facts as a clerk writes them; an empty field takes the fact away, but the remark's."""

    seen: str = ""
    gender: str = ""
    birthday: str = ""
    lunar_birthday: str = ""
    aum: str = ""
    crm_no: str = ""
    stage: str = ""
    products: list[str] | str = field(default_factory=list)
    deposit_due_on: str = ""
    wealth_due_on: str = ""
    loan_due_on: str = ""
    is_merchant: str = ""
    grid: str = ""
    added_on: str = ""
    remark: str = ""
    drop_remark: str = ""

    def cells(self) -> dict[str, str]:
        """Return the facts as the cells of a file."""
        ticked = [self.products] if isinstance(self.products, str) else self.products
        cells = {name: getattr(self, name) for name in factcells.EDITABLE if name != "products"}
        cells["products"] = ";".join(ticked)
        # What is shown of a remark is masked: only what was written anew is kept.
        if self.remark.strip() or self.drop_remark:
            cells[factcells.SEALED] = "" if self.drop_remark else self.remark
        return cells


@get(
    "/console/customers/{customer_id:uuid}/edit",
    guards=[May("customers.write")],
    include_in_schema=False,
)
async def edit_page(
    request: Request[Any, Any, Any], customer_id: FromPath[UUID], db: Db, me: Me
) -> Template:
    """Show the facts of a customer in scope to be changed, and the changes so far."""
    found = await in_reach(db, customer_id, me)
    return page(
        request,
        "console/customer_edit.html",
        customer=found,
        cells=factcells.cells_of(found),
        remark=queries.masked_remark(db, found),
        products=[(word, word) for word in PRODUCTS.values()],
        stages=[(word, word) for word in STAGES.values()],
        changes=await queries_changes.changes_of(db, found.no),
    )


@post(
    "/console/customers/{customer_id:uuid}/edit",
    guards=[May("customers.write")],
    include_in_schema=False,
)
async def change(
    request: Request[Any, Any, Any],
    customer_id: FromPath[UUID],
    data: URLEncodedBody[FactsForm],
    db: Db,
    me: Me,
    now: Now,
) -> Response[Any]:
    """Change the facts of a customer in scope."""
    found = await in_reach(db, customer_id, me, lock=True)
    await actions_facts.change_facts(
        db, found, data.cells(), seen=_instant(data.seen), by=me, at=now
    )
    return go(request, f"/console/customers/{found.id}")


def _instant(text: str) -> datetime:
    try:
        return datetime.fromisoformat(text)
    except ValueError as error:
        raise Invalid("页面已过期，请刷新后再改") from error


HANDLERS = [edit_page, change]
