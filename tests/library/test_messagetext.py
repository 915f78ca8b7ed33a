import re

import pytest

from contenthub.errors import Invalid
from contenthub.library.messagetext import (
    TEXT_MAX_BYTES,
    VARIABLES,
    check_text,
    fill,
    meant,
    unknown,
    values_of,
)

VALUES = {
    "customer.surname": "王",
    "employee.name": "李娜",
    "employee.title": "客户经理",
    "employee.branch": "城关支行",
    "employee.phone": "0990-6688001",
    "bank.name": "清源农商银行",
    "item.title": "大额存单",
    "link": "https://x.example/s/ABC",
}


def test_every_variable_is_filled() -> None:
    text = "、".join(f"{{{{ {name} }}}}" for name in VARIABLES)
    assert check_text(text) == list(VARIABLES)
    assert fill(text, VALUES) == "、".join(VALUES[name] for name in VARIABLES)


def test_what_a_person_left_empty_falls_back_to_the_bank() -> None:
    found = values_of(
        bank="清源农商行",
        hotline="96688",
        employee=("李娜", "", "", ""),
        item_title="存单",
        link="x",
    )
    assert set(found) == set(VARIABLES)
    assert found["employee.phone"] == "96688"
    assert found["employee.branch"] == "清源农商行"
    text = "".join(f"{{{{ {name} }}}}" for name in VARIABLES)
    assert fill(text, found)
    bare = values_of(bank="清源农商行", employee=("李娜", "", "", ""), item_title="存单")
    assert bare["employee.phone"] == "请到网点咨询"


def test_spaces_inside_the_braces_do_not_matter() -> None:
    assert fill("{{link}} {{  link }}", VALUES) == f"{VALUES['link']} {VALUES['link']}"


def test_braces_brought_in_by_a_value_stay_text() -> None:
    values = {**VALUES, "customer.surname": "{{ link }}{% x %}\\1"}
    assert fill("{{ customer.surname }}您好", values) == "{{ link }}{% x %}\\1您好"


ATTACKS = [
    "{{ customer.delete() }}",
    "{{ customer.tenant.wecom_secret }}",
    "{{ ''.__class__.__mro__[1].__subclasses__() }}",
    "{{ 'x' * 10**8 }}",
    "{{ link|attr('x') }}",
    "{{ link | safe }}",
    "{% for i in range(9) %}x{% endfor %}",
    "{% set x = 1 %}",
    "{% import 'os' as os %}",
    "{# comment #}",
    "{{",
    "}}",
    "{{ }}",
    "{{ link",
    "link }}",
    "{{{ link }}}}",
    "{{ {{ link }} }}",
    "{{ LINK }}",
    "{{ customer.phone }}",
    "{{ customer['surname'] }}",
    "{{ customer.surname.upper }}",
    "{{ self }}",
    "{{ config }}",
    "{{\nlink }}",
    "{{ ｌｉｎｋ }}",
    "{{ link; }}",
]


@pytest.mark.parametrize("text", ATTACKS)
def test_anything_but_a_known_variable_is_refused(text: str) -> None:
    with pytest.raises(Invalid) as refused:
        check_text(f"您好{text}")
    assert "script" in refused.value.fields


def test_the_message_names_the_bad_part_and_what_is_allowed() -> None:
    with pytest.raises(Invalid, match=re.escape("“{{ customer.phone }}”")) as refused:
        check_text("您好 {{ customer.phone }}")
    assert "customer.surname" in refused.value.detail


def test_a_variable_without_a_value_is_never_sent_blank() -> None:
    for values in ({}, {"customer.surname": " "}):
        with pytest.raises(Invalid, match="客户姓氏"):
            fill("{{ customer.surname }}您好", values)


def test_long_texts_and_results_are_refused() -> None:
    assert check_text("a" * TEXT_MAX_BYTES) == []
    for text in ("a" * (TEXT_MAX_BYTES + 1), "好" * 3_000, "x" * 10_000_000):
        with pytest.raises(Invalid, match="文字太长"):
            check_text(text)
    with pytest.raises(Invalid, match="文字太长"):
        fill("{{ item.title }}", {"item.title": "好" * 20_000})


@pytest.mark.parametrize("text", ["a\x00b", "\ud800"])
def test_characters_that_cannot_be_stored_are_refused(text: str) -> None:
    with pytest.raises(Invalid, match="特殊字符"):
        check_text(text)


def test_single_braces_are_just_text() -> None:
    assert fill("{a} 100% {{ link }}", VALUES) == f"{{a}} 100% {VALUES['link']}"


@pytest.mark.parametrize(
    ("written", "ours"),
    [
        ("{客户姓名错}", "{{ customer.surname }}"),
        ("{{客户姓名}}", "{{ customer.surname }}"),
        ("${name}", "{{ customer.surname }}"),
        ("｛客户经理电话｝", "{{ employee.phone }}"),
        ("{经理}", "{{ employee.name }}"),
        ("{{ bank.nam }}", "{{ bank.name }}"),
        ("{优惠码}", None),
    ],
)
def test_what_only_looks_like_a_variable_is_found_with_the_one_meant(
    written: str, ours: str | None
) -> None:
    text = f"您好，{written}，{{{{ bank.name }}}}提醒您。"
    assert [text[low:high] for low, high in unknown(text)] == [written]
    assert meant(written) == ours


def test_variables_and_plain_braces_are_none() -> None:
    known = "".join(f"{{{{ {name} }}}}" for name in VARIABLES)
    assert list(unknown(f"{known} {{1}} {{}} a{{b")) == []
