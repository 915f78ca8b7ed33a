"""Idea: in which bitmaps a customer's own row stands; tags, refusals and consents add theirs."""

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from datetime import date
from functools import lru_cache, partial
from itertools import compress
from operator import attrgetter
from typing import Any, Protocol, TypeAlias
from uuid import UUID

import numpy as np
from numpy.typing import NDArray
from pyroaring import BitMap

from contenthub.customers.bitmaps import AUM_SLICES, Key
from contenthub.customers.holdings import DUES
from contenthub.customers.suitability import risk_keys


class Standing(Protocol):
    """What of a customer's own row the index is made from."""

    @property
    def no(self) -> int:
        """Their number: the bit they are."""

    @property
    def branch_id(self) -> UUID:
        """Their branch."""

    @property
    def stage(self) -> str:
        """Slug of stages.py."""

    @property
    def external_userid(self) -> str:
        """Empty when the customer cannot be sent to."""

    @property
    def owner_id(self) -> UUID | None:
        """Their employee."""

    @property
    def birthday(self) -> date | None:
        """Their birthday, if we know it."""

    @property
    def aum_fen(self) -> int:
        """Their assets."""

    @property
    def risk_grade(self) -> int:
        """Their grade of risk as long as its assessment holds, else 0."""

    @property
    def lunar_birthday(self) -> str:
        """MM-DD of the lunar calendar, or empty."""

    @property
    def products(self) -> str:
        """Slugs of holdings.py, blanks between them."""

    @property
    def deposit_due_on(self) -> date | None:
        """The day a deposit of theirs falls due."""

    @property
    def wealth_due_on(self) -> date | None:
        """The day a wealth product of theirs falls due."""

    @property
    def loan_due_on(self) -> date | None:
        """The day a loan of theirs falls due."""

    @property
    def is_merchant(self) -> bool | None:
        """Whether they keep a shop; None if nobody told us."""

    @property
    def grid(self) -> str:
        """Their village or grid."""

    @property
    def contacted_on(self) -> date | None:
        """The last day an employee spoke with them."""

    @property
    def added_on(self) -> date | None:
        """The day they became a contact in WeCom."""


FACTS = (
    *("lunar_birthday", "products", "deposit_due_on", "wealth_due_on", "loan_due_on"),
    *("is_merchant", "grid", "contacted_on", "added_on"),
)
"""Facts that a file tells and the index holds, called the same in a row and a customer."""


def keys_of(customer: Standing, ancestors: Sequence[UUID]) -> list[Key]:
    """Return the keys a customer's own row stands in; `ancestors` of their branch, itself too."""
    return list(grouped([customer], {customer.branch_id: ancestors}))


def grouped(
    customers: Sequence[Standing], above: Mapping[UUID, Sequence[UUID]]
) -> dict[Key, BitMap]:
    """Return the keys that customers' own rows stand in, with the numbers that stand in each.

    `above` gives each branch's ancestors and itself.
    Raises ValueError for assets that are negative or need more than the 40 slices.
    """
    names = ("no", "branch_id", "external_userid", "aum_fen", *_PARTS)
    columns = {name: list(map(attrgetter(name), customers)) for name in names}
    return grouped_columns(columns, above)


def grouped_columns(
    columns: Mapping[str, Sequence[Any]], above: Mapping[UUID, Sequence[UUID]]
) -> dict[Key, BitMap]:
    """Return the same as `grouped` of customers by columns; one that is not there says nothing.

    A million customers have few different values: a key is worded once for each of them, not
    once for each customer.
    """
    found: dict[Key, list[int]] = defaultdict(list)
    every = columns["no"]
    parts: dict[str, _KeysFor] = {**_PARTS, "branch_id": partial(_branch_keys, above)}
    for name, keys_for in parts.items():
        nos: dict[Any, list[int]] = defaultdict(list)
        for value, no in zip(columns.get(name, ()), every, strict=False):
            nos[value].append(no)
        for value, some in nos.items():
            for key in keys_for(value):
                found[key] += some
    found["reachable", ""] = list(compress(every, columns.get("external_userid", ())))
    bits = {key: BitMap(some) for key, some in found.items() if some}
    if "aum_fen" in columns:
        bits |= _slices(np.array(every, np.int64), np.array(columns["aum_fen"], np.int64))
    return bits


def _branch_keys(above: Mapping[UUID, Sequence[UUID]], branch: UUID) -> list[Key]:
    return [("branch", str(branch_id)) for branch_id in above[branch]]


def _owner_keys(owner_id: UUID | None) -> list[Key]:
    return [] if owner_id is None else [("owned", ""), owner_key(owner_id)]


@lru_cache(maxsize=32_768)
def _birthday_keys(day: date | None) -> Sequence[Key]:
    if day is None:
        return ()
    return ("birthday", day.strftime("%m-%d")), ("born", str(day.year))


def _due_keys(kind: str) -> Callable[[date | None], Sequence[Key]]:
    return lambda on: [] if on is None else [("due", f"{kind}:{on}")]


def _day_keys(dim: str) -> Callable[[date | None], Sequence[Key]]:
    return lambda on: [] if on is None else [(dim, str(on))]


_KeysFor: TypeAlias = Callable[[Any], Sequence[Key]]
_PARTS: dict[str, _KeysFor] = {
    "stage": lambda stage: [("all", ""), ("stage", stage)],
    "owner_id": _owner_keys,
    "birthday": _birthday_keys,
    "risk_grade": risk_keys,
    "lunar_birthday": lambda day: [("lunar", day)] if day else [],
    "products": lambda held: [("holds", slug) for slug in held.split()],
    **{f"{kind}_due_on": _due_keys(kind) for kind in DUES},
    "is_merchant": lambda is_one: [("merchant", "")] if is_one else [],
    "grid": lambda name: [("grid", name)] if name else [],
    "contacted_on": _day_keys("contact"),
    "added_on": _day_keys("added"),
}
"""What of a row is asked, and the keys of each of its answers."""


def aum_slices(amounts: Sequence[tuple[int, int]]) -> dict[Key, BitMap]:
    """Return the bit slices of (number, assets in fen), without those that nobody stands in.

    Raises ValueError for assets that are negative or need more than the 40 slices.
    """
    nos, fen = np.array(amounts, np.int64).reshape(-1, 2).T
    return _slices(nos, fen)


def _slices(nos: NDArray[np.int64], fen: NDArray[np.int64]) -> dict[Key, BitMap]:
    numbers = nos.astype(np.uint32)
    if ((fen < 0) | (fen >= 1 << AUM_SLICES)).any():
        raise ValueError("an amount in fen does not fit the slices")
    slices = {bit: numbers[(fen >> bit & 1).astype(bool)] for bit in range(AUM_SLICES)}
    return {("aum", str(bit)): BitMap(some) for bit, some in slices.items() if len(some)}


def owner_key(staff_id: UUID) -> Key:
    """Return the key of an owner's customers."""
    return ("owner", str(staff_id))


def touched_key(on: date, time: int = 1) -> Key:
    """Return the key of who was sent to at least `time` times on a day."""
    return ("touched", f"{on}" if time == 1 else f"{on}#{time}")
