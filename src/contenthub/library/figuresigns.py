"""Idea: every figure is one sign to the reader of whole sentences, whichever figure it is.

An amount, a rate or an age says nothing about whether a wording is forbidden; what stands around
it does. Zero and one hundred per cent stay as they are: 0利息 and 100%通过 are wordings.
"""

import re

SIGN = "\x04"
_ONES = "一二两三四五六七八九"
_ALL = f"{_ONES}零〇十百千万亿"
_UNITS = (
    r"(?:[元块毛角厘岁年天斤亩成倍折吨期%]|个点|个月|个百分点|个工作日|个钟头|分钟|小时|公斤|周岁|周年"
    r"|月(?!光)|日(?!常))"
)
# A class comes first, what stands before it is looked back for: most places are skipped at once.
_FIGURE = re.compile(
    rf"[\d{_ONES}零十百千](?:"
    r"(?<=\d)(?<!\d\d)(?:(?<!0)|(?=[\d.,:]))(?!(?<=1)00\s?%)\d*(?:[.,:]\d+)*[百千万亿]*"
    rf"|(?<=分之[{_ONES}零十])[{_ALL}]*(?:点[{_ALL}]+)?"
    rf"|(?<=[{_ONES}零十])[{_ONES}零十]*点[{_ONES}零](?!滴)[{_ALL}]*"
    rf"|(?<=[{_ONES}十百千])(?<!第.)[{_ALL}]*(?={_UNITS})"
    rf"|(?<=[{_ONES}])(?<!第.)[{_ONES}]*[十百千万亿][{_ALL}]*"
    rf"|(?<=[块毛][{_ONES}])(?![{_ALL}定样起般直])"
    ")"
)


def with_figures_alike(sentence: str) -> str:
    """Return a folded sentence with each of its figures as the same sign."""
    return _FIGURE.sub(SIGN, sentence)


def names_a_figure(sentence: str) -> bool:
    """Return whether a folded sentence names a figure."""
    return _FIGURE.search(sentence) is not None
