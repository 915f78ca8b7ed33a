"""Idea: what the rules for whole sentences stop in a poster's short lines though it is in order.

A poster sets a label above its figure, and says in its mandatory text what an article says beside
each figure: there a rule of sentences finds no explanation. Only figures of the content pass.
"""

import re

from contenthub.library import figures
from contenthub.library.folding import fold_text
from contenthub.library.lint_hits import Hit
from contenthub.library.lint_wholes import is_likeness
from contenthub.posters.held import Held

_PER_CENT, _EXPECTED, _BEST = "INV-03", "INV-02", "ABS-02"
INSURED = "DEP-04"
"""The rule of what is said too much of deposit insurance: its slogan alone is none of that."""
_BENCHMARK = "基准"
_PROMISED = re.compile(r"预期|预计|预估|保底|目标收益|约定|稳|保证|必|到手|收益率|年化收益")
_GAIN = re.compile(r"收益|年化|利|涨|赚|赢|回报|翻|倍|钱生钱|进账")
_BOUND = re.compile(r"(?:年化|年|贷款|综合)?(?:利率|成本|额度)?(?:\(单利\)|（单利）)?最[低高]")
"""A bound of a range, no rank while nothing before it says among whom."""
_AMONG = re.compile(
    r"(?:全|同业|同行|行业|业内|本地|当地|周边|[区县市省国史])[^,，。;；!！\n]{0,6}$"
)
_FIGURE = re.compile(r"[\s:：为至达]{0,2}[\d零一二两三四五六七八九十]")
_SLOGAN = re.compile(
    r"(?:国家)?存款保险(?:制度|标识)?[,，:：\s]{0,2}(?:为)?(?:您|你|大家|储户)?"
    r"(?:保|护|守护?|伴|陪|安)(?:护)?(?:您|你|大家|储户)?(?:的)?(?:安心|放心|平安|存款安全)?"
)
_GIVEN = r"送|赠|返|礼|领|奖|红包|换|拿|给|搬|拎|回家|积分|补|贴"
_NEEDED = {
    "INV-09": re.compile(
        r"赚|赢|险|亏|赔|本金|保|[一半]分|[收得进]益|涨|利|安全|无忧|放心|没跑|[进入]账|钱生|翻|多"
    ),
    "INV-01": re.compile(r"保|险|亏|赔|少|一分|稳|安全|无忧|放心|有数"),
    "DEP-01": re.compile(_GIVEN),
    "LOAN-01": re.compile(
        r"[\d零一二三四五六七八九十百]+\s?[元块毛厘分%]|[每一][天日月]|之|[日月][利息费]|低至|角"
    ),
    "LOAN-04": re.compile(
        r"包|必|征信|黑|批|审|过|保证|门槛|证|负债|逾期|流水|谁|人人|都能|百分之?百|100%"
    ),
    "LOAN-06": re.compile(r"股|房|首付|理财|投资|基金|学生|校园|楼|用途|随便|什么都"),
}
"""What a text that only reads like one of a rule's has in its words where it breaks the rule."""
_PERCENT = re.compile(r"百分之[零一二三四五六七八九十]+(?:点[零一二三四五六七八九]+)?")
_SEAL = re.compile(r"(?:国家)?存款保险(?:标识)?")


def is_seal(piece: str) -> bool:
    """Return whether a text is no more than the name of deposit insurance, as its mark has it."""
    return _SEAL.fullmatch(fold_text(piece).strip()) is not None


def is_explained(hit: Hit, words: str, mine: Held) -> bool:
    """Return whether what a rule stops in a poster's words is said in order for a poster."""
    if is_likeness(hit) and (needed := _NEEDED.get(hit.rule)):
        likened = fold_text(hit.text)
        if figures.known([hit.text])["rate"] <= mine.known["rate"]:
            likened = _PERCENT.sub("", likened)  # a rate of the content, in words
        if not needed.search(likened):
            return True
    if hit.rule == _BEST:
        is_bound = _BOUND.fullmatch(hit.text) and _FIGURE.match(words, hit.end)
        return bool(is_bound) and not _AMONG.search(words[: hit.start])
    if hit.rule not in (_PER_CENT, _EXPECTED):
        return False
    said = [one for one in figures.claims(words, has_rates=True) if one.kind == "rate"]
    if hit.rule == _PER_CENT and not said:
        # The sentence reads like one with a figure, and has none.
        return not _GAIN.search(fold_text(hit.text))
    named = hit.text if hit.rule == _EXPECTED else words
    if _BENCHMARK not in named or _PROMISED.search(fold_text(words)):
        return False
    own = figures.known([str(mine.fields.get("benchmark") or "")])["rate"] - {figures.WHOLLY}
    return bool(said and own) and {one.key for one in said} <= own


def without_slogan(words: str) -> str:
    """Return a poster's words with the slogan of deposit insurance in its plain words."""
    return _SLOGAN.sub("存款保险", words)
