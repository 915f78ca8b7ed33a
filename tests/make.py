"""Plain factories of rows: `await make_x(db, …)`; they say only what a test does not care about."""

import itertools
from datetime import UTC, datetime
from typing import Any

from contenthub.db import Database, TenantId, Write, new_id
from contenthub.tenants import actions as tenants
from contenthub.tenants.models import Branch, Staff
from contenthub.tenants.sealing import bank_id

NOW = datetime(2026, 11, 26, 2, 0, tzinfo=UTC)
"""10:00 in Shanghai on a Thursday."""

_numbers = itertools.count(1)


async def make_bank(database: Database, **over: Any) -> TenantId:
    """Open a bank with a slug nobody else has."""
    number = next(_numbers)
    facts = {
        "name": f"测试{number}农商行",
        "full_name": f"测试{number}农村商业银行",
        "hotline": "96588",
    }
    async with database.platform_unit_of_work() as db:
        slug = over.pop("slug", f"bank-{new_id().hex[-12:]}")
        return await tenants.open_bank(db, slug, **{**facts, **over}, at=NOW)


async def make_branch(
    db: Write, name: str = "城关支行", *, parent: Branch | None = None, kind: str = "branch"
) -> Branch:
    """Add a branch."""
    return await tenants.open_branch(
        db, f"{next(_numbers):05d}", name, kind=kind, parent=parent, at=NOW
    )


async def make_staff(db: Write, branch: Branch, *roles: str, **over: Any) -> Staff:
    """Add a person who cannot log in by password (tests open sessions directly)."""
    number = next(_numbers)
    facts: dict[str, Any] = {
        "staff_no": f"{number:04d}",
        "login": f"user{number}",
        "name": "王小明",
        "title": "客户经理",
        "phone": f"138{number:08d}",
        "wecom_userid": f"wx{number}",
    }
    staff = Staff(
        tenant_id=bank_id(db),
        id=new_id(),
        branch_id=branch.id,
        roles=list(roles or ("employee",)),
        created_at=NOW,
        updated_at=NOW,
        **{**facts, **over},
    )
    db.add(staff)
    await db.flush()
    return staff
