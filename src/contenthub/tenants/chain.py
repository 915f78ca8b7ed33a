"""The audit chain: each seal hashes the entries since the seal before, and that seal.

Who edits, deletes, inserts or reorders an entry changes a hash; who rewrites the whole
chain lacks the bank's signing key (reliability S5).
"""

import json
from collections.abc import Iterable
from datetime import UTC, datetime
from hashlib import sha256
from typing import NamedTuple
from uuid import UUID

START = b"contenthub audit chain v1"
"""What stands before the first seal."""
HASH_BYTES = 32


class Entry(NamedTuple):
    """One audit entry as it is hashed."""

    id: UUID
    at: datetime
    actor_id: UUID | None
    actor_name: str
    event: str
    subject_kind: str
    subject_id: UUID | None
    detail: object


def canonical(entry: Entry) -> bytes:
    """Return the entry as JSON that is the same for the same content, whatever its key order."""
    values = entry._asdict()
    values["at"] = entry.at.astimezone(UTC).isoformat(timespec="microseconds")
    return json.dumps(
        values, ensure_ascii=False, sort_keys=True, separators=(",", ":"), default=str
    ).encode()


def link(bank: UUID, previous: bytes, entries: Iterable[Entry]) -> tuple[bytes, int]:
    """Return the hash over the seal before and `entries` in order, and how many there were.

    Each entry is preceded by its length, so that two cannot be read as one.
    """
    digest = sha256(bank.bytes + (previous or START))
    count = 0
    for entry in entries:
        text = canonical(entry)
        digest.update(len(text).to_bytes(8, "big"))
        digest.update(text)
        count += 1
    return digest.digest(), count


def earliest_id(at: datetime) -> UUID:
    """Return the smallest UUIDv7 that can be made at `at` or later (milliseconds)."""
    milliseconds = int(at.timestamp() * 1000)
    return UUID(int=(milliseconds << 80) | (0x7 << 76) | (0x8 << 60))
