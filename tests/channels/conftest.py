"""A real sandbox on a free local port, and clients that talk to it."""

import asyncio
import socket
import ssl
import threading
from collections.abc import AsyncIterator, Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
import uvicorn

from contenthub.channels.channel import Message, SendRequest
from contenthub.channels.gate import Gate
from contenthub.channels.sandbox.options import Options
from contenthub.channels.sandbox.server import config
from contenthub.channels.wecom import WeComClient

CALM = Options(
    confirm_seconds=None,
    fault_rate=0.0,
    not_friend_rate=0.0,
    capped_rate=0.0,
    dispatch_seconds=0.0,
    list_lag_seconds=0.0,
    hang_seconds=0.0,
)
NO_TLS = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
"""Plain HTTP only: reading the machine's certificates takes longer than any of these requests."""
SEND = "externalcontact/add_msg_template"
LIST = "externalcontact/get_groupmsg_list_v2"
RESULT = "externalcontact/get_groupmsg_send_result"


@dataclass
class Running:
    """A sandbox that answers at `url`."""

    url: str

    def set(self, **options: Any) -> None:
        """Change options, or script faults by `next_faults`."""
        answer = httpx.post(self.url + "/sandbox/options", json=options, verify=NO_TLS)
        assert answer.status_code == 200, answer.text

    def spoil(self, path: str, *faults: str | int) -> None:
        """Let the next calls to `path` fail in these ways."""
        self.set(
            next_faults=[
                {"path": path, ("errcode" if isinstance(one, int) else "kind"): one}
                for one in faults
            ]
        )

    def get(self, path: str) -> dict[str, Any]:
        """Return the JSON of an inspection path."""
        answer: dict[str, Any] = httpx.get(self.url + path, verify=NO_TLS).json()
        return answer

    def messages(self) -> list[dict[str, Any]]:
        """Return what the sandbox accepted."""
        found: list[dict[str, Any]] = self.get("/sandbox/messages")["messages"]
        return found

    def confirm(self, msgid: str, userid: str = "zhangsan") -> httpx.Response:
        """Let the employee confirm a send."""
        told = {"msgid": msgid, "userid": userid}
        return httpx.post(self.url + "/sandbox/confirm", json=told, verify=NO_TLS)


@pytest.fixture
def sandbox(tmp_path: Path) -> Iterator[Running]:
    # Named TCP, so that asyncio turns Nagle off as it does for a port it opens itself.
    with socket.socket(proto=socket.IPPROTO_TCP) as taken:
        taken.bind(("127.0.0.1", 0))
        server = uvicorn.Server(config("127.0.0.1", 0, tmp_path / "state", options=CALM))
        thread = threading.Thread(
            target=lambda: asyncio.run(server.serve(sockets=[taken])), daemon=True
        )
        thread.start()
        url = f"http://127.0.0.1:{taken.getsockname()[1]}"
        _await_ready(url)
        yield Running(url)
        server.should_exit = True
        thread.join(10)
        assert not thread.is_alive()


def _await_ready(url: str) -> None:
    for _ in range(400):
        try:
            httpx.get(url + "/sandbox/options", timeout=5.0, verify=NO_TLS)
            return
        except httpx.TransportError:
            threading.Event().wait(0.05)
    raise AssertionError(f"no sandbox at {url}")


@pytest.fixture
async def http() -> AsyncIterator[httpx.AsyncClient]:
    async with httpx.AsyncClient(verify=NO_TLS) as client:
        yield client


async def no_pause(seconds: float) -> None:
    """Wait for nothing."""


MakeClient = Callable[..., WeComClient]


@pytest.fixture
def make_client(sandbox: Running, http: httpx.AsyncClient) -> MakeClient:
    """Return a maker of clients whose breakers and pauses take no time."""

    def make(**over: Any) -> WeComClient:
        values: dict[str, Any] = {
            "corpid": "wwbank",
            "secret": "s3cret-of-the-bank",
            "agentid": 1000002,
            "http": http,
            "gate": Gate(pause_seconds=0.0, long_pause_seconds=0.0),
            "pause": no_pause,
        }
        url = over.pop("base_url", sandbox.url)
        return WeComClient(url, **{**values, **over})

    return make


@pytest.fixture
def client(make_client: MakeClient) -> WeComClient:
    return make_client()


def marker_of(number: int) -> str:
    """Return a share link, unique per number."""
    return f"https://bank.example/s/{number:012d}"


def around_now() -> dict[str, datetime]:
    """Return the window of what was made just now."""
    now = datetime.now(UTC)
    return {"since": now - timedelta(minutes=5), "until": now}


def request_of(number: int = 1, *, people: int = 3, **over: Any) -> SendRequest:
    """Return a valid send of one employee to a few customers."""
    marker = marker_of(number)
    message = over.pop("message", Message(text="新春存款季，欢迎了解", title="存款季", url=marker))
    values: dict[str, Any] = {
        "sender_userid": "zhangsan",
        "external_userids": [f"wm{number:06d}_{one:05d}" for one in range(people)],
        "message": message,
        "marker": marker,
    }
    return SendRequest(**{**values, **over})


PNG = b"\x89PNG\r\n\x1a\n" + bytes(range(256)) + b"\r\n--\r\n\n"
