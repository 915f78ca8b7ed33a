"""Idea: a bounded memory that many banks share: who holds most forgets first.

A bank that looks through all of its posters pushes out its own oldest entries, not those of a
small bank that asks for the same few all day.
"""

from collections import OrderedDict
from typing import Generic, TypeVar
from uuid import UUID

Key = TypeVar("Key")
Value = TypeVar("Value")


class Shares(Generic[Key, Value]):
    """What was found for each bank's keys, `most` entries in all; one not asked for long goes."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._held: dict[UUID, OrderedDict[Key, Value]] = {}
        self._count = 0

    def get(self, bank: UUID, key: Key) -> Value | None:
        """Return what a bank's key is known for, or None."""
        mine = self._held.get(bank)
        if mine is None or key not in mine:
            return None
        mine.move_to_end(key)
        return mine[key]

    def keep(self, bank: UUID, key: Key, value: Value) -> None:
        """Remember a value; beyond the bound, the bank that holds most forgets its oldest."""
        mine = self._held.setdefault(bank, OrderedDict())
        self._count += key not in mine
        mine[key] = value
        mine.move_to_end(key)
        while self._count > self._most:
            largest = max(self._held, key=lambda one: len(self._held[one]))
            self._held[largest].popitem(last=False)
            self._count -= 1
