"""Idea: numbers as people write them in a sentence, and the clause around a place."""

import re

from contenthub.library.sentences import before_first, behind_last

NUMBER = r"(?:\d[\d,]*(?:\.\d+)?|[零一二两三四五六七八九十百千]+(?:点[零一二三四五六七八九]+)?)"
_DIGITS = {char: value for value, char in enumerate("零一二三四五六七八九")} | {"两": 2}
_TENS = {"十": 10, "百": 100, "千": 1_000}
_UNITS = {"万": 10_000, "w": 10_000, "千": 1_000, "百": 100, "亿": 100_000_000}
_ENDS = "。!?;,\n"
_H = "一二三四五六七八九十"
_WORD_ENDS = re.compile(
    r"(?:(?:[统唯专单第归划逐同]|合二为|(?<!分)之)(?>一)"
    rf"|(?:(?<![一二两三四五六七八九十几\d])周|星期|礼拜|(?<![最当起原月期])(?<!(?<!大)年)初)(?>[{_H}])"
    rf"|月(?:初)?(?>[二廿]?十[{_H[:-1]}]?|廿[{_H[:-1]}]|初[{_H}])"
    rf"|双(?>十[一二])|(?<![{_H}百千两半\d])(?>十一|[五六七八]一|三八|五四|九三))"
    rf"(?=[\s·、,:~-]{{0,2}}(?:{NUMBER}|半)\s?(?:年|个?月|天|日))"
)
"""Words that end in a numeral and have a number behind them: 统一, 周一, 初二, 双十二, 三八."""
_NUMERALS = str.maketrans(dict.fromkeys(_H + "廿", "某"))


def number_of(text: str) -> float:
    """Return the value of what NUMBER matches, or 半: 10,000, 2.5, 二十, 三点五."""
    if text == "半":
        return 0.5
    if text[:1].isdecimal():  # also １０ and ١٠, as people type them into a field
        return float(text.replace(",", ""))
    whole, _, part = text.partition("点")
    total = digit = 0
    for char in whole:
        if char in _TENS:
            total += (digit or 1) * _TENS[char]
            digit = 0
        else:
            digit = digit * 10 + _DIGITS[char]
    return total + digit + float(f"0.{''.join(str(_DIGITS[char]) for char in part) or '0'}")


def apart(text: str) -> str:
    """Return a text of the same length whose numerals that end a word join no number behind it.

    统一三年期 is a term of three years, and 双十二三年期 one, too.
    """
    return _WORD_ENDS.sub(lambda match: match[0].translate(_NUMERALS), text)


def yuan_of(number: str, unit: str | None) -> float:
    """Return how many yuan a `number` (as NUMBER matches it) of 万, w, 千, 百 or 亿 is."""
    return number_of(number) * _UNITS.get(unit or "", 1)


def months_of(number: str, unit: str) -> float:
    """Return how many months a term of `number` (as NUMBER matches it) 年 or 月 is."""
    return number_of(number) * (12 if unit == "年" else 1)


def clause(text: str, start: int, end: int) -> tuple[int, int]:
    """Return where the clause around a place begins and ends: commas bound it too.

    A comma inside a number bounds nothing, since the place holds the number.
    """
    low = behind_last(text, _ENDS, max(0, start - 60), start)
    return low, before_first(text, _ENDS, end, min(len(text), end + 20))


def clause_of(match: re.Match[str]) -> str:
    """Return the clause around a match."""
    low, high = clause(match.string, *match.span())
    return match.string[low:high]
