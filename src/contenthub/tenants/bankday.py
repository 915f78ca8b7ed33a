"""Idea: which day it is on a bank's wall clock."""

from datetime import date, datetime
from typing import Protocol
from zoneinfo import ZoneInfo


class Zoned(Protocol):
    """What has a clock on its wall: a bank."""

    @property
    def zone(self) -> str:
        """Name of the time zone, as in the tz database."""


def bank_day(bank: Zoned, at: datetime) -> date:
    """Return the day it is at `at` on the bank's wall clock."""
    return at.astimezone(ZoneInfo(bank.zone)).date()
