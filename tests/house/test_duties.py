"""Whoever still owes a password of their own or one-time codes gets to nothing else.

A new route is covered by itself: it lets such a person in only if it says so.
"""

from contextlib import AsyncExitStack

import httpx
import pytest
from tests.faults import Faults
from tests.house.matrix import GUARDED, nothing, send
from tests.house.routing import Route
from tests.lots import share
from tests.make import make_bank, make_branch, make_staff
from tests.personas import Personas

from contenthub.tenants.models import Staff
from contenthub.web.house import House

UNFINISHED = {
    "POST /logout",
    "POST /api/v1/logout",
    "GET /api/v1/me",
    "GET /account/password",
    "POST /account/password",
    "POST /api/v1/me/password",
    "GET /account/totp",
    "POST /account/totp/start",
    "POST /account/totp/confirm",
    "POST /api/v1/me/totp",
    "POST /api/v1/me/totp/confirm",
}
"""What brings a person out of the duty; a new one needs a second thought."""
WITH_DUTY = [r for r in GUARDED if not r.path.startswith("/platform")]


@pytest.fixture(scope="session")
async def owing(house: House) -> dict[str, Staff]:
    """People without one-time codes, and with somebody else's password.

    Each is an administrator of a bank that asks the privileged, and an employee of one that
    asks everybody.
    """
    found = {}
    for asked, role in (("privileged", "bank_admin"), ("all", "employee")):
        tenant = await make_bank(house.database, settings={"totp_for": asked})
        async with house.database.unit_of_work(tenant) as db:
            head = await make_branch(db, "总行", kind="head")
            lacking = {"totp_confirmed_at": None}
            found["totp:" + asked] = await make_staff(db, head, role, **lacking)
            found["password:" + asked] = await make_staff(db, head, role, must_change_password=True)
    return found


async def test_a_duty_comes_first(house: House, owing: dict[str, Staff]) -> None:
    people = Personas(house, None, None)  # type: ignore[arg-type]  # only its client is used
    faults = Faults()
    async with AsyncExitStack() as opened:
        windows = {
            name: await opened.enter_async_context(people.client(staff))
            for name, staff in owing.items()
        }
        # Last what may end a session: everybody else is still signed in when it is asked.
        for number, route in enumerate(sorted(WITH_DUTY, key=lambda r: r.name in UNFINISHED)):
            # Every duty of every bank in turn, one a route; where a duty is done, both.
            asked = ("privileged", "all")[number // 2 % 2]
            both = ("totp", "password")
            for duty in both if route.name in UNFINISHED else share(both, 2, begin=number):
                name = f"{duty}:{asked}"
                with faults.of(f"{duty}: {route.name}"):
                    if route.name in UNFINISHED:
                        async with people.client(owing[name]) as client:
                            _is_first(duty, route, await send(client, route, nothing(route)))
                    else:
                        _is_first(duty, route, await send(windows[name], route, nothing(route)))
    faults.none()


def _is_first(duty: str, route: Route, answer: httpx.Response) -> None:
    page = "/account/" + duty
    wanted = "totp_setup_required" if duty == "totp" else "password_change_required"
    if route.name in UNFINISHED:
        assert answer.headers.get("location") != page or route.name.endswith("/start")
        assert wanted not in answer.text
    elif route.is_api:
        assert (answer.status_code, answer.json()["code"]) == (403, wanted)
    else:
        assert (answer.status_code, answer.headers["location"]) == (303, page)


def test_the_list_names_routes_that_exist() -> None:
    assert UNFINISHED - {r.name for r in GUARDED} == set()
