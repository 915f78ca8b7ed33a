"""Idea: the hash of a wording, which is what a reviewer approves and a push is bound to."""

import json
from collections.abc import Mapping
from datetime import datetime
from hashlib import sha256
from typing import Any
from uuid import UUID


def fingerprint(**parts: Any) -> str:
    """Return the SHA-256 (hex) of named parts, the same for the same meaning.

    Parts are JSON values, dates with time zone, ids, or None; the order of keys does
    not matter.
    """
    return sha256(
        json.dumps(parts, sort_keys=True, ensure_ascii=False, default=_plain).encode()
    ).hexdigest()


def wording(
    *,
    kind: str,
    topic: str,
    title: str,
    fields: Mapping[str, Any],
    body: str,
    cover_asset_id: UUID | None,
    valid_from: datetime | None,
    valid_until: datetime | None,
) -> str:
    """Return the fingerprint of an item's wording; any visible change changes it."""
    return fingerprint(
        kind=kind,
        topic=topic,
        title=title,
        fields=dict(fields),
        body=body,
        cover=cover_asset_id,
        valid_from=valid_from,
        valid_until=valid_until,
    )


def _plain(value: object) -> str:
    if isinstance(value, datetime):
        return f"{value.timestamp():.6f}"
    if isinstance(value, UUID):
        return str(value)
    raise TypeError(f"no fingerprint for {type(value).__name__}")
