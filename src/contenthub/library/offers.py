"""Idea: which business a text offers something of, sentence by sentence, whatever its topic says.

What sells nothing by its topic (life, knowledge …) may still describe a loan or an investment:
rule TOPIC-01 points at it, and the mandatory texts of that business stand beside it all the same.
"""

import re
from collections.abc import Iterator, Mapping
from functools import lru_cache
from typing import Any

from contenthub.library import richtext
from contenthub.library.folding import fold

EVERYDAY = frozenset(("life", "education", "rights", "payment"))
"""Topics that sell nothing by themselves."""
_ANSWERS = frozenset(("faq", "script"))
APART = re.compile(r"非存款|区别|不同|不等于|不是存款|警惕|骗|不得|分清|不受|风险提示|条例")
"""What tells businesses apart, or warns of one, offers none."""
_LINE = re.compile(r"[^。!?\n]+")
_CREDIT = re.compile(
    r"(?:贷(?!款保险)|授信|放款|额度)[^。!?\n]{0,30}(?:年化|利率|最高\d+万|随借随还)"
    r"|年化利率[^。!?\n]{0,6}\d"
)
_MONEY_WANTED = re.compile(
    r"(?:(?:钱|资金|本钱)(?:还)?(?:不够|不足|短缺)|(?<!不)(?:缺|差)(?:(?:点|些)?钱|(?:点|些|[几两一二三四五六七八九十百\d]+)[万千])|用钱|手头(?:有点)?紧|周转不开"
    r"|(?:彩礼|学费|房款|本钱)[^,。!?\n]{0,3}(?:不够|没凑|差|缺)|凑不[齐够])"
    r"[^。!?\n]{0,16}[?,!。]?[^。!?\n]{0,14}?"
    r"(?:(?:我行|本行|我们|咱们?|银行)[^,。!?\n不没]{0,4}(?:出|借|给|贷|解决)"
    r"|找(?:我|咱)|来(?:我行|我们行|咱)|钱到(?:家|手|账)|点(?:这里|下面|链接)借)"
    r"[^。!?\n]*"
)
"""Money that somebody lacks, and the bank that has it: an offer of a loan without the word."""
_INVESTMENT = re.compile(
    r"(?:(?P<wealth>理财|(?<![a-z])r[1-5](?!\d))|(?P<fund>基金)|(?P<insurance>年金|寿险|分红险))"
    r"[^。!?\n]{0,24}"
    r"(?:起购|起投|申购|认购|在售|热销|欢迎[^。!?\n]{0,8}购买|\d%|业绩比较基准)"
)


def is_asked(kind: str, topic: str) -> bool:
    """Return whether items of a kind and topic are looked at for offers of other businesses."""
    return topic in EVERYDAY and kind not in _ANSWERS


def investments(text: str) -> Iterator[tuple[str, int, int]]:
    """Yield (topic, start, end) of each sentence of a folded text that offers an investment."""
    for line in _LINE.finditer(text):
        found = None if APART.search(line[0]) else _INVESTMENT.search(line[0])
        if found is not None:
            yield str(found.lastgroup), *line.span()


def offered(text: str) -> Iterator[tuple[str, int, int]]:
    """Yield (topic, start, end) of each sentence of a folded text that offers one of them.

    The topics are loan, wealth, fund and insurance.
    """
    for line in _LINE.finditer(text):
        if APART.search(line[0]):
            continue
        topics = ["loan"] if _CREDIT.search(line[0]) else []
        topics += [str(found.lastgroup) for found in _INVESTMENT.finditer(line[0])]
        for topic in dict.fromkeys(topics):
            yield topic, *line.span()
    for lead in _MONEY_WANTED.finditer(text):
        if not APART.search(lead[0]):
            yield "loan", *lead.span()


def other_topics(
    kind: str, topic: str, *, title: str, fields: Mapping[str, Any], body: str
) -> tuple[str, ...]:
    """Return the topics that a wording offers something of without being of them."""
    if not is_asked(kind, topic):
        return ()
    return in_words(title, str(fields.get("summary") or ""), richtext.plain(body) if body else "")


@lru_cache(maxsize=128)
def in_words(*texts: str) -> tuple[str, ...]:
    """Return the topics that some plain texts offer something of, each once."""
    found = (topic for text in texts if text for topic, _, _ in offered(fold(text).text))
    return tuple(dict.fromkeys(found))
