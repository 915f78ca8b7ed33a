"""Forms of break-glass and agencies without a script: what was typed stays, with what is wrong."""

from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest
from tests.personas import Personas
from tests.web.test_platform import Door, door  # noqa: F401  # the fixture

from contenthub.tenants.models import Bank

SOON = f"{datetime.now(UTC) + timedelta(days=30):%Y-%m-%d}"


async def _post(client: httpx.AsyncClient, url: str, said: dict[str, Any]) -> httpx.Response:
    await client.get("/login")
    return await client.post(
        url, data=said, headers={"x-csrftoken": str(client.cookies["csrftoken"])}
    )


@pytest.mark.parametrize(
    ("changed", "field"),
    [({"reason": ""}, "reason"), ({"minutes": "61"}, "minutes"), ({"bank": "nobody"}, "bank")],
)
async def test_a_visit_asked_for_wrongly_keeps_what_was_typed(
    people: Personas,
    door: Door,  # noqa: F811
    changed: dict[str, str],
    field: str,
) -> None:
    async with people.house.database.reading(people.ours.tenant) as db:
        slug = (await db.get_one(Bank, people.ours.tenant)).slug
    said = {"bank": slug, "minutes": "25", "reason": "报障：推送没有按时发出", **changed}
    async with door.client(door.anna) as client:
        answer = await client.post("/platform/visits", data=said)
        swapped = await client.post("/platform/visits", data=said, headers={"hx-request": "true"})
    assert (answer.status_code, swapped.status_code) == (422, 404 if field == "bank" else 422)
    page = answer.text
    assert "访问申请" in page
    assert '<form method="post" action="/platform/visits"' in page
    assert f'id="e-{field}"' in page or "is-invalid" in page
    for name, value in said.items():
        if name != "bank" and value:
            assert f'value="{value}"' in page, name
    if field != "bank":
        assert f'<option value="{slug}" selected' in page
    assert "data-ch-problem" in swapped.text
    assert "<form" not in swapped.text


@pytest.mark.parametrize(
    ("said", "field"),
    [
        ({"operator_login": "", "until": SOON}, "operator_login"),
        ({"operator_login": "lin.agency", "until": "soon"}, "until"),
        ({"operator_login": "lin.agency", "until": "2099-01-31"}, "until"),
    ],
)
async def test_an_invitation_sent_wrongly_keeps_what_was_typed(
    people: Personas, said: dict[str, str], field: str
) -> None:
    async with people.client(people.ours.admin) as client:
        answer = await _post(client, "/console/agency", said)
    assert answer.status_code == 422
    assert '<form method="post" action="/console/agency"' in answer.text
    assert "is-invalid" in answer.text
    for name, value in said.items():
        if value:
            assert f'value="{value}"' in answer.text, name


async def test_a_right_invitation_goes_on_to_the_list(
    people: Personas,
    door: Door,  # noqa: F811
) -> None:
    login = door.agency.login
    said = {"operator_login": login, "until": SOON, "confirmed": login}
    async with people.client(people.ours.admin) as client:
        answer = await _post(client, "/console/agency", said)
        assert answer.status_code == 303
        assert login in (await client.get("/console/agency")).text
        again = await _post(client, "/console/agency", said)
        assert again.status_code in (303, 422)
    async with people.client(people.ours.author) as client:
        assert (await _post(client, "/console/agency", said)).status_code == 403
