"""Idea: the phones of a file's earlier rows and their lines, in 12 bytes a phone.

A dict of a million phones would take 160 MB, most of what an import may use.
"""

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

PART = 131_072
"""Phones that are kept sorted together: inserting into a million would copy them each time."""


class SeenPhones:
    """Phones of eleven digits with the last line that had each; never logged."""

    def __init__(self) -> None:
        """Know no phone."""
        self._parts: list[_Part] = [_Part()]

    def lines(self, phones: Sequence[str]) -> dict[str, int]:
        """Return phone -> its last line, of those that were seen."""
        asked = np.array([int(phone) for phone in phones], np.int64)
        found: dict[str, int] = {}
        for part in self._parts:
            places, is_there = part.found(asked)
            for at in np.flatnonzero(is_there).tolist():
                found[phones[at]] = int(part.lines[places[at]])
        return found

    def add(self, lines: Mapping[str, int]) -> None:
        """Remember phones with their lines; the line of a phone that was seen is replaced."""
        phones = np.array([int(phone) for phone in lines], np.int64)
        order = np.argsort(phones)
        phones, last = phones[order], np.array(list(lines.values()), np.int32)[order]
        for part in self._parts:
            places, is_there = part.found(phones)
            part.lines[places[is_there]] = last[is_there]
            phones, last = phones[~is_there], last[~is_there]
        if len(self._parts[-1].phones) >= PART:
            self._parts.append(_Part())
        self._parts[-1].insert(phones, last)


class _Part:
    """Some of the phones in order, with the last line of each."""

    def __init__(self) -> None:
        self.phones = np.empty(0, np.int64)
        self.lines = np.empty(0, np.int32)

    def found(self, phones: NDArray[np.int64]) -> tuple[NDArray[np.intp], NDArray[np.bool_]]:
        """Return where each phone stands or would stand, and which of them are there."""
        places = np.searchsorted(self.phones, phones)
        is_there = np.zeros(len(phones), np.bool_)
        inside = places < len(self.phones)
        is_there[inside] = self.phones[places[inside]] == phones[inside]
        return places, is_there

    def insert(self, phones: NDArray[np.int64], lines: NDArray[np.int32]) -> None:
        """Put sorted phones that are not there where they belong."""
        places = np.searchsorted(self.phones, phones)
        self.phones = np.insert(self.phones, places, phones)
        self.lines = np.insert(self.lines, places, lines)
