"""What leads and sign-ups share: who left a name and a number, within the caller's data scope."""

from dataclasses import dataclass
from typing import Any, TypeAlias, TypeVar
from uuid import UUID

from sqlalchemy import Select, select
from sqlalchemy.orm import aliased

from contenthub.db import Read
from contenthub.sharing.models import Lead, Signup
from contenthub.tenants.models import Staff
from contenthub.tenants.sealing import bank_id, keyring

Left: TypeAlias = Lead | Signup
"""A row somebody left with a name and a number, sealed and masked."""
Query = TypeVar("Query", bound=Select[*tuple[Any, ...]])
_Person = aliased(Staff)


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which of them a list shows; `visible` is the data scope (None is the whole bank)."""

    visible: set[UUID] | None
    state: str = ""
    item_id: UUID | None = None
    employee_id: UUID | None = None
    branch_ids: set[UUID] | None = None
    to_call: bool = False
    """Only sign-ups for what is recalled, whose customers have to be told."""
    to_tell: bool = False
    """Only sign-ups for what has another time or place now than their customers know."""


def scoped(query: Query, table: type[Left], wanted: Wanted) -> Query:
    """Return the query cut down to what is wanted, whatever state."""
    if wanted.visible is not None:
        query = query.where(table.employee_id.in_(wanted.visible))
    if wanted.item_id is not None:
        query = query.where(table.item_id == wanted.item_id)
    if wanted.employee_id is not None:
        query = query.where(table.employee_id == wanted.employee_id)
    if wanted.branch_ids is not None:
        inside = select(_Person.id).where(
            _Person.tenant_id == table.tenant_id, _Person.branch_id.in_(wanted.branch_ids)
        )
        query = query.where(table.employee_id.in_(inside))
    return query


def name_of(db: Read, left: Left) -> str:
    """Return the name in clear; whoever shows it to a person writes that down."""
    return _opened(db, left, "name", left.name_sealed)


def phone_of(db: Read, left: Left) -> str:
    """Return the number in clear; whoever shows it to a person writes that down."""
    return _opened(db, left, "phone", left.phone_sealed)


def _opened(db: Read, left: Left, column: str, sealed: bytes) -> str:
    return keyring(db).open(bank_id(db), f"{left.__tablename__}.{column}:{left.id}", sealed)
