"""What the phone pages say."""

from datetime import date
from types import SimpleNamespace
from typing import Any

import pytest

from contenthub.web.h5 import words

LINK = "http://hub.test/s/ABC"
BANK: Any = SimpleNamespace(name="清源农商银行", hotline="96688", zone="Asia/Shanghai")
ME: Any = SimpleNamespace(name="王小明", title="客户经理", phone="")


@pytest.mark.parametrize(
    ("hour", "word"),
    [(0, "夜深了"), (5, "早上好"), (9, "上午好"), (12, "中午好"), (14, "下午好"), (18, "晚上好")],
)
def test_the_greeting_follows_the_hour(hour: int, word: str) -> None:
    assert words.greeting(hour) == word


def test_a_day_is_read_as_people_say_it() -> None:
    assert words.day_word(date(2026, 11, 24)) == "11 月 24 日 周二"
    assert words.week_start(date(2026, 11, 29)) == date(2026, 11, 23)


def test_a_message_is_filled_with_me_and_my_link() -> None:
    text = "{{ customer.surname }}好，我是{{ bank.name }}{{ employee.name }}：{{ link }}"
    said = words.message_for(text, bank=BANK, me=ME, title="存单", link=LINK)
    assert said == f"您好，我是清源农商银行王小明：{LINK}"
    assert words.with_link(said, LINK) == said
    assert words.without_link(said, LINK) == "您好，我是清源农商银行王小明"
    assert words.with_link("您好", LINK) == f"您好 {LINK}"


def test_a_message_that_cannot_be_filled_is_shown_as_it_stands() -> None:
    assert (
        words.message_for("看{{ link }}", bank=BANK, me=ME, title="存单", link="") == "看{{ link }}"
    )


def test_own_words_name_item_bank_and_me_once() -> None:
    revision: Any = SimpleNamespace(title="大额存单", fields={"summary": "20 万元起存。"})
    assert words.own_words(revision, bank=BANK, me=ME) == (
        "大额存单：20 万元起存。有需要随时找我——清源农商银行 王小明"
    )
    assert words.summary_of({"summary": "长" * 80}) == "长" * 59 + "…"
