"""Who of a planned send is still to be sent to at its instant, decided in the claim itself.

What was committed before the send is honoured: a refusal, the end of a consent, a friend
lost (design/reliability.md Q12).
"""

from datetime import datetime

from sqlalchemy import text

from contenthub.db import Write
from contenthub.scheduler.models import Push, SendJob
from contenthub.tenants.bankday import bank_day
from contenthub.tenants.banksettings import effective
from contenthub.tenants.models import Bank
from contenthub.tenants.sealing import bank_id

_REFUSED_SINCE = """
update deliveries d set state = 'skipped', reason = 'refused', updated_at = :at
from refusals r
where d.tenant_id = :tenant and d.send_job_id = :job and d.state = 'planned'
  and r.tenant_id = d.tenant_id and r.customer_no = d.customer_no and r.topic = :topic
  and (r.until_on is null or r.until_on >= :today)
"""
_NOT_AGREED_BY_NOW = """
update deliveries d set state = 'skipped', reason = 'no_consent', updated_at = :at
where d.tenant_id = :tenant and d.send_job_id = :job and d.state = 'planned'
  and not exists (select 1 from consents g where g.tenant_id = d.tenant_id
    and g.customer_no = d.customer_no and g.topic = :topic
    and (g.until_on is null or g.until_on >= :today))
"""
_TAKE = """
update deliveries d set state = 'sending', updated_at = :at
from customers c
where d.tenant_id = :tenant and d.send_job_id = :job and d.state in ('planned', 'sending')
  and c.tenant_id = d.tenant_id and c.no = d.customer_no and c.external_userid <> ''
returning c.external_userid
"""
# Erased, or no WeCom friend any more since the plan: named, never counted as sent.
_LOST_SINCE = """
update deliveries d set state = 'skipped', reason = 'unreachable', updated_at = :at
where d.tenant_id = :tenant and d.send_job_id = :job and d.state = 'planned'
"""


async def take(db: Write, push: Push, job: SendJob, *, bank: Bank, at: datetime) -> list[str]:
    """Move the customers of a send to sending; return their ids of WeCom.

    Who refused since the plan, has no consent by now where the bank asks for one, or is no
    friend any more is skipped, with the reason in the ledger.
    """
    facts = {"tenant": bank_id(db), "job": job.id, "at": at}
    told = {**facts, "topic": push.topic, "today": bank_day(bank, at)}
    await db.execute(text(_REFUSED_SINCE), told)
    if effective(bank.settings)["consent_required"]:
        await db.execute(text(_NOT_AGREED_BY_NOW), told)
    rows = await db.execute(text(_TAKE), facts)
    customers = list(rows.scalars())
    await db.execute(text(_LOST_SINCE), facts)
    return customers
