"""Idea: where a day begins and ends on a bank's wall clock."""

from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo


def start_of(day: date, zone: str) -> datetime:
    """Return the instant a day begins in a time zone, which is named as in the tz database."""
    return datetime.combine(day, time(), ZoneInfo(zone))


def end_of(day: date, zone: str) -> datetime:
    """Return the instant the next day begins; raises OverflowError for the calendar's last day."""
    return start_of(day + timedelta(days=1), zone)
