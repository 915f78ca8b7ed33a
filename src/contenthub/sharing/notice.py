"""Idea: what a person is told before they leave a number, and the version they agreed to.

The notice names who collects, why, what, how long and which rights (PIPL art. 14, 17);
consent is asked for separately and never pre-ticked (rule PI-01).
"""

from collections.abc import Sequence
from typing import NamedTuple

from contenthub.customers.behaviour import KEPT_DAYS
from contenthub.customers.consenttexts import page_version

VERSION = "2026-11d"
KEEP_MONTHS = 24


class Told(NamedTuple):
    """What somebody was told, word for word, and the version that names just this."""

    version: str
    wording: str


class Teller(NamedTuple):
    """The bank that a page speaks for."""

    name: str
    full_name: str
    hotline: str


def notice(bank_full_name: str, hotline: str, *, asked: Sequence[str] = ()) -> list[str]:
    """Return the sentences of the notice beside a form, which may ask for more than a number.

    `asked` are the labels of what else the form asks for.
    """
    contact = f"客服热线 {hotline}" if hotline else "任一营业网点"
    return [
        f"收集者：{bank_full_name}。",
        "目的：由页面上的客户经理就本页内容与您联系，不用于其他营销。",
        f"种类：手机号，以及您自愿填写的{'、'.join(('称呼', *asked))}。",
        "浏览：提交后，您用这个浏览器打开我行分享的内容时，会记下是哪类业务，供客户经理了解您"
        f"关心什么，最长 {KEPT_DAYS} 天；您选择“不再推荐”或要求删除后不再记录。",
        f"保存：自提交之日起最长 {KEEP_MONTHS} 个月，到期删除或匿名化。",
        f"权利：您可随时查询、更正、删除或撤回同意，请联系{contact}，或点击页面底部“不再推荐”。",
    ]


def consent(bank_name: str, *, asked: Sequence[str] = ()) -> str:
    """Return the sentence beside the tick box; `asked` as in the notice."""
    what = "、".join(("手机号", "称呼", *asked))
    return f"我已阅读并同意{bank_name}按上述说明使用我填写的{what}与我联系"


def form_told(bank: Teller, *, asked: Sequence[str] = ()) -> Told:
    """Return all that stands beside a form, and is agreed to with it; `asked` as in the notice."""
    sentences = notice(bank.full_name, bank.hotline, asked=asked)
    return _told([*sentences, consent(bank.name, asked=asked)])


def refusal(bank_name: str) -> tuple[str, str]:
    """Return what the page of refusals says: what follows, and what is written down."""
    return (
        f"提交后即刻生效，{bank_name}不再就所选业务向您推送营销信息。已办业务的服务通知不受影响。",
        "我们会记下登记的时间和方式，便于您日后查询。",
    )


def refusal_told(bank_name: str) -> Told:
    """Return what somebody was told who refuses."""
    return _told(refusal(bank_name))


def _told(sentences: Sequence[str]) -> Told:
    wording = "\n".join(sentences)
    return Told(page_version(VERSION, wording), wording)
