"""Idea: in which order tag rules run that read the tags other rules give, and what has none."""

from collections.abc import Mapping, Set
from graphlib import CycleError, TopologicalSorter
from typing import NamedTuple
from uuid import UUID


class Flow(NamedTuple):
    """What a rule reads and what it gives: tags, by their ids."""

    reads: Set[UUID]
    gives: UUID


def order(rules: Mapping[UUID, Flow]) -> list[UUID]:
    """Return rules so that each comes after those whose tags it reads.

    Raises ValueError when rules wait for each other; `ring` names them.
    """
    if found := ring(rules):
        raise ValueError(f"rules wait for each other: {found}")
    return list(_sorter(rules).static_order())


def ring(rules: Mapping[UUID, Flow]) -> list[UUID]:
    """Return rules of which each reads the tag of the one before it, in a ring; none is well."""
    try:
        _sorter(rules).prepare()
    except CycleError as error:
        found: list[UUID] = error.args[1]
        return found[:-1]
    return []


def _sorter(rules: Mapping[UUID, Flow]) -> TopologicalSorter[UUID]:
    givers: dict[UUID, list[UUID]] = {}
    for rule_id, flow in rules.items():
        givers.setdefault(flow.gives, []).append(rule_id)
    return TopologicalSorter(
        {
            rule_id: [giver for tag_id in sorted(flow.reads) for giver in givers.get(tag_id, [])]
            for rule_id, flow in rules.items()
        }
    )
