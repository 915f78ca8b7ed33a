"""Idea: which columns hold sealed values, and for what place each was sealed.

A rotation seals all of them anew. Each room says its own below its models; a house test
finds a column named *_sealed that nobody registered.
"""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class SealedTable:
    """A tenant table keyed by (tenant_id, id) whose values are sealed for `place:<id>`."""

    table: str
    columns: tuple[tuple[str, str], ...]
    """(column, place): `name_sealed` is sealed for `customers.name:<id>`."""


_tables: dict[str, SealedTable] = {}


def register(table: str, *names: str) -> None:
    """Say that `<name>_sealed` of `table` is sealed for the place `<table>.<name>:<id>`.

    Raises:
        ValueError: the table was registered before.
    """
    if table in _tables:
        raise ValueError(f"sealed columns of {table} are registered twice")
    columns = tuple((f"{name}_sealed", f"{table}.{name}") for name in sorted(names))
    _tables[table] = SealedTable(table, columns)


def tables() -> list[SealedTable]:
    """Return every table with sealed columns, always in the same order."""
    return [_tables[name] for name in sorted(_tables)]
