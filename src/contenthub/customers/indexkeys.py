"""Idea: in which bitmaps a customer's own row stands; tags, refusals and consents add theirs."""

from collections.abc import Iterable
from datetime import date
from typing import Protocol
from uuid import UUID

from contenthub.customers.bitmaps import AUM_SLICES, Key
from contenthub.customers.suitability import risk_keys


class Standing(Protocol):
    """What of a customer's own row the index is made from."""

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


def keys_of(customer: Standing, ancestors: Iterable[UUID]) -> list[Key]:
    """Return the keys a customer's own row stands in; `ancestors` of their branch, itself too."""
    keys: list[Key] = [("all", ""), ("stage", customer.stage)]
    keys += [("branch", str(branch_id)) for branch_id in ancestors]
    if customer.external_userid:
        keys.append(("reachable", ""))
    if customer.owner_id is not None:
        keys += [("owned", ""), ("owner", str(customer.owner_id))]
    if customer.birthday is not None:
        keys += [
            ("birthday", customer.birthday.strftime("%m-%d")),
            ("born", str(customer.birthday.year)),
        ]
    return keys + aum_keys(customer.aum_fen) + risk_keys(customer.risk_grade)


def aum_keys(fen: int) -> list[Key]:
    """Return the slices that hold a customer with assets of `fen`.

    Raises ValueError when it is negative or needs more than the 40 slices.
    """
    if not 0 <= fen < 1 << AUM_SLICES:
        raise ValueError(f"aum of {fen} fen does not fit the slices")
    return [("aum", str(bit)) for bit in range(AUM_SLICES) if fen >> bit & 1]


def owner_key(staff_id: UUID) -> Key:
    """Return the key of an owner's customers."""
    return ("owner", str(staff_id))


def touched_key(on: date, time: int = 1) -> Key:
    """Return the key of who was sent to at least `time` times on a day."""
    return ("touched", f"{on}" if time == 1 else f"{on}#{time}")
