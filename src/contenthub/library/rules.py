"""Idea: the rule pack: versioned data (rulepack.toml) read once, patterns compiled once."""

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Any, Literal

from contenthub.library import itemfields
from contenthub.library.kinds import field, fields_of

RULE_PACK_VERSION = "2026-11"
Severity = Literal["block", "review"]
SEVERITIES: dict[str, str] = {"block": "必须修改", "review": "请审核人确认"}


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule of the pack; empty `kinds` or `topics` mean all of them.

    `seen` tells how sure the source is: S seen in it, R recalled, I our own judgement.
    `enforced` names the part of the product that keeps the rule when no text can show it.
    """

    id: str
    name: str
    severity: Severity
    advice: str
    source: str
    seen: str
    effective_on: str
    kinds: frozenset[str]
    topics: frozenset[str]
    pattern: re.Pattern[str] | None
    unless: Mapping[str, re.Pattern[str]]
    needs: tuple[str, ...]
    when_field: str
    matcher: str
    enforced: str

    def applies(self, kind: str, topic: str) -> bool:
        """Return whether the rule reads items of this kind and topic."""
        if self.enforced or (self.kinds and kind not in self.kinds):
            return False
        return not self.topics or topic in self.topics


@dataclass(frozen=True, slots=True)
class Pack:
    """All rules with the pack's version, everyday phrases let through and fixed texts."""

    version: str
    effective_on: str
    reviewed_by: str
    reviewed_at: str
    rules: tuple[Rule, ...]
    exemptions: re.Pattern[str]
    disclosures: Mapping[str, tuple[str, ...]]
    poster_lines: Mapping[str, str]


@cache
def pack() -> Pack:
    """Return the shipped rule pack; the first call reads and compiles it."""
    text = resources.files("contenthub.library").joinpath("rulepack.toml").read_text("utf-8")
    data = tomllib.loads(text)
    groups = data["groups"]
    return Pack(
        version=data["version"],
        effective_on=data["effective_on"],
        reviewed_by=data["reviewed_by"],
        reviewed_at=data["reviewed_at"],
        rules=tuple(_rule(row, groups, data["effective_on"]) for row in data["rules"]),
        exemptions=_compiled("|".join(data["exemptions"])),
        disclosures={name: tuple(lines) for name, lines in data["disclosures"].items()},
        poster_lines=data["poster_lines"],
    )


def rules_of(kind: str, topic: str) -> list[Rule]:
    """Return the rules that read items of this kind and topic; raises Invalid for unknown ones."""
    fields_of(kind, topic)
    return [rule for rule in pack().rules if rule.applies(kind, topic)]


def disclosures(kind: str, topic: str, fields: Mapping[str, Any] | None = None) -> list[str]:
    """Return the texts that page, poster and message must carry, filled from kept `fields`.

    A line whose field is empty is left out: a rule already asks for that field.
    Source: compliance page, section 5.1. Raises Invalid for an unknown kind or topic.
    """
    fields_of(kind, topic)
    lines = (*pack().disclosures.get(topic, ()), *pack().disclosures.get(kind, ()))
    filled = (_filled(line, kind, topic, fields or {}) for line in lines)
    return [line for line in filled if line]


def poster_line(kind: str, topic: str) -> str:
    """Return the text a poster of this topic (or else kind) must print, or an empty string."""
    lines = pack().poster_lines
    return lines.get(topic) or lines.get(kind, "")


def _filled(line: str, kind: str, topic: str, fields: Mapping[str, Any]) -> str:
    shown = {
        name: " ".join(itemfields.show(field(kind, topic, name), fields.get(name)).split())
        for name in re.findall(r"\{(\w+)\}", line)
    }
    if not all(shown.values()):
        return ""
    return re.sub(r"\{(\w+)\}", lambda match: shown[match[1]], line)


def _rule(row: Mapping[str, Any], groups: Mapping[str, list[str]], effective_on: str) -> Rule:
    topics = row.get("topics", [])
    return Rule(
        id=row["id"],
        name=row["name"],
        severity=row["severity"],
        advice=row["advice"],
        source=row["source"],
        seen=row["seen"],
        effective_on=row.get("effective_on", effective_on),
        kinds=frozenset(row.get("kinds", [])),
        # A group name stands for its topics; any other word is a topic itself.
        topics=frozenset(groups.get(topics, [topics]) if isinstance(topics, str) else topics),
        pattern=_compiled(row["pattern"]) if "pattern" in row else None,
        unless={scope: _compiled(text) for scope, text in row.get("unless", {}).items()},
        needs=tuple(row.get("needs", ())),
        when_field=row.get("when_field", ""),
        matcher=row.get("matcher", ""),
        enforced=row.get("enforced", ""),
    )


def _compiled(text: str) -> re.Pattern[str]:
    """Return the pattern with `<n>` spelt out: up to n characters of the same sentence."""
    return re.compile(re.sub(r"<(\d+)>", r"[^。!?;\\n]{0,\1}?", text))
