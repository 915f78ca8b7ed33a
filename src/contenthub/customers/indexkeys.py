"""Idea: in which bitmaps a customer's own row stands; tags, refusals and consents add theirs."""

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from datetime import date
from functools import lru_cache
from operator import attrgetter
from typing import Any, Protocol, TypeAlias
from uuid import UUID

import numpy as np
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

    `above` gives each branch's ancestors and itself. A million customers have few different
    values: a key is worded once for each of them, not once for each customer.
    Raises ValueError for assets that are negative or need more than the 40 slices.
    """
    found: dict[Key, list[int]] = defaultdict(list)
    by_branch: _Part = (attrgetter("branch_id"), lambda branch: _branch_keys(above[branch]))
    every = [customer.no for customer in customers]
    for value_of, keys_for in (*_PARTS, by_branch):
        nos: dict[Any, list[int]] = defaultdict(list)
        for value, no in zip(map(value_of, customers), every, strict=True):
            nos[value].append(no)
        for value, some in nos.items():
            for key in keys_for(value):
                found[key] += some
    found["reachable", ""] = [one.no for one in customers if one.external_userid]
    slices = aum_slices([(customer.no, customer.aum_fen) for customer in customers])
    return {key: BitMap(some) for key, some in found.items() if some} | slices


def _branch_keys(ancestors: Sequence[UUID]) -> list[Key]:
    return [("branch", str(branch_id)) for branch_id in ancestors]


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


_Part: TypeAlias = tuple[Callable[[Any], Any], Callable[[Any], Sequence[Key]]]
_PARTS: tuple[_Part, ...] = (
    (attrgetter("stage"), lambda stage: [("all", ""), ("stage", stage)]),
    (attrgetter("owner_id"), _owner_keys),
    (attrgetter("birthday"), _birthday_keys),
    (attrgetter("risk_grade"), risk_keys),
    (attrgetter("lunar_birthday"), lambda day: [("lunar", day)] if day else []),
    (attrgetter("products"), lambda held: [("holds", slug) for slug in held.split()]),
    *((attrgetter(f"{kind}_due_on"), _due_keys(kind)) for kind in DUES),
    (attrgetter("is_merchant"), lambda is_one: [("merchant", "")] if is_one else []),
    (attrgetter("grid"), lambda name: [("grid", name)] if name else []),
    (attrgetter("contacted_on"), _day_keys("contact")),
    (attrgetter("added_on"), _day_keys("added")),
)
"""What of a row is asked, and the keys of each of its answers."""


def aum_slices(amounts: Sequence[tuple[int, int]]) -> dict[Key, BitMap]:
    """Return the bit slices of (number, assets in fen), without those that nobody stands in.

    Raises ValueError for assets that are negative or need more than the 40 slices.
    """
    nos, fen = np.array(amounts, np.int64).reshape(-1, 2).T
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
