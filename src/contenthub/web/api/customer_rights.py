"""A person's own rights: all we hold of them as JSON, and erasure."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec
from litestar import Response, delete, get
from litestar.params import FromPath

from contenthub.customers import (
    actions_people,
    consenttexts,
    queries,
    queries_behaviour,
    queries_changes,
    queries_clubs,
    queries_contacts,
    queries_lists,
    queries_score_reasons,
    queries_texts,
)
from contenthub.customers.models import Customer
from contenthub.db import Read, Write
from contenthub.scheduler import actions_runs
from contenthub.scheduler import queries_person as pushed
from contenthub.sharing import actions_erase, queries_grants
from contenthub.sharing import queries_person as left
from contenthub.tenants import actions as tenants
from contenthub.tenants import queries as tenants_queries
from contenthub.tenants import queries_audit
from contenthub.tenants.models import Staff
from contenthub.web import wish_proof
from contenthub.web.deps import Db, Me, Now, OurBank
from contenthub.web.sheets import MIME
from contenthub.web.signin import May

_FACTS = (
    "id no gender birthday aum_fen branch_id owner_id external_userid crm_no stage "
    "risk_grade risk_until lunar_birthday products deposit_due_on wealth_due_on loan_due_on "
    "is_merchant grid contacted_on added_on "
    "created_at updated_at"
).split()
_MOST_ROWS = 10_000


async def in_reach(db: Read, customer_id: UUID, viewer: Staff, *, lock: bool = False) -> Customer:
    """Return a customer inside the viewer's data scope; raises NotFound for all others."""
    return await queries.customer(
        db, customer_id, owner_ids=await tenants_queries.visible_staff_ids(db, viewer), lock=lock
    )


async def everything(db: Read, found: Customer) -> dict[str, Any]:
    """Return every row of a person, in clear, as plain values."""
    known = await queries.portrait(db, found)
    name, phone = queries.clear(db, found)
    wish = ("topic", "recorded_at", "until_on", "channel", "text_version")
    trail = await queries_audit.trail(
        db, queries_audit.Filter(subject_id=found.id), limit=_MOST_ROWS
    )
    forms = await left.left_by(db, found.phone_index)
    return {
        "customer": {
            "name": name,
            "phone": phone,
            **{f: getattr(found, f) for f in _FACTS},
            "remark": queries.remark(db, found),
        },
        "tags": [tag.name for tag in known.tags],
        "refusals": [{f: getattr(row, f) for f in wish} for row in known.refusals],
        "consents": [{f: getattr(row, f) for f in wish} for row in known.consents],
        "pushes": await pushed.pushes_to(db, found.no, limit=_MOST_ROWS),
        "follow_ups": await pushed.calls_to(db, found.no, limit=_MOST_ROWS),
        "leads": list(forms),
        "texts": await _texts(db, known, forms),
        "contacts": await queries_contacts.contacts_of(db, found.no, limit=_MOST_ROWS),
        "changes": await queries_changes.changes_of(db, found.no, limit=_MOST_ROWS),
        "moves": await queries_contacts.moves_of(db, found.no, limit=_MOST_ROWS),
        "acts": await queries_behaviour.acts_of(db, found.no),
        "scores": await queries_score_reasons.kept_of(db, found.no),
        "lists": await queries_lists.kept_of(db, found.no),
        "clubs": [
            {"club": club.name, "joined_at": one.joined_at, "left_at": one.left_at}
            for club, one in await queries_clubs.of_customer(db, found.no)
        ],
        "club_rights": await queries_grants.given_to(db, found.no),
        "audit": [{"event": e.event, "at": e.at, "by": e.actor_name} for e in trail],
    }


async def _texts(
    db: Read, known: queries.Portrait, forms: Sequence[left.Left]
) -> list[dict[str, Any]]:
    """Return the wordings of what a person agreed to and refused, as they saw them."""
    versions = {row.text_version for row in known.refusals}
    versions |= {row.text_version for row in known.consents}
    versions |= {one.consent_version for one in forms}
    kept = await queries_texts.named(db, versions)
    told = []
    for version in sorted(versions - {""}):
        one = kept.get(version)
        wording, sha256 = (one.wording, one.sha256) if one else (consenttexts.NOT_KEPT, "")
        told.append({"version": version, "wording": wording, "sha256": sha256})
    return told


async def erase(db: Write, found: Customer, *, by: Staff, at: datetime) -> None:
    """Erase a person from customers, follow-ups, leads and sign-ups; ledgers stay as numbers."""
    await actions_runs.forget_customer(db, found.no, by=by, at=at)
    await actions_erase.erase_person(db, found.phone_index, by=by, at=at)
    await actions_people.erase_customer(db, found, by=by, at=at)


async def exported(db: Write, found: Customer, *, by: Staff, at: datetime) -> Response[bytes]:
    """Return everything as a JSON file; that it was taken is in the audit trail."""
    tenants.record(db, "customer.exported", "customer", found.id, by=by, at=at)
    data = msgspec.json.format(msgspec.json.encode(await everything(db, found)), indent=2)
    return Response(
        data,
        media_type="application/json",
        headers={
            "Content-Disposition": f'attachment; filename="customer-{found.no}.json"',
            "Cache-Control": "no-store",
        },
    )


@get(
    "/customers/{customer_id:uuid}/export",
    guards=[May("customers.rights")],
    summary="导出个人信息（查阅权）",
    tags=["customers"],
)
async def export_customer(customer_id: FromPath[UUID], db: Db, me: Me, now: Now) -> Response[bytes]:
    """Return every row of the person as JSON, in clear."""
    return await exported(db, await in_reach(db, customer_id, me), by=me, at=now)


@get(
    "/customers/{customer_id:uuid}/wishes.xlsx",
    guards=[May("customers.rights")],
    summary="导出客户的同意与拒绝记录（举证）",
    tags=["customers"],
    opt={"files": (MIME,)},
)
async def prove_wishes(
    customer_id: FromPath[UUID], db: Db, me: Me, bank: OurBank, now: Now
) -> Response[bytes]:
    """Return who agreed to and refused what, when, until when, by which text and how."""
    found = await in_reach(db, customer_id, me)
    return await wish_proof.proven(db, found, bank, by=me, at=now)


@delete(
    "/customers/{customer_id:uuid}",
    guards=[May("customers.rights")],
    summary="删除客户（删除权）",
    tags=["customers"],
)
async def erase_customer(customer_id: FromPath[UUID], db: Db, me: Me, now: Now) -> None:
    """Erase the person."""
    await erase(db, await in_reach(db, customer_id, me, lock=True), by=me, at=now)
