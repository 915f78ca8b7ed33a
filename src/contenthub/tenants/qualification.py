"""Idea: who may market a financial product, and why somebody may not.

金融产品网络营销管理办法 (〔2026〕9号, in force 2026-09-30) art. 16: marketers of financial
products are the bank's own people, qualified and authorised. Which of our topics are
financial products: art. 2 counts deposits, loans, asset management (wealth, funds),
insurance and payment; a credit card is a loan. Life services, financial education and
rights are not sold, so anybody at work may share them.
"""

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from typing import Any, Protocol

from contenthub.tenants.bankday import Zoned, bank_day
from contenthub.tenants.banksettings import effective

REGULATED = frozenset({"deposit", "loan", "wealth", "fund", "insurance", "card", "payment"})
SOON = timedelta(days=30)
"""How long before its end an authorisation is shown as ending."""

LABELS: dict[str, str] = {
    "valid": "有效",
    "ending": "即将到期",
    "ended": "已到期",
    "missing": "未登记",
}


class Person(Protocol):
    """What is asked of a person."""

    @property
    def name(self) -> str:
        """Their name, for the reason."""

    @property
    def state(self) -> str:
        """A state of staffstates.py."""

    @property
    def qualification_no(self) -> str:
        """Empty when none is on record."""

    @property
    def authorised_until(self) -> date | None:
        """The last day of the bank's authorisation."""


class Rules(Zoned, Protocol):
    """What is asked of a bank."""

    @property
    def settings(self) -> Mapping[str, Any]:
        """What it has set (banksettings.py)."""


def standing(person: Person, *, on: date) -> str:
    """Return valid, ending (within 30 days), ended or missing: a person's qualification."""
    until = person.authorised_until
    if not person.qualification_no or until is None:
        return "missing"
    if until < on:
        return "ended"
    return "ending" if until - on <= SOON else "valid"


def needed(topic: str, settings: Mapping[str, Any]) -> bool:
    """Return whether only qualified people may share the topic, as the bank has set it."""
    return topic in REGULATED and bool(effective(settings)["qualification_required"])


def is_lapsed(person: Person, *, topic: str, bank: Rules, at: datetime) -> bool:
    """Return whether the topic needs a qualification that the person does not hold at `at`.

    The day is the bank's own. Pages shared before then must not name the person any more.
    """
    if not needed(topic, bank.settings):
        return False
    on = bank_day(bank, at)
    return standing(person, on=on) in ("ended", "missing")


def why_not(person: Person, *, topic: str, bank: Rules, at: datetime) -> str:
    """Return why a person may not share or appear on an item of `topic`, or an empty string.

    The day is the bank's own at `at`. Someone on leave keeps what they have; who is locked out
    or has left does not.
    """
    if person.state not in ("active", "leave"):
        return f"{person.name} 已离岗，不能再分享或使用海报"
    if not needed(topic, bank.settings):
        return ""
    held = standing(person, on=bank_day(bank, at))
    if held == "missing":
        what = "从业资格编号" if not person.qualification_no else "授权有效期"
        return f"{person.name} 没有登记{what}，不能营销金融产品；请管理员在“员工”里补上后再分享"
    if held == "ended":
        return (
            f"{person.name} 的营销授权已于 {person.authorised_until} 到期，"
            "请管理员在“员工”里更新后再分享"
        )
    return ""
