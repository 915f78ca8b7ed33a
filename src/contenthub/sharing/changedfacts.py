"""Idea: what of an activity has changed since a customer signed up, so that they must be told."""

from collections.abc import Mapping
from typing import Any

from contenthub.library import kinds

FACTS = ("starts_at", "ends_at", "place")
"""Fields of an activity that decide whether and where somebody comes."""
_SPECS = {spec.name: spec for spec in kinds.fields_of("activity", "life") if spec.name in FACTS}


def changes(before: Mapping[str, Any], after: Mapping[str, Any]) -> list[tuple[str, str, str]]:
    """Return (label, what they know, what holds now) of every fact that differs."""
    return [
        (spec.label, kinds.show(spec, before.get(name)), kinds.show(spec, after.get(name)))
        for name, spec in _SPECS.items()
        if before.get(name) != after.get(name)
    ]


def said(changed: list[tuple[str, str, str]]) -> str:
    """Return changes as one line, for whoever calls the customer."""
    return "；".join(f"{label}：{old or '未写'} → {new or '未写'}" for label, old, new in changed)
