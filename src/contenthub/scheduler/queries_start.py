"""How far a new bank is on its way to the first push, in one statement."""

from dataclasses import dataclass

from sqlalchemy import ColumnElement, exists, select

from contenthub.customers.models import Customer
from contenthub.db import Read
from contenthub.library.models import Item
from contenthub.posters.models import PosterTemplate
from contenthub.scheduler.models import Push
from contenthub.tenants.models import Staff
from contenthub.tenants.sealing import bank_id

_BEGUN = ("scheduled", "running", "paused", "finished")


@dataclass(frozen=True, slots=True)
class Progress:
    """What a bank has already: employees, live content, a live poster, customers, a push."""

    employees: bool
    content: bool
    posters: bool
    customers: bool
    pushes: bool

    @property
    def is_complete(self) -> bool:
        """Whether nothing of the first hour is left to do."""
        return all(getattr(self, name) for name in self.__slots__)


async def progress(db: Read) -> Progress:
    """Return what the bank has; each part stops at the first row it meets."""
    tenant = bank_id(db)

    def any_of(table: type, *more: ColumnElement[bool]) -> ColumnElement[bool]:
        tenant_id: ColumnElement[object] = table.tenant_id  # type: ignore[attr-defined]  # every tenant table has one
        return exists().where(tenant_id == tenant, *more)

    row = (
        await db.execute(
            select(
                any_of(Staff, Staff.roles.contains(["employee"]), Staff.state == "active"),
                any_of(Item, Item.live_revision_id.is_not(None)),
                any_of(PosterTemplate, PosterTemplate.live_revision_id.is_not(None)),
                any_of(Customer),
                any_of(Push, Push.state.in_(_BEGUN)),
            )
        )
    ).one()
    return Progress(*(bool(value) for value in row))
