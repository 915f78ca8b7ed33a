"""What the decoder refuses is told in Chinese, at the place where it stands."""

import re
from datetime import datetime
from typing import Annotated, Any, Literal
from uuid import UUID

import msgspec
import pytest
from tests.personas import Personas

from contenthub.web.validation import fault


class Inner(msgspec.Struct, forbid_unknown_fields=True):
    """A part of a body."""

    count: Annotated[int, msgspec.Meta(ge=1, le=9)] = 1
    id: UUID | None = None


class Body(msgspec.Struct, forbid_unknown_fields=True):
    """A body with one field of each kind that the API has."""

    title: Annotated[str, msgspec.Meta(min_length=1, max_length=3)]
    inner: Inner = msgspec.field(default_factory=Inner)
    tags: Annotated[list[str], msgspec.Meta(max_length=2)] = []
    at: datetime | None = None
    kind: Literal["a", "b"] = "a"
    login: Annotated[str, msgspec.Meta(pattern="^[a-z]+$")] = "a"


@pytest.mark.parametrize(
    ("body", "pointer", "words"),
    [
        ({}, "/title", "缺少必填项 title，请补上"),
        ({"title": "x", "colour": 1}, "/colour", "没有 colour 这一项，请删除或检查拼写"),
        ({"title": 1}, "/title", "应为文字"),
        ({"title": ""}, "/title", "不能为空"),
        ({"title": "abcd"}, "/title", "最多 3 个字"),
        ({"title": "x", "inner": {"count": "y"}}, "/inner/count", "应为整数"),
        ({"title": "x", "inner": {"count": 0}}, "/inner/count", "不小于 1"),
        ({"title": "x", "inner": {"count": 10}}, "/inner/count", "不大于 9"),
        ({"title": "x", "inner": {"id": "y"}}, "/inner/id", "UUID"),
        ({"title": "x", "inner": {"size": 1}}, "/inner/size", "没有 size 这一项"),
        ({"title": "x", "inner": []}, "/inner", "应为对象"),
        ({"title": "x", "tags": ["a", 1]}, "/tags/...", "应为文字"),
        ({"title": "x", "tags": ["a", "b", "c"]}, "/tags", "最多 2 项"),
        ({"title": "x", "at": "soon"}, "/at", "时间格式不对"),
        ({"title": "x", "at": True}, "/at", "应为时间或空值"),
        ({"title": "x", "kind": "c"}, "/kind", "没有 'c' 这个选项"),
        ({"title": "x", "login": "A"}, "/login", "格式不对"),
        ([], "/", "应为对象"),
    ],
)
def test_each_refusal_is_placed_and_in_chinese(body: Any, pointer: str, words: str) -> None:
    with pytest.raises(msgspec.ValidationError) as refused:
        msgspec.convert(body, Body)
    text = str(refused.value)
    found = re.search(r"`\$\.?(.+)`$", text)
    told = fault(found[1] if found else "data", text, names={})
    if pointer.endswith("..."):
        pointer = told["pointer"]
        assert pointer.startswith("/tags/")
    assert told["pointer"] == pointer
    assert words in told["message"]
    assert not re.search("Expected|got|Object|Invalid|required", told["message"])


async def test_a_wrong_query_parameter_is_pointed_at_by_its_name(people: Personas) -> None:
    async with people.client(people.ours.author) as client:
        answer = await client.get("/api/v1/poster-templates?limit=many&item_id=x")
        body = await client.post("/api/v1/items", json={"kind": "faq"})
    assert answer.status_code == body.status_code == 400
    told = {e["pointer"]: e["message"] for e in answer.json()["errors"]}
    assert "应为整数" in told["/limit"]
    assert "UUID" in told["/item_id"]
    assert not re.search("Expected|Invalid|badly", answer.text)
    assert body.json()["errors"][0]["message"].startswith("缺少必填项 ")
    assert body.json()["errors"][0]["pointer"] != "/data"


def test_a_renamed_parameter_is_called_what_callers_call_it() -> None:
    told = fault("in_state", "Expected `str`, got `int`", names={"in_state": "state"})
    assert told == {"pointer": "/state", "message": "字段 state 不正确：应为文字"}


@pytest.mark.parametrize("content", [b"", b"{", b'{"kind": faq}'])
async def test_a_body_that_is_no_json_is_told_so(people: Personas, content: bytes) -> None:
    async with people.client(people.ours.author) as client:
        headers = {"content-type": "application/json"}
        answer = await client.post("/api/v1/items", content=content, headers=headers)
    assert answer.status_code == 400
    assert "不是完整的 JSON" in answer.json()["detail"]
