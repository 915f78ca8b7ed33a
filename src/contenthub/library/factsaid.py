"""Idea: what a product's text says of its rate, risk, term and minimum, against its own fields.

Only a text that names one such figure is compared: tables of several terms or levels are
not the product's own statement.
"""

import re
from collections.abc import Iterator, Mapping

Found = Iterator[tuple[int, int]]
_RATE = re.compile(
    r"(?:年化利率|年利率|执行利率|业绩比较基准)(?:\(?单利\)?)?(?:为|是|:|约|仅|仅为|可达)?\s?(\d+(?:\.\d+)?)%(?![-~至到—])"
)
_RATE_FIELDS = (
    "rate",
    "annual_rate",
    "annual_rate_max",
    "comprehensive_cost_rate",
    "instalment_rate",
)
_LEVEL = re.compile(
    r"(?:风险等级|风险评级|产品风险|本产品|风险级别|属于?)[^。!?;,\n]{0,8}?r([1-5])(?![\d至到~-])"
)
_LEVEL_WORD = re.compile(
    r"(?:风险等级|风险评级|本产品|属于?|产品)[^。!?;,\n]{0,6}?(?<![中较])(中低|中高|低|中等|高)风险(?!承受|客户|投资者|偏好)"
)
_LEVELS = {"低": "1", "中低": "2", "中等": "3", "中高": "4", "高": "5"}
_MONTHS = re.compile(
    r"(?:期限|存期|封闭期)(?:为|是|:)?\s?(\d+|[一二两三五六九十]+)个?(年|月)(?!以内|以下|至|到|-|、|或)"
)
_MINIMUM = re.compile(
    r"(\d+(?:\.\d+)?)\s?(万)?元?(?:人民币)?起[存购投]|(?:起存|起购)金额(?:为|是|:)?\s?(\d+(?:\.\d+)?)\s?(万)?元"
)
_DIGITS = {char: number for number, char in enumerate("零一二三四五六七八九")} | {"两": 2, "十": 10}


def contradictions(text: str, fields: Mapping[str, object]) -> Found:
    """Yield the (start, end) of statements in folded text that kept `fields` contradict."""
    yield from _rates(text, fields)
    yield from _levels(text, str(fields.get("risk_level") or ""))
    yield from _terms(text, str(fields.get("term") or ""))
    yield from _minimums(text, fields)


def _rates(text: str, fields: Mapping[str, object]) -> Found:
    said = list(_RATE.finditer(text))
    kept = [value / 100 for name in _RATE_FIELDS if isinstance(value := fields.get(name), int)]
    kept += [float(one) for one in re.findall(r"\d+(?:\.\d+)?", str(fields.get("benchmark") or ""))]
    if not kept or len({match[1] for match in said}) != 1 or fields.get("rate_table"):
        return
    if not min(kept) <= float(said[0][1]) <= max(kept):
        for match in said:
            yield match.span()


def _levels(text: str, level: str) -> Found:
    found = re.search(r"[1-5]", level)
    if found is None:
        return
    said = [(match.span(), match[1]) for match in _LEVEL.finditer(text)]
    said += [(match.span(), _LEVELS[match[1]]) for match in _LEVEL_WORD.finditer(text)]
    if len({one for _, one in said}) == 1 and said[0][1] != found[0]:
        for span, _ in said:
            yield span


def _terms(text: str, term: str) -> Found:
    own = re.search(r"(\d+|[一二两三五六九十]+)\s?个?(年|月)", term)
    said = list(_MONTHS.finditer(text))
    if own is None or len({_months(match[1], match[2]) for match in said}) != 1:
        return
    if len(re.findall(r"年|月", term)) == 1 and _months(said[0][1], said[0][2]) != _months(
        own[1], own[2]
    ):
        for match in said:
            yield match.span()


def _months(number: str, unit: str) -> int:
    if number.isdigit():
        count = int(number)
    else:
        count = sum(_DIGITS[char] for char in number)
    return count * (12 if unit == "年" else 1)


def _minimums(text: str, fields: Mapping[str, object]) -> Found:
    values = (fields.get(name) for name in ("minimum_fen", "purchase_minimum_fen"))
    kept = [value / 100 for value in values if isinstance(value, int)]
    said = [(match.span(), _yuan(match)) for match in _MINIMUM.finditer(text)]
    if not kept or len({yuan for _, yuan in said}) != 1 or said[0][1] in kept:
        return
    for span, _ in said:
        yield span


def _yuan(match: re.Match[str]) -> float:
    number, wan = (match[1], match[2]) if match[1] else (match[3], match[4])
    return float(number) * (10_000 if wan else 1)
