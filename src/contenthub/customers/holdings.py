"""Idea: which products of the bank a customer holds 持有产品, and which of them fall due 到期.

The list is ours and the same for every bank, so that a file, an expression and a report mean the
same by a word. What a bank calls by a name of its own belongs into a tag.
"""

from collections.abc import Iterable

from contenthub.errors import Invalid

#: slug -> the word a clerk reads, in the order a list shows them.
PRODUCTS: dict[str, str] = {
    "demand": "活期存款",
    "term": "定期存款",
    "large_cd": "大额存单",
    "wealth": "理财",
    "fund": "基金",
    "insurance": "保险",
    "bond": "国债",
    "metal": "贵金属",
    "farm_loan": "农户贷款",
    "business_loan": "经营贷款",
    "consumer_loan": "消费贷款",
    "mortgage": "住房贷款",
    "credit_card": "信用卡",
    "debit_card": "借记卡",
    "social_card": "社保卡",
    "mobile_bank": "手机银行",
    "payment_code": "收款码",
    "payroll": "代发工资",
    "etc": "ETC",
}
_SLUGS = {word: slug for slug, word in PRODUCTS.items()} | {
    "活期": "demand",
    "定期": "term",
    "存单": "large_cd",
    "理财产品": "wealth",
    "农贷": "farm_loan",
    "经营贷": "business_loan",
    "消费贷": "consumer_loan",
    "房贷": "mortgage",
    "按揭": "mortgage",
    "贷记卡": "credit_card",
    "储蓄卡": "debit_card",
    "手机银行app": "mobile_bank",
    "收单码": "payment_code",
    "聚合码": "payment_code",
    "代发": "payroll",
    "etc": "etc",
}
#: What falls due: slug -> the word a clerk reads.
DUES: dict[str, str] = {"deposit": "存款", "wealth": "理财", "loan": "贷款"}


def product_slug(word: str) -> str:
    """Return the slug of a product written as slug or Chinese word; raises Invalid naming all."""
    asked = word.strip()
    low = asked.lower()
    slug = low if low in PRODUCTS else _SLUGS.get(asked) or _SLUGS.get(low)
    if slug is None:
        known = "、".join(PRODUCTS.values())
        raise Invalid.of("product", f"没有“{asked[:20]}”这种产品，请从这些里选：{known}")
    return slug


def joined(slugs: Iterable[str]) -> str:
    """Return products as a customer's row keeps them: in the list's order, each once."""
    held = set(slugs)
    return " ".join(slug for slug in PRODUCTS if slug in held)


def product_words(kept: str) -> list[str]:
    """Return the words of the products that a customer's row keeps."""
    return [PRODUCTS.get(slug, slug) for slug in kept.split()]
