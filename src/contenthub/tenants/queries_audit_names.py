"""What the subjects of audit entries are called now, and which subjects a word names.

Plain SQL over tables of the rooms above: the trail tells of all of them. Who somebody is stays
hidden: customers, leads and sign-ups show their masked name, and no search looks at it.
"""

from collections.abc import Iterable
from uuid import UUID

from sqlalchemy import ColumnElement, Select, column, or_, select, table, union_all
from sqlalchemy.sql import TableClause

from contenthub.db import Read
from contenthub.tenants.models import AuditEntry
from contenthub.tenants.sealing import bank_id

# Kind of subject: its table, and the columns that name it; the first one is shown.
NAMED: dict[str, tuple[str, tuple[str, ...]]] = {
    "staff": ("staff", ("name", "staff_no", "login")),
    "item": ("items", ("title", "code")),
    "push": ("pushes", ("title",)),
    "cadence": ("cadences", ("title", "code")),
    "template": ("poster_templates", ("title",)),
    "branch": ("branches", ("name", "code")),
    "key": ("api_keys", ("name",)),
    "webhook": ("webhook_endpoints", ("name",)),
    "tag": ("tags", ("name",)),
    "tag_group": ("tag_groups", ("name",)),
    "segment": ("segments", ("name",)),
    "job": ("long_jobs", ("title",)),
    "asset": ("assets", ("filename",)),
    "agency": ("agency_invitations", ("operator_login",)),
    "platform_visit": ("platform_visits", ("operator_name",)),
}
MASKED = {
    "customer": ("customers", ("name_masked",)),
    "lead": ("leads", ("name_masked",)),
    "signup": ("signups", ("name_masked",)),
}


def _table(name: str, columns: Iterable[str]) -> TableClause:
    return table(name, column("tenant_id"), column("id"), *(column(each) for each in columns))


def _named_like(tenant: UUID, word: str) -> list[Select[tuple[UUID]]]:
    found: list[Select[tuple[UUID]]] = []
    for name, columns in NAMED.values():
        rows = _table(name, columns)
        hits = or_(*(rows.c[each].icontains(word, autoescape=True) for each in columns))
        found.append(select(rows.c.id).where(rows.c.tenant_id == tenant, hits))
    return found


def is_about(db: Read, word: str) -> ColumnElement[bool]:
    """Return the condition of entries whose subject has `word` in its name, number or title."""
    subjects = union_all(*_named_like(bank_id(db), word)).subquery()
    return AuditEntry.subject_id.in_(select(subjects.c.id))


async def names(db: Read, entries: Iterable[AuditEntry]) -> dict[UUID, str]:
    """Return what the subjects of some entries are called now, by their id.

    What is gone has no name here; most entries say it in their details.
    """
    wanted: dict[str, set[UUID]] = {}
    for entry in entries:
        if entry.subject_id is not None:
            wanted.setdefault(entry.subject_kind, set()).add(entry.subject_id)
    queries = []
    for kind, ids in wanted.items():
        place = NAMED.get(kind) or MASKED.get(kind)
        if place is not None:
            rows = _table(place[0], place[1])
            shown = rows.c[place[1][0]].label("name")
            queries.append(
                select(rows.c.id, shown).where(rows.c.tenant_id == bank_id(db), rows.c.id.in_(ids))
            )
    if not queries:
        return {}
    found = await db.execute(union_all(*queries))
    return {row[0]: row[1] for row in found if row[1]}
