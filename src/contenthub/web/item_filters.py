"""What a list of items is asked for: one spelling for URLs of pages, the API, exports and views."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields, replace
from datetime import date, datetime, timedelta
from functools import lru_cache
from typing import Any
from urllib.parse import parse_qs, urlencode
from uuid import UUID
from zoneinfo import ZoneInfo

from litestar import Request
from litestar.datastructures import MultiDict
from litestar.di import NamedDependency, Provide
from litestar.params import FromQuery

from contenthub.errors import Invalid
from contenthub.library import kinds, review
from contenthub.library.itemfilter import (
    EXPIRING_DAYS,
    EXPIRING_DAYS_MAX,
    LABELS_ASKED_MAX,
    QUIET_DAYS,
    SORT,
    SORTS,
    VALIDITY,
    Filter,
)
from contenthub.tenants.models import Staff
from contenthub.tenants.topics import TOPICS
from contenthub.web import bankdays
from contenthub.web.deps import InState
from contenthub.web.keyset import SortedPlace, sorted_cursor, sorted_place, strange

HERE = "/console/library"
NAMES = (
    *("kind", "state", "topic", "q", "label", "validity", "shares", "author"),
    *("updated_from", "updated_to", "sort"),
)
"""The parameters of a URL, in the order in which it names them."""
_KNOWN = frozenset(NAMES)
ME, NONE, ALL = "me", "none", "all"
Q_CHARS = 100
STATES = {slug: word for slug, word in review.STATES.items() if slug != "withdrawn"}
"""A version can be set aside, an item cannot."""
VALIDITIES: dict[str, str] = {
    "current": VALIDITY["current"],
    "upcoming": VALIDITY["upcoming"],
    "expiring": f"{EXPIRING_DAYS} 天内到期",
    "expiring-30": "30 天内到期",
    "expiring-90": "90 天内到期",
    "expired": VALIDITY["expired"],
}
"""What a form offers; a URL may say `expiring-N` for any number of days."""
_SHORT = {"mine": {"author": ME, "state": "draft"}, "expiring": {"validity": "expiring"}}


@dataclass(frozen=True, slots=True)
class Asked:
    """What a list was asked for, as a URL says it; empty values do not filter."""

    kind: str = ""
    state: str = ""
    topic: str = ""
    q: str = ""
    label: tuple[str, ...] = ()
    """Ids of labels; an item must have them all."""
    validity: str = ""
    shares: str = ""
    author: str = ""
    """An id, or `me`."""
    updated_from: str = ""
    updated_to: str = ""
    sort: str = ""

    @classmethod
    def read(cls, params: MultiDict[Any]) -> tuple["Asked", dict[str, str]]:
        """Return the filter of a URL, and what is wrong with it by name; wrong ones are left out.

        `view=mine` and `view=expiring`, which older addresses have, are read as what they mean.
        """
        short = _SHORT.get("".join(params.getall("view", [])), {})
        said: dict[str, Sequence[str]] = {name: [short[name]] for name in short}
        for name in NAMES:
            if any(found := [str(value) for value in params.getall(name, [])]):
                said[name] = found
        return cls.checked(said)

    @classmethod
    def of_text(cls, query: str) -> tuple["Asked", dict[str, str]]:
        """Return the filter of a URL's text and what is wrong with it, as `read` does."""
        said = parse_qs(query.lstrip("?"), max_num_fields=60)
        unknown = {
            name: f"没有“{name[:20]}”这个筛选条件" for name in said if name not in (*NAMES, "view")
        }
        found, wrong = cls.checked({name: v for name, v in said.items() if name in NAMES})
        return found, {**unknown, **wrong}

    @classmethod
    def checked(cls, said: Mapping[str, Sequence[str]]) -> tuple["Asked", dict[str, str]]:
        """Return the filter of named values and what is wrong with them, as `read` does."""
        kept: dict[str, Any] = {}
        wrong: dict[str, str] = {}
        for name, values in said.items():
            words = [word.strip()[:Q_CHARS] for word in values if word.strip()]
            if not words:
                continue
            if why := _why_not(name, words):
                wrong[name] = why
            elif name == "label":
                kept[name] = tuple(sorted({str(UUID(word)) for word in words}))
            else:
                kept[name] = words[-1]
        if kept.get("sort") == SORT:
            kept.pop("sort")
        if kept.get("validity") == f"expiring-{EXPIRING_DAYS}":
            kept["validity"] = "expiring"
        return cls(**kept), wrong

    def filter(self, me: Staff, *, at: datetime, zone: str, live_only: bool = False) -> Filter:
        """Return the rows it means for `me` at `at`; days are the bank's."""
        word, _, days = self.validity.partition("-")
        today = at.astimezone(ZoneInfo(zone)).date()
        author = me.id if self.author == ME else (UUID(self.author) if self.author else None)
        start, end = _day(self.updated_from), _day(self.updated_to)
        return Filter(
            kind=self.kind,
            state=self.state,
            topic=self.topic,
            q=self.q,
            label_ids=tuple(UUID(one) for one in self.label),
            validity=word,
            expiring_days=int(days) if days else EXPIRING_DAYS,
            at=at,
            quiet_since=today - timedelta(days=QUIET_DAYS - 1) if self.shares else None,
            author_id=author,
            updated_from=bankdays.start_of(start, zone) if start else None,
            updated_before=bankdays.end_of(end, zone) if end else None,
            live_only=live_only,
            sort=self.sort or SORT,
        )

    def query(self, **over: str | tuple[str, ...]) -> str:
        """Return the URL's query with some words changed; empty ones are left out."""
        if unknown := over.keys() - _KNOWN:
            raise TypeError(f"no such words: {sorted(unknown)}")
        # A page writes dozens of these: no copy of the whole filter for each.
        words = ((name, over.get(name, getattr(self, name))) for name in NAMES)
        return "&".join(_spelt(name, word) for name, word in words if word)

    def url(self, **over: str | tuple[str, ...]) -> str:
        """Return the list's address; one that asks for nothing says so, past a default view."""
        return f"{HERE}?{self.query(**over) or f'view={ALL}'}"

    def place(self, cursor: str) -> SortedPlace | None:
        """Return where a cursor goes on in this order; raises Invalid (`cursor`)."""
        sort = self.sort or SORT
        return sorted_place(sort, cursor, by_day=sort.endswith("shared"))

    def cursor(self, place: SortedPlace | None) -> str | None:
        """Return a place in this order as text, or None at the end of the list."""
        return sorted_cursor(self.sort or SORT, place)

    @property
    def is_narrow(self) -> bool:
        """Return whether anything but the kind and the order was asked for."""
        return bool(self.query(kind="", sort=""))


assert {field.name for field in fields(Asked)} == set(NAMES)


@lru_cache(maxsize=1_024)
def _spelt(name: str, word: str | tuple[str, ...]) -> str:
    """Return a word of a URL's query; the addresses of a page have most of theirs in common."""
    return urlencode([(name, word)], doseq=True)


def _day(text: str) -> date | None:
    return date.fromisoformat(text) if text else None


def _why_not(name: str, words: Sequence[str]) -> str:
    """Return why the values of a parameter cannot be used; empty: they can."""
    if len(words) > 1 and name != "label":
        return "只能写一个"
    word = words[-1]
    tables: dict[str, Mapping[str, Any]] = {
        "kind": kinds.KINDS,
        "state": review.STATES,
        "topic": TOPICS,
        "sort": SORTS,
    }
    if name in tables:
        return "" if word in tables[name] else _one_of(word, list(tables[name]))
    if name == "label":
        if len(words) > LABELS_ASKED_MAX:
            return f"最多同时按 {LABELS_ASKED_MAX} 个标签筛选"
        return "" if all(map(_is_id, words)) else "内容标签应写它的 id，见 GET /api/v1/item-labels"
    if name == "author":
        return "" if word == ME or _is_id(word) else "作者应写员工的 id，或 me 表示自己"
    if name == "shares":
        return "" if word == NONE else _one_of(word, [NONE])
    if name == "validity":
        return "" if _is_validity(word) else _one_of(word, [*VALIDITY, "expiring-天数"])
    if name in ("updated_from", "updated_to"):
        return "" if _is_day(word) else f"“{word[:20]}”不是日期，请写成 2026-12-31 这样"
    return ""


def _one_of(word: str, known: Sequence[str]) -> str:
    return f"“{word[:20]}”不是可用的取值，应是 {'、'.join(known)} 之一"


def _is_id(word: str) -> bool:
    try:
        return str(UUID(word)) == word.lower()
    except ValueError:
        return False


def _is_day(word: str) -> bool:
    try:
        return len(word) == 10 and 2000 <= date.fromisoformat(word).year <= 2199
    except ValueError:
        return False


def _is_validity(word: str) -> bool:
    kind, _, days = word.partition("-")
    if kind != "expiring" or not days:
        return word in VALIDITY
    is_number = days.isascii() and days.isdigit() and not days.startswith("0")
    return is_number and int(days[:4]) <= EXPIRING_DAYS_MAX


def validity_words(validity: str) -> str:
    """Return what a `validity` is called on a page: 30 天内到期."""
    days = validity.partition("-")[2]
    return f"{days} 天内到期" if days else VALIDITIES[validity]


async def provide_asked(
    request: Request[Any, Any, Any],
    *,
    kind: FromQuery[str] = "",
    in_state: InState = "",
    topic: FromQuery[str] = "",
    q: FromQuery[str] = "",
    label: FromQuery[list[str] | None] = None,
    validity: FromQuery[str] = "",
    shares: FromQuery[str] = "",
    author: FromQuery[str] = "",
    updated_from: FromQuery[str] = "",
    updated_to: FromQuery[str] = "",
    sort: FromQuery[str] = "",
) -> Asked:
    """Return the filter of an API's request; raises Invalid naming every wrong parameter."""
    unknown = strange(request.query_params, NAMES)
    asked, wrong = Asked.checked(
        {
            "kind": [kind],
            "state": [in_state],
            "topic": [topic],
            "q": [q],
            "label": label or [],
            "validity": [validity],
            "shares": [shares],
            "author": [author],
            "updated_from": [updated_from],
            "updated_to": [updated_to],
            "sort": [sort],
        }
    )
    if wrong or unknown:
        raise Invalid(fields=unknown | wrong)
    return asked


ASKED = {"asked": Provide(provide_asked)}
"""What a handler that lists items says as its `dependencies`; it then takes `asked: AskedItems`."""
AskedItems = NamedDependency[Asked]


@dataclass(frozen=True, slots=True)
class Called:
    """What the ids of a filter are called: labels and authors by id as text."""

    labels: Mapping[str, str]
    authors: Mapping[str, str]


def conditions(asked: Asked, called: Called) -> list[tuple[str, Asked]]:
    """Return each condition of a filter in words, with what is asked for without it."""
    plain = {
        "q": f"“{asked.q}”",
        "kind": kinds.KINDS[asked.kind].label if asked.kind else "",
        "state": STATES.get(asked.state, asked.state),
        "topic": TOPICS.get(asked.topic, ""),
        "validity": validity_words(asked.validity) if asked.validity else "",
        "shares": f"{QUIET_DAYS} 天零转发",
        "author": "我" if asked.author == ME else called.authors.get(asked.author, "已不在本行"),
        "updated_from": asked.updated_from,
        "updated_to": asked.updated_to,
        "sort": SORTS.get(asked.sort, ""),
    }
    without: dict[str, Any] = {name: {name: ""} for name in NAMES}
    found = [
        (f"{_LABELS[name]}：{plain[name]}", replace(asked, **without[name]))
        for name in NAMES
        if name != "label" and getattr(asked, name)
    ]
    for one in asked.label:
        rest = tuple(other for other in asked.label if other != one)
        found.append(
            (f"标签：{called.labels.get(one, '已删除的标签')}", replace(asked, label=rest))
        )
    return found


_LABELS = {
    "q": "关键词",
    "kind": "类型",
    "state": "状态",
    "topic": "类别",
    "validity": "有效期",
    "shares": "分享",
    "author": "作者",
    "updated_from": "更新从",
    "updated_to": "更新到",
    "sort": "排序",
}
