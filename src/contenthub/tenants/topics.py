"""The fixed list of business topics 业务类别: refusals, consents and items all name one."""

import unicodedata

from contenthub.errors import Invalid

#: slug -> the word a clerk reads. The order is the order of every pick list.
TOPICS: dict[str, str] = {
    "deposit": "存款",
    "loan": "贷款",
    "wealth": "理财",
    "fund": "基金",
    "insurance": "保险",
    "card": "信用卡",
    "payment": "支付收单",
    "life": "生活服务",
    "education": "金融知识",
    "rights": "权益",
}
TOPICS_FOR_ALL = ("life", "education")
"""What sells nothing: it may go along with any other topic."""
_SLUGS: dict[str, str] = {word: slug for slug, word in TOPICS.items()} | {
    "支付": "payment",
    "收单": "payment",
    "存款业务": "deposit",
    "贷款业务": "loan",
}


def topic_word(slug: str) -> str:
    """Return the word for a topic, and for `all` of them, as a refusal may name; else the slug."""
    return "全部业务" if slug == "all" else TOPICS.get(slug, slug)


def topic_slug(word: str) -> str:
    """Return the slug of a topic written as slug or Chinese word (理财 -> wealth).

    Raises Invalid (field `topic`) naming every topic that exists.
    """
    asked = unicodedata.normalize("NFKC", word).strip()
    slug = asked.lower() if asked.lower() in TOPICS else _SLUGS.get(asked)
    if slug is None:
        known = "、".join(TOPICS.values())
        raise Invalid.of("topic", f"没有“{asked[:20]}”这个业务类别，请从这些里选：{known}")
    return slug
