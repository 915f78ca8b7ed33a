"""One cell of a fact about a customer made clean: products, days due, village, last contact.

As in rowvalues.py, a reader takes the cleaned text and returns the value or raises CellInvalid.
"""

from datetime import date

from contenthub.customers import holdings, lunar, stages
from contenthub.customers.rowvalues import CellInvalid, is_nothing, last_day, split_words
from contenthub.errors import Invalid

MAX_GRID_CHARS = 40
MAX_REMARK_CHARS = 100
_FIRST_DUE, _LAST_DUE = 2000, 2100
_YES = frozenset({"是", "商户", "有", "y", "yes", "true", "1"})
_NO = frozenset({"否", "非商户", "不是", "n", "no", "false", "0"})
MERCHANT: dict[bool | None, str] = {None: "", True: "是", False: "否"}
"""What a cell says of whether somebody keeps a shop; None if nobody told us."""


def lunar_birthday(text: str) -> str:
    """Return MM-DD of a lunar day. Raises CellInvalid otherwise."""
    try:
        return lunar.lunar_day(text)
    except ValueError:
        raise CellInvalid("看不懂这个农历生日，请写成 八月十五 或 08-15") from None


def held_products(text: str) -> str:
    """Return the products of a cell as a row keeps them. Raises CellInvalid for an unknown one."""
    try:
        words = [word for word in split_words(text) if not is_nothing(word)]
        return holdings.joined(map(holdings.product_slug, words))
    except Invalid as wrong:
        raise CellInvalid(wrong.detail) from None


def due_day(text: str) -> date:
    """Return the day on which something falls due; it may be over. Raises CellInvalid."""
    on = last_day(text)
    if not _FIRST_DUE <= on.year < _LAST_DUE:
        raise CellInvalid(f"到期日 {on} 不像是对的，应在 {_FIRST_DUE} 到 {_LAST_DUE - 1} 年之间")
    return on


def past_day(text: str, today: date) -> date:
    """Return a day that has been. Raises CellInvalid for one to come."""
    on = last_day(text)
    if on > today:
        raise CellInvalid(f"{on} 在今天之后，请核对")
    if on.year < _FIRST_DUE:
        raise CellInvalid(f"{on} 太早，请核对")
    return on


def yes_or_no(text: str) -> bool:
    """Return whether the cell says yes. Raises CellInvalid for anything but yes and no."""
    word = text.lower()
    if word not in _YES | _NO:
        raise CellInvalid("请填写 是 或 否，不知道就留空")
    return word in _YES


def stage(text: str) -> str:
    """Return the slug of a customer's stage. Raises CellInvalid for an unknown one."""
    try:
        return stages.stage_slug(text)
    except Invalid as wrong:
        raise CellInvalid(wrong.detail) from None
