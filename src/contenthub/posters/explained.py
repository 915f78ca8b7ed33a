"""Idea: what the rules for whole sentences stop in a poster's short lines though it is in order.

A poster sets a label above its figure, and says in its mandatory text what an article says beside
each figure: there a rule of sentences finds no explanation. Only figures of the content pass.
"""

import re

from contenthub.library import figures
from contenthub.library.folding import fold_text
from contenthub.library.lint_hits import Hit
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


def is_explained(hit: Hit, words: str, mine: Held) -> bool:
    """Return whether what a rule stops in a poster's words is said in order for a poster."""
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
