"""Idea: what a sum on a poster is said to be: a voucher's worth, or all prizes together.

刷卡满100元 in a content is no reason to print 100元代金券: a voucher is worth what its right says.
"""

import re
from collections.abc import Iterable, Sequence
from typing import Any

from contenthub.library import figures
from contenthub.library.figures import Claim, Key
from contenthub.library.folding import fold

_BEFORE_CHARS, _BEHIND_CHARS = 12, 10
_WORTH = re.compile(
    r"(?:[立直满再]减|减免?|抵扣?|省|返现?|优惠|[面价]值|面额|券面|代金券|红包)"
    r"(?:金额|最高|高达|达|为|是|约|:|\s|¥){0,3}$"
)
_NO_VERB = r"[^\d,。;!?+可领得送减享赠就能换兑]"
_VOUCHER = re.compile(rf"\s*(?:(?!\s){_NO_VERB}{{1,5}})?(?:券|红包|代金)")
_THRESHOLD = re.compile(r"(?:满|达到?|消费|支付|每笔?|超过?)(?:金额|额|:|\s|¥){0,2}$")
_TOTAL = re.compile(r"(?:总|合计|共计|一共|累计|奖池)[^\d,。;!?]{0,8}$")


def worth(said: Iterable[str], face_value_fen: int | None) -> frozenset[Key]:
    """Return what a right's vouchers are worth: its face value, and what its own words call so."""
    if not face_value_fen:
        return frozenset()
    named = {one.key for text in said for one in figures.claims(text) if place(one, text)}
    return frozenset({*named, ("元", face_value_fen / 100)})


def place(one: Claim, text: str) -> tuple[int, int] | None:
    """Return where a text says what a voucher is worth, with the words that say so."""
    if one.kind != "money":
        return None
    before, behind = (
        text[max(0, one.start - _BEFORE_CHARS) : one.start],
        text[one.end : one.end + _BEHIND_CHARS],
    )
    folded = fold(before)
    if found := _WORTH.search(folded.text):
        low, _ = folded.span(*found.span())
        return one.start - len(before) + low, one.end
    folded_behind = fold(behind)
    if _THRESHOLD.search(folded.text) or not (found := _VOUCHER.match(folded_behind.text)):
        return None
    return one.start, one.end + folded_behind.span(*found.span())[1]


def is_total(one: Claim, text: str, prizes: Sequence[Any] | None) -> bool:
    """Return whether a sum in a text is said to be all prizes together, and is."""
    if one.kind != "money" or not prizes or not _says_all(one, text):
        return False
    rows = [(row.get("value_fen"), row.get("quantity")) for row in prizes]
    if not all(value and quantity for value, quantity in rows):
        return False
    return one.key == ("元", sum(value * quantity for value, quantity in rows) / 100)


def _says_all(one: Claim, text: str) -> bool:
    before = text[max(0, one.start - _BEFORE_CHARS) : one.start]
    return bool(_TOTAL.search(fold(before).text))
