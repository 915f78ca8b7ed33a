"""Idea: text folded to one spelling, with the way back to each original character.

Full-width and circled forms (NFKC), case, traditional script, look-alike characters and
invisible characters all fold away, so that a rule or a search meets one spelling.
"""

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

import opencc

_T2S = opencc.OpenCC("t2s")
# Characters that stand in for another one and that neither NFKC nor t2s brings home.
_VARIANTS = str.maketrans(
    "尃㘝夲険収囯囻岀貭⻛⻋⻓⻔⻚⻅⻉証銭転払軽児売買実対関図歩総気応観価権",
    "转管本险收国国出质风车长门页见贝证钱转付轻儿卖买实对关图步总气应观价权",
)
# What NFKC leaves of letters with marks and of Cyrillic and Greek look-alikes.
_LETTERS = str.maketrans("аеорсухікνοωɑɡı", "aeopcyxikvowagi")
# A zero or a circle drawn with a shape of its own; an emoji that is read as a word.
_PICTURES = {
    "○": "〇",
    "◯": "〇",
    "⭕": "〇",
    "🈚": "无",
    "💯": "100%",
    "🧧": "红包",
    "🆓": "免费",
    "🉐": "",
    "🉑": "",
    # Letters without a shape (Hangul fillers), which are no marks to Unicode.
    **dict.fromkeys("\u115f\u1160\u3164\uffa0", ""),
    # Characters in a circle that are set between others as ornaments (存㊔送㊔油).
    **dict.fromkeys("㊑㊒㊓㊔㊕㊗㊝㊞㊟㊠㊡", ""),
    **{chr(first + n): str(n + 1) for first in (0x2776, 0x2780, 0x278A) for n in range(10)},
}
# A thing drawn in place of its name; read as one only behind a word (送🎁), not as a bullet.
_THINGS = {
    "🎁": "礼品",
    "💰": "钱",
    "💵": "现金",
    "💴": "现金",
    "💸": "钱",
    "🏦": "银行",
    "🥚": "鸡蛋",
    "🍚": "大米",
    "🌾": "大米",
    "🛢": "桶油",
    "🫗": "食用油",
    "🍶": "白酒",
    "🍺": "啤酒",
    "🥛": "牛奶",
    "🍎": "苹果",
    "🍊": "水果",
    "🍉": "西瓜",
    "🥮": "月饼",
    "🍖": "猪肉",
    "🥩": "猪肉",
    "🐔": "土鸡",
    "📱": "手机",
    "🚗": "汽车",
    "🚲": "自行车",
    "📺": "电视机",
    "☂": "雨伞",
    "☔": "雨伞",
    "🌂": "雨伞",
    "🎫": "券",
    "🎟": "券",
    "💳": "卡",
    "🧻": "纸巾",
    "🧴": "洗衣液",
}
_PARTED = frozenset(
    "存款 贷款 理财 基金 保险 保本 保息 利息 收益 本金 风险 稳赚 定期 存单 储蓄 征信".split()
)
"""Words that a picture set inside does not turn into others: 存🌾款 is 存款."""
_AS_DIGITS = str.maketrans("oil|〇零一二三四五六七八九", "011100123456789")
_LOOK_ALIKE = re.compile(
    r"(?<![a-z0-9.])(?=[\doil|〇.]*[oil|〇])[\doil|〇](?:[\doil|〇.]*[\doil|〇])?(?=\s?(?:%|个点|元|块|万|倍|折))"
    r"|(?<![\w.])[零〇一二三四五六七八九o\d]{2,4}(?=\s?%)"
)
"""Figures written with letters that look like digits; before a per cent sign also in Chinese."""
_LOOK_ALIKE_RATES = re.compile(
    r"[oil|〇][\doil|〇.]*\s?%|[零〇一二三四五六七八九o][零〇一二三四五六七八九o\d]{0,3}\s?%"
)
_LOOK_ALIKE_UNITS = re.compile(r"[oil|〇](?:个点|元|块|万|倍|折)")
_AS_COMMON = str.maketrans("零壹贰叁肆伍陆柒捌玖拾佰仟", "零一二三四五六七八九十百千")
_CAPITALS = re.compile(r"[壹贰叁肆伍陆柒捌玖拾][拾佰仟万亿元块]")
_CAPITAL_RUN = re.compile(
    r"(?=[零一二三四五六七八九\d]{0,2}[壹贰叁肆伍陆柒捌玖拾])[零壹贰叁肆伍陆柒捌玖拾佰仟万亿一二三四五六七八九十百千]*[拾佰仟万亿]"
    r"[零壹贰叁肆伍陆柒捌玖]*|[壹贰叁肆伍陆柒捌玖](?=[元块])"
)
_KNOWN_MAX = 20_000
_SEPARATORS = frozenset("\t·•・‧∙●./\\#@'\"*【】「」『』“”‘’《》〈〉()[]{}…※&‖丨丶のー々‐")
_SEPARATOR_CATEGORIES = frozenset({"So", "Sk", "Sm", "Zs", "Pc", "Pd"})


@dataclass(frozen=True, slots=True)
class Folded:
    """Folded text; `origins[i]` is the index in the original of folded character i."""

    text: str
    origins: tuple[int, ...]
    ends: tuple[int, ...] = ()
    """Where each folded character ends in the original; empty: one character after its origin."""

    def span(self, start: int, end: int) -> tuple[int, int]:
        """Return the original (start, end) that folded characters start..end came from."""
        if start >= end or not self.origins:
            at = self.origins[start] if start < len(self.origins) else 0
            return at, at
        last = self.ends[end - 1] if self.ends else self.origins[end - 1] + 1
        return self.origins[start], last


def fold_char(char: str) -> str:
    """Return what one character folds to: often itself, nothing for invisible ones."""
    if char.isascii() and char.isprintable():
        return char.lower()
    if "\ud800" <= char <= "\udfff":
        return ""
    if char in _PICTURES:
        return _PICTURES[char]
    kept = []
    # NFKD takes marks off letters (bǎo -> bao); Chinese characters do not decompose further.
    for part in unicodedata.normalize("NFKD", char).lower():
        category = unicodedata.category(part)
        if part in "\n\t":
            kept.append(part)
        elif category not in ("Cf", "Mn", "Me", "Cc"):
            kept.append(_T2S.convert(part).translate(_VARIANTS).translate(_LETTERS))
    return "".join(kept)


class _Known(dict[str, str]):
    """What characters fold to, worked out once for each: asked for every character of a text."""

    def __missing__(self, char: str) -> str:
        folded = fold_char(char)
        if len(self) < _KNOWN_MAX:
            self[char] = folded
        return folded


_known = _Known()


@lru_cache(maxsize=20_000)
def _is_separator(char: str) -> bool:
    return char in _SEPARATORS or unicodedata.category(char) in _SEPARATOR_CATEGORIES


def fold_text(text: str) -> str:
    """Return folded text without the way back (for search)."""
    return "".join(map(_known.__getitem__, text))


def fold(text: str) -> Folded:
    """Return text folded for rules: also without separators set inside Chinese words (保·本)."""
    letters = set(text)
    pieces = list(map(_known.__getitem__, text))
    if not letters.isdisjoint(_THINGS):
        for index in [at for at, char in enumerate(text) if char in _THINGS]:
            if _is_ornament(text, index):
                pieces[index] = ""
            elif index and (is_han(text[index - 1]) or text[index - 1].isalnum()):
                inside = text[index - 1] + text[index + 1 : index + 2] in _PARTED
                pieces[index] = "" if inside else _THINGS[text[index]]
    said = as_numerals("".join(pieces))
    spellings = {_known[char] for char in letters}
    if letters.isdisjoint(_THINGS) and all(len(piece) == 1 for piece in spellings):
        origins: Sequence[int] = range(len(said))
    else:
        origins = [index for index, piece in enumerate(pieces) for _ in piece]
    marks = {char for piece in spellings for char in piece if _is_separator(char)}
    return _without_separators(said, origins, marks) if marks else Folded(said, tuple(origins))


def _is_ornament(text: str, index: int) -> bool:
    """Return whether a picture is set between characters again and again (分🎁享🎁领🎁)."""
    char = text[index]
    around = (text[at : at + 1] for at in (index - 2, index + 2) if at >= 0)
    return char in around and text[index - 1 : index] != char != text[index + 1 : index + 2]


def as_numerals(text: str) -> str:
    """Return a text with look-alike digits (1OO%) and capital numerals (捌万) made plain.

    The length stays, so that places do.
    """
    if ("%" in text and _LOOK_ALIKE_RATES.search(text)) or _LOOK_ALIKE_UNITS.search(text):
        text = _LOOK_ALIKE.sub(lambda run: run[0].translate(_AS_DIGITS), text)
    if _CAPITALS.search(text):
        text = _CAPITAL_RUN.sub(lambda run: run[0].translate(_AS_COMMON), text)
    return text


def _without_separators(chars: str, origins: Sequence[int], marks: set[str]) -> Folded:
    """Drop a run of separators where a Chinese character touches it and no line ends in it."""
    text: list[str] = []
    back: list[int] = []
    at = 0
    for run in re.finditer(f"[{re.escape(''.join(sorted(marks)))}]+", chars):
        if _folds(chars, run.start() - 1, run.end()):
            text.append(chars[at : run.start()])
            back += origins[at : run.start()]
            at = run.end()
    if not at:
        return Folded(chars, tuple(origins))
    return Folded("".join((*text, chars[at:])), (*back, *origins[at:]))


def _folds(chars: str, before: int, after: int) -> bool:
    if before < 0 or after >= len(chars):
        return False
    left, right = chars[before], chars[after]
    if is_han(left):
        return is_han(right) or right.isalnum()
    if right == "%":
        return left.isdigit()  # 100 % is 100%
    return is_han(right) and (left.isalnum() or left == "%")


def without(folded: Folded, places: Sequence[tuple[int, int]]) -> Folded:
    """Return folded text without what came from some places of the original."""
    gone = {at for low, high in places for at in range(low, high)}
    return _kept(folded, [n for n, at in enumerate(folded.origins) if at not in gone])


def in_one_line(folded: Folded) -> Folded:
    """Return text whose lines of one character each (words written downwards) are one line."""
    if "\n" not in folded.text:
        return folded
    text = folded.text
    breaks = [match.start() for match in re.finditer("\n", text)]
    ends = [-1, *breaks, len(text)]
    gone = set()
    for number, at in enumerate(breaks, start=1):
        above = text[ends[number - 1] + 1 : at].strip()
        below = text[at + 1 : ends[number + 1]].strip()
        if _is_one(above, below) and (above[-1:] + below[:1]).isalnum():
            gone.add(at)
    if not gone:
        return folded
    return _kept(folded, [n for n in range(len(text)) if n not in gone])


def _is_one(above: str, below: str) -> bool:
    """Return whether one of two lines is a single Chinese character beside a written one."""
    is_single = (len(above) == 1 and is_han(above)) or (len(below) == 1 and is_han(below))
    return is_single and bool(above and below) and is_han(above[-1]) and is_han(below[0])


def _kept(folded: Folded, kept: list[int]) -> Folded:
    ends = folded.ends
    return Folded(
        "".join(folded.text[n] for n in kept),
        tuple(folded.origins[n] for n in kept),
        tuple(ends[n] for n in kept) if ends else (),
    )


def is_han(char: str) -> bool:
    """Return whether a character is a Chinese ideograph (also 〇 and the rare planes)."""
    return (
        "\u4e00" <= char <= "\u9fff"
        or "\u3400" <= char <= "\u4dbf"
        or char == "〇"
        or ("\U00020000" <= char <= "\U0003ffff")
    )
