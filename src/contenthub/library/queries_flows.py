"""Reads of a bank's review flows and of its reasons for a return, with the defaults filled in."""

from sqlalchemy import select

from contenthub.db import Read
from contenthub.errors import Invalid
from contenthub.library import flows
from contenthub.library.flows import FlowStep
from contenthub.library.models_reviews import ReviewFlow, ReviewReasons
from contenthub.library.review import RETURN_REASONS
from contenthub.tenants import queries as tenants
from contenthub.tenants.banksettings import effective
from contenthub.tenants.sealing import bank_id


async def flow(db: Read, subject: str) -> tuple[FlowStep, ...]:
    """Return the steps for a kind of item, 'template' or 'push'; raises Invalid if unknown."""
    if subject not in flows.SUBJECTS:
        raise Invalid.of("subject", f"应是 {'、'.join(flows.SUBJECTS)} 之一")
    own = await db.get(ReviewFlow, (bank_id(db), subject))
    return flows.read(own.steps) if own is not None else await default_flow(db)


async def default_flow(db: Read) -> tuple[FlowStep, ...]:
    """Return the steps of what the bank has set no flow for."""
    settings = effective((await tenants.bank(db)).settings)
    return flows.default(settings["review_steps"])


async def own_flows(db: Read) -> dict[str, ReviewFlow]:
    """Return the flows the bank itself has set, by subject."""
    rows = await db.scalars(select(ReviewFlow).where(ReviewFlow.tenant_id == bank_id(db)))
    return {row.subject: row for row in rows}


async def reasons(db: Read) -> list[str]:
    """Return the reasons for a return that reviewers pick from."""
    own = await db.get(ReviewReasons, bank_id(db))
    return list(own.reasons) if own is not None else list(RETURN_REASONS)
