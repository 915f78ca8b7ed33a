"""一见名片: what an employee's public card at /c/{code} says; web/traffic.py serves it."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any

from contenthub.db import Read
from contenthub.sharing import queries_cards
from contenthub.sharing.models import Link
from contenthub.tenants.models import Staff
from contenthub.web import contact_ways
from contenthub.web.landing.words import related_values, server_of, told_of

if TYPE_CHECKING:
    from contenthub.web.landing.targets import Shown


@dataclass(frozen=True, slots=True)
class CardOffer:
    """What a card shows beside who serves: their choices, and whom they follow."""

    shows_phone: bool = True
    items: tuple[queries_cards.CardItem, ...] = ()
    has_contact: bool = False
    """Whether there is a code that adds the employee in WeCom."""
    follows: str = ""
    """The name of the colleague who left and whose card this was; empty for one's own."""
    version: object = field(default=None, compare=False)
    """Changes when the choices do: a drawn page is kept by it."""


def is_card(link: Link) -> bool:
    """Return whether a link has a card: those given out as cards, by the employee."""
    return link.channel == queries_cards.CHANNEL and link.parent_id is None


async def offer_of(db: Read, link: Link, employee: Staff, *, at: datetime) -> CardOffer:
    """Return what the card of a link offers, of whoever serves it now."""
    card = await queries_cards.choices(db, employee.id)
    follows = ""
    if employee.id != link.employee_id:
        left = await db.get(Staff, (employee.tenant_id, link.employee_id))
        follows = left.name if left else ""
    items = await queries_cards.shown_items(db, employee, at=at)
    has_contact = bool(await contact_ways.public_text(db, employee))
    version = (
        has_contact,
        card.updated_at if card else None,
        tuple((one.item.id, one.revision.id) for one in items),
        follows,
    )
    return CardOffer(
        card is None or card.shows_phone, tuple(items), has_contact, follows, version=version
    )


def card_values(shown: "Shown", offer: CardOffer) -> dict[str, Any]:
    """Return the values of the card's page (templates/landing/card.html)."""
    bank, employee, branch = shown.bank, shown.employee, shown.branch
    is_away = employee.state != "active" or shown.is_nameless
    return {
        "bank": bank,
        "employee": employee,
        "branch": branch,
        "follows": offer.follows,
        "is_away": is_away,
        "phone": employee.phone if offer.shows_phone and not is_away else "",
        "has_contact": offer.has_contact and not is_away,
        "has_photo": bool(employee.photo_key) and not is_away,
        # Each by the employee's own link, so that what it brings is credited to them.
        "offers": [
            {**related_values("", one.item, one.revision), "code": one.code} for one in offer.items
        ],
        "takes_leads": shown.revision is not None,
        "server": server_of(shown),
        **told_of(bank),
    }
