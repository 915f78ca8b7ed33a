"""Idea: a workbook of items as a bank's marketing desk would send it, good rows and bad ones."""

from collections.abc import Mapping
from datetime import date
from pathlib import Path
from random import Random

from contenthub.library import bodytext, itempages, kinds
from contenthub.library.itempages import Wording
from contenthub.library.itemsheets import Export
from contenthub.library.starter_items import StarterItem, starter_items

_PLACES = ("城关", "东街", "河西", "南桥", "青龙", "柳林", "石桥", "清水", "高店", "双河")
_WHO = (
    "新市民",
    "老年客户",
    "种粮大户",
    "个体工商户",
    "返乡青年",
    "代发客户",
    "学生家长",
    "社区居民",
)
_ZONE = "Asia/Shanghai"


def write_items(path: Path, *, count: int, on: date, seed: int = 1, bad_share: float = 0.0) -> None:
    """Write `count` new items of every kind; a share of them lacks or garbles something.

    `on` is the day that dates are counted from.
    """
    chance = Random(seed)  # noqa: S311  # made-up content is no secret
    patterns = [(each, _texts(each)) for each in starter_items(1, on=on)]
    book = Export(path, {})
    for no in range(1, count + 1):
        source, texts = patterns[(no - 1) % len(patterns)]
        row = _varied(texts, no, chance)
        if chance.random() < bad_share:
            row = _spoiled(row, chance)
        book.add(source["kind"], source["topic"], row)
    book.close()


def _texts(source: StarterItem) -> Mapping[str, str]:
    fields = kinds.check(
        source["kind"], source["topic"], source["title"], source["fields"], complete=False
    )
    fields = {name: value for name, value in fields.items() if not _names_another(source, name)}
    body = bodytext.kept(source["body"])
    shown = Wording(
        "", source["kind"], source["topic"], source["title"], fields, body, None, None, None, 1, ""
    )
    found = itempages.texts(shown, _ZONE, files={})
    return {name: text for name, text in found.items() if name not in ("version", "state")}


def _names_another(source: StarterItem, name: str) -> bool:
    spec = kinds.field(source["kind"], source["topic"], name)
    return spec.type in ("asset", "item")


def _varied(texts: Mapping[str, str], no: int, chance: Random) -> dict[str, str]:
    place, who = chance.choice(_PLACES), chance.choice(_WHO)
    row = dict(texts)
    row["title"] = f"{texts['title'][:18]}·{place}{no}"
    row["labels"] = who
    told = f"<p>{place}支行为{who}准备了专门窗口，第 {no} 号台账备查，请带身份证到网点咨询。</p>"
    row["body"] = f"{texts['body']}{told}"
    return row


def _spoiled(row: dict[str, str], chance: Random) -> dict[str, str]:
    wrong = chance.choice(("title", "topic", "valid_until", "code"))
    garbled = {"title": "", "topic": "存贷款", "valid_until": "2026-02-30", "code": "P-999999"}
    return {**row, wrong: garbled[wrong]}
