"""First passwords for everybody who has none yet: made, hashed, set, and told on one sheet."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from contenthub.db import TenantId
from contenthub.tenants import actions_firstpasswords, passwords, queries_staff
from contenthub.tenants.actions_firstpasswords import Waiting
from contenthub.tenants.models import Staff
from contenthub.web.firstpasswords import generated
from contenthub.web.house import House


async def hand_out(
    house: House,
    tenant: TenantId,
    *,
    branch_id: UUID | None,
    again: bool,
    by: Staff,
    at: datetime,
) -> Sequence[tuple[Waiting, str]]:
    """Give up to 200 people without a password a first one; return who, and the password.

    It is nowhere else than in this answer. `again` also renews those that nobody has used.
    Raises NotFound for a branch that is not the bank's.
    """
    async with house.database.reading(tenant) as read:
        if branch_id is not None:
            await queries_staff.branch(read, branch_id)
        people = await actions_firstpasswords.waiting(read, branch_id=branch_id, again=again)
    words = {one.id: generated() for one in people}
    # One after another: log-ins of others take their turns in between.
    hashes = {who: await passwords.hashed(word) for who, word in words.items()}
    async with house.database.unit_of_work(tenant) as db:
        given = await actions_firstpasswords.give(db, hashes, again=again, by=by, at=at)
    return [(one, words[one.id]) for one in people if one.id in given]
