"""Pushes over the API: their life, their ledger, what each refusal names."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from datetime import UTC, datetime, timedelta
from io import BytesIO
from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest
from python_calamine import CalamineWorkbook
from sqlalchemy import select
from tests.make import make_item, make_live_item
from tests.scheduler.conftest import EXPR, Desk, desk, sandbox

from contenthub.customers import queries as customers
from contenthub.library import actions as library
from contenthub.scheduler import queries
from contenthub.tenants import queries as tenants
from contenthub.tenants.models import AuditEntry, Staff

__all__ = ["desk", "sandbox"]


def _body(desk: Desk, **over: Any) -> dict[str, Any]:
    # Noon in China: no bank's quiet hours, whenever the test runs.
    soon = datetime.now(UTC) + timedelta(days=2)
    tomorrow = soon.replace(hour=4, minute=0).isoformat()
    return {
        "title": "金秋存款季",
        "item_id": str(desk.item.id),
        "expr": EXPR,
        "schedule": {"kind": "once", "at": tomorrow},
        **over,
    }


_clients: dict[object, Any] = {}


@pytest.fixture(autouse=True)
async def _close_clients() -> AsyncIterator[None]:
    # An app a person, not an app a request.
    async with AsyncExitStack() as stack:
        _clients["stack"] = stack
        yield
    _clients.clear()


async def _client(desk: Desk, by: Staff) -> httpx.AsyncClient:
    if by.id not in _clients:
        _clients[by.id] = await _clients["stack"].enter_async_context(desk.people.client(by))
    client: httpx.AsyncClient = _clients[by.id]
    return client


async def _post(desk: Desk, by: Staff, path: str, body: Any = None) -> httpx.Response:
    return await (await _client(desk, by)).post(f"/api/v1{path}", json=body)


async def _get(desk: Desk, by: Staff, path: str, **params: Any) -> httpx.Response:
    return await (await _client(desk, by)).get(f"/api/v1{path}", params=params)


async def _made(desk: Desk, **over: Any) -> str:
    answer = await _post(desk, desk.side.author, "/pushes", _body(desk, **over))
    assert answer.status_code == 201, answer.text
    return str(answer.json()["id"])


async def _running(desk: Desk) -> UUID:
    now = datetime.now(UTC)
    push_id = await desk.push(now - timedelta(hours=2))
    await desk.expand(push_id, now)
    return push_id


async def test_a_push_is_written_reviewed_run_and_followed(desk: Desk) -> None:
    side = desk.side
    push_id = await _made(desk, cadence_id=None)
    shown = (await _get(desk, side.author, f"/pushes/{push_id}")).json()
    assert shown["state"] == "draft"
    assert shown["actions"] == ["edit", "submit", "cancel"]
    assert set(shown["counts"]) == set(queries.DELIVERY_STATES)
    assert sum(shown["counts"].values()) == 0
    assert shown["item"]["id"] == str(desk.item.id)
    assert (await _post(desk, side.author, f"/pushes/{push_id}/submit")).json()[
        "state"
    ] == "in_review"
    approved = await _post(desk, side.reviewer, f"/pushes/{push_id}/approve")
    assert approved.status_code == 200, approved.text
    assert approved.json()["state"] == "scheduled"
    await desk.expand(UUID(push_id), datetime.fromisoformat(shown["fire_at"]))
    running = (await _get(desk, side.campaign_manager, f"/pushes/{push_id}")).json()
    assert running["counts"]["planned"] == 20
    assert running["waterfall"]["matched"] == 23
    assert {r["label"] for r in running["reasons"]} == {
        "拒绝此类业务",
        "没有客户经理",
        "未加企业微信",
    }
    paused = await _post(desk, side.reviewer, f"/pushes/{push_id}/pause", {"reason": "利率有调整"})
    assert paused.json()["paused_reason"] == "利率有调整"
    assert (await _post(desk, side.reviewer, f"/pushes/{push_id}/resume")).json()[
        "state"
    ] == "running"
    ended = (await _post(desk, side.author, f"/pushes/{push_id}/cancel")).json()
    assert (ended["state"], ended["counts"]["skipped"]) == ("cancelled", 23)


async def test_a_push_is_returned_with_the_reason_and_written_again(desk: Desk) -> None:
    push_id = await _made(desk)
    await _post(desk, desk.side.author, f"/pushes/{push_id}/submit")
    silent = await _post(desk, desk.side.reviewer, f"/pushes/{push_id}/return", {"comment": " "})
    assert silent.json()["errors"][0]["pointer"] == "/comment"
    back = await _post(
        desk, desk.side.reviewer, f"/pushes/{push_id}/return", {"comment": "客群太大"}
    )
    assert back.json()["state"] == "returned"
    async with desk.people.client(desk.side.author) as client:
        body = _body(desk, title="改小的推送", expr="银发")
        again = await client.put(f"/api/v1/pushes/{push_id}", json=body)
    assert (again.json()["state"], again.json()["title"]) == ("draft", "改小的推送")


async def test_an_author_takes_a_submission_back(desk: Desk) -> None:
    push_id = await _made(desk)
    await _post(desk, desk.side.author, f"/pushes/{push_id}/submit")
    refused = await _post(desk, desk.side.campaign_manager, f"/pushes/{push_id}/withdraw")
    assert refused.status_code == 409
    back = await _post(desk, desk.side.author, f"/pushes/{push_id}/withdraw")
    assert back.json()["state"] == "draft"
    gone = await _post(desk, desk.side.reviewer, f"/pushes/{push_id}/approve")
    assert gone.status_code == 409


async def test_nobody_approves_their_own_push(desk: Desk) -> None:
    side = desk.side
    async with desk.database.unit_of_work(side.tenant) as db:
        both = await db.get_one(Staff, (side.tenant, side.campaign_manager.id))
        both.roles = ["campaign_manager", "reviewer"]
    answer = await _post(desk, both, "/pushes", _body(desk))
    push_id = answer.json()["id"]
    await _post(desk, both, f"/pushes/{push_id}/submit")
    refused = await _post(desk, both, f"/pushes/{push_id}/approve")
    assert refused.status_code in (403, 409)
    assert refused.json()["code"] == "own_work"


@pytest.mark.parametrize(
    ("over", "pointer", "word"),
    [
        ({"schedule": {"kind": "once", "at": "2020-01-01T09:00"}}, "/schedule/at", "已经过去"),
        ({"schedule": {"kind": "once", "at": "明天上午"}}, "/schedule/at", "看不懂"),
        ({"schedule": {"kind": "cron", "expr": "61 9 * * 1"}}, "/schedule/expr", "第 1 段（分）"),
        ({"schedule": {"kind": "cron", "expr": "0 9 30 2 *"}}, "/schedule/expr", "永远不会触发"),
        ({"schedule": {"kind": "cron", "expr": "* * * * *"}}, "/schedule/expr", "太密"),
        ({"schedule": {"kind": "yearly"}}, "/schedule/kind", "once"),
        ({"expr": "银发 and refused("}, "/expr", "括号"),
        ({"expr": "没有这个标签"}, "/expr", "没有这个标签"),
        ({"title": " "}, "/title", "推送名称"),
        ({"channel": "sms"}, "/channel", "渠道"),
        ({"message": "{{ salary }}"}, "/message", "变量"),
    ],
)
async def test_a_wrong_field_is_named_with_the_fix(
    desk: Desk, over: dict[str, Any], pointer: str, word: str
) -> None:
    answer = await _post(desk, desk.side.author, "/pushes", _body(desk, **over))
    assert answer.status_code == 422, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    found = {e["pointer"]: e["message"] for e in answer.json()["errors"]}
    assert word in found[pointer]


async def test_every_wrong_field_is_named_at_once(desk: Desk) -> None:
    wrong = {"title": "", "expr": "refused(", "message": "{% x %}", "channel": "fax"}
    answer = await _post(desk, desk.side.author, "/pushes", _body(desk, **wrong))
    pointers = {e["pointer"] for e in answer.json()["errors"]}
    assert pointers == {"/title", "/expr", "/message", "/channel"}


async def test_quiet_hours_are_refused_with_the_window(desk: Desk) -> None:
    async with desk.database.unit_of_work(desk.side.tenant) as db:
        bank = (await _bank(db)).settings
        (await _bank(db)).settings = {**bank, "send_from": "08:30", "send_until": "21:00"}
    day = (datetime.now(UTC) + timedelta(days=2)).date()
    body = _body(desk, schedule={"kind": "once", "at": f"{day}T22:00"})
    answer = await _post(desk, desk.side.author, "/pushes", body)
    assert "08:30–21:00" in answer.json()["errors"][0]["message"]


async def _bank(db: Any) -> Any:
    return await tenants.bank(db)


async def test_content_that_is_not_live_cannot_be_pushed(desk: Desk) -> None:
    side = desk.side
    async with desk.database.unit_of_work(side.tenant) as db:
        draft, _ = await make_item(db, side.author)
        gone = await make_live_item(db, side.author, side.reviewer)
        await library.recall(db, gone.id, reason="到期", by=side.reviewer, at=datetime.now(UTC))
    for item in (draft, gone):
        answer = await _post(desk, side.author, "/pushes", _body(desk, item_id=str(item.id)))
        assert answer.status_code == 409
        assert answer.json()["code"] == "not_live"
    unknown = await _post(desk, side.author, "/pushes", _body(desk, item_id=str(uuid4())))
    assert unknown.status_code == 404


async def test_content_that_expired_after_approval_pauses_the_push(desk: Desk) -> None:
    now = datetime.now(UTC)
    push_id = await desk.push(now - timedelta(hours=2))
    async with desk.database.unit_of_work(desk.side.tenant) as db:
        await library.recall(db, desk.item.id, reason="到期", by=desk.side.reviewer, at=now)
    await desk.expand(push_id, now)
    shown = (await _get(desk, desk.side.author, f"/pushes/{push_id}")).json()
    assert shown["state"] == "paused"
    assert "不能使用" in shown["paused_reason"] or "下架" in shown["paused_reason"]


async def test_an_edit_after_approval_needs_a_new_one(desk: Desk) -> None:
    push_id = await desk.push(datetime.now(UTC))
    async with desk.people.client(desk.side.author) as client:
        edited = await client.put(f"/api/v1/pushes/{push_id}", json=_body(desk, expr="银发"))
    assert (edited.json()["state"], edited.json()["approved_at"]) == ("draft", None)
    refused = await _post(desk, desk.side.reviewer, f"/pushes/{push_id}/approve")
    assert refused.status_code == 409


async def test_a_wrong_state_is_said_in_words(desk: Desk) -> None:
    push_id = await _made(desk)
    for action in ("pause", "resume", "approve", "withdraw"):
        by = desk.side.author if action == "withdraw" else desk.side.reviewer
        answer = await _post(desk, by, f"/pushes/{push_id}/{action}")
        assert answer.status_code == 409, action
        assert answer.json()["detail"]


async def test_who_may_control_but_not_write_cannot_cancel_a_draft(desk: Desk) -> None:
    push_id = await _made(desk)
    assert (await _post(desk, desk.side.admin, f"/pushes/{push_id}/cancel")).status_code == 403
    assert (await _post(desk, desk.side.author, f"/pushes/{push_id}/cancel")).json()[
        "state"
    ] == "cancelled"


async def test_the_engines_notes_cannot_be_written_from_outside(desk: Desk) -> None:
    tomorrow = (datetime.now(UTC) + timedelta(days=1)).isoformat()
    planted = {"kind": "once", "at": tomorrow, "over": True}
    answer = await _post(desk, desk.side.author, "/pushes", _body(desk, schedule=planted))
    assert answer.status_code == 400


async def test_an_idempotent_create_makes_one_push(desk: Desk) -> None:
    body = _body(desk)
    async with desk.people.client(desk.side.author) as client:
        headers = {"Idempotency-Key": "push-1"}
        one = await client.post("/api/v1/pushes", json=body, headers=headers)
        two = await client.post("/api/v1/pushes", json=body, headers=headers)
        listed = (await client.get("/api/v1/pushes")).json()["items"]
    assert one.json()["id"] == two.json()["id"]
    assert len(listed) == 1


async def test_the_list_is_paged_and_filtered(desk: Desk) -> None:
    made = [await _made(desk, title=f"推送 {n}") for n in range(3)]
    await _post(desk, desk.side.author, f"/pushes/{made[0]}/submit")
    first = (await _get(desk, desk.side.author, "/pushes", limit=2)).json()
    second = (
        await _get(desk, desk.side.author, "/pushes", limit=2, cursor=first["next_cursor"])
    ).json()
    seen = [p["id"] for p in first["items"] + second["items"]]
    assert sorted(seen) == sorted(made)
    assert second["next_cursor"] is None
    waiting = (await _get(desk, desk.side.author, "/pushes", state="in_review")).json()["items"]
    assert [p["id"] for p in waiting] == [made[0]]
    assert (await _get(desk, desk.side.author, "/pushes", state="nonsense")).status_code == 422


async def test_the_ledger_is_masked_filtered_and_paged(desk: Desk) -> None:
    push_id = await _running(desk)
    seen: list[dict[str, Any]] = []
    cursor = ""
    while True:
        part = (
            await _get(
                desk, desk.side.author, f"/pushes/{push_id}/deliveries", limit=10, cursor=cursor
            )
        ).json()
        seen += part["items"]
        cursor = part["next_cursor"]
        if cursor is None:
            break
    assert len(seen) == 23
    for wrong in ("limit=0", "limit=201", "cursor=garbage"):
        field, _, value = wrong.partition("=")
        path = f"/pushes/{push_id}/deliveries"
        refused = await _get(desk, desk.side.author, path, **{field: value})
        assert refused.status_code == 422
        assert refused.json()["errors"][0]["pointer"] == f"/{field}"
    assert all("*" in row["name"] and "****" in row["phone"] for row in seen)
    skipped = (
        await _get(
            desk,
            desk.side.author,
            f"/pushes/{push_id}/deliveries",
            state="skipped",
            reason="no_owner",
        )
    ).json()["items"]
    assert [row["reason_label"] for row in skipped] == ["没有客户经理"]
    for asked in ({"state": "lost"}, {"cursor": "x"}, {"cursor": "1.9999999999"}):
        answer = await _get(desk, desk.side.author, f"/pushes/{push_id}/deliveries", **asked)
        assert answer.status_code == 422


async def test_a_branch_manager_sees_the_part_of_their_own_employees(desk: Desk) -> None:
    push_id = await _running(desk)
    boss = desk.side.branch_manager
    shown = (await _get(desk, boss, f"/pushes/{push_id}")).json()
    assert shown["counts"]["planned"] == 10
    assert shown["waterfall"] is None
    listed = (await _get(desk, boss, "/pushes")).json()["items"]
    assert listed[0]["counts"]["planned"] == 10
    rows = (await _get(desk, boss, f"/pushes/{push_id}/deliveries")).json()["items"]
    assert {row["employee_id"] for row in rows} == {str(desk.side.employee.id)}
    path, colleague = f"/pushes/{push_id}/deliveries", str(desk.side.colleague.id)
    assert (await _get(desk, boss, path, employee_id=colleague)).status_code == 404


async def test_the_ledger_comes_as_a_sheet_that_is_masked_and_audited(desk: Desk) -> None:
    push_id = await _running(desk)
    answer = await _get(desk, desk.side.author, f"/pushes/{push_id}/deliveries", format="xlsx")
    assert answer.status_code == 200
    rows = CalamineWorkbook.from_filelike(BytesIO(answer.content)).get_sheet_by_index(0).to_python()
    cells = "\n".join(str(row) for row in rows)
    assert len(rows) == 3 + 23
    assert "没有客户经理" in cells
    async with desk.database.reading(desk.side.tenant) as db:
        someone = await customers.by_phone(db, "13900000001")
        events = set(await db.scalars(select(AuditEntry.event)))
    assert someone is not None
    assert "13900000001" not in cells
    assert someone.phone_masked in cells
    assert "push.exported" in events


async def test_roles_and_banks_are_kept_apart(desk: Desk) -> None:
    push_id = await _made(desk)
    side, theirs = desk.side, desk.people.theirs
    assert (await _post(desk, side.reviewer, "/pushes", _body(desk))).status_code == 403
    assert (await _get(desk, side.employee, "/pushes")).status_code == 403
    assert (await _post(desk, side.author, f"/pushes/{push_id}/approve")).status_code == 403
    for path in (f"/pushes/{push_id}", f"/pushes/{push_id}/deliveries"):
        assert (await _get(desk, theirs.author, path)).status_code == 404
    assert (await _post(desk, theirs.author, f"/pushes/{push_id}/submit")).status_code == 404
    taken = await _post(desk, theirs.author, "/pushes", _body(desk, expr="aum >= 1"))
    assert taken.status_code == 404


async def test_the_calendar_shows_what_fired_and_what_will(desk: Desk) -> None:
    now = datetime.now(UTC)
    fired = await _running(desk)
    day = (now + timedelta(days=3)).date()
    once = await _made(desk, schedule={"kind": "once", "at": f"{day}T10:00"})
    weekly = await _made(desk, schedule={"kind": "cron", "expr": "0 10 * * 1"})
    start, end = (now - timedelta(days=2)).date(), (now + timedelta(days=20)).date()
    async with desk.people.client(desk.side.author) as client:
        url = f"/api/v1/calendar?from={start}&to={end}"
        days = {d["on"]: d["pushes"] for d in (await client.get(url)).json()["items"]}
        backwards = await client.get(f"/api/v1/calendar?from={end}&to={start}")
        too_long = await client.get("/api/v1/calendar?from=2026-01-01&to=2027-01-01")
    entries = [e for found in days.values() for e in found]
    assert [e["has_fired"] for e in entries if e["push_id"] == str(fired)] == [True]
    assert [e["push_id"] for e in days[str(day)] if e["push_id"] == once] == [once]
    assert len([e for e in entries if e["push_id"] == weekly]) in (2, 3)
    assert backwards.status_code == too_long.status_code == 422


async def test_a_push_keeps_the_wording_a_saved_segment_had(desk: Desk) -> None:
    saved = {"name": "本次客群", "expr": EXPR}
    assert (await _post(desk, desk.side.author, "/segments", saved)).status_code == 201
    push_id = await _made(desk, expr="客群(本次客群) and aum >= 0")
    saved["expr"] = "everyone()"
    assert (await _post(desk, desk.side.author, "/segments", saved)).status_code == 201
    shown = (await _get(desk, desk.side.author, f"/pushes/{push_id}")).json()
    assert "本次客群" not in shown["expr"]
    assert "aum >= 0" in shown["expr"]
    assert "everyone()" not in shown["expr"]
