"""Idea: the kit that ships with the product: tags, items and scripts, and a year of festivals.

Everything is text for any rural bank: what differs from bank to bank is left to be filled in
(`must_fill`, 【待填：…】), and nothing can be submitted before it is.
"""

import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from functools import cache
from importlib import resources
from typing import Any

VERSION = 1
NAME = "起步内容包"
GROUPS: dict[str, str] = {
    "deposit": "存款",
    "loan": "贷款",
    "card": "银行卡与社保卡",
    "payment": "支付与商户",
    "safety": "防诈与金融知识",
    "service": "网点服务与适老",
    "visit": "走村入户与活动",
    "cadence": "跟进节奏和它的话术",
    "festival": "节日与时令（12 个月）",
}
CADENCES = "cadence"
"""The group that also brings the cadences."""
_FILES = (
    "starter_products.toml",
    "starter_service.toml",
    "starter_scripts.toml",
    "starter_cadences.toml",
)


@dataclass(frozen=True, slots=True)
class StarterPart:
    """One item as an author would type it; `from_on`/`until_on` are the days it is for."""

    code: str
    group: str
    kind: str
    topic: str
    title: str
    fields: dict[str, Any] = field(default_factory=dict)
    body: str = ""
    must_fill: tuple[str, ...] = ()
    from_on: date | None = None
    until_on: date | None = None


@dataclass(frozen=True, slots=True)
class StarterCadence:
    """A cadence as kits/cadencewordings.py tells one; its steps name items by their code."""

    code: str
    wording: dict[str, Any]

    @property
    def item_codes(self) -> list[str]:
        """The codes of the items that its steps bring."""
        return [step["item_id"] for step in self.wording["steps"] if step["item_id"]]


@dataclass(frozen=True, slots=True)
class StarterTags:
    """A group of tags: its name, which question it answers, its tags; how many days some hold."""

    name: str
    dimension: str
    tags: tuple[str, ...]
    colour: str
    is_exclusive: bool
    holds_days: Mapping[str, int]


def tag_groups() -> list[StarterTags]:
    """Return the tag groups that ship."""
    return [
        StarterTags(
            row["name"],
            row["dimension"],
            tuple(row["tags"]),
            row["colour"],
            row.get("exclusive", False),
            row.get("holds_days", {}),
        )
        for row in _read("starter_tags.toml")["groups"]
    ]


def parts(*, on: date) -> list[StarterPart]:
    """Return every item that ships, festivals with the days of their next coming from `on`."""
    fixed = [_part(row) for name in _FILES for row in _read(name)["items"]]
    festivals = _read("starter_festivals.toml")["festivals"]
    return [*fixed, *(part for row in festivals for part in _festival(row, on))]


def cadences() -> list[StarterCadence]:
    """Return the cadences that ship."""
    found = []
    for row in _read("starter_cadences.toml")["cadences"]:
        steps = [
            {name: step[name] for name in ("day_from", "day_to", "reason", "todo")}
            | {"item_id": step.get("item", "")}
            for step in row["steps"]
        ]
        told = {name: row[name] for name in ("title", "topic", "purpose")}
        found.append(StarterCadence(row["code"], {**told, "steps": steps}))
    return found


def _part(row: dict[str, Any]) -> StarterPart:
    return StarterPart(
        code=row["code"],
        group=row["group"],
        kind=row["kind"],
        topic=row["topic"],
        title=row["title"],
        fields=row["fields"],
        body=row.get("body", "").strip(),
        must_fill=tuple(row.get("must_fill", ())),
    )


def _festival(row: dict[str, Any], on: date) -> Iterable[StarterPart]:
    """Yield a festival's article and its script; each is for the days around the festival."""
    window = next_window(row, on)
    from_on, until_on = window or (None, None)
    yield StarterPart(
        code=row["code"],
        group="festival",
        kind="article",
        topic=row.get("topic", "life"),
        title=row["title"],
        fields={"summary": row["summary"]},
        body=row["body"].strip(),
        from_on=from_on,
        until_on=until_on,
    )
    yield StarterPart(
        code=f"{row['code']}-script",
        group="festival",
        kind="script",
        topic=row.get("topic", "life"),
        title=f"{row['name']}问候",
        fields={"scene": row.get("scene", "moments"), "text": row["script"], "when": row["when"]},
        from_on=from_on,
        until_on=until_on,
    )


def next_window(row: dict[str, Any], on: date) -> tuple[date, date] | None:
    """Return the first and last day of a festival's next coming, or None past its table.

    `day` is the same MM-DD every year; `days` lists the moving ones (lunar, solar terms).
    """
    before, after = timedelta(days=row.get("before", 7)), timedelta(days=row.get("after", 1))
    if "day" in row:
        month, day = map(int, row["day"].split("-"))
        days = [date(year, month, day) for year in (on.year, on.year + 1)]
    else:
        days = [date.fromisoformat(text) for text in row["days"]]
    for day_on in days:
        if day_on + after >= on:
            return day_on - before, day_on + after
    return None


@cache
def _read(name: str) -> dict[str, Any]:
    text = resources.files("contenthub.kits").joinpath(name).read_text("utf-8")
    return tomllib.loads(text)
