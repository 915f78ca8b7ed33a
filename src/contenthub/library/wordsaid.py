"""Idea: what a text says in words, not figures, other than a product's fields.

How interest is paid, how a loan is paid back, how soon money comes.

Words have more readings than figures, so a person weighs each.
"""

import re
from collections.abc import Iterator, Mapping
from typing import Any

from contenthub.library.folding import fold
from contenthub.library.setapart import standing

_MONTHLY = r"按月|每个?月|月月"
_WAYS: dict[str, tuple[tuple[str, re.Pattern[str]], ...]] = {
    "interest_paid": (
        (
            "monthly",
            re.compile(
                rf"(?:{_MONTHLY})[^,。;!?\n\d]{{0,3}}(?:付|领|拿|结|派|取|到手)[^,。;!?\n]{{0,4}}利?息"
            ),
        ),
        (
            "quarterly",
            re.compile(
                r"(?:按季|每个?季度?|季季)[^,。;!?\n\d]{0,3}(?:付|领|拿|结|派|取)[^,。;!?\n]{0,4}利?息"
            ),
        ),
        (
            "yearly",
            re.compile(
                r"(?:按年|每一?年|年年)[^,。;!?\n\d]{0,3}(?:付|领|拿|结|派|取)[^,。;!?\n]{0,4}利?息"
            ),
        ),
        (
            "at_end",
            re.compile(
                r"到期(?:后)?(?:一次性?|时?)?(?:还本付息|付息|支?取本|本息一|拿本息)|利随本清|一次(?:性)?还本付息"
            ),
        ),
    ),
    "repayment": (
        ("annuity", re.compile(r"等额本息")),
        ("equal", re.compile(r"等额本金")),
        (
            "interest_first",
            re.compile(
                r"先息后本|到期(?:一次性?)?还本(?!付息)|(?:按[月季]|每[个]?[月季]度?)只?[付还]利?息|只还利息"
            ),
        ),
        ("at_end", re.compile(r"一次性?(?:还|归还|付)(?:本付息|本息|清)|利随本清")),
    ),
    "settlement": (
        (
            "now",
            re.compile(r"实时|即时|秒到|秒级|立[即刻]|马上|[td]\s?\+?\s?0(?!\d)|当场|随收随到"),
        ),
        ("today", re.compile(r"当[日天晚](?=[^,。;!?\n]{0,4}(?:到|入|进|结))|日结")),
        (
            "tomorrow",
            re.compile(
                r"(?:次日|隔[日天]|第二天|下一?个?工作日|次一?工作日)(?=[^,。;!?\n]{0,8}(?:到|入|进|结))|(?<![a-z])[td]\s?\+\s?1(?!\d)"
            ),
        ),
    ),
}
_TOPICS = {"deposit": "interest_paid", "loan": "repayment", "payment": "settlement"}
_NOT_ITS = re.compile(
    r"提醒|播报|语音|可选|任选|或|也可|还可|不是|并非|没有|不用|不必|申请|审批|放款|提现|转账|退款|逾期|[吗么?]|区别|比"
)


def other_words(text: str, fields: Mapping[str, Any], topic: str) -> Iterator[tuple[int, int]]:
    """Yield where folded text names another way than the product's field does."""
    name = _TOPICS.get(topic)
    kept = fold(str(fields.get(name) or "")).text if name else ""
    if not name or not kept:
        return
    own = {way for way, words in _WAYS[name] if words.search(kept)}
    for way, words in _WAYS[name] if own else ():
        for match in words.finditer(text) if way not in own else ():
            low = max(text.rfind(end, 0, match.start()) for end in "。!?;\n") + 1
            around = text[max(low, match.start() - 12) : match.end() + 8]
            if not _NOT_ITS.search(around) and standing(text, *match.span()) == "own":
                yield match.span()
