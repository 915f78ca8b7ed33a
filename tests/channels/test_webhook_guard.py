"""Where an event may go: fifty tricks of URLs and addresses, and not one knock on loopback."""

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from ipaddress import ip_address

import pytest
from standardwebhooks import Webhook

from contenthub.channels import webhook, webhook_guard
from contenthub.channels.webhook import Letter, NoAnswer, send
from contenthub.channels.webhook_guard import Rules, UnsafeTarget, check_url, is_public, rules_of

AT = datetime.now(UTC)
SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
LOCAL = rules_of(allow_http=True, networks="127.0.0.0/8")
BODY = json.dumps({"type": "webhook.test", "data": {}}).encode()


def _letter(url: str, *secrets: str) -> Letter:
    return Letter("msg_1", url, BODY, secrets or (SECRET,))


@dataclass
class Canary:
    """A listener on loopback that counts every connection and keeps what it was sent."""

    port: int = 0
    knocks: int = 0
    requests: list[bytes] = field(default_factory=list)


@asynccontextmanager
async def canary(answer: bytes = b"HTTP/1.1 204 No Content\r\n\r\n") -> AsyncIterator[Canary]:
    found = Canary()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        found.knocks += 1
        head = await reader.readuntil(b"\r\n\r\n")
        length = next(
            (
                int(line.split(b":")[1])
                for line in head.lower().split(b"\r\n")
                if line.startswith(b"content-length")
            ),
            0,
        )
        found.requests.append(head + await reader.readexactly(length))
        writer.write(answer)
        await writer.drain()
        writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    found.port = server.sockets[0].getsockname()[1]
    try:
        yield found
    finally:
        server.close()
        await server.wait_closed()


TRICKS = [
    "http://127.0.0.1:{port}/",
    "https://127.0.0.1:{port}/",
    "http://localhost:{port}/",
    "http://localhost.localdomain:{port}/",
    "http://LOCALHOST.:{port}/",
    "http://127.1:{port}/",
    "http://127.0.1:{port}/",
    "http://2130706433:{port}/",
    "http://0x7f000001:{port}/",
    "http://0x7f.0.0.1:{port}/",
    "http://0177.0.0.1:{port}/",
    "http://127.000.000.001:{port}/",
    "http://0:{port}/",
    "http://0.0.0.0:{port}/",
    "http://127.0.0.1.:{port}/",
    "http://１２７.０.０.１:{port}/",
    "http://127。0。0。1:{port}/",
    "http://①②⑦.⓪.⓪.①:{port}/",
    "http://[::1]:{port}/",
    "http://[::]:{port}/",
    "http://[::ffff:127.0.0.1]:{port}/",
    "http://[::ffff:7f00:1]:{port}/",
    "http://[0:0:0:0:0:ffff:127.0.0.1]:{port}/",
    "http://[::127.0.0.1]:{port}/",
    "http://[64:ff9b::7f00:1]:{port}/",
    "http://[64:ff9b:1::7f00:1]:{port}/",
    "http://[2002:7f00:1::]:{port}/",
    "http://[2001:0:7f00:1::]:{port}/",
    "http://[fe80::5efe:127.0.0.1]:{port}/",
    "http://[::1%25lo]:{port}/",
    "http://[::1]evil.example:{port}/",
    "http://user@127.0.0.1:{port}/",
    "http://crm.example.com@127.0.0.1:{port}/",
    "http://crm.example.com:443@127.0.0.1:{port}/",
    "http://127.0.0.1:{port}#@crm.example.com/",
    "http://127.0.0.1:{port}\\@crm.example.com/",
    "http:\\\\127.0.0.1:{port}/",
    "http:/127.0.0.1:{port}/",
    "http:127.0.0.1:{port}/",
    "//127.0.0.1:{port}/",
    "http://127.0.0.1:{port}\t/",
    " http://127.0.0.1:{port}/",
    "http://127.0.0.1\r\n:{port}/",
    "http://127.0.0.1:{port}/\r\nx-injected: 1",
    "http://127.0.0.1%00.example.com:{port}/",
    "http://127%2e0%2e0%2e1:{port}/",
    "http://loop.example.com:{port}/",
    "http://mixed.example.com:{port}/",
    "http://six.example.com:{port}/",
    "gopher://127.0.0.1:{port}/",
    "file:///etc/passwd",
    "ftp://127.0.0.1:{port}/",
    "jar:http://127.0.0.1:{port}/!/",
    "http://",
    "http://:{port}/",
    "https://crm.example.com:22/",
    "https://crm.example.com:0/",
    "https://crm.example.com:99999/",
    "https://" + "a" * 1200 + ".example.com/",
    "",
]
NAMES = {
    "loop.example.com": ["127.0.0.1"],
    "mixed.example.com": ["93.184.216.34", "127.0.0.1"],
    "six.example.com": ["::ffff:127.0.0.1"],
    "localhost.localdomain": ["127.0.0.1"],
}


async def _named(host: str, _port: int) -> list[str]:
    return NAMES.get(host, [host])


@pytest.mark.parametrize("trick", TRICKS)
async def test_no_trick_of_a_url_reaches_loopback(
    trick: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with canary() as found:
        # The canary's port is a usual one here, so that the address alone is what stops it.
        monkeypatch.setattr(webhook_guard, "PORTS", (443, 8443, found.port))
        for rules in (Rules(allow_http=True), Rules()):
            with pytest.raises(UnsafeTarget) as refused:
                await send(
                    _letter(trick.format(port=found.port)), rules=rules, at=AT, resolve=_named
                )
            assert refused.value.fields["url"]
        await asyncio.sleep(0)
        assert (found.knocks, found.requests) == (0, [])


def test_the_corpus_is_as_large_as_it_must_be_and_the_canary_is_no_dead_bird() -> None:
    assert len(set(TRICKS)) >= 40


async def test_the_canary_sings_when_the_network_is_allowed() -> None:
    async with canary() as found:
        answer = await send(_letter(f"http://127.0.0.1:{found.port}/hooks?x=1"), rules=LOCAL, at=AT)
    assert (answer.status, found.knocks) == (204, 1)
    assert found.requests[0].startswith(b"POST /hooks?x=1 HTTP/1.1\r\n")


@pytest.mark.parametrize(
    "address",
    [
        "10.0.0.1",
        "172.16.0.1",
        "192.168.1.1",
        "100.64.0.1",
        "100.100.100.200",
        "169.254.169.254",
        "168.63.129.16",
        "192.0.0.192",
        "192.88.99.1",
        "198.18.0.1",
        "203.0.113.1",
        "224.0.0.1",
        "239.255.255.250",
        "240.0.0.1",
        "255.255.255.255",
        "0.0.0.0",
        "fd00:ec2::254",
        "fe80::1",
        "fec0::1",
        "ff02::1",
        "ff0e::1",
        "::ffff:8.8.8.8",
        "64:ff9b::808:808",
        "2002:808:808::1",
        "2001::1",
        "::8.8.8.8",
        "2001:db8::1",
        "2a00:1450::5efe:7f00:1",
    ],
)
def test_no_address_of_a_house_is_public(address: str) -> None:
    assert not is_public(ip_address(address))


@pytest.mark.parametrize("address", ["8.8.8.8", "93.184.216.34", "2606:4700::1111"])
def test_ordinary_addresses_are_public(address: str) -> None:
    assert is_public(ip_address(address))


@pytest.mark.parametrize(
    "url",
    [
        "https://crm.example.com/hooks",
        "https://crm.example.com",
        "https://crm.example.com:8443/a/b?c=d%20e",
        "https://CRM.Example.COM./x",
        "https://银行.example.cn/推送",
        "https://8.8.8.8/hooks",
        "https://[2606:4700::1111]/hooks",
    ],
)
def test_an_ordinary_receiver_is_taken(url: str) -> None:
    target = check_url(url, Rules())
    assert target.scheme == "https"
    assert target.host == target.host.lower()
    assert target.host.isascii()


def test_a_network_of_the_house_is_reached_at_any_port_and_no_other_is() -> None:
    rules = rules_of(allow_http=False, networks="10.20.0.0/16, fd12::/16")
    assert check_url("https://10.20.3.4:9443/x", rules).port == 9443
    for url in ("https://10.21.0.1/x", "https://8.8.8.8:9443/", "https://169.254.169.254/"):
        with pytest.raises(UnsafeTarget):
            check_url(url, rules)


async def test_the_name_is_resolved_once_and_the_connection_goes_to_that_address() -> None:
    asked: list[str] = []

    async def rebinding(host: str, _port: int) -> list[str]:
        asked.append(host)
        return ["127.0.0.1"] if len(asked) == 1 else ["127.0.0.2"]

    async with canary() as found:
        url = f"http://crm.example.com:{found.port}/hooks"
        await send(_letter(url), rules=LOCAL, at=AT, resolve=rebinding)
    assert asked == ["crm.example.com"]
    assert f"host: crm.example.com:{found.port}".encode() in found.requests[0].lower()


async def test_a_redirect_is_an_answer_and_is_not_followed() -> None:
    async with canary() as inside:
        location = f"http://127.0.0.1:{inside.port}/".encode()
        moved = b"HTTP/1.1 307 Go\r\nlocation: " + location + b"\r\ncontent-length: 0\r\n\r\n"
        async with canary(moved) as outside:
            answer = await send(_letter(f"http://127.0.0.1:{outside.port}/"), rules=LOCAL, at=AT)
    assert (answer.status, answer.is_accepted) == (307, False)
    assert (outside.knocks, inside.knocks) == (1, 0)


async def test_proxies_of_the_environment_are_not_used(monkeypatch: pytest.MonkeyPatch) -> None:
    async with canary() as proxy, canary() as receiver:
        for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"):
            monkeypatch.setenv(name, f"http://127.0.0.1:{proxy.port}")
        await send(_letter(f"http://127.0.0.1:{receiver.port}/"), rules=LOCAL, at=AT)
    assert (proxy.knocks, receiver.knocks) == (0, 1)


Serve = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


async def _sent_to(serve: Serve) -> webhook.Answer:
    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    async with server:
        return await send(_letter(f"http://127.0.0.1:{port}/"), rules=LOCAL, at=AT)


async def test_an_answer_without_end_is_read_to_64_kib_and_kept_to_two() -> None:
    written = 0

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal written
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 200 OK\r\n\r\n")
        try:
            while written < 64 * 1024 * 1024:
                writer.write(b"\x00" + b"y" * 8191)
                written += 8192
                await writer.drain()
        except ConnectionError:
            pass
        finally:
            writer.close()

    answer = await _sent_to(serve)
    assert answer.status == 200
    assert len(answer.text.encode()) <= webhook.KEPT_BYTES + 2
    assert "\x00" not in answer.text
    assert written < 32 * 1024 * 1024  # sockets buffer some of what nobody reads


async def test_a_packed_answer_is_not_unpacked() -> None:
    async with canary(
        b"HTTP/1.1 200 OK\r\ncontent-encoding: gzip\r\ncontent-length: 4\r\n\r\nabcd"
    ) as found:
        answer = await send(_letter(f"http://127.0.0.1:{found.port}/"), rules=LOCAL, at=AT)
    assert answer.text == "abcd"
    assert b"accept-encoding: identity" in found.requests[0].lower()


async def test_a_receiver_that_drips_is_left_after_the_whole_time(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(webhook, "TOTAL_SECONDS", 0.3)

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 200 OK\r\n\r\n")
        try:
            for _ in range(100):
                writer.write(b"z")
                await writer.drain()
                await asyncio.sleep(0.05)
        except ConnectionError:
            pass
        finally:
            writer.close()

    with pytest.raises(NoAnswer) as missing:
        await _sent_to(serve)
    assert "没有应答" in missing.value.detail


@pytest.mark.parametrize("nonsense", [b"", b"SSH-2.0-x\r\n", b"HTTP/1.1 abc\r\n\r\n"])
async def test_nonsense_is_no_answer(nonsense: bytes) -> None:
    async with canary(nonsense) as found:
        with pytest.raises(NoAnswer):
            await send(_letter(f"http://127.0.0.1:{found.port}/"), rules=LOCAL, at=AT)


async def test_nobody_there_is_said_in_chinese() -> None:
    async with canary() as found:
        port = found.port
    with pytest.raises(NoAnswer) as missing:
        await send(_letter(f"http://127.0.0.1:{port}/"), rules=LOCAL, at=AT)
    assert missing.value.detail == "连接不上接收方"


async def test_a_letter_is_signed_by_both_secrets_while_one_changes() -> None:
    other = "whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD"
    async with canary() as found:
        url = f"http://127.0.0.1:{found.port}/"
        # Now, not AT: who verifies takes nothing older than five minutes.
        await send(_letter(url, other, SECRET), rules=LOCAL, at=datetime.now(UTC))
    head, _, body = found.requests[0].partition(b"\r\n\r\n")
    headers = dict(line.split(": ", 1) for line in head.decode().split("\r\n")[1:])
    assert headers["webhook-id"] == "msg_1"
    assert headers["webhook-signature"].count("v1,") == 2
    for secret in (SECRET, other):
        assert Webhook(secret).verify(body, headers) == json.loads(BODY)


def test_a_signature_is_the_one_of_the_specification() -> None:
    # The vector of the Standard Webhooks reference libraries.
    letter = Letter(
        "msg_p5jXN8AQM9LWM0D4loKWxJek", "https://a.example/", b'{"test": 2432232314}', (SECRET,)
    )
    at = datetime.fromtimestamp(1614265330, UTC)
    signed = webhook.signed_headers(letter, at)["webhook-signature"]
    assert signed == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="
