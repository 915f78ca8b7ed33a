"""What an error becomes: a full disk is named, whatever part of the house it stopped."""

import shutil
from typing import Any

import pytest
from litestar import Litestar
from litestar.datastructures import State
from litestar.testing import RequestFactory
from tests.personas import Personas

from contenthub.errors import Conflict, ContentHubError, Unavailable
from contenthub.web.problems import problem_of

Usage = type(shutil.disk_usage("/"))


def _told(people: Personas, error: ContentHubError) -> str:
    app = Litestar([], state=State({"house": people.house}))
    request: Any = RequestFactory(app=app).get("/console")
    return problem_of(request, error).detail


def test_while_the_disk_has_room_each_part_says_its_own(people: Personas) -> None:
    assert _told(people, Unavailable("数据库正在重启")) == "数据库正在重启"


def test_a_full_disk_is_named_and_not_the_part_that_it_stopped(
    people: Personas, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shutil, "disk_usage", lambda _place: Usage(10**9, 10**9, 0))
    for said in ("数据库正在重启", "Redis 不可用"):
        assert "磁盘已满" in _told(people, Unavailable(said))
    assert _told(people, Conflict("已经有相同的记录")) == "已经有相同的记录"
