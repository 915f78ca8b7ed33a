"""Reads of customers, tags, refusals and segments."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TypeAlias
from uuid import UUID

from sqlalchemy import ARRAY, ColumnElement, Integer, any_, exists, literal, select
from sqlalchemy.orm import InstrumentedAttribute

from contenthub.customers import queries_locks, rowvalues
from contenthub.customers.factvalues import MAX_REMARK_CHARS
from contenthub.customers.models import (
    Consent,
    Customer,
    CustomerTag,
    ErasedPhone,
    Refusal,
    Segment,
    Tag,
)
from contenthub.customers.rows import shown
from contenthub.db import Read
from contenthub.errors import Invalid, NotFound
from contenthub.tenants.sealing import bank_id, keyring

Wish: TypeAlias = Refusal | Consent
"""What a customer wants or does not want of a topic."""


@dataclass(frozen=True, slots=True)
class Portrait:
    """One customer with all that is known: the 360° view."""

    customer: Customer
    tags: list[Tag]
    refusals: list[Refusal]
    consents: list[Consent]


def among(column: InstrumentedAttribute[int], nos: Iterable[int]) -> ColumnElement[bool]:
    """Return whether a column is one of some numbers: one array, not a parameter each."""
    return column == any_(literal(list(nos), ARRAY(Integer)))


async def customer(
    db: Read, customer_id: UUID, *, owner_ids: set[UUID] | None = None, lock: bool = False
) -> Customer:
    """Return one customer; raises NotFound, also outside `owner_ids` (the viewer's scope)."""
    query = select(Customer).where(Customer.tenant_id == bank_id(db), Customer.id == customer_id)
    if lock:
        await queries_locks.share(db)
    found = await db.scalar(query.with_for_update() if lock else query)
    if found is None or (owner_ids is not None and found.owner_id not in owner_ids):
        raise NotFound("没有找到这位客户")
    return found


async def customers(
    db: Read,
    *,
    owner_ids: set[UUID] | None = None,
    q: str = "",
    tag_id: UUID | None = None,
    after: int = 0,
    limit: int = 50,
) -> Sequence[Customer]:
    """Return customers by number, after `after`; `q` is a whole name, phone or CRM number."""
    query = select(Customer).where(Customer.tenant_id == bank_id(db), Customer.no > after)
    if owner_ids is not None:
        query = query.where(Customer.owner_id.in_(owner_ids))
    if tag_id is not None:
        query = query.join(
            CustomerTag,
            (CustomerTag.tenant_id == Customer.tenant_id)
            & (CustomerTag.customer_no == Customer.no),
        ).where(CustomerTag.tag_id == tag_id)
    if q.strip():
        query = query.where(is_called(db, q))
    rows = await db.scalars(query.order_by(Customer.no).limit(limit))
    return rows.all()


def is_called(db: Read, q: str) -> ColumnElement[bool]:
    """Return the condition that a customer's whole name, phone or CRM number is `q`.

    Raises Invalid (`q`) for what can stand in no cell of a customer.
    """
    asked = _asked(q)
    index = keyring(db).index(bank_id(db), asked)
    phone = keyring(db).index(bank_id(db), _phone_in(asked))
    return (
        (Customer.phone_index == phone)
        | (Customer.name_index == index)
        | (Customer.crm_no == asked)
    )


def _asked(q: str) -> str:
    try:
        return rowvalues.cleaned(q)
    except rowvalues.CellInvalid as wrong:
        raise Invalid.of("q", wrong.detail) from None


def _phone_in(asked: str) -> str:
    """Return the phone somebody typed in any form, or what they typed if it is none."""
    try:
        return rowvalues.phone_number(asked)
    except rowvalues.CellInvalid:
        return asked


def clear(db: Read, found: Customer) -> tuple[str, str]:
    """Return a customer's name and phone unsealed; only for an audited look or an export."""
    ring, bank = keyring(db), bank_id(db)
    return (
        ring.open(bank, f"customers.name:{found.id}", found.name_sealed),
        ring.open(bank, f"customers.phone:{found.id}", found.phone_sealed),
    )


def remark(db: Read, found: Customer) -> str:
    """Return what the bank remarked of a customer, unsealed; it may name them."""
    if not found.remark_sealed:
        return ""
    place = f"customers.remark:{found.id}"
    return keyring(db).open(bank_id(db), place, found.remark_sealed)


def masked_remark(db: Read, found: Customer) -> str:
    """Return a customer's remark without their name and without long numbers."""
    said = remark(db, found)
    if not said:
        return ""
    name, _ = clear(db, found)
    return shown(said.replace(name, found.name_masked), most_chars=MAX_REMARK_CHARS)


async def by_numbers(db: Read, nos: Iterable[int]) -> dict[int, Customer]:
    """Return customers by their numbers."""
    rows = await db.scalars(
        select(Customer).where(Customer.tenant_id == bank_id(db), Customer.no.in_(list(nos)))
    )
    return {found.no: found for found in rows}


async def by_phone(db: Read, phone: str) -> Customer | None:
    """Return the customer with this phone number, or None."""
    return await db.scalar(
        select(Customer).where(
            Customer.tenant_id == bank_id(db),
            Customer.phone_index == keyring(db).index(bank_id(db), phone),
        )
    )


def erased_index(db: Read, phone: str) -> bytes:
    """Return the index under which an erased phone is remembered; no customer's is the same."""
    return keyring(db).index(bank_id(db), f"erased-phone:{phone}")


async def erased_phones(db: Read, phones: Iterable[str]) -> set[str]:
    """Return those of `phones` whose owners asked to be erased."""
    mine = ErasedPhone.tenant_id == bank_id(db)
    # Most banks have none: then a million rows of a file need no index of their own.
    if not await db.scalar(select(exists().where(mine))):
        return set()
    by_index = {erased_index(db, phone): phone for phone in phones}
    found = await db.scalars(
        select(ErasedPhone.phone_index).where(mine, ErasedPhone.phone_index.in_(by_index))
    )
    return {by_index[index] for index in found}


async def portrait(db: Read, found: Customer) -> Portrait:
    """Return a customer's tags, refusals and consents with them."""
    mine = (bank_id(db), found.no)
    tags = await db.scalars(
        select(Tag)
        .join(
            CustomerTag, (CustomerTag.tenant_id == Tag.tenant_id) & (CustomerTag.tag_id == Tag.id)
        )
        .where(
            CustomerTag.tenant_id == mine[0],
            CustomerTag.customer_no == mine[1],
            Tag.deleted_at.is_(None),
        )
        .order_by(Tag.name)
    )
    refusals, consents = await wishes(db, found)
    return Portrait(found, list(tags), refusals, consents)


async def wishes(db: Read, found: Customer) -> tuple[list[Refusal], list[Consent]]:
    """Return a customer's refusals and consents."""
    mine = (bank_id(db), found.no)
    refusals = await db.scalars(
        select(Refusal).where(Refusal.tenant_id == mine[0], Refusal.customer_no == mine[1])
    )
    consents = await db.scalars(
        select(Consent).where(Consent.tenant_id == mine[0], Consent.customer_no == mine[1])
    )
    return list(refusals), list(consents)


async def tags(db: Read) -> Sequence[Tag]:
    """Return the bank's tags by name."""
    rows = await db.scalars(
        select(Tag).where(Tag.tenant_id == bank_id(db), Tag.deleted_at.is_(None)).order_by(Tag.name)
    )
    return rows.all()


async def segments(db: Read) -> Sequence[Segment]:
    """Return the saved segments by name."""
    rows = await db.scalars(
        select(Segment).where(Segment.tenant_id == bank_id(db)).order_by(Segment.name)
    )
    return rows.all()
