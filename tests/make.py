"""Plain factories of rows: `await make_x(db, …)`; they say only what a test does not care about."""

import itertools
import os
from collections.abc import Sequence
from datetime import UTC, date, datetime
from typing import Any

from contenthub.customers import (
    actions_consents,
    actions_import,
    actions_texts,
    queries,
    queries_texts,
)
from contenthub.customers.models import Consent, Customer
from contenthub.customers.models_texts import ConsentText
from contenthub.customers.rows import CustomerRow
from contenthub.db import Database, Platform, TenantId, Write, new_id
from contenthub.library import actions as library
from contenthub.library import actions_reviews, kinds
from contenthub.library import queries as library_queries
from contenthub.library.findings import Kept
from contenthub.library.models import Item, Revision
from contenthub.posters import actions as posters
from contenthub.posters import editing
from contenthub.posters.actions import TemplateDraft
from contenthub.posters.models import PosterTemplate
from contenthub.sharing import actions as sharing
from contenthub.sharing.codes import RANDOM_BYTES, code_from
from contenthub.sharing.models import Link
from contenthub.tenants import access
from contenthub.tenants import actions as tenants
from contenthub.tenants.models import Branch, BranchChange, Staff

NOW = datetime(2026, 11, 26, 2, 0, tzinfo=UTC)
"""10:00 in Shanghai on a Thursday."""

_numbers = itertools.count(1)


async def make_bank(database: Database, **over: Any) -> TenantId:
    """Open a bank with a slug nobody else has."""
    async with database.platform_unit_of_work() as db:
        return await open_bank(db, **over)


async def open_bank(db: Platform, **over: Any) -> TenantId:
    """Open a bank with a slug nobody else has, in a transaction that goes on."""
    number = next(_numbers)
    facts = {
        "name": f"测试{number}农商行",
        "full_name": f"测试{number}农村商业银行",
        "hotline": "96588",
    }
    slug = over.pop("slug", f"bank-{new_id().hex[-12:]}")
    return await tenants.open_bank(db, slug, **{**facts, **over}, at=NOW)


async def make_branch(
    db: Write, name: str = "城关支行", *, parent: Branch | None = None, kind: str = "branch"
) -> Branch:
    """Add a branch."""
    return await tenants.open_branch(
        db, f"{next(_numbers):05d}", name, kind=kind, parent=parent, at=NOW
    )


def new_branch(
    tenant: TenantId, name: str, *, parent: Branch | None = None
) -> tuple[Branch, BranchChange]:
    """Return the rows that opening a bank's first branches leaves, not yet added."""
    branch = Branch(
        tenant_id=tenant,
        id=new_id(),
        parent_id=parent.id if parent else None,
        code=f"{next(_numbers):05d}",
        name=name,
        kind="branch" if parent else "head",
        created_at=NOW,
    )
    opened = BranchChange(
        tenant_id=tenant,
        branch_id=branch.id,
        change="opened",
        detail={"code": branch.code, "to_name": parent.name if parent else ""},
        by_name=tenants.SYSTEM,
        at=NOW,
    )
    return branch, opened


async def make_staff(db: Write, branch: Branch, *roles: str, **over: Any) -> Staff:
    """Add a person who cannot log in by password (tests open sessions directly)."""
    staff = new_staff(branch, *roles, **over)
    db.add(staff)
    await db.flush()
    return staff


def new_staff(branch: Branch, *roles: str, **over: Any) -> Staff:
    """Return a person who cannot log in by password, not yet added."""
    number = next(_numbers)
    facts: dict[str, Any] = {
        "staff_no": f"{number:04d}",
        "login": f"user{number}",
        "name": "王小明",
        "title": "客户经理",
        "phone": f"138{number:08d}",
        "wecom_userid": f"wx{number}",
        "qualification_no": f"YX-{number:04d}",
        "authorised_until": date(2099, 12, 31),
    }
    if set(roles) & set(access.TOTP_REQUIRED):
        facts["totp_confirmed_at"] = NOW  # else they would be let in to set it up only
    return Staff(
        tenant_id=branch.tenant_id,
        id=new_id(),
        branch_id=branch.id,
        roles=list(roles or ("employee",)),
        created_at=NOW,
        updated_at=NOW,
        **{**facts, **over},
    )


async def make_item(db: Write, by: Staff, **over: Any) -> tuple[Item, Revision]:
    """Add an item with its first draft; `over` are the parts of a Draft, and `at`."""
    at = over.pop("at", NOW)
    facts: dict[str, Any] = {
        "kind": "product",
        "topic": "deposit",
        "title": f"三年期大额存单 {next(_numbers)}",
        "fields": {"summary": "20 万元起存", "rate": 205, "selling_points": ["利率 2.05%"]},
        "body": "<p>到网点办理，存款受存款保险保障。</p>",
        **over,
    }
    if "fields" not in over:
        # The usual fields are a deposit's; what another topic does not know is left out.
        facts["fields"] = kinds.drop_elsewhere(facts["kind"], facts["topic"], facts["fields"])
    return await library.write_item(db, library.Draft(**facts), by=by, at=at)


async def approve(db: Write, item: Item, by: Staff, at: datetime = NOW) -> Revision:
    """Let `by` approve the submitted revision of an item; it goes live if its window is open."""
    assert item.working_revision_id is not None
    waiting = (await library_queries.reviews_of(db, item.working_revision_id))[0]
    taken = await actions_reviews.take_review(db, waiting.id, "approve", by=by)
    kept = [Kept(reason="已核对")]
    return await library.approve_revision(db, taken, kept=kept, by=by, at=at)


async def make_live_item(db: Write, author: Staff, reviewer: Staff, **over: Any) -> Item:
    """Add an item that `author` wrote and submitted and `reviewer` approved, so that it is live."""
    at = over.setdefault("at", NOW)
    item, _ = await make_item(db, author, **over)
    await library.submit(db, item.id, by=author, at=at)
    await approve(db, item, reviewer, at)
    return item


async def make_link(db: Write, item: Item, employee: Staff, **over: Any) -> Link:
    """Add an employee's link to a live item."""
    facts: dict[str, Any] = {"channel": "wecom", "at": NOW, **over}
    facts.setdefault("code", code_from(os.urandom(RANDOM_BYTES)))
    return await sharing.make_link(db, item, employee=employee, **facts)


async def make_customer(
    db: Write,
    *,
    owner: Staff | None = None,
    branch: Branch | None = None,
    tags: Sequence[str] = (),
    **over: Any,
) -> Customer:
    """Add a customer through the importer; `over` are the cells of a CustomerRow, and `at`.

    Without `external_userid=""` the customer can be sent to.
    """
    number, at = next(_numbers), over.pop("at", NOW)
    facts: dict[str, Any] = {
        "line": number,
        "name": "王小明",
        "phone": f"137{number:08d}",
        "owner": owner.staff_no if owner else "",
        "branch": branch.code if branch else "",
        "tags": tuple(tags),
        "external_userid": f"wm{number:06d}",
        **over,
    }
    row = CustomerRow(**facts)
    tally = await actions_import.add_batch(db, [row], dry_run=False, by=None, at=at)
    assert tally.problems == []
    found = await queries.by_phone(db, row.phone)
    assert found is not None
    return found


async def make_consent_text(
    db: Write, by: Staff, version: str = "柜面 3 版", wording: str = "本人同意贵行向我推荐产品。"
) -> ConsentText:
    """Add a wording of the bank's own, under the version that consents name."""
    return await actions_texts.add_text(db, version, wording, by=by, at=NOW)


async def make_consent(
    db: Write, customer: Customer, topic: str, *, text_version: str = "柜面 3 版", by: Staff
) -> Consent:
    """Let a customer agree to a topic by a wording of the bank's own, which is added if need be."""
    if text_version not in await queries_texts.own_versions(db):
        await make_consent_text(
            db, by, text_version, f"本人同意贵行向我推荐产品。（{text_version}）"
        )
    return await actions_consents.record_consent(
        db, customer, topic, text_version=text_version, by=by, at=NOW
    )


async def make_live_template(
    db: Write, item: Item, author: Staff, reviewer: Staff, **over: Any
) -> PosterTemplate:
    """Add a poster template of a live item that a second person approved and that is live."""
    layers = over.pop("layers", None) or editing.starter_layers("deposit-season")
    draft = TemplateDraft(over.pop("title", "存款季海报"), item.id, layers)
    template, revision = await posters.write_template(db, draft, by=author, at=NOW)
    await db.flush()
    await posters.submit(db, template.id, drawn=revision.hash, by=author, at=NOW)
    await db.flush()
    waiting = (await library_queries.reviews_of(db, revision.id))[0]
    taken = await actions_reviews.take_review(db, waiting.id, "approve", by=reviewer)
    await posters.approve_template(db, taken, by=reviewer, at=NOW)
    await db.flush()
    return template
