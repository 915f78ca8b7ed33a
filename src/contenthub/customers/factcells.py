"""Idea: the facts of a customer that may be changed by hand, as the cells of a file."""

from collections.abc import Mapping
from datetime import date
from typing import Protocol

from contenthub.customers.factvalues import MERCHANT
from contenthub.customers.holdings import product_words
from contenthub.customers.rows import LABELS, CustomerRow, read_row
from contenthub.customers.stages import STAGES
from contenthub.customers.tagtext import yuan
from contenthub.errors import Invalid
from contenthub.uploads.sorts import RowProblem

EDITABLE = (
    *("gender", "birthday", "lunar_birthday", "aum", "crm_no", "stage", "products"),
    *("deposit_due_on", "wealth_due_on", "loan_due_on", "is_merchant", "grid", "added_on"),
)
"""In the order a clerk reads them; whose a customer is goes by hand-over, their remark beside."""
MUST_STAY = frozenset({"stage"})
"""What a customer always has: an empty cell is refused."""
SEALED = "remark"


class Facts(Protocol):
    """A customer, as far as their facts go."""

    gender: str
    birthday: date | None
    lunar_birthday: str
    aum_fen: int
    crm_no: str
    stage: str
    products: str
    is_merchant: bool | None
    grid: str
    added_on: date | None


def cells_of(found: Facts) -> dict[str, str]:
    """Return the facts as cells that `read` reads as the same again."""
    days = ("birthday", "deposit_due_on", "wealth_due_on", "loan_due_on", "added_on")
    said = {name: str(getattr(found, name) or "") for name in days}
    said["gender"] = {"male": "男", "female": "女"}.get(found.gender, "")
    said["lunar_birthday"] = found.lunar_birthday
    said["aum"] = yuan(found.aum_fen)
    said["crm_no"], said["grid"] = found.crm_no, found.grid
    said["stage"] = STAGES.get(found.stage, found.stage)
    said["products"] = ";".join(product_words(found.products))
    said["is_merchant"] = MERCHANT[found.is_merchant]
    return {name: said[name] for name in EDITABLE}


def read(cells: Mapping[str, str], *, today: date) -> CustomerRow:
    """Return what cells say; an empty one says that there is no such fact.

    Raises:
        Invalid: a field that is not changed by hand, or a cell that cannot be read, by its name.
    """
    for name, cell in cells.items():
        if name not in (*EDITABLE, SEALED):
            raise Invalid.of(name, "这一项不能在这里修改")
        if name in MUST_STAY and not cell.strip():
            raise Invalid.of(name, f"请选择{LABELS[name]}")
    whole = {**cells, "name": "客户", "phone": "13800000000"}
    row = read_row(whole, line=1, today=today)
    if isinstance(row, RowProblem):
        raise Invalid.of(row.field, row.message)
    return row
