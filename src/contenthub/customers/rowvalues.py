"""One cell of a bank's file made clean: phone, birthday, money, tags, names.

Every reader takes the cell as text and returns the value, or raises CellInvalid with the Chinese
sentence that stands in the error file. An empty cell is the caller's business.
"""

import re
import unicodedata
from datetime import date, timedelta
from decimal import Decimal

from contenthub.customers.suitability import GRADES
from contenthub.customers.tagtree import MAX_AUM_FEN, MAX_NAME_CHARS
from contenthub.errors import Invalid
from contenthub.tenants import shorttext
from contenthub.tenants.topics import topic_slug
from contenthub.workbooks.sheetlimits import NO_RESULT, NO_RESULT_FIX

MAX_PERSON_NAME_CHARS = 40
MAX_TAGS = 50
OLDEST_YEARS = 120
#: What banks write where there is nothing.
NOTHING_WORDS = frozenset(
    {"", "-", "--", "/", "\\", "无", "空", "null", "none", "n/a", "#n/a", "nan"}
)

_PHONE = re.compile(r"1[3-9]\d{9}", re.ASCII)
_SCIENTIFIC = re.compile(r"\d(?:\.\d+)?e\+?\d{1,3}", re.IGNORECASE | re.ASCII)
_PHONE_DECORATION = re.compile(r"[\s\-—–‐‑().·_]+")
_OTHER_REGIONS = {"852": "香港", "853": "澳门", "886": "台湾"}
_EXCEL_DAY_ZERO = date(1899, 12, 30)
#: Five digits are 1927 to 2173; four would swallow a bare year.
_EXCEL_SERIAL = re.compile(r"\d{5}(?:\.0+)?", re.ASCII)
_DATE = re.compile(
    r"(\d{4})\s*[-/.年]\s*(\d{1,2})\s*[-/.月]\s*(\d{1,2})\s*日?"
    r"(?:[ T]\d{1,2}:\d{2}(?::\d{2})?(?:\.\d+)?)?",
    re.ASCII,
)
_DATE_DIGITS = re.compile(r"(\d{4})(\d{2})(\d{2})", re.ASCII)
_AMOUNT = re.compile(r"(\d{1,3}(?:,\d{3})+|\d+)(\.\d+)?\s*([万亿]?)\s*元?", re.ASCII)
#: Up to 1 billion yuan with no or two decimals: nearly every amount of a bank's own report.
_PLAIN_AMOUNT = re.compile(r"(\d{1,9})(?:\.(\d{2}))?", re.ASCII)
_RANGE_MARK = re.compile(r"\s*(?:-|~|—+|–|至|到)\s*")
_AT_MOST = re.compile(r"以下$|以内$|^(?:<=?|≤|小于|低于|不足)")
_AT_LEAST = re.compile(r"^(?:>=?|≥|大于|高于|超过)\s*|\(?含\)?|及?以上$|\+$")
_UNITS = {"": Decimal(1), "万": Decimal(10_000), "亿": Decimal(100_000_000)}
_SPLIT = re.compile(r"[;、,|/]+")
#: Zero-width and joining marks that copy and paste leaves behind; dropping them changes no name.
_INVISIBLE = dict.fromkeys(map(ord, "\u200b\u200c\u200d\u2060\ufeff\u00ad"))
_FORMULA_STARTS = ("=", "+", "-", "@")


class CellInvalid(Invalid):
    """A cell cannot be used; the detail is the sentence for the error file."""

    code = "cell_invalid"


def cleaned(cell: str) -> str:
    """Return the cell in NFKC without invisible marks, outer blanks and a leading apostrophe.

    Raises CellInvalid for control characters and marks that turn the writing direction.
    """
    # Most cells are digits; this function is half the work of an import.
    if cell.isascii() and cell.isprintable():
        return cell.lstrip(" '").rstrip()
    if cell == NO_RESULT:
        raise CellInvalid(NO_RESULT_FIX)
    # Printable says that no control, format or unassigned character is in it.
    if cell.isprintable() and unicodedata.is_normalized("NFKC", cell):
        return " ".join(cell.strip().lstrip("'‘’").split())
    text = unicodedata.normalize("NFKC", cell.translate(_INVISIBLE)).strip()
    text = " ".join(text.lstrip("'‘’").split())
    for char in text:
        if unicodedata.category(char) in ("Cc", "Cf", "Cs", "Co", "Cn"):
            raise CellInvalid("含有看不见的控制字符，请删去后重新输入")
    return text


def is_nothing(text: str) -> bool:
    """Return whether a cleaned cell says that there is no value."""
    return text.lower() in NOTHING_WORDS


def plain_text(text: str, *, most_chars: int) -> str:
    """Return text that is safe in any spreadsheet. Raises CellInvalid for formulas and length."""
    if text.startswith(_FORMULA_STARTS):
        raise CellInvalid(f"以“{text[0]}”开头，会被表格软件当成公式，请删去开头的符号")
    if len(text) > most_chars:
        raise CellInvalid(f"有 {len(text)} 个字，最多 {most_chars} 个，请缩短")
    return text


def person_name(text: str) -> str:
    """Return a person's or shop's name. Raises CellInvalid when it cannot be one."""
    name = plain_text(text, most_chars=MAX_PERSON_NAME_CHARS)
    if not name[:1].isalpha() and not any(char.isalpha() for char in name):
        raise CellInvalid("不像姓名，没有文字；请检查这一行的列是否错位")
    return name


def phone_number(text: str) -> str:
    """Return the 11 digits of a mainland mobile number, however it was written.

    Raises CellInvalid that says what is wrong: Excel's scientific form, digits, region, landline.
    """
    if _PHONE.fullmatch(text):
        return text
    if _SCIENTIFIC.fullmatch(text):
        raise CellInvalid(
            "Excel 把手机号变成了科学计数，后几位已丢失；请把该列设为“文本”格式，再从原系统重新导出"
        )
    digits = _PHONE_DECORATION.sub("", text.removesuffix(".0"))
    region = next((name for code, name in _OTHER_REGIONS.items() if _is_abroad(digits, code)), None)
    if region:
        raise CellInvalid(f"是{region}号码，目前只支持内地手机号，请改填内地手机号")
    digits = re.sub(r"^(?:(?:\+|00)86|86(?=1\d{10}$))", "", digits)
    if _PHONE.fullmatch(digits):
        return digits
    if not (digits.isascii() and digits.isdigit()):
        raise CellInvalid("不是手机号，请填写 11 位手机号，例如 13800000001")
    if digits.startswith("0") and len(digits) >= 10:
        raise CellInvalid("像是固定电话，请改填 11 位手机号")
    if len(digits) != 11:
        raise CellInvalid(f"手机号应为 11 位，这里是 {len(digits)} 位，请核对")
    raise CellInvalid("手机号应以 13 至 19 开头，请核对")


def _is_abroad(digits: str, code: str) -> bool:
    return digits.startswith((f"+{code}", f"00{code}"))


def birthday_date(text: str, *, today: date) -> date:
    """Return the birthday, from any of the forms banks export, Excel's day numbers included.

    Raises CellInvalid for days that do not exist, the future, lunar days and missing years.
    """
    born = _written_date(text)
    if born > today:
        raise CellInvalid(f"出生日期 {born} 在今天之后，请核对")
    if born.year < today.year - OLDEST_YEARS:
        raise CellInvalid(f"出生日期 {born} 距今超过 {OLDEST_YEARS} 年，请核对")
    return born


def _written_date(text: str) -> date:
    if _EXCEL_SERIAL.fullmatch(text):
        return _EXCEL_DAY_ZERO + timedelta(days=int(float(text)))
    match = _DATE.fullmatch(text) or _DATE_DIGITS.fullmatch(text)
    if match is None:
        raise CellInvalid(_why_no_date(text))
    try:
        return date(int(match[1]), int(match[2]), int(match[3]))
    except ValueError:
        raise CellInvalid(
            f"没有 {int(match[1])} 年 {int(match[2])} 月 {int(match[3])} 日这一天，请核对"
        ) from None


def _why_no_date(text: str) -> str:
    if re.search("[农阴]历|[正腊冬]月|初[一二三四五六七八九十]|闰", text):
        return "是农历日期，请换成公历，例如 1965-05-01"
    if re.fullmatch(r"\d{17}[\dXx]|\d{15}", text):
        return "像是身份证号，请不要上传身份证号，改填出生日期，例如 1965-05-01"
    return "看不懂这个日期，请写成 年-月-日，例如 1965-05-01"


_GRADE = re.compile(r"(?:c\s*)?([1-5])\s*(?:级)?\s*(?:[-—(]?\s*\S{2,3}型\s*\)?)?", re.IGNORECASE)
_GRADE_WORDS = {word[3:]: grade for grade, word in GRADES.items()}


def risk_grade(text: str) -> int:
    """Return 1 to 5 for a customer's risk grade, C1 to C5. Raises CellInvalid otherwise.

    Only words that every bank means the same by are taken; 谨慎型 and 进取型 are not.
    """
    if match := _GRADE.fullmatch(text):
        return int(match[1])
    if text in _GRADE_WORDS:
        return _GRADE_WORDS[text]
    if text in ("未测评", "未评估", "未评"):
        return 0
    raise CellInvalid("看不懂这个风险承受等级，请填写 C1 至 C5（保守型 C1 … 激进型 C5）")


def last_day(text: str) -> date:
    """Return the last day of something, in any of the forms banks export; it may be over."""
    return _written_date(text)


def asset_fen(text: str, *, unit: int = 1) -> int:
    """Return assets in fen; a band such as 5-20万 gives its lower bound.

    `unit` is the yuan a bare number counts in (10,000 under a header in 万元); a unit written in
    the cell wins. Raises CellInvalid for negative, unreadable and absurd amounts.
    """
    if unit == 1 and (plain := _PLAIN_AMOUNT.fullmatch(text)):
        return int(plain[1]) * 100 + int(plain[2] or 0)
    # 人民币 and the currency signs say nothing in a file of one bank.
    bare = re.sub(r"^(?:人民币|rmb|cny|[¥￥$])\s*", "", text, flags=re.IGNORECASE)
    if bare.startswith("-"):
        raise CellInvalid("资产不能是负数，请核对")
    if _SCIENTIFIC.fullmatch(bare):
        raise CellInvalid("Excel 把金额变成了科学计数，请把该列设为“数值”格式后重新导出")
    if _AT_MOST.search(bare):
        return 0
    lower = re.sub(
        r"^(?:>=?|≥|大于|高于|超过)\s*|(?:\(?含\)?)?(?:以上|及以上|\+)$|\(含\)", "", bare
    )
    parts = _RANGE_MARK.split(lower)
    if len(parts) > 2:
        raise CellInvalid("看不懂这个金额，请写成 50000、5万 或 5-20万")
    # In 5-20万 the unit of the upper bound is the unit of both.
    upper_unit = _amount(parts[-1])[1]
    number, own_unit = _amount(parts[0])
    yuan = number * (_UNITS[own_unit or upper_unit] if own_unit or upper_unit else unit)
    _check_order(parts, yuan, upper_unit=upper_unit, unit=unit)
    fen = int((yuan * 100).to_integral_value())
    if fen > MAX_AUM_FEN:
        raise CellInvalid("资产超过 100 亿元，请核对单位是不是元")
    return fen


def _amount(part: str) -> tuple[Decimal, str]:
    match = _AMOUNT.fullmatch(part)
    if match is None:
        raise CellInvalid("看不懂这个金额，请写成 50000、5万 或 5-20万")
    return Decimal(match[1].replace(",", "") + (match[2] or "")), match[3]


def _check_order(parts: list[str], lower: Decimal, *, upper_unit: str, unit: int) -> None:
    upper = _amount(parts[-1])[0] * (_UNITS[upper_unit] if upper_unit else unit)
    if upper < lower:
        raise CellInvalid("资产区间的上限比下限小，请核对")


def split_words(text: str) -> list[str]:
    """Return the words of a cell that holds several."""
    return [part.strip() for part in _SPLIT.split(text)]


def tag_names(text: str) -> tuple[str, ...]:
    """Return the tags of a cell in order, each once. Raises CellInvalid for one that cannot be."""
    names = dict.fromkeys(split_words(text))
    tags = tuple(
        plain_text(name, most_chars=MAX_NAME_CHARS) for name in names if not is_nothing(name)
    )
    if len(tags) > MAX_TAGS:
        raise CellInvalid(f"有 {len(tags)} 个标签，最多 {MAX_TAGS} 个，请减少")
    return tags


def refused_topics(text: str) -> tuple[str, ...]:
    """Return the slugs of the topics a customer refused. Raises CellInvalid for an unknown one."""
    try:
        words = split_words(text)
        return tuple(dict.fromkeys(topic_slug(w) for w in words if not is_nothing(w) and w != "否"))
    except Invalid as wrong:
        raise CellInvalid(wrong.detail) from None


_GENDERS = {"男": "male", "m": "male", "male": "male", "男性": "male", "1": "male"} | {
    "女": "female",
    "f": "female",
    "female": "female",
    "女性": "female",
    "2": "female",
}


def gender_word(text: str) -> str:
    """Return male, female or an empty string when unknown. Raises CellInvalid otherwise."""
    if text in ("未知", "0", "9", "不详"):
        return ""
    gender = _GENDERS.get(text.lower())
    if gender is None:
        raise CellInvalid("性别请填写 男 或 女，不知道就留空")
    return gender


def code_word(text: str) -> str:
    """Return a staff number, customer number or WeCom id. Raises CellInvalid for anything else."""
    code = text.removesuffix(".0") if text.replace(".", "").isdigit() else text
    if _SCIENTIFIC.fullmatch(code):
        raise CellInvalid("Excel 把编号变成了科学计数，请把该列设为“文本”格式后重新导出")
    if not shorttext.is_code(code):
        raise CellInvalid(shorttext.CODE_RULE)
    return code
