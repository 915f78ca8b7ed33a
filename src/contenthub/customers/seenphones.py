"""Idea: the phones of a file's earlier rows and their lines, in 12 bytes a phone.

A dict of a million phones would take 160 MB, most of what an import may use.
"""

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray


class SeenPhones:
    """Phones of eleven digits with the last line that had each; never logged."""

    def __init__(self) -> None:
        """Know no phone."""
        self._phones = np.empty(0, np.int64)
        self._lines = np.empty(0, np.int32)

    def lines(self, phones: Sequence[str]) -> dict[str, int]:
        """Return phone -> its last line, of those that were seen."""
        places, is_there = self._found(np.array([int(phone) for phone in phones], np.int64))
        known = zip(phones, is_there.tolist(), places.tolist(), strict=True)
        return {phone: int(self._lines[place]) for phone, is_seen, place in known if is_seen}

    def add(self, lines: Mapping[str, int]) -> None:
        """Remember phones with their lines; the line of a phone that was seen is replaced."""
        phones = np.array([int(phone) for phone in lines], np.int64)
        order = np.argsort(phones)
        phones, last = phones[order], np.array(list(lines.values()), np.int32)[order]
        places, is_there = self._found(phones)
        self._lines[places[is_there]] = last[is_there]
        is_new = ~is_there
        self._phones = np.insert(self._phones, places[is_new], phones[is_new])
        self._lines = np.insert(self._lines, places[is_new], last[is_new])

    def _found(self, phones: NDArray[np.int64]) -> tuple[NDArray[np.intp], NDArray[np.bool_]]:
        """Return where each phone stands or would stand, and which of them are there."""
        places = np.searchsorted(self._phones, phones)
        is_there = np.zeros(len(phones), np.bool_)
        inside = places < len(self._phones)
        is_there[inside] = self._phones[places[inside]] == phones[inside]
        return places, is_there
