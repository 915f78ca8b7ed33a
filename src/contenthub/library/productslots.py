"""Idea: which figures of a product are named in a text, by its sub-kind.

Rates, terms and least amounts have readers of their own (ratesaid.py, ownfigures.py); slots are
fees, limits, sums insured, days, ages and dates, most of which fields tell in words.
"""

from collections.abc import Mapping
from typing import Any

from contenthub.library.agencyslots import insurance, invested
from contenthub.library.bankslots import card, deposit, loan, payment
from contenthub.library.slots import Slot


def product_slots(fields: Mapping[str, Any], topic: str) -> list[Slot]:
    """Return the slots of a product with these kept fields."""
    made = _MADE.get(topic)
    return made(fields) if made else []


_MADE = {
    "deposit": deposit,
    "loan": loan,
    "wealth": invested,
    "fund": invested,
    "insurance": insurance,
    "card": card,
    "payment": payment,
}
