"""Opening a bank with what it cannot be without: a head office and its first administrator."""

from dataclasses import dataclass
from datetime import datetime

from contenthub.db import Database, TenantId
from contenthub.errors import Invalid
from contenthub.tenants import actions, actions_platform, bankbrand, passwords
from contenthub.tenants.models_security import Operator

HEAD_OFFICE_CODE = "0000"


@dataclass(frozen=True, slots=True)
class Opening:
    """What is said about a new bank."""

    slug: str
    name: str
    full_name: str
    hotline: str
    admin_login: str
    admin_name: str


async def open_with_admin(
    database: Database, new: Opening, *, password: str, by: Operator | None, at: datetime
) -> TenantId:
    """Open a bank, its head office and its administrator; return its id.

    Two transactions, since two roles write: a bank whose second one failed has nobody, and
    the same call is refused by its slug; it may be deleted.

    Raises:
        Invalid: names every wrong field; Conflict: the slug is taken.
    """
    bankbrand.checked({"name": new.name, "full_name": new.full_name, "hotline": new.hotline})
    if not new.admin_login:
        raise Invalid.of("admin_login", "请填写管理员登录名")
    passwords.check_strength(password)
    async with database.platform_unit_of_work() as db:
        tenant = await actions.open_bank(
            db,
            new.slug,
            name=new.name,
            full_name=new.full_name,
            hotline=new.hotline,
            at=at,
        )
        actions_platform.note(db, "bank.opened", new.slug, by=by, at=at, name=new.name)
    async with database.unit_of_work(tenant) as bank:
        head = await actions.open_branch(
            bank, HEAD_OFFICE_CODE, "总行", kind="head", parent=None, at=at
        )
        facts = {
            "login": new.admin_login,
            "staff_no": "admin",
            "name": new.admin_name,
            "roles": ["bank_admin"],
        }
        staff = await actions.invite_staff(
            bank, head, facts=facts, password=password, by=None, at=at
        )
        staff.must_change_password = True
    return tenant
