"""Idea: message texts with a few `{{ variables }}`: logic-less, checked before review.

A bank's text is data, not code: there is no expression, filter, loop or call, and what
a variable brings in (a customer named "{{ link }}") is never read again.
"""

import re
from collections.abc import Collection, Iterator, Mapping

from contenthub.errors import Invalid

VARIABLES: dict[str, str] = {
    "customer.surname": "客户姓氏",
    "employee.name": "客户经理姓名",
    "employee.title": "客户经理职务",
    "employee.branch": "所在网点",
    "employee.phone": "客户经理电话",
    "bank.name": "银行名称",
    "item.title": "内容标题",
    "link": "分享链接",
}
OF_PAGES = (
    "employee.name",
    "employee.title",
    "employee.branch",
    "employee.phone",
    "bank.name",
    "item.title",
)
"""What a page can know: not who reads it."""
TEXT_MAX_BYTES = 8 * 1024
FILLED_MAX_BYTES = 32 * 1024

NO_PHONE = "请到网点咨询"
NOBODY = "您"
"""How a customer is addressed whose name is not known."""

_VARIABLE = re.compile(r"\{\{ {0,8}([a-z_]{1,20}(?:\.[a-z_]{1,20})?) {0,8}\}\}")
_BRACES = re.compile(r"\{\{|\}\}|\{%|%\}|\{#|#\}")
_SHOWN_CHARS = 24
_LIKE_ONE = re.compile(r"\$?[{｛]{1,2}[ \u3000]*([^{}｛｝\n]{1,24}?)[ \u3000]*[}｝]{1,2}")
"""What an author may have meant for a variable: {客户姓名}, ${name}, {{客户姓名}}."""
_MEANT = (
    ("employee.phone", re.compile(r"(?:经理|员工|我的?).{0,4}(?:电话|手机|联系方式)")),
    ("employee.title", re.compile(r"(?:经理|员工).{0,2}(?:职务|职位|岗位)")),
    ("employee.name", re.compile(r"经理|员工|employee|manager", re.IGNORECASE)),
    ("customer.surname", re.compile(r"客户|顾客|称呼|^姓名?$|^name$|customer", re.IGNORECASE)),
    ("employee.branch", re.compile(r"网点|支行|branch", re.IGNORECASE)),
    ("bank.name", re.compile(r"银行|本行|我行|bank", re.IGNORECASE)),
    ("link", re.compile(r"链接|网址|link|url", re.IGNORECASE)),
    ("item.title", re.compile(r"标题|title", re.IGNORECASE)),
)
"""Words by which authors of other systems call a variable of ours, the first that fits."""
_TO_FILL_IN = re.compile(
    r"^[a-z_][\w.]*$|姓名|名字|名称|称呼|昵称|尊称|先生|女士|金额|余额|日期|时间|到期|利率|额度|编号|地址|电话|手机"
    r"|卡号|账号|积分|生日|年龄",
    re.IGNORECASE,
)
"""Names of what another system would fill in, in prose where braces are rare but not a mistake."""


def check_text(text: str, *, field: str = "script") -> list[str]:
    """Return the variables a text uses, each once; raises Invalid naming the bad part."""
    _check_size(text, TEXT_MAX_BYTES, field)
    used: dict[str, None] = {}
    rest = []
    last = 0
    for match in _VARIABLE.finditer(text):
        if match[1] not in VARIABLES:
            raise Invalid.of(field, f"没有“{match[0]}”这个变量，可用的有：{_known()}")
        used[match[1]] = None
        rest.append(text[last : match.start()])
        last = match.end()
    rest.append(text[last:])
    for piece in rest:
        found = _BRACES.search(piece)
        if found:
            part = piece[found.start() : found.start() + _SHOWN_CHARS]
            raise Invalid.of(
                field, f"“{part}”写法不对，变量请写成 {{{{ 名称 }}}}，可用的有：{_known()}"
            )
    return list(used)


def unknown(text: str) -> Iterator[tuple[int, int]]:
    """Yield where something is written like a variable that is none: it would be sent as it is."""
    for match in _LIKE_ONE.finditer(text):
        ours = _VARIABLE.fullmatch(match[0])
        said = any(char.isalpha() for char in match[1])
        if said and not (ours is not None and ours[1] in VARIABLES):
            yield match.span()


def unfilled(text: str, *, known: Collection[str]) -> Iterator[tuple[int, int]]:
    """Yield where prose of a page is written like a variable and is none of those `known` there.

    What only stands in braces is none. A well-formed name is the matter of who keeps the text
    where there are variables at all: pages and posters each have their own.
    """
    for match in _LIKE_ONE.finditer(text):
        if known and _VARIABLE.fullmatch(match[0]):
            continue
        is_marked = match[0][:1] == "$" or match[0][:2] in ("{{", "｛｛")
        is_named = meant(match[0]) or _TO_FILL_IN.search(match[1])
        if any(char.isalpha() for char in match[1]) and (is_marked or is_named):
            yield match.span()


def meant(written: str, *, known: Collection[str] = VARIABLES) -> str | None:
    """Return the variable that was meant by 「{客户姓名}」 as it is written, None when unsure.

    None, too, where it is none of those `known` at its place.
    """
    match = _LIKE_ONE.fullmatch(written)
    if match is None:
        return None
    name = next((name for name, words in _MEANT if words.search(match[1])), None)
    return f"{{{{ {name} }}}}" if name in known else None


def values_of(
    *,
    bank: str,
    hotline: str = "",
    employee: tuple[str, str, str, str],
    item_title: str,
    link: str = "",
) -> dict[str, str]:
    """Return what every variable stands for; `employee` is (name, title, branch, phone).

    What a person left empty falls back to the bank's own, so that no message has a gap.
    """
    name, title, branch, phone = employee
    return {
        "bank.name": bank,
        "employee.name": name,
        "employee.title": title or "客户经理",
        "employee.branch": branch or bank,
        "employee.phone": phone or hotline or NO_PHONE,
        "item.title": item_title,
        "link": link,
        "customer.surname": NOBODY,
    }


def fill(text: str, values: Mapping[str, str], *, field: str = "script") -> str:
    """Return the text with its variables replaced in one pass by plain text (not HTML-escaped).

    Raises Invalid for a bad text, for a variable without a value (never sent blank) and
    for a result over 32 KiB.
    """
    for name in check_text(text, field=field):
        if not values.get(name, "").strip():
            raise Invalid.of(field, f"变量“{VARIABLES[name]}”没有内容，这条消息不能发送")
    filled = _VARIABLE.sub(lambda match: values[match[1]], text)
    if values.get("customer.surname") == NOBODY:
        # Who is written to is not known: “王女士您好” becomes 您好, not 您您好.
        filled = filled.replace(NOBODY + NOBODY, NOBODY)
    _check_size(filled, FILLED_MAX_BYTES, field)
    return filled


def _check_size(text: str, limit_bytes: int, field: str) -> None:
    # Characters first: encoding ten megabytes to learn that they are too many is a gift.
    if len(text) > limit_bytes:
        raise Invalid.of(field, f"文字太长，最多 {limit_bytes // 1024} KB，请缩短")
    if "\x00" in text or any("\ud800" <= char <= "\udfff" for char in text):
        raise Invalid.of(field, "含有无法保存的特殊字符，请删除后重新输入")
    if len(text.encode()) > limit_bytes:
        raise Invalid.of(field, f"文字太长，最多 {limit_bytes // 1024} KB，请缩短")


def _known() -> str:
    return "、".join(f"{{{{ {name} }}}}（{label}）" for name, label in VARIABLES.items())
