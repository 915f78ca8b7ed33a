"""The first bank of an installation and its first administrator, in one go."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import exists, select, text

from contenthub.db import Database, TenantId
from contenthub.errors import Conflict, Invalid
from contenthub.tenants import passwords, queries
from contenthub.tenants.actions import check_slug, invite_staff, open_bank, open_branch
from contenthub.tenants.models import Staff

HEAD_OFFICE_CODE = "0000"
ADMIN_NO = "admin"


@dataclass(frozen=True, slots=True)
class FirstBank:
    """What somebody says who opens the first bank."""

    slug: str
    name: str
    full_name: str
    hotline: str
    admin_name: str
    login: str
    password: str


async def is_unset(database: Database) -> bool:
    """Return whether nobody works at any bank yet: a new installation.

    One bank without people is what an interrupted set-up left.
    """
    async with database.platform_unit_of_work() as db:
        found = list(await db.scalars(text("select id from banks limit 2")))
    if len(found) != 1:
        return not found
    async with database.reading(TenantId(found[0])) as read:
        return not await read.scalar(select(exists().where(Staff.tenant_id == found[0])))


def check(new: FirstBank) -> None:
    """Raise Invalid naming every field that is missing or wrong."""
    wanted = {
        "name": "请填写银行简称，例如 清源农商银行",
        "slug": "请填写银行代号，例如 qingyuan",
        "admin_name": "请填写管理员姓名",
        "login": "请填写管理员登录名，例如 admin",
    }
    wrong = {name: message for name, message in wanted.items() if not getattr(new, name).strip()}
    try:
        if "slug" not in wrong:
            check_slug(new.slug.strip().lower())
    except Invalid as error:
        wrong |= error.fields
    try:
        words = passwords.own_words(
            slug=new.slug,
            bank=(new.name, new.full_name, new.hotline),
            person=(new.login, new.admin_name),
        )
        passwords.check_strength(new.password, names=words)
    except Invalid as error:
        wrong |= error.fields
    if wrong:
        raise Invalid(fields=wrong)


async def open_first_bank(
    database: Database, new: FirstBank, *, at: datetime
) -> tuple[TenantId, Staff]:
    """Open the first bank with its head office and administrator; return both.

    What an interrupted try left behind (a bank without people) is gone on with.

    Raises:
        Conflict: somebody works here already: the installation is set up.
        Invalid: a field is wrong; nothing is made.
    """
    check(new)
    if not await is_unset(database):
        raise Conflict("系统已经完成首次设置，请直接登录")
    tenant = await _tenant(database, new, at=at)
    async with database.unit_of_work(tenant) as db:
        known = {branch.code: branch for branch in await queries.branches(db)}
        head = known.get(HEAD_OFFICE_CODE) or await open_branch(
            db, HEAD_OFFICE_CODE, "总行", kind="head", parent=None, at=at
        )
        facts = {
            "login": new.login.strip(),
            "staff_no": ADMIN_NO,
            "name": new.admin_name.strip(),
            "title": "系统管理员",
            "roles": ["bank_admin"],
        }
        staff = await invite_staff(db, head, facts=facts, password=new.password, by=None, at=at)
        staff.last_login_at = at
    return tenant, staff


async def _tenant(database: Database, new: FirstBank, *, at: datetime) -> TenantId:
    slug = new.slug.strip().lower()
    async with database.unscoped_reading() as session:
        left = await queries.find_bank(session, slug)
    if left is not None:
        return left
    async with database.platform_unit_of_work() as db:
        return await open_bank(
            db,
            slug,
            name=new.name.strip(),
            full_name=new.full_name.strip() or new.name.strip(),
            hotline=new.hotline.strip(),
            at=at,
        )
