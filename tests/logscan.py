"""What must stand in no log: whole phones, identity numbers, bank cards, tokens, passwords."""

import re
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import NamedTuple

# Request and row ids are long hexadecimal numbers; a phone inside one is chance.
_IDS = re.compile(r"[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}|\b[0-9a-f]{24,}\b")
_PATTERNS = {
    "phone": re.compile(r"(?<![\d.])(?:86)?1[3-9]\d{9}(?!\d)"),
    "id": re.compile(r"(?<!\d)[1-9]\d{5}(?:18|19|20)\d{2}[01]\d[0-3]\d\d{3}[\dXx](?!\w)"),
    "token": re.compile(r"\b(?:ch_|whsec_)[A-Za-z0-9_+/=-]{16,}"),
    "session": re.compile(r"\bsession=[A-Za-z0-9_-]{8,}"),
    "bearer": re.compile(r"(?i)\bbearer +[A-Za-z0-9._~+/-]{8,}"),
    "wecom": re.compile(r"\b(?:access_token|corpsecret)=[A-Za-z0-9_-]{4,}"),
}
_CARD = re.compile(r"(?<![\d.])[3-6]\d{15,18}(?!\d)")


class Leak(NamedTuple):
    """One find: where, of what kind, and only the start of it."""

    file: str
    line: int
    kind: str
    start: str


def leaks(name: str, lines: Iterable[str], secrets: Iterable[str] = ()) -> Iterator[Leak]:
    """Yield what stands in `lines` and must not; `secrets` are this run's own passwords."""
    known = [secret for secret in secrets if secret]
    for number, line in enumerate(lines, start=1):
        text = _IDS.sub("#", line)
        for kind, found in _found(text):
            yield Leak(name, number, kind, found[:4])
        for secret in known:
            if secret in line:
                yield Leak(name, number, "password", secret[:2])


def _found(text: str) -> Iterator[tuple[str, str]]:
    for kind, pattern in _PATTERNS.items():
        for match in pattern.finditer(text):
            yield kind, match.group(0)
    for match in _CARD.finditer(text):
        if passes_luhn(match.group(0)):
            yield "card", match.group(0)


def passes_luhn(digits: str) -> bool:
    """Return whether a number ends in its Luhn check digit, as bank cards do."""
    total = 0
    for place, digit in enumerate(reversed(digits)):
        value = int(digit) * (2 if place % 2 else 1)
        total += value - 9 if value > 9 else value
    return total % 10 == 0


def scanned(folder: Path, secrets: Iterable[str] = ()) -> tuple[list[Leak], int]:
    """Return every leak in the log files of `folder` (`*.log*`), and how many lines were read."""
    found: list[Leak] = []
    known, read = list(secrets), 0
    for path in sorted(p for p in folder.rglob("*.log*") if p.is_file()):
        lines = path.read_text("utf-8", errors="replace").splitlines()
        read += len(lines)
        found += leaks(str(path.relative_to(folder)), lines, known)
    return found, read
