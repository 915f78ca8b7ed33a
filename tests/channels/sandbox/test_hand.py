"""An employee's hand reaches a sandbox on this machine and nothing else."""

import httpx
import pytest
from tests.channels.conftest import Running, sandbox

from contenthub.channels.sandbox import hand

__all__ = ["sandbox"]


@pytest.mark.parametrize(
    ("url", "here"),
    [
        ("http://127.0.0.1:8081", True),
        ("http://localhost:8081/", True),
        ("http://[::1]:8081", True),
        ("https://qyapi.weixin.qq.com", False),
        ("http://127.0.0.1.evil.example", False),
        ("http://localhost.evil.example", False),
        ("http://10.0.0.5:8081", False),
        ("", False),
    ],
)
def test_only_loopback_is_this_machine(url: str, here: bool) -> None:
    assert hand.is_on_this_machine(url) is here


async def test_nothing_is_confirmed_elsewhere() -> None:
    async with httpx.AsyncClient() as http:
        with pytest.raises(ValueError, match="this machine"):
            await hand.confirm(http, "https://qyapi.weixin.qq.com", "m1", userid="zhangsan")


async def test_a_task_nobody_knows_is_not_confirmed(sandbox: Running) -> None:
    async with httpx.AsyncClient() as http:
        assert await hand.confirm(http, sandbox.url, "nothing", userid="zhangsan") is False


async def test_a_sandbox_that_is_away_confirms_nothing() -> None:
    async with httpx.AsyncClient() as http:
        assert await hand.confirm(http, "http://127.0.0.1:9", "m1", userid="zhangsan") is False
