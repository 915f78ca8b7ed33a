"""Customers of the demo bank who looked at lectures in the last weeks: for 客群转化."""

from datetime import timedelta
from random import Random

from sqlalchemy import select

from contenthub.cli_demo_people import Scene
from contenthub.customers import actions_behaviour
from contenthub.customers.actions_behaviour import Noted
from contenthub.customers.behaviour import Act
from contenthub.customers.models import Customer
from contenthub.tenants import queries as tenants
from contenthub.tenants.sealing import bank_id

_CHANCE, _CHANCE_OF_THE_OLD = 0.16, 0.34
_OLD = 55
_TOPIC = "education"
"""No score and no rule of the demo asks for it."""
_DAYS = 28


async def let_look(scene: Scene) -> int:
    """Let some customers have looked, the older ones more often; return how many."""
    rng = Random(f"looks {scene.bank.no}")  # noqa: S311  (demo data must repeat, nothing is secret)
    known = {person.id for person in scene.staff.values() if not person.login.isdigit()}
    async with scene.house.database.unit_of_work(scene.tenant) as db:
        today = await tenants.today(db, at=scene.now)
        people = await db.execute(
            select(Customer.phone_index, Customer.birthday, Customer.owner_id)
            .where(Customer.tenant_id == bank_id(db))
            .order_by(Customer.no)
        )
        looked = []
        for phone_index, birthday, owner_id in people:
            is_old = birthday is not None and today.year - birthday.year >= _OLD
            if owner_id not in known and rng.random() < (_CHANCE_OF_THE_OLD if is_old else _CHANCE):
                on = today - timedelta(days=rng.randint(1, _DAYS))
                looked.append(Noted(bank_id(db), phone_index, Act("viewed", _TOPIC, on)))
        await actions_behaviour.note_many(db, looked)
    return len(looked)
