"""Columns of any file: told by their headers, chosen, picked from rows."""

import pytest

from contenthub.errors import Invalid
from contenthub.uploads.headers import check_mapping, columns_of, guess, pick, unmapped

WORDS = {"name": ("姓名", "名称"), "phone": ("手机号", "电话")}
LABELS = {"name": "姓名", "phone": "手机号"}


def test_cells_are_picked_by_field_even_from_a_short_row() -> None:
    headers = ["手机号（必填）", "备注", "姓 名*"]
    mapping = guess(headers, WORDS)
    columns = columns_of(headers, mapping)
    assert pick(["1", "x", "张三"], columns) == {"phone": "1", "name": "张三"}
    assert pick(["1"], columns) == {"phone": "1", "name": ""}
    assert unmapped(headers, mapping) == ["备注"]
    assert columns_of(headers, {"name": "户名"}) == {}


@pytest.mark.parametrize(
    ("mapping", "field", "told"),
    [
        ({"phone": "电话"}, "name", "没有认出“姓名”这一列"),
        ({"name": "姓名", "age": "电话"}, "age", "没有这个字段"),
        ({"name": "户名"}, "name", "没有名为“户名”的列"),
        ({"name": "姓名", "phone": "姓名"}, "phone", "被选了两次"),
    ],
)
def test_a_wrong_choice_names_its_field_and_the_fix(
    mapping: dict[str, str], field: str, told: str
) -> None:
    with pytest.raises(Invalid) as refused:
        check_mapping(mapping, ["姓名", "电话"], labels=LABELS, required=("name",))
    assert told in refused.value.fields[f"mapping.{field}"]
    chosen = check_mapping(
        {"name": "姓名", "phone": ""}, ["姓名"], labels=LABELS, required=("name",)
    )
    assert chosen == {"name": "姓名"}
