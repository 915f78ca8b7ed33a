"""Idea: what a field of a library item is: its type, its limits, and where a customer reads it."""

from dataclasses import dataclass
from typing import Literal

FieldType = Literal[
    "text",
    "longtext",
    "message",
    "rich",
    "rate_bp",
    "odds_ppm",
    "money_fen",
    "date",
    "datetime",
    "int",
    "choice",
    "list",
    "asset",
    "item",
    "table",
]
"""`message` is text with whitelisted variables; `item` names another item by its code;
`asset` an uploaded file by id, of one of the field's `mimes`."""

_IN_WORDS = ("text", "longtext", "message", "rich", "list")

Place = Literal[
    "lead", "key", "when", "points", "fact", "cost", "text", "table", "media", "related", "off"
]
"""Where the customer's page shows a field: the sentence under the title, a large figure, the day
and hours (first the start, then the end), the list of points, a line of the facts, the costs, a
section of its own, a table, something to play or to load, another item, or nowhere (`off`: for
the bank's own people)."""

CODE_PREFIXES: dict[str, str] = {
    "product": "P",
    "right": "R",
    "faq": "Q",
    "activity": "A",
    "article": "N",
    "script": "S",
}
"""What the code of an item of each kind begins with."""


LOCAL_NAMES = frozenset(
    "contact rate rate_table minimum_fen annual_rate annual_rate_max comprehensive_cost_rate"
    " comprehensive_cost amount_max_fen annual_fee instalment_rate revolving_rate late_fee"
    " cash_fee merchant_fee fee_table limits starts_at ends_at place getting_there region"
    " capacity signup_until organiser co_organiser draw_at prize_until stock monthly_stock"
    " redeem_from redeem_until redemption_code merchant merchant_address merchant_phone".split()
)
"""Fields that differ from bank to bank: what is taken over from a kit leaves them to the bank,
and a change of the source does not touch them."""


class WrongValue(ValueError):
    """A value cannot be kept; the message tells a clerk how to mend it."""


@dataclass(frozen=True, slots=True)
class Field:
    """One field of an item kind, declared once for form, API, import, diff and page.

    `choices` are (kept value, shown text) pairs; a list keeps `max_items` at most, not counting
    those that are `free`; `cells` are the fields of a table's columns; `check` says what a text
    has to be, `empty_means` what it says to leave a number out; an empty `topics` means every
    topic. `required` is asked for at submission. `setting` names a switch of the bank that has
    to be on; `was` former names that are still read, and `former` (kept value, former word) of a
    choice. `is_name` tells that its words are a name, an address or a term, and no sentence.
    """

    name: str
    label: str
    type: FieldType = "text"
    required: bool = False
    max_chars: int = 200
    help: str = ""
    choices: tuple[tuple[str, str], ...] = ()
    max_items: int | None = None
    free: tuple[str, ...] = ()
    cells: tuple["Field", ...] = ()
    topics: frozenset[str] = frozenset()
    min_value: int = 0
    max_value: int | None = None
    empty_means: str = ""
    check: Literal["", "phone", "fund_code"] = ""
    place: Place = "fact"
    mimes: tuple[str, ...] = ("image/",)
    item_kinds: tuple[str, ...] = ()
    setting: str = ""
    was: tuple[str, ...] = ()
    former: tuple[tuple[str, str], ...] = ()
    is_name: bool = False

    @property
    def is_prose(self) -> bool:
        """Whether a customer reads sentences in it: all that is written in words, but for names.

        The rules read every such sentence whole (lint_wholes.py), so a new field is read unless
        it says otherwise.
        """
        if self.type == "table":
            return any(cell.is_prose for cell in self.cells)
        is_words = self.type in _IN_WORDS and not self.choices and not self.check
        return is_words and self.place != "off" and not self.is_name

    @property
    def is_local(self) -> bool:
        """Whether each bank has a value of its own: rate, phone, place, dates."""
        return self.name in LOCAL_NAMES

    @property
    def columns(self) -> tuple[tuple[str, str], ...]:
        """Return the (name, label) pairs of a table's columns."""
        return tuple((cell.name, cell.label) for cell in self.cells)
