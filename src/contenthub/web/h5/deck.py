"""今日海报, gathered: what an employee may send today as a picture, the most pressing first."""

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from uuid import UUID

from contenthub.db import Read
from contenthub.library import disclosing, queries_shareable
from contenthub.library import queries as library
from contenthub.library.models import Item, Revision
from contenthub.posters import (
    choosing,
    contactcodes,
    queries,
    queries_choices,
    queries_contact,
    queries_published,
    queries_wording,
)
from contenthub.posters import queries_shareable as posters
from contenthub.posters.models import PosterTemplate, TemplateRevision
from contenthub.posters.published import SMALL_PX, Address
from contenthub.scheduler import queries as scheduler
from contenthub.scheduler import queries_tasks
from contenthub.sharing import queries_own
from contenthub.sharing.models import Link
from contenthub.tenants import qualification, workdays
from contenthub.tenants.bankday import bank_day
from contenthub.tenants.models import Bank, Staff
from contenthub.web.h5 import words

POSTERS = 12
ITEMS_LOOKED_AT = 60
FESTIVAL_DAYS = 14
"""How long before a festival its posters come first."""
SHOWN_PX = (480, 720)
"""Widths a phone chooses from by its screen; the whole picture is the third."""
STRIP_PX = 120


@dataclass(frozen=True, slots=True)
class Slide:
    """One poster as the page shows it."""

    template: PosterTemplate
    item: Item
    why: str
    """Why it stands where it does: 今日任务, a festival, or nothing."""
    size_px: tuple[int, int]
    backgrounds: int
    background: int
    employee_id: UUID
    has_code: bool
    """Whether their own code is on it; a link's cover has none."""
    shows_contact: bool = False
    """Whether a code on it is their 「联系我」, which not everybody has."""
    stopped: str = ""
    """Why nobody sends it now: a rule of today forbids its words."""
    published: Address | None = None
    """Where the poster lies as a file, on one background, if the bank publishes them."""

    def url(self, *, background: int | None = None, width_px: int = 0) -> str:
        """Return the picture's address, whole or of a width, on a background or the chosen.

        It is the file's where there is one, else our own route draws it.
        """
        number = self.background if background is None else background
        if self._is_file(number) and self.published and width_px in (0, SMALL_PX):
            return self.published.small if width_px else self.published.whole
        return self.drawn_url(number, width_px=width_px)

    def _is_file(self, background: int) -> bool:
        return self.published is not None and self.published.background == background

    def drawn_url(self, background: int, *, width_px: int = 0) -> str:
        """Return the address where our own route draws the picture."""
        asked = [f"background={background}"] if self.backgrounds > 1 else []
        asked += [f"width_px={width_px}"] if width_px else []
        query = "?" + "&".join(asked) if asked else ""
        return f"/api/v1/posters/{self.template.id}/{self.employee_id}.jpg{query}"

    @property
    def strip(self) -> list[tuple[int, str, str]]:
        """Return (number, thumbnail's address, whole picture's) of every background, if several."""
        if self.backgrounds == 1:
            return []
        return [
            (n, self.url(background=n, width_px=STRIP_PX), self.url(background=n))
            for n in range(self.backgrounds)
        ]

    @property
    def sources(self) -> str:
        """Return the widths a browser may choose from, as `srcset` writes them."""
        offered = (SMALL_PX,) if self._is_file(self.background) else SHOWN_PX
        widths = [width for width in offered if width < self.size_px[0]]
        parts = [f"{self.url(width_px=width)} {width}w" for width in widths]
        return ", ".join([*parts, f"{self.url()} {self.size_px[0]}w"])


async def slides(db: Read, me: Staff, bank: Bank, *, at: datetime) -> list[Slide]:
    """Return the posters an employee may send now: tasks', a near festival's, then the newest.

    Those for print or a branch's screen are nothing to send.
    """
    found = await queries_shareable.shareable(db, at=at, limit=ITEMS_LOOKED_AT)
    templates = await posters.sendable_of(db, [item.id for item, _ in found])
    stopped = await queries_shareable.stopped_of(db, [revision.id for _, revision in found])
    person = [
        (item, each)
        for item, revision in found
        if not stopped.get(revision.id)
        and not qualification.why_not(me, topic=item.topic, bank=bank, at=at)
        for each in templates.get(item.id, [])
    ]
    tasked = await _tasked(db, me, bank, at=at)
    near = workdays.festivals_near(bank_day(bank, at), within_days=FESTIVAL_DAYS)
    ranked = sorted(
        ((*_rank(item, each, tasked, near), item, each) for item, each in person),
        key=lambda row: (row[0], -row[3].updated_at.timestamp()),
    )[:POSTERS]
    ids = [each.live_revision_id for *_, each in ranked if each.live_revision_id]
    live = await queries.revisions_by_id(db, ids)
    files = await queries_published.addresses(db, me.id, ids)
    chosen = await queries_choices.chosen_among(db, live.values(), me.id)
    shown = [
        slide_of(
            each,
            item,
            live[no],
            me,
            why=why,
            background=chosen.get(no, 0),
            published=files.get(no),
        )
        for _, why, item, each in ranked
        if (no := each.live_revision_id) in live
    ]
    if not any(slide.shows_contact for slide in shown):
        return shown
    refused = await queries_contact.refusals(db, [me], channel=contactcodes.CHANNEL)
    return [slide for slide in shown if not (refused and slide.shows_contact)]


def slide_of(
    template: PosterTemplate,
    item: Item,
    revision: TemplateRevision,
    me: Staff,
    *,
    why: str = "",
    background: int = 0,
    published: Address | None = None,
) -> Slide:
    """Return a poster as the page shows it; a background it does not offer is its own one."""
    layers: dict[str, Any] = revision.layers
    offered = choosing.stored_backgrounds(layers)
    bleed_px = int(layers.get("bleed_px", 0))
    size_px = (
        int(layers.get("width_px", 0)) + 2 * bleed_px,
        int(layers.get("height_px", 0)) + 2 * bleed_px,
    )
    number = background if 0 <= background < offered else 0
    return Slide(
        template,
        item,
        why,
        size_px,
        offered,
        number,
        me.id,
        _has_code(layers),
        shows_contact=_shows_contact(layers),
        published=published,
    )


def _has_code(layers: dict[str, Any]) -> bool:
    return any(one.get("kind") == "qr" or _has_code(one) for one in layers.get("layers", ()))


def _shows_contact(layers: dict[str, Any]) -> bool:
    return any(
        one.get("code") == "contact" or _shows_contact(one) for one in layers.get("layers", ())
    )


async def _tasked(db: Read, me: Staff, bank: Bank, *, at: datetime) -> dict[UUID, UUID | None]:
    """Return the items of the employee's pushes of today, each with the push's own template."""
    found: dict[UUID, UUID | None] = {}
    for task in await queries_tasks.todays(db, me.id, on=bank_day(bank, at)):
        if task.kind == "push":
            push = await scheduler.push(db, task.source_id)
            found.setdefault(push.item_id, push.template_id)
    return found


def _rank(
    item: Item, template: PosterTemplate, tasked: dict[UUID, UUID | None], near: list[str]
) -> tuple[int, str]:
    if item.id in tasked:
        return (0 if tasked[item.id] == template.id else 1), "今日任务"
    for name in near:
        if name in item.title or name in template.title:
            return 2, name
    return 3, ""


async def share_of(
    db: Read, link: Link, slide: Slide, *, revision: Revision, bank: Bank, me: Staff
) -> dict[str, Any]:
    """Return what goes along with a poster: words, address, the picture's public address."""
    address = f"{db.info['settings'].public_url}/s/{link.code}"
    text = words.own_words(revision, bank=bank, me=me)
    foot = queries_shareable.foot_of(bank, slide.item, revision)
    file, picture = slide.published, f"{address}/poster.jpg?template={slide.template.id}"
    if file and (file.code, file.background) == (link.code, slide.background):
        picture = file.whole
    elif slide.backgrounds > 1:
        picture += f"&background={slide.background}"
    return {
        "title": revision.title,
        "url": address,
        "text": text,
        "whole": disclosing.with_foot(words.with_link(text, address), foot),
        "picture": picture,
        "template_id": slide.template.id,
        "times": await queries_own.times_shared(db, link.id),
    }


async def one(
    db: Read, template_id: UUID, me: Staff, *, background: int | None, at: datetime
) -> tuple[Slide, Revision]:
    """Return one live poster as a slide, and the wording it shows; raises NotFound, NotLive.

    It is on the background they chose, unless one is named.
    """
    template, design = await queries.live_design(db, template_id, at=at)
    item, revision = await library.live(db, template.item_id, at=at)
    if background is None:
        background = await queries_choices.chosen(db, design, me.id)
    files = await queries_published.addresses(db, me.id, [design.id])
    file = files.get(design.id)
    slide = slide_of(template, item, design, me, background=background, published=file)
    stopped = await queries_shareable.stopped_of(db, [revision.id])
    why = stopped.get(revision.id) or await queries_wording.refusal(db, design)
    return replace(slide, stopped=why), revision


def require_sendable(slide: Slide) -> None:
    """Do nothing if a poster may be handed out now; raises FailsRules with the reason."""
    if slide.stopped:
        raise queries_shareable.FailsRules(slide.stopped)
