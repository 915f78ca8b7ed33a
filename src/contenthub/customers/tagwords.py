"""The words of the audience language: keywords, functions, fields, their Chinese aliases."""

import re

from contenthub.customers.tagtree import WITHIN

#: Full-width ASCII and the ideographic space, folded one to one so that positions hold.
WIDTH: dict[int, int] = {0xFF01 + n: 0x21 + n for n in range(94)} | {0x3000: 0x20}

KEYWORDS: dict[str, str] = {
    "and": "_AND",
    "且": "_AND",
    "并且": "_AND",
    "or": "_OR",
    "或": "_OR",
    "或者": "_OR",
    "not": "_NOT",
    "非": "_NOT",
    "within": "_WITHIN",
    "未来": "_WITHIN",
    "近": "_WITHIN",
    "in": "_IN",
}
FUNCTIONS: dict[str, str] = {
    "refused": "refused",
    "拒绝": "refused",
    "consented": "consented",
    "授权": "consented",
    "同意": "consented",
    "owner": "owner",
    "客户经理": "owner",
    "branch": "branch",
    "in_branch": "branch",
    "机构": "branch",
    "支行": "branch",
    "birthday": "birthday",
    "生日": "birthday",
    "stage": "stage",
    "阶段": "stage",
    "has_owner": "has_owner",
    "有客户经理": "has_owner",
    "everyone": "everyone",
    "全部客户": "everyone",
    "club": "club",
    "俱乐部": "club",
    "segment": "segment",
    "客群": "segment",
    "did": "did",
    "做过": "did",
    "score": "score",
    "评分": "score",
    "holds": "holds",
    "持有": "holds",
    "grid": "grid",
    "网格": "grid",
    "村": "grid",
    "merchant": "merchant",
    "是商户": "merchant",
}
#: What stands before `within`; by itself such a word is a tag like any other.
DATED: dict[str, str] = {word: slug for slug, word in WITHIN.items()} | {
    **{slug: slug for slug in WITHIN},
    "阳历生日": "solar_birthday",
    "阴历生日": "lunar_birthday",
    "联系": "contacted",
    "添加微信": "added",
}
FIELDS: dict[str, str] = {"aum": "aum", "资产": "aum", "age": "age", "年龄": "age"}
_MAY_BE_TAGS = frozenset({"segment", "客群", "in_branch"})
"""Words that came after banks had tags: without a parenthesis they still are tags."""
#: Words that mean something of their own; a tag of such a name must stand in quotes.
RESERVED: frozenset[str] = (
    frozenset(KEYWORDS) | frozenset(FUNCTIONS) | frozenset(FIELDS)
) - _MAY_BE_TAGS
EXAMPLES: dict[str, str] = {
    "refused": "refused(理财)",
    "consented": "consented(存款)",
    "owner": "owner(1001)",
    "branch": "branch(柳河支行)",
    "birthday": "birthday(05-20)",
    "stage": "stage(活跃)",
    "has_owner": "has_owner()",
    "everyone": "everyone()",
    "club": "club(金色年华)",
    "segment": "segment(银发代发客群)",
    "did": "did(浏览, 业务=贷款, 90天)",
    "score": "score(贷款) >= 60",
    "holds": "holds(定期存款)",
    "grid": "grid(柳树村)",
    "merchant": "merchant()",
    "within": "到期 within 30天",
    "aum": "aum >= 50000",
    "age": "age >= 60",
    "in": "阶段 in (已加微, 活跃)",
}
#: What goes between the parentheses of each function.
ARGUMENTS: dict[str, str] = {
    "refused": "业务类别",
    "consented": "业务类别",
    "owner": "客户经理工号",
    "branch": "机构名称或机构号",
    "birthday": "月-日或月份",
    "stage": "客户阶段",
    "club": "俱乐部名称",
    "segment": "客群名称",
    "did": "行为、业务类别和天数",
    "score": "业务类别",
    "holds": "产品",
    "grid": "村或网格的名称",
}
#: What may stand before `=` between parentheses: the word, and what it names.
PARAMETERS: dict[str, str] = {
    "topic": "topic",
    "业务": "topic",
    "业务类别": "topic",
    "days": "days",
    "天数": "days",
}
_PLAIN = re.compile(r"[\w·][\w·\-]*")


def quoted(name: str) -> str:
    """Return `name` as it must be written in an expression, with quotes only if it needs them."""
    if _PLAIN.fullmatch(name) and name.lower() not in RESERVED and name.translate(WIDTH) == name:
        return name
    return '"' + name.replace("\\", "\\\\").replace('"', '\\"') + '"'
