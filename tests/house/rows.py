"""Any model's row with what a test does not care about filled in by type."""

import itertools
from datetime import date
from typing import Any, TypeVar

from sqlalchemy import Date, DateTime, Integer, LargeBinary, Text, Uuid
from sqlalchemy.dialects.postgresql import JSONB
from tests.make import NOW

from contenthub.db import Base, Write, new_id
from contenthub.tenants.sealing import bank_id

Model = TypeVar("Model", bound=Base)
_numbers = itertools.count(1_000_000)


def _value(kind: object) -> Any:
    number = next(_numbers)
    if isinstance(kind, Uuid):
        return new_id()
    if isinstance(kind, DateTime):
        return NOW
    if isinstance(kind, Date):
        return date(2026, 11, 26)
    if isinstance(kind, Integer):
        return number
    if isinstance(kind, LargeBinary):
        return str(number).encode()
    if isinstance(kind, JSONB):
        return {}
    assert isinstance(kind, Text), kind
    return f"x{number}"


async def make_row(db: Write, model: type[Model], **facts: object) -> Model:
    """Add a row of `model`; `facts` win over made-up values."""
    known: dict[str, object] = {"tenant_id": bank_id(db), **facts}
    columns = model.__table__.columns
    if "id" in columns and isinstance(columns["id"].type, Uuid):
        known.setdefault("id", new_id())
    for column in columns:
        needed = not column.nullable and column.default is None and column.server_default is None
        if needed and column.key not in known:
            known[column.key] = _value(column.type)
    row = model(**known)
    db.add(row)
    await db.flush()
    return row
