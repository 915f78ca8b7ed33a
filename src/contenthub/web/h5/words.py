"""What the phone pages say: greetings, days, and the text that travels with a link."""

from collections.abc import Iterable, Mapping
from datetime import date, timedelta
from typing import Any
from urllib.parse import urlencode

from contenthub.errors import Invalid
from contenthub.library import messagetext
from contenthub.library.models import Revision
from contenthub.tenants.models import Bank, Staff
from contenthub.tenants.topics import TOPICS

WEEKDAYS = "一二三四五六日"
SUMMARY_FIELDS = ("summary", "answer", "text")
SUMMARY_MAX_CHARS = 60
_HOURS = ((5, "夜深了"), (9, "早上好"), (12, "上午好"), (14, "中午好"), (18, "下午好"))


def topic_chips(
    page: str, slugs: Iterable[str], *, topic: str, q: str
) -> list[tuple[str, str, bool]]:
    """Return (label, address, is current) of all topics, then some, keeping the words searched."""
    word = {"q": q} if q else {}
    return [
        ("全部", f"{page}?" + urlencode(word), not topic),
        *(
            (TOPICS[slug], f"{page}?" + urlencode({"topic": slug, **word}), topic == slug)
            for slug in slugs
        ),
    ]


def greeting(hour: int) -> str:
    """Return how one greets at an hour of the day (0-23)."""
    return next((word for until, word in _HOURS if hour < until), "晚上好")


def day_word(day: date) -> str:
    """Return `11 月 24 日 周二`."""
    return f"{day.month} 月 {day.day} 日 周{WEEKDAYS[day.weekday()]}"


def week_start(day: date) -> date:
    """Return the Monday of a day's week."""
    return day - timedelta(days=day.weekday())


def message_for(
    text: str, *, bank: Bank, me: Staff, title: str, link: str, branch: str = ""
) -> str:
    """Return a bank's message text as it reads from this employee; a text that cannot be filled
    is shown without its variables' values, as it stands.
    """
    values = messagetext.values_of(
        bank=bank.name,
        hotline=bank.hotline,
        employee=(me.name, me.title, branch, me.phone),
        item_title=title,
        link=link,
    )
    try:
        return messagetext.fill(text, values)
    except Invalid:
        return text


def own_words(revision: Revision, *, bank: Bank, me: Staff) -> str:
    """Return what an employee may say of an item when no script was written: its own summary."""
    summary = summary_of(revision.fields)
    said = f"{revision.title}：{summary}" if summary else revision.title
    return f"{said.rstrip('。；，')}。有需要随时找我——{bank.name} {me.name}"


def summary_of(fields: Mapping[str, Any]) -> str:
    """Return the first short text an item has about itself, cut at 60 characters."""
    found = next((str(fields[name]) for name in SUMMARY_FIELDS if fields.get(name)), "")
    flat = " ".join(found.split())
    return flat if len(flat) <= SUMMARY_MAX_CHARS else flat[: SUMMARY_MAX_CHARS - 1] + "…"


def without_link(text: str, link: str) -> str:
    """Return a text as it is shown beside its link, without the long address in it."""
    return text.replace(link, "").rstrip("：: ") if link else text


def with_link(text: str, link: str) -> str:
    """Return a text that ends with the link, unless it names the link already."""
    return text if link in text else f"{text} {link}"


def poster_url(template_id: object, me: Staff, *, width_px: int = 0) -> str:
    """Return the address of this employee's poster, whole or of a width."""
    small = f"?width_px={width_px}" if width_px else ""
    return f"/api/v1/posters/{template_id}/{me.id}.jpg{small}"
