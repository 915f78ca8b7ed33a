"""Idea: numbers that must not stand in marketing text: a person's, or too big a prize."""

import re
from collections.abc import Iterator

from contenthub.library.folding import as_numerals
from contenthub.library.sentences import SENTENCE_ENDS, behind_last

PRIZE_LIMIT_YUAN = 50_000  # 反不正当竞争法 art. 11 (4)

# Digits as one reads them out; "幺" and "两" are how people say one and two in numbers.
# Pictures or other signs set between the digits (138😀0013😀8000).
_BROKEN_UP = re.compile(r"(?<![\d.])1[3-9]?(?:[^\w\s,.;:、。，%/+*()-]{0,3}\d){9,10}(?!\d)")
_READ_OUT = str.maketrans(
    "零〇○一二三四五六七八九幺两壹贰叁肆伍陆柒捌玖", "00012345678912123456789"
)
_READ = re.compile(r"[零〇○一二三四五六七八九幺两壹贰叁肆伍陆柒捌玖\d]{11}")
_PHONE = re.compile(
    r"(?<![\d.])(?:\+?86[- ]?)?"
    r"(1[3-9]\d([-\s·.]?)\d{4}\2\d{4}|1([-\s·./|,、])[3-9](?:\3\d){9})(?!\d)"
)
_ID = re.compile(r"(?<![\d.])\d(?:[-\s·]?\d){16}[-\s·]?[\dx](?![\da-z])")
_ID_LABEL = re.compile(r"身份证(?:件)?(?:号码?)?[是为:]?\s?$")
_ID_SHAPE = re.compile(r"[1-9]\d{5}(?:18|19|20)\d\d[01]\d[0-3]\d{4}[\dx]")
_CARD = re.compile(r"(?<![\d.])\d{4}(?:[-\s]?\d{4}){2,3}(?:[-\s]?\d{1,4})?(?!\d)")
_DIGIT = r"[\d零〇○一二三四五六七八九幺两壹贰叁肆伍陆柒捌玖]"
_MANY = re.compile(rf"{_DIGIT}(?:\W{{0,3}}{_DIGIT}){{10,}}")
"""Eleven digits or more with few signs between them: where alone such numbers can stand."""
_BEHIND = 3
"""A sign, the x of an ID, and the character that may not follow it."""
_AWARDS = re.compile(r"奖|礼|冠军|头名|状元|锦鲤|车|suv")
_AWARD_CHARS = 100
"""More than the longest match of _PRIZE, which holds one of these words."""
_HAN = r"[一二三四五六七八九十百千两]{1,7}万(?:零?[一二三四五六七八九十百千两零]{1,7})?"
_UNIT = (
    r"\s?(\d{1,3}(?:,\d{3}){1,3}|\d{1,12}(?:\.\d{1,4})?|" + _HAN + r")"
    r"\s?(万)?(?:多|余)?(?:元|块|人民币|(?<=[万\u4e00-\u9fff])(?<![\d\s])(?:的|级|大奖|现金|(?=$|[,。!?;\n])))"
)
_PRIZE = re.compile(
    r"(?:奖(?!补|学金|池|励资金)|礼|冠军|头名|状元|锦鲤|豪车|汽车|轿车|suv)[^。!?;\n]{0,14}?(?:价值|值|现金|:)?(?:人民币)?"
    + _UNIT
    + r"|"
    + _UNIT.partition("(?:多|余)")[0]
    + r"(?:元|块)?"
    + r"(?:的)?(?:现金)?(?:大奖|奖金(?!池)|现金奖|豪车|汽车|轿车|小车|suv)"
)
_TOGETHER = re.compile(r"总|合计|共计|奖池|瓜分|奖学金|奖补|累计")
_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
_HAN_UNITS = {"十": 10, "百": 100, "千": 1_000}
_HAN_DIGITS = {char: number for number, char in enumerate("零一二三四五六七八九")} | {"两": 2}
_SURNAME = (
    "[王李张刘陈杨黄赵吴周徐孙马朱胡林郭何高罗郑梁谢宋唐许韩冯邓曹彭曾田董潘袁蔡余于杜叶程魏苏吕丁任沈姚卢姜崔钟谭陆汪"
    "范金石廖贾夏韦方白邹孟熊秦邱江尹薛闫段雷侯龙史陶黎贺顾毛郝龚邵万钱严覃武戴莫孔向汤]"
)
_GIVEN = (
    "[^\\W\\d_a-z的是在有了们和与及或为到上下中里行村镇乡县市区年月日元万款存贷利息率客户可不能个人本各全额何于便达领融末五边多度头格我农业地续条案时"
    "某先女阿叔婶老家社店厂总资产信用卡账金机构期一二三四六七八九十百千两几]"
)
_TITLE = (
    "(?:老人|老伯|老汉|大爷|大伯|大叔|大妈|大娘|大姐|大哥|阿姨|叔叔?|婶子?|嫂子?|女士|先生|师傅|老板|"
    "老师|奶奶|爷爷|一?家|夫妇|夫妻|两口子|同志)"
)
_HELD = (
    "(?:余额|存款|存单|存了|存下|存着|存满|存进|存入|存有|存够|存折|账上|账户|卡上|卡里|户头|名下|"
    "贷了|贷到|贷下|贷款|借了|借到|到账|入账|授信)"
)
_SUM = r"[^。!?;,\n]{0,10}?(?:\d[\d,.]*|[一二三四五六七八九十百千两零]+)(?:多|余|来)?(?:万|千元|元)"
_HELD_SUM = re.compile(_HELD + _SUM)
_NAMED = re.compile(
    rf"(?:(?<=[村屯组寨湾沟坪坝岭坡庄户喜贺谢像位])|(?<=小区)|(?<=社区)|(?<=储户)|(?<=客户))的?{_SURNAME}{_GIVEN}{{1,2}}{_TITLE}?"
    rf"[^。!?;\n]{{0,18}}?{_HELD}{_SUM}"
    rf"|(?<![^\W\d_a-z老小])[老小]{_SURNAME}(?:家|哥|姐|叔|婶|爷|总)?[^。!;\n]{{0,14}}?(?:余额|卡里|账上|户头|账户)[^。!?;,\n]{{0,6}}?\d[\d,.]*(?:万|元)"
    rf"|(?<![^\W\d_a-z]){_SURNAME}{_GIVEN}{{1,2}}{_TITLE}[^。!?;\n]{{0,12}}?{_HELD}{_SUM}"
    rf"|(?<![^\W\d_a-z]){_SURNAME}{_GIVEN}{{2}}(?:去年|今年|前年|上月|本月|家里|家|的|在我行|在本行|在咱行|,)*{_HELD}{_SUM}"
)
"""A person by name with money: behind a place or 客户, before a title, or where a clause begins."""
_NOBODY = re.compile(r"化名|假设|举例|例如|比如|譬如|假如|存款保险|偿付|某")


def named_amounts(text: str) -> Iterator[tuple[int, int]]:
    """Yield the (start, end) of what tells a named person's balance or debt."""
    last = 0
    for held in _HELD_SUM.finditer(text):
        if held.start() < last:
            continue  # the sentence was read already
        low = behind_last(text, SENTENCE_ENDS, 0, held.start())
        # Names are looked for only in sentences that tell of money held or owed.
        for match in _NAMED.finditer(text, low, held.end()):
            if not _NOBODY.search(text, low, match.end()):
                yield match.span()
                last = match.end()


def personal_numbers(text: str) -> Iterator[tuple[int, int]]:
    """Yield the (start, end) of mobile numbers, ID numbers and bank card numbers.

    IDs count with a right check digit or where the text says that it is one, cards with a right
    Luhn digit and 16-19 digits, so that order and registration numbers stay free. Numbers in
    Chinese digits count too.
    """
    rows = [(row.start(), row.end() + _BEHIND) for row in _MANY.finditer(text)]
    for match in _within(_PHONE, text, rows):
        yield match.span(1)
    for match in _within(_BROKEN_UP, text, rows):
        digits = re.sub(r"\D", "", match[0])
        if not match[0].isdigit() and re.fullmatch(r"1[3-9]\d{9}", digits):
            yield match.span()
    for match in _within(_READ, text, rows):
        if not match[0].isdigit() and re.fullmatch(r"1[3-9]\d{9}", match[0].translate(_READ_OUT)):
            yield match.span()
    for match in _within(_ID, text, rows):
        if is_id_number(number := _digits(match[0])) or _is_called_id(text, match.start(), number):
            yield match.span()
    for match in _within(_CARD, text, rows):
        number = _digits(match[0])
        if 16 <= len(number) <= 19 and is_luhn(number) and not is_id_number(number):
            yield match.span()


def _is_called_id(text: str, start: int, number: str) -> bool:
    """Return whether the text itself says that a number of an ID's shape is one."""
    return bool(_ID_SHAPE.fullmatch(number) and _ID_LABEL.search(text, max(0, start - 9), start))


def _within(
    pattern: re.Pattern[str], text: str, stretches: list[tuple[int, int]]
) -> Iterator[re.Match[str]]:
    for low, high in stretches:
        yield from pattern.finditer(text, low, high)


def _around_awards(text: str) -> list[tuple[int, int]]:
    """Return the stretches of a text around the words that a prize is told by."""
    found: list[tuple[int, int]] = []
    for match in _AWARDS.finditer(text):
        low, high = max(0, match.start() - _AWARD_CHARS), match.end() + _AWARD_CHARS
        if found and low <= found[-1][1]:
            low = found.pop()[0]
        found.append((low, high))
    return found


def is_id_number(number: str) -> bool:
    """Return whether 18 characters are an ID number with its right check digit (GB 11643)."""
    if not re.fullmatch(r"[1-9][0-9]{5}(?:18|19|20)[0-9]{9}[0-9x]", number):
        return False
    total = sum(int(digit) * weight for digit, weight in zip(number, _WEIGHTS, strict=False))
    return "10x98765432"[total % 11] == number[17]


def is_luhn(number: str) -> bool:
    """Return whether a digit string ends in its right Luhn digit; a row of one digit does not."""
    if not number.isascii() or not number.isdigit() or len(set(number)) == 1:
        return False
    total = 0
    for index, digit in enumerate(reversed(number)):
        value = int(digit) * (1 + index % 2)
        total += value - 9 if value > 9 else value
    return total % 10 == 0


def prizes_over_limit(text: str) -> Iterator[tuple[int, int]]:
    """Yield the (start, end) of prize values over 50,000 yuan written in text.

    A sum over all prizes (总奖金, 瓜分) is not a prize.
    """
    for match in _within(_PRIZE, text, _around_awards(text)):
        number, wan = (match[1], match[2]) if match[1] else (match[3], match[4])
        before = text[max(0, match.start() - 6) : match.end()]
        if _yuan(number, wan) > PRIZE_LIMIT_YUAN and not _TOGETHER.search(before):
            yield match.span()


def prize_rows_over_limit(rows: object) -> Iterator[str]:
    """Yield the shown value of each row of the prizes table that is over 50,000 yuan."""
    for row in rows if isinstance(rows, list) else []:
        kept = row.get("value_fen", row.get("value", "")) if isinstance(row, dict) else ""
        # A number is kept fen; what people typed is yuan.
        value = f"{kept / 100:g}元" if isinstance(kept, int | float) else str(kept)
        plain = as_numerals(value.replace(",", ""))
        match = re.search(rf"({_HAN}|\d{{1,12}}(?:\.\d{{1,4}})?)\s?(万)?", plain)
        if match and _yuan(match[1], match[2]) > PRIZE_LIMIT_YUAN:
            yield value


def _digits(text: str) -> str:
    return re.sub(r"[-\s·]", "", text)


def _yuan(number: str, wan: str | None) -> float:
    yuan = float(number.replace(",", "")) if number[0].isdigit() else han_number(number)
    return yuan * (10_000 if wan else 1)


def han_number(text: str) -> int:
    """Return a number in Chinese digits: 十 10, 二十五 25, 八万八千 88,000, 十二万八 128,000."""
    total = section = pending = 0
    last = 1
    for char in text:
        if char == "万":
            total, section, pending, last = (total + section + pending) * 10_000, 0, 0, 10_000
        elif char in _HAN_UNITS:
            section += (pending or 1) * _HAN_UNITS[char]
            pending, last = 0, _HAN_UNITS[char]
        elif char == "零":
            last = 1
        else:
            pending = _HAN_DIGITS[char]
    # 八万八 is 88,000: a digit left over counts in the place below the last unit.
    return total + section + pending * (last // 10 if last > 10 else 1)
