"""Reads of which customers convert best; from the index alone, at any size of bank."""

from datetime import date

from pyroaring import BitMap

from contenthub.customers import conversion
from contenthub.customers.behaviour import Act, act_key, window
from contenthub.customers.bitmaps import AUM_SLICES, FIRST_BIRTH_YEAR, Key
from contenthub.customers.conversion import Analysis, Reached
from contenthub.customers.queries_bitmaps import united, whole
from contenthub.db import Read
from contenthub.tenants.topics import TOPICS

_LEFT = ("left", "signed_up", "attended")
_NOBODY = BitMap()


async def analysis(
    db: Read, everybody: BitMap, done: BitMap, *, topic: str | None, days: int, today: date
) -> Analysis:
    """Return how customers came from looking to business, by age and assets.

    Counts `everybody` by what they did in the last `days` days on one topic, or on any;
    `done` is who did business.
    """
    topics = TOPICS if topic is None else [topic]

    def did(*kinds: str) -> list[Key]:
        acts = ((kind, of, on) for kind in kinds for of in topics for on in window(today, days))
        return [act_key(Act(*act)) for act in acts]

    reached = Reached(
        everybody, await united(db, did("viewed")), await united(db, did(*_LEFT)), done
    )
    years = range(FIRST_BIRTH_YEAR, today.year + 1)
    facts = await whole(
        db,
        [
            *(("born", str(year)) for year in years),
            *(("aum", str(bit)) for bit in range(AUM_SLICES)),
        ],
    )
    born = {year: facts["born", str(year)] for year in years if ("born", str(year)) in facts}
    return conversion.analysed(
        reached, born, lambda bit: facts.get(("aum", str(bit)), _NOBODY), year=today.year
    )
