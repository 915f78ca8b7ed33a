"""Idea: numbers that must not stand in marketing text: a person's, or too big a prize."""

import re
from collections.abc import Iterator

PRIZE_LIMIT_YUAN = 50_000  # 反不正当竞争法 art. 11 (4)

_PHONE = re.compile(r"(?<![\d.])(?:\+?86[- ]?)?(1[3-9]\d[- ]?\d{4}[- ]?\d{4})(?!\d)")
_ID = re.compile(r"(?<![\d.])\d{6}[- ]?(?:18|19|20)\d{2}[- ]?\d{4}[- ]?\d{3}[\dx](?![\da-z])")
_CARD = re.compile(r"(?<![\d.])\d{4}(?:[- ]?\d{4}){2,3}(?:[- ]?\d{1,4})?(?!\d)")
_PRIZE = re.compile(
    r"(?:奖|礼)[^。!?;\n]{0,14}?(?:价值|值|现金|:)?\s?(\d{1,12}(?:\.\d{1,4})?)\s?(万)?元"
)
_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)


def personal_numbers(text: str) -> Iterator[tuple[int, int]]:
    """Yield the (start, end) of mobile numbers, ID numbers and bank card numbers.

    IDs count with a right check digit, cards with a right Luhn digit and 16-19 digits, so
    that order and registration numbers stay free.
    """
    for match in _PHONE.finditer(text):
        yield match.span(1)
    for match in _ID.finditer(text):
        if is_id_number(_digits(match[0])):
            yield match.span()
    for match in _CARD.finditer(text):
        number = _digits(match[0])
        if 16 <= len(number) <= 19 and is_luhn(number) and not is_id_number(number):
            yield match.span()


def is_id_number(number: str) -> bool:
    """Return whether 18 characters are an ID number with its right check digit (GB 11643)."""
    if not re.fullmatch(r"[0-9]{17}[0-9x]", number):
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
    """Yield the (start, end) of prize values over 50,000 yuan written in text."""
    for match in _PRIZE.finditer(text):
        if _yuan(match[1], match[2]) > PRIZE_LIMIT_YUAN:
            yield match.span()


def prize_rows_over_limit(rows: object) -> Iterator[str]:
    """Yield the shown value of each row of the prizes table that is over 50,000 yuan."""
    for row in rows if isinstance(rows, list) else []:
        if not isinstance(row, dict):
            continue
        fen = row.get("value_fen")
        if isinstance(fen, int):  # a kept amount; the rest is what people typed, or kept before
            if fen > PRIZE_LIMIT_YUAN * 100:
                yield f"{fen / 100:,.2f} 元"
            continue
        value = str(fen or row.get("value", ""))
        match = re.search(r"(\d{1,12}(?:\.\d{1,4})?)\s?(万)?", value.replace(",", ""))
        if match and _yuan(match[1], match[2]) > PRIZE_LIMIT_YUAN:
            yield value


def _digits(text: str) -> str:
    return re.sub(r"[- ]", "", text)


def _yuan(number: str, wan: str | None) -> float:
    return float(number) * (10_000 if wan else 1)
