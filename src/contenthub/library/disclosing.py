"""Idea: what the law wants said beside an item, put there by the product and by nobody's hand.

Source: compliance page, section 5.1; the wordings come from the rule pack (rules.disclosures).
"""

from collections.abc import Mapping, Sequence
from typing import Any

from contenthub.library.rules import disclosures, poster_line

ADVERTISED = {"product", "right", "activity"}
"""Kinds that carry the mark 广告 (广告法 art. 14, rule AD-01); knowledge and FAQ do not."""
MARK = "【广告】"
WAY_OUT = "不想再收到：打开链接，点页面底部“不再向我推荐此类信息”"


def version(code: str, no: int) -> str:
    """Return the version number that page, message and poster name an item's wording by."""
    return f"{code}-v{no}"


def page_lines(
    kind: str, topic: str, fields: Mapping[str, Any], *, others: Sequence[str] = ()
) -> list[str]:
    """Return the mandatory texts of a customer's page, each once; raises Invalid as rules does.

    `others` are the topics that the text offers something of without being of them (offers.py).
    """
    lines = disclosures(kind, topic, fields)
    lines += [line for other in others for line in disclosures(kind, other)]
    return list(dict.fromkeys(lines))


def poster_lines(kind: str, topic: str, *, others: Sequence[str] = ()) -> list[str]:
    """Return what a poster or a message must say of each business it offers, each once."""
    lines = (poster_line(kind, one) for one in (topic, *others))
    return list(dict.fromkeys(line for line in lines if line))


def message_foot(
    kind: str,
    topic: str,
    *,
    bank_name: str,
    hotline: str,
    code: str,
    no: int,
    others: Sequence[str] = (),
) -> str:
    """Return the lines that end every message with an item: who, what to know, the way out.

    `bank_name` is the full name, `others` as for `page_lines`; the page behind the link
    carries all of those.
    """
    served = f"，客服 {hotline}" if hotline else ""
    mark = MARK if kind in ADVERTISED else ""
    said = poster_lines(kind, topic, others=others)
    return "\n".join(
        (
            f"{mark}{bank_name}{served}",
            *(f"{one}。" for one in said),
            f"内容编号 {version(code, no)}。{WAY_OUT}",
        )
    )


def with_foot(text: str, foot: str) -> str:
    """Return a message that ends with its foot, set apart; one that has it stays as it is."""
    return text if foot in text else f"{text.rstrip()}\n—\n{foot}"
