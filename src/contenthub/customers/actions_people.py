"""Writes of a whole customer: added by hand, shown in clear, erased at their wish."""

from collections.abc import Mapping
from datetime import datetime

from sqlalchemy import delete

from contenthub.customers import (
    actions_audience,
    actions_behaviour,
    actions_clubs,
    actions_contacts,
    actions_erasures,
    actions_facts,
    actions_import,
    actions_score_runs,
    queries,
    queries_locks,
    queries_texts,
)
from contenthub.customers.indexkeys import keys_of
from contenthub.customers.models import Consent, Customer, CustomerTag, Refusal
from contenthub.customers.models_imports import ImportChange
from contenthub.customers.models_tags import RemovedTag
from contenthub.customers.rows import LABELS, read_row
from contenthub.db import Write
from contenthub.errors import Conflict, Invalid
from contenthub.tenants import actions as tenants
from contenthub.tenants import actions_reveal
from contenthub.tenants import queries as tenants_queries
from contenthub.tenants.models import Staff
from contenthub.tenants.sealing import bank_id
from contenthub.uploads.sorts import RowProblem

_ASKED_TO_BE_ERASED = (
    "该客户已要求删除个人信息；客户重新授权后，请在 consent_text_version 填写授权书的版本再新增"
)


async def add_customer(
    db: Write, facts: Mapping[str, str], *, agreed_to: str = "", by: Staff, at: datetime
) -> Customer:
    """Add one customer; `facts` are the cells an import would read (field -> text).

    `agreed_to` is the version of the text that somebody agreed to who was erased before.

    Raises:
        Invalid: a cell is wrong, named by its field; or the customer asked to be erased and
        has not agreed anew (`consent_text_version`), or by a text nobody kept. Conflict: the
        phone is known already.
    """
    for field in facts:
        if field not in LABELS:
            raise Invalid.of(field, "没有这个字段")
    today = await tenants_queries.today(db, at=at)
    row = read_row(facts, line=1, today=today)
    if isinstance(row, RowProblem):
        raise Invalid.of(row.field, row.message)
    if await queries.by_phone(db, row.phone) is not None:
        raise Conflict("这个手机号的客户已经有了，请用手机号查找后修改")
    if agreed_to:
        agreed_to = await queries_texts.check_own(db, agreed_to, field="consent_text_version")
        await actions_erasures.lift(db, row.phone, text_version=agreed_to, by=by, at=at)
    elif await queries.erased_phones(db, [row.phone]):
        raise Invalid.of("consent_text_version", _ASKED_TO_BE_ERASED)
    tally = await actions_import.add_batch(db, [row], dry_run=False, by=by.id, at=at)
    if tally.problems:
        raise Invalid.of(tally.problems[0].field, tally.problems[0].message)
    made = await queries.by_phone(db, row.phone)
    if made is None:
        raise Conflict()
    tenants.record(db, "customer.added", "customer", made.id, by=by, at=at)
    return made


async def reveal(
    db: Write, customer: Customer, *, reason: str, by: Staff, at: datetime
) -> tuple[str, str]:
    """Return a customer's name and phone in clear; the audit trail keeps who looked, and why.

    Raises:
        Invalid: no reason. TooMany: too many looks within an hour.
    """
    await actions_reveal.record_look(db, "customer", customer.id, reason=reason, by=by, at=at)
    return queries.clear(db, customer)


async def erase_customer(db: Write, customer: Customer, *, by: Staff, at: datetime) -> None:
    """Erase a person: row, tags, refusals, consents, acts, scores and index.

    Ledgers keep the bare number. They are no club's member any more. That they asked is
    remembered, without a word of who they are: no file brings them back.
    """
    await queries_locks.share(db)
    mine = (bank_id(db), customer.no)
    await actions_erasures.remember(db, queries.clear(db, customer)[1], at=at)
    tree = await tenants_queries.branches(db)
    above = tenants_queries.ancestors(tree, customer.branch_id)
    gone = {key: [customer.no] for key in keys_of(customer, above)}
    tags = await db.scalars(
        delete(CustomerTag)
        .where(CustomerTag.tenant_id == mine[0], CustomerTag.customer_no == mine[1])
        .returning(CustomerTag.tag_id)
    )
    gone |= {("tag", str(tag_id)): [customer.no] for tag_id in tags}
    await db.execute(
        delete(RemovedTag).where(RemovedTag.tenant_id == mine[0], RemovedTag.customer_no == mine[1])
    )
    await db.execute(
        delete(ImportChange).where(
            ImportChange.tenant_id == mine[0], ImportChange.customer_no == mine[1]
        )
    )
    for dim, model in (("refused", Refusal), ("consent", Consent)):
        topics = await db.scalars(
            delete(model)
            .where(model.tenant_id == mine[0], model.customer_no == mine[1])
            .returning(model.topic)
        )
        gone |= {(dim, topic): [customer.no] for topic in topics}
    await actions_contacts.forget_contacts(db, customer.no)
    await actions_facts.forget_changes(db, customer.no)
    for key in await actions_behaviour.forget_customer(db, customer.no, customer.phone_index):
        gone[key] = [customer.no]
    gone |= await actions_score_runs.forget_customers(db, [customer.no])
    await db.execute(delete(Customer).where(Customer.tenant_id == mine[0], Customer.no == mine[1]))
    # Last: a worker that took them in meanwhile held their row, and is done now.
    for club_id in await actions_clubs.forget_customer(db, customer.no, at=at):
        gone["club", str(club_id)] = [customer.no]
    await actions_audience.mark(db, {}, gone)
    tenants.record(db, "customer.erased", "customer", customer.id, by=by, at=at, no=customer.no)
