"""Who may be offered a product of which risk 适当性: the customer's C against the product's R.

A customer of grade Ck is suited to products up to Rk, for as long as the assessment holds
(适当性管理办法, in force since 2026-02-01; design/compliance.md SUIT-01). Who has no assessment
that holds is suited to none.
"""

from datetime import date, timedelta

GRADES: dict[int, str] = {
    1: "C1 保守型",
    2: "C2 稳健型",
    3: "C3 平衡型",
    4: "C4 成长型",
    5: "C5 激进型",
}
"""Grade → the word a clerk reads. 谨慎型 and 进取型 are left out: banks mean different grades."""
HOLDS = timedelta(days=365)
"""How long an assessment holds that a bank gave no last day for."""


def grade_word(grade: int) -> str:
    """Return C3 for 3, and an empty text for 0, no assessment that holds."""
    return f"C{grade}" if grade in GRADES else ""


def risk_keys(grade: int) -> list[tuple[str, str]]:
    """Return the bitmap keys of a customer: one for every product risk they are suited to."""
    return [("risk", str(level)) for level in range(1, grade + 1)]


def standing(grade: int, until_on: date | None, *, today: date) -> tuple[int, date | None]:
    """Return (grade that holds, last day) as a customer's row keeps them; 0 when it is over."""
    if not grade:
        return 0, None
    last = until_on or today + HOLDS
    return (grade if last >= today else 0), last
