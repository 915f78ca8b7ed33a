"""Idea: which kind of items a sheet of a bank's own workbook holds, by its name and its headers.

Banks call a sheet 产品, 产品库, 2026年产品清单, FAQ or Sheet2: an exact name is believed, a name
that only mentions a kind is believed when the headers bear it out, and headers speak for
themselves when no other kind has as many of them.
"""

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass

from contenthub.library import itemheaders, itempages, kinds
from contenthub.library.itemheaders import Chosen
from contenthub.tenants.topics import TOPICS

LEAVE_OUT = "skip"
"""Chosen for a sheet that is not to be read."""
NO_KIND = "看不出是哪一类内容：工作表名和表头都没有写明"
NO_HEADER = "前 10 行里没有找到表头：要有“标题”或“编号”，再加至少一列别的要素"
UNWANTED = "按您的选择，没有读"
NAMES: dict[str, tuple[str, ...]] = {
    "product": ("产品", "业务品种", "products", "product"),
    "right": ("权益", "礼品", "优惠券", "rights", "right", "benefits", "benefit"),
    "faq": ("咨询", "常见问题", "问答", "问题", "知识库", "q&a", "faqs", "faq"),
    "activity": ("活动", "activities", "activity", "events", "event"),
    "article": ("资讯", "文章", "新闻", "软文", "articles", "article", "news"),
    "script": ("话术", "文案", "scripts", "script"),
}
"""What a bank calls a sheet of each kind."""


@dataclass(frozen=True, slots=True)
class Named:
    """What a sheet's name tells: kind and topic, "" when it does not; whether it says just that."""

    kind: str
    topic: str
    is_exact: bool


def named(sheet: str) -> Named:
    """Return what a sheet's name tells.

    Of several kinds in one name the last is meant: 产品问答 are questions about products.
    """
    kind, topic = itempages.page_named(sheet)
    if kind:
        return Named(kind, topic, is_exact=True)
    name = "".join(unicodedata.normalize("NFKC", sheet).split()).casefold()
    bare = name.removesuffix("库").removesuffix("表")
    ends = {
        slug: max(name.rfind(word) + len(word) if word in name else 0 for word in words)
        for slug, words in NAMES.items()
    }
    kind = max(ends, key=lambda slug: ends[slug])
    if not ends[kind]:
        return Named("", "", is_exact=False)
    topics = [slug for slug, label in TOPICS.items() if label in name and label not in NAMES[kind]]
    is_exact = bare in NAMES[kind]
    return Named(kind, topics[0] if len(topics) == 1 else "", is_exact)


def by_headers(words: Sequence[str], chosen: Chosen) -> str:
    """Return the one kind whose own headers a row of words has most of, "" when none has."""
    found = {kind: _own_count(kind, words, chosen) for kind in kinds.KINDS}
    best = max(found.values())
    leaders = [kind for kind, count in found.items() if count == best]
    return leaders[0] if best and len(leaders) == 1 else ""


def _own_count(kind: str, words: Sequence[str], chosen: Chosen) -> int:
    """Count the headers that only this kind has, 0 when none tells the item apart."""
    heads = itemheaders.heads(kind, words, chosen)
    names = [head.name for head in heads if head.name]
    if not {"title", "code"} & set(names) or len(names) < 2:
        return 0
    shared = itempages.headers("")
    return len(
        [head for head in heads if head.name and itempages.folded(head.header) not in shared]
    )
