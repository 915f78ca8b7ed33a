"""Idea: what a known customer did, on which topic, on which day; and the bitmaps of it.

A day has one bitmap per time: who is in `2026-11-26:viewed:loan` looked at least once that
day, who is in `2026-11-26:viewed:loan#2` at least twice, and so on to MAX_TIMES.
"""

from datetime import date, timedelta
from typing import NamedTuple

from contenthub.errors import Invalid
from contenthub.tenants.topics import TOPICS

#: slug -> the word a clerk reads.
ACTS: dict[str, str] = {
    "viewed": "浏览",
    "shared": "转发",
    "left": "留资",
    "signed_up": "报名",
    "attended": "到场",
    "visited": "走访",
    "roadshow": "路演",
}
OFFLINE: dict[str, str] = {slug: ACTS[slug] for slug in ("attended", "visited", "roadshow")}
"""What a list may tell that nobody did online."""
_SLUGS = {word: slug for slug, word in ACTS.items()} | {
    "看过": "viewed",
    "lead": "left",
    "留电话": "left",
    "signup": "signed_up",
}
_MET = {"visited": "走访时谈过", "roadshow": "参加路演"}
MAX_DAYS = 180
"""As far back as an expression may look."""
KEPT_DAYS = MAX_DAYS + 5
"""How long what somebody did is kept: some days over, for clocks and late workers."""
MAX_TIMES = 5
"""More times than this on one day, or asked for, are not told apart."""


class Act(NamedTuple):
    """What was done: an act of ACTS, the topic of the item, and the bank's day."""

    kind: str
    topic: str
    on: date


def act_slug(word: str) -> str:
    """Return the slug of an act written as slug or Chinese word; raises Invalid naming all."""
    asked = word.strip()
    slug = asked.lower() if asked.lower() in ACTS else _SLUGS.get(asked.lower())
    if slug is None:
        known = "、".join(ACTS.values())
        raise Invalid.of("act", f"没有“{asked[:20]}”这种行为，请从这些里选：{known}")
    return slug


def done_words(kind: str, topic: str) -> str:
    """Return something done on a topic, in words."""
    about = TOPICS.get(topic, topic)
    return f"{ACTS.get(kind, kind)}{about}内容" if kind not in _MET else f"{_MET[kind]}（{about}）"


def act_key(act: Act, time: int = 1) -> tuple[str, str]:
    """Return the bitmap (dim, key) of who did this at least `time` times on the day."""
    plain = f"{act.on}:{act.kind}:{act.topic}"
    return ("did", plain if time == 1 else f"{plain}#{time}")


def levels(act: Act, times: int) -> list[tuple[str, str]]:
    """Return the keys somebody stands in who did this so often on the day."""
    return [act_key(act, time) for time in range(1, min(times, MAX_TIMES) + 1)]


def window(today: date, days: int) -> list[date]:
    """Return the last `days` days, today among them."""
    return [today - timedelta(days=n) for n in range(days)]
