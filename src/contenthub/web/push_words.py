"""What a push says: filled in as one customer will read it, and what the rules find in it."""

from typing import Any

from contenthub.customers import tagexpr, tagtext
from contenthub.db import Read
from contenthub.errors import Invalid
from contenthub.library import disclosing, messagetext, queries, queries_rules
from contenthub.library.models import Item, Revision
from contenthub.library.queries_shareable import foot_of
from contenthub.posters import queries as posters
from contenthub.scheduler.models import Push
from contenthub.tenants.models import Bank, Branch, Staff
from contenthub.web.wordings import placed

_NO_CODE = "XXXXXXXXXXXX"


async def as_read(
    db: Read,
    message: str,
    item: Item | None,
    revision: Revision | None,
    *,
    employee: Staff,
    bank: Bank,
) -> str:
    """Return a message as a customer of `employee` reads it, the mandatory lines included.

    Raises:
        Invalid: a variable that does not exist, or one without a value.
    """
    title = "（内容标题）" if item is None else item.title
    branch = await db.get(Branch, (employee.tenant_id, employee.branch_id))
    values = messagetext.values_of(
        bank=bank.name,
        hotline=bank.hotline,
        employee=(employee.name, employee.title, branch.name if branch else "", employee.phone),
        item_title=title if revision is None else revision.title,
        link=f"{db.info['settings'].public_url}/s/{_NO_CODE}",
    )
    filled = messagetext.fill(message, values, field="message")
    if item is None or revision is None:
        return filled
    return disclosing.with_foot(filled, foot_of(bank, item, revision))


async def found_in(db: Read, topic: str, message: str) -> list[dict[str, Any]]:
    """Return what the rules find in a message, each finding with the label of its place."""
    hits = await queries_rules.message_hits(db, topic, message)
    shown = placed("script", topic, [hit.as_dict() for hit in hits])
    return [{**hit, "place": "话术"} for hit in shown]


def whom(expr: str) -> str:
    """Return an expression as a Chinese sentence; of a broken one, what is wrong with it."""
    try:
        return tagtext.describe(tagexpr.parse(expr))
    except Invalid as error:
        return error.detail


async def for_reviewer(
    db: Read, push: Push, item: Item, *, author: Staff, bank: Bank
) -> dict[str, Any]:
    """Return a push's words as its reviewer sees them: for one employee, with its findings."""
    revision = await queries.revision(db, push.revision_id)
    somebody = next(iter(await posters.sharers(db, limit=1)), author)
    try:
        filled = await as_read(db, push.message, item, revision, employee=somebody, bank=bank)
    except Invalid as error:
        filled = f"（{error.detail}）"
    return {
        "filled": filled,
        "sample": somebody.name,
        "said": whom(push.expr),
        "found": await found_in(db, push.topic, push.message),
    }
