import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import httpx
import pytest
from tests.channels.conftest import (
    SEND,
    MakeClient,
    Running,
    around_now,
    marker_of,
    no_pause,
    request_of,
)

from contenthub.channels.channel import ChannelError, PersonState, Unknown
from contenthub.channels.wecom import WeComClient

PROGRAM = """
import sys
from pathlib import Path
from contenthub.channels.sandbox.server import serve
serve("127.0.0.1", int(sys.argv[1]), Path(sys.argv[2]),
      options={"confirm_seconds": None, "fault_rate": 0, "dispatch_seconds": 0,
               "list_lag_seconds": 0, "not_friend_rate": 0, "capped_rate": 0})
"""


class Process:
    """A sandbox in its own process, which can be killed and started again."""

    def __init__(self, state: Path) -> None:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = probe.getsockname()[1]
        self.state, self.url = state, f"http://127.0.0.1:{self.port}"
        self.start()

    def start(self) -> None:
        self.child = subprocess.Popen(
            [sys.executable, "-c", PROGRAM, str(self.port), str(self.state)],
            env={**os.environ, "PYTHONPATH": "src"},
        )
        for _ in range(600):
            try:
                httpx.get(self.url + "/sandbox/options")
                return
            except httpx.TransportError:
                assert self.child.poll() is None, "the sandbox ended by itself"
                time.sleep(0.05)
        raise AssertionError("the sandbox does not answer")

    def kill(self) -> None:
        self.child.send_signal(signal.SIGKILL)
        self.child.wait(10)


@pytest.fixture
def process(tmp_path: Path) -> Iterator[Process]:
    running = Process(tmp_path / "state")
    yield running
    running.kill()


@pytest.mark.slow
async def test_kill_nine_loses_nothing_that_was_answered(
    process: Process, http: httpx.AsyncClient
) -> None:
    client = WeComClient(process.url, corpid="ww", secret="s", agentid=1, http=http, pause=no_pause)
    receipts = []
    for number in range(20):
        receipts.append(await client.send(request_of(number, people=5)))
        if number % 7 == 6:
            process.kill()
            process.start()
    sandbox = Running(process.url)
    sandbox.confirm(receipts[0].msgid)
    await client.cancel(receipts[1].msgid)
    process.kill()
    process.start()
    kept = {one["msgid"]: one["state"] for one in sandbox.messages()}
    assert set(kept) == {one.msgid for one in receipts}
    assert kept[receipts[0].msgid] == "confirmed"
    assert kept[receipts[1].msgid] == "cancelled"
    assert sandbox.get("/sandbox/deliveries/count")["customers"] == 100
    states = {one.state for one in await client.results(receipts[0].msgid, "zhangsan")}
    assert states == {PersonState.DELIVERED}
    wrong = WeComClient(process.url, corpid="ww", secret="x", agentid=1, http=http)
    with pytest.raises(ChannelError) as caught:
        await wrong.send(request_of(99))
    assert caught.value.errcode == 40001


@pytest.mark.slow
async def test_a_sandbox_that_is_gone_leaves_the_client_certain(
    process: Process, http: httpx.AsyncClient
) -> None:
    client = WeComClient(process.url, corpid="ww", secret="s", agentid=1, http=http, pause=no_pause)
    await client.notify("zhangsan", "先拿到凭证")
    process.kill()
    # The first call may fall on the pooled connection the dead process left: that is a doubt.
    with pytest.raises(ChannelError):
        await client.send(request_of(1))
    with pytest.raises(ChannelError) as caught:
        await client.send(request_of(1))
    assert not isinstance(caught.value, Unknown)


async def test_employees_confirm_by_themselves(client: WeComClient, sandbox: Running) -> None:
    sandbox.set(confirm_seconds=[0, 0])
    receipt = await client.send(request_of())
    results = await client.results(receipt.msgid, "zhangsan")
    assert {one.state for one in results} == {PersonState.DELIVERED}
    assert await client.confirmed_at(receipt.msgid, "zhangsan") == results[0].at


async def test_only_the_sender_confirms_and_only_once(
    client: WeComClient, sandbox: Running
) -> None:
    receipt = await client.send(request_of())
    assert sandbox.confirm(receipt.msgid, "lisi").status_code == 422
    assert sandbox.confirm("msgnone").status_code == 404
    assert sandbox.confirm(receipt.msgid).status_code == 200
    assert sandbox.confirm(receipt.msgid).status_code == 409


async def test_messages_tell_marker_sender_and_customers(
    client: WeComClient, sandbox: Running
) -> None:
    wanted = request_of(4, people=2)
    await client.send(wanted)
    await client.send(request_of(5, sender_userid="lisi"))
    (found,) = sandbox.get("/sandbox/messages?sender=zhangsan")["messages"]
    assert found["marker"] == wanted.marker
    assert found["customers"] == wanted.external_userids
    (other,) = sandbox.get("/sandbox/messages?sender=lisi&customers=0")["messages"]
    assert "customers" not in other


async def test_the_page_shows_tasks_in_chinese_and_escapes_what_came_in(
    client: WeComClient, sandbox: Running
) -> None:
    hostile = request_of(message=replace(request_of().message, text="<script>alert(1)</script>"))
    receipt = await client.send(hostile)
    await client.notify("zhangsan", "<b>今天有任务</b>")
    html = httpx.get(sandbox.url + "/").text
    assert "<script>" not in html
    assert "&lt;script&gt;" in html
    assert "<b>今天" not in html
    assert "确认发送" in html
    form = {"msgid": receipt.msgid, "userid": "zhangsan"}
    answer = httpx.post(sandbox.url + "/sandbox/confirm", data=form)
    assert (answer.status_code, answer.headers["location"]) == (303, "/")
    assert "已发送" in httpx.get(sandbox.url + "/").text


@pytest.mark.parametrize(
    ("wanted", "field"),
    [
        ({"fault_rate": 1.5}, "fault_rate"),
        ({"fault_rate": "high"}, "fault_rate"),
        ({"latency_seconds": -1}, "latency_seconds"),
        ({"confirm_seconds": [5, 1]}, "confirm_seconds"),
        ({"confirm_seconds": 5}, "confirm_seconds"),
        ({"colour": 1}, "colour"),
        ({"next_faults": [{"path": SEND, "kind": "odd"}]}, "next_faults"),
        ({"next_faults": "all"}, "next_faults"),
    ],
)
def test_a_wrong_option_is_named(sandbox: Running, wanted: dict[str, Any], field: str) -> None:
    answer = httpx.post(sandbox.url + "/sandbox/options", json=wanted)
    assert answer.status_code == 422
    assert field in answer.json()["fields"]


def test_a_body_that_is_no_json_is_refused(sandbox: Running) -> None:
    assert httpx.post(sandbox.url + "/sandbox/options", content=b"{").status_code == 422
    typed = httpx.post(  # what `curl -d` sends
        sandbox.url + "/sandbox/options",
        content=b'{"hang_seconds": 3}',
        headers={"content-type": "application/x-www-form-urlencoded"},
    )
    assert typed.json()["hang_seconds"] == 3
    for wrong in ("a", [1]):
        answer = httpx.post(sandbox.url + "/sandbox/options", json={"by_hand": wrong})
        assert answer.status_code == 422
    assert httpx.get(sandbox.url + "/sandbox/messages?limit=x").status_code == 422
    assert httpx.get(sandbox.url + "/nowhere").status_code == 404


def _raw(sandbox: Running, path: str, content: bytes, **query: str) -> int:
    token = sandbox.get("/cgi-bin/gettoken?corpid=ww&corpsecret=s")["access_token"]
    answer = httpx.post(
        f"{sandbox.url}/cgi-bin/{path}",
        params={"access_token": token, **query},
        content=content,
    )
    code: int = answer.json()["errcode"]
    return code


@pytest.mark.parametrize(
    ("content", "errcode"),
    [
        (b"{", 47001),
        (b"[]", 47001),
        (b'{"sender": "\\u5f20"}', 40033),
        (b'{"chat_type": "group"}', 40058),
        (b"{}", 40058),
        (b'{"sender": "a"}', 41048),
        (b'{"sender": "a", "external_userid": [1], "text": {"content": "x"}}', 40058),
        (b'{"sender": "a", "external_userid": ["wm"]}', 40058),
        (b'{"sender": "a", "external_userid": ["wm"], "attachments": [{"msgtype": "x"}]}', 40058),
        (b'{"sender": "a", "external_userid": ["wm"], "attachments": [1]}', 40058),
    ],
)
def test_the_sandbox_refuses_what_wecom_refuses(
    sandbox: Running, content: bytes, errcode: int
) -> None:
    assert _raw(sandbox, SEND, content) == errcode
    assert sandbox.messages() == []


def test_tokens_and_unknown_paths_are_checked(sandbox: Running) -> None:
    post = sandbox.url + "/cgi-bin/"
    assert httpx.post(post + SEND).json()["errcode"] == 41001
    assert httpx.post(post + SEND + "?access_token=x").json()["errcode"] == 40014
    assert _raw(sandbox, "user/get", b"{}") == 48002
    assert sandbox.get("/cgi-bin/gettoken")["errcode"] == 41002
    assert _raw(sandbox, "media/upload", b"nothing", type="image") == 41005


async def test_an_expired_token_is_renewed_by_the_client(
    make_client: MakeClient, sandbox: Running
) -> None:
    sandbox.set(token_seconds=0)
    with pytest.raises(ChannelError) as caught:
        await make_client().notify("zhangsan", "早")
    assert caught.value.errcode == 42001


def test_a_living_token_is_given_again(sandbox: Running) -> None:
    ask = "/cgi-bin/gettoken?corpid=ww&corpsecret=s"
    assert sandbox.get(ask)["access_token"] == sandbox.get(ask)["access_token"]


async def test_a_new_send_is_listed_only_after_the_lag(
    client: WeComClient, sandbox: Running
) -> None:
    sandbox.set(list_lag_seconds=3600)
    await client.send(request_of(1))
    assert await client.find("zhangsan", marker_of(1), **around_now()) is None
    sandbox.set(list_lag_seconds=0)
    assert await client.find("zhangsan", marker_of(1), **around_now()) is not None
