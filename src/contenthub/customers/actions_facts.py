"""Writes of a customer's facts by hand: checked as cells of a file, and kept as they were."""

from collections.abc import Mapping
from datetime import datetime

import msgspec
from sqlalchemy import delete

from contenthub.customers import factcells, mergerules, queries
from contenthub.customers.actions_audience import mark
from contenthub.customers.factcells import EDITABLE, SEALED
from contenthub.customers.indexkeys import keys_of
from contenthub.customers.models import Customer
from contenthub.customers.models_changes import CustomerChange
from contenthub.customers.rows import LABELS
from contenthub.db import Write, new_id
from contenthub.errors import Conflict
from contenthub.tenants import actions as tenants
from contenthub.tenants import queries as tenants_queries
from contenthub.tenants.models import Staff
from contenthub.tenants.sealing import bank_id, keyring

HIDDEN = "（不显示）"
"""What stands for a remark in the history: that it changed is told, not what it says."""


async def change_facts(
    db: Write,
    customer: Customer,
    cells: Mapping[str, str],
    *,
    seen: datetime | None,
    by: Staff,
    at: datetime,
) -> dict[str, tuple[str, str]]:
    """Make the facts of a (locked) customer what cells say; return field -> (before, after).

    Fields that are not among `cells` stay; an empty cell takes the fact away. `seen` is when
    the customer was last written as the writer saw it; None asks for no such check.

    Raises:
        Invalid: a cell, by its field. Conflict: somebody else wrote the customer meanwhile.
    """
    if seen is not None and seen != customer.updated_at:
        raise Conflict("这位客户的资料刚刚被别人改过，请刷新后核对再改")
    row = factcells.read(cells, today=await tenants_queries.today(db, at=at))
    tree = await tenants_queries.branches(db)
    above = tenants_queries.ancestors(tree, customer.branch_id)
    was, stood = factcells.cells_of(customer), set(keys_of(customer, above))
    had_remark = queries.remark(db, customer)
    for name in EDITABLE:
        if name == "aum" and name in cells:
            customer.aum_fen = row.aum_fen or 0
        elif name in cells:
            setattr(customer, name, getattr(row, name))
    now = factcells.cells_of(customer)
    changed = {n: (was[n], now[n]) for n in EDITABLE if was[n] != now[n]}
    if SEALED in cells and row.remark != had_remark:
        _seal_remark(db, customer, row.remark)
        changed[SEALED] = (HIDDEN if had_remark else "", HIDDEN if row.remark else "")
    if not changed:
        return {}
    # What a person says is of today, whatever day a file was of.
    customer.dated = mergerules.without(customer.dated, *changed)
    customer.updated_at = at
    stands = set(keys_of(customer, above))
    await db.flush()
    await mark(
        db,
        {key: [customer.no] for key in stands - stood},
        {key: [customer.no] for key in stood - stands},
    )
    _remember(db, customer, changed, by=by, at=at)
    return changed


def _seal_remark(db: Write, customer: Customer, remark: str) -> None:
    place = f"customers.remark:{customer.id}"
    # An empty one is none, and kept as nothing.
    customer.remark_sealed = keyring(db).seal(bank_id(db), place, remark) if remark else b""


def _remember(
    db: Write,
    customer: Customer,
    changed: Mapping[str, tuple[str, str]],
    *,
    by: Staff,
    at: datetime,
) -> None:
    bank, change_id = bank_id(db), new_id()
    said = msgspec.json.encode(changed).decode()
    made = CustomerChange(
        tenant_id=bank,
        id=change_id,
        customer_no=customer.no,
        changes_sealed=keyring(db).seal(bank, f"customer_changes.changes:{change_id}", said),
        changed_by=by.id,
        changed_at=at,
    )
    db.add(made)
    # The trail outlives the person: it keeps which facts, not what they were.
    facts = "、".join(LABELS[name] for name in changed)
    tenants.record(db, "customer.changed", "customer", customer.id, by=by, at=at, facts=facts)


async def forget_changes(db: Write, customer_no: int) -> None:
    """Delete what was remembered of a customer's changes."""
    await db.execute(
        delete(CustomerChange).where(
            CustomerChange.tenant_id == bank_id(db), CustomerChange.customer_no == customer_no
        )
    )
