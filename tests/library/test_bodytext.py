import pytest

from contenthub.errors import Invalid
from contenthub.library.bodytext import VARIABLES, check_finished, kept, shown

VALUES = {
    "employee.name": "李娜",
    "employee.title": "客户经理",
    "employee.branch": "城关支行",
    "employee.phone": "0990-6688001",
    "bank.name": "清源农商行",
    "item.title": "大额存单",
}
HOSTILE_TEXTS = [
    "{{ customer.phone }}",
    "{{ customer.surname }}",
    "{{ link }}",
    "{{ employee.name.__class__ }}",
    "{{ employee.name | upper }}",
    "{{ employee.password_hash }}",
    "{{ ''.__class__.__mro__[1] }}",
    "{{ 7*7 }}",
    "{{ self }}",
    "{{ }}",
    "{{ employee.name",
    "employee.name }}",
    "{{{ employee.name }}}",
    "{{ {{ employee.name }} }}",
    "{{ employee.<b>name</b> }}",
    "<b>{{</b> employee.name }}",
    "{{ EMPLOYEE.NAME }}",
]


def test_variables_are_kept_in_one_form_and_filled_on_show() -> None:
    body = kept("<p>找{{employee.name}}（{{&nbsp;employee.phone&nbsp;}}）</p>")
    assert body == "<p>找{{ employee.name }}（{{ employee.phone }}）</p>"
    assert kept(body) == body
    assert shown(body, VALUES) == "<p>找李娜（0990-6688001）</p>"


def test_every_variable_of_the_list_can_be_filled() -> None:
    body = "<p>" + "".join(f"{{{{ {name} }}}}" for name in VARIABLES) + "</p>"
    assert shown(kept(body), VALUES) == "<p>" + "".join(VALUES[name] for name in VARIABLES) + "</p>"


@pytest.mark.parametrize("text", HOSTILE_TEXTS)
def test_anything_but_a_name_of_the_list_is_refused_with_the_list(text: str) -> None:
    with pytest.raises(Invalid) as refused:
        kept(f"<p>{text}</p>")
    assert set(refused.value.fields) == {"body"}
    assert all(name in refused.value.fields["body"] for name in VARIABLES)


EXPRESSIONS = [
    "config",
    "self",
    "request",
    "cycler.__init__.__globals__.os.popen('id')",
    "lipsum.__globals__",
    "''.__class__.__mro__[1].__subclasses__()",
    "employee.__class__",
    "employee.delete()",
    "employee.name.upper()",
    "employee.name|attr('x')",
    "employee['name']",
    "bank.wecom_secret",
    "bank.settings",
    "customer.phone",
    "customer.surname",
    "link",
    "'x'*10**8",
    "7*7",
    "1 if True else 2",
    "range(10**9)",
    "namespace()",
    "dict(a=1)",
    "[].append",
    "_",
    "ｅmployee.name",
]
WRAPS = ["{{ %s }}", "{{%s}}", "{{- %s -}}", "{{ %s | safe }}"]


def test_a_hundred_expressions_run_nowhere_and_tell_nothing() -> None:
    for expression in EXPRESSIONS:
        for wrap in WRAPS:
            html = f"<p>{wrap % expression}</p>"
            with pytest.raises(Invalid):
                kept(html)
            said = shown(html, VALUES)
            assert not any(value in said for value in VALUES.values()), html
    assert len(EXPRESSIONS) * len(WRAPS) == 100


def test_a_very_long_text_of_braces_is_read_at_once() -> None:
    with pytest.raises(Invalid):
        kept("<p>" + "{{ " * 15_000 + "</p>")
    assert shown("<p>" + "{{ employee.name " * 2_000 + "</p>", VALUES).count("李娜") == 0


@pytest.mark.parametrize("text", HOSTILE_TEXTS)
def test_a_text_that_was_kept_long_ago_brings_nothing_in_either(text: str) -> None:
    html = shown(f"<p>{text}</p>", {**VALUES, "employee.name": "李娜"})
    assert "49" not in html
    assert "object" not in html


def test_what_a_variable_brings_in_stays_text() -> None:
    values = {**VALUES, "employee.name": '<img src=x onerror=alert(1)>{{ bank.name }}"'}
    html = shown("<p>{{ employee.name }}</p>", values)
    assert html == ("<p>&lt;img src=x onerror=alert(1)&gt;{{ bank.name }}&quot;</p>")


def test_a_variable_in_an_attribute_is_not_one() -> None:
    body = '<p><a href="https://a.example/" title="{{ employee.name }}">看</a></p>'
    with pytest.raises(Invalid, match="不完整"):
        kept(body)
    assert "李娜" not in shown(body, VALUES)


def test_a_single_brace_is_ordinary_text() -> None:
    assert kept("<p>{a} % }</p>") == "<p>{a} % }</p>"


def test_too_many_variables_are_refused() -> None:
    with pytest.raises(Invalid, match="40"):
        kept("<p>" + "{{ bank.name }}" * 41 + "</p>")


def test_a_picture_that_waits_for_its_upload_stops_the_submission() -> None:
    body = kept('<p><img src="https://mmbiz.qpic.cn/a"></p>')
    with pytest.raises(Invalid, match="1 张外部图片"):
        check_finished(body)
    check_finished(kept("<p>文</p>"))
    assert "<img" not in shown(body, VALUES)
