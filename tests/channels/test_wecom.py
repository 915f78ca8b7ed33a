import asyncio
import logging
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest
from tests.channels.conftest import (
    LIST,
    PNG,
    RESULT,
    SEND,
    MakeClient,
    Running,
    around_now,
    marker_of,
    no_pause,
    request_of,
)

from contenthub.channels.channel import (
    Channel,
    ChannelError,
    Message,
    OverLimit,
    PersonState,
    Receipt,
    Retry,
    Unknown,
)
from contenthub.channels.gate import Gate
from contenthub.channels.tokens import MemoryTokens
from contenthub.channels.wecom import WeComClient


async def test_send_confirm_and_results_follow_each_other(
    client: WeComClient, sandbox: Running
) -> None:
    channel: Channel = client
    receipt = await channel.send(request_of(people=2))
    assert receipt.failed == []
    before = await channel.results(receipt.msgid, "zhangsan")
    assert [one.state for one in before] == [PersonState.UNSENT] * 2
    assert all(one.at is None for one in before)
    assert await client.confirmed_at(receipt.msgid, "zhangsan") is None
    sandbox.confirm(receipt.msgid)
    after = await channel.results(receipt.msgid, "zhangsan")
    assert {one.state for one in after} == {PersonState.DELIVERED}
    assert after[0].at is not None
    assert after[0].at.tzinfo is not None
    assert await client.confirmed_at(receipt.msgid, "zhangsan") == after[0].at


async def test_blocked_and_capped_customers_are_told_apart(
    client: WeComClient, sandbox: Running
) -> None:
    sandbox.set(not_friend_rate=0.3, capped_rate=0.3)
    receipt = await client.send(request_of(people=200))
    sandbox.confirm(receipt.msgid)
    states = [one.state for one in await client.results(receipt.msgid, "zhangsan")]
    assert len(states) == 200
    assert set(states) == {PersonState.DELIVERED, PersonState.NOT_FRIEND, PersonState.CAPPED}


async def test_results_of_ten_thousand_customers_are_paged(client: WeComClient) -> None:
    receipt = await client.send(request_of(people=10_000))
    people = [one.external_userid for one in await client.results(receipt.msgid, "zhangsan")]
    assert len(set(people)) == 10_000


async def test_refused_customers_come_back_in_the_receipt(client: WeComClient) -> None:
    wanted = request_of(external_userids=["wmgood", "not an id", "wmother"])
    receipt = await client.send(wanted)
    assert receipt.failed == ["not an id"]
    people = {one.external_userid for one in await client.results(receipt.msgid, "zhangsan")}
    assert people == {"wmgood", "wmother"}


async def test_nobody_left_to_send_to_is_permanent(client: WeComClient) -> None:
    with pytest.raises(ChannelError) as caught:
        await client.send(request_of(external_userids=["not an id"]))
    assert (caught.value.errcode, caught.value.permanent) == (41048, True)


async def test_results_right_after_creation_ask_to_wait(
    client: WeComClient, sandbox: Running
) -> None:
    sandbox.set(dispatch_seconds=3600)
    receipt = await client.send(request_of())
    with pytest.raises(ChannelError) as caught:
        await client.results(receipt.msgid, "zhangsan")
    assert (caught.value.errcode, caught.value.retry) == (41063, Retry.WAIT)
    assert not caught.value.permanent
    assert caught.value.retry_after_seconds >= 30


@pytest.mark.parametrize("fault", ["lost", "truncated", "hang"])
async def test_a_lost_answer_is_unknown_and_find_adopts_the_send(
    client: WeComClient, sandbox: Running, fault: str
) -> None:
    sandbox.spoil(SEND, fault)
    with pytest.raises(Unknown):
        await client.send(request_of(7))
    (accepted,) = sandbox.messages()
    assert accepted["marker"] == marker_of(7)
    found = await client.find("zhangsan", marker_of(7), **around_now())
    assert found == accepted["msgid"]


async def test_find_looks_into_the_text_as_well(client: WeComClient) -> None:
    wanted = request_of(8, message=Message(text=f"点此查看 {marker_of(8)}，欢迎"))
    receipt = await client.send(wanted)
    assert await client.find("zhangsan", marker_of(8), **around_now()) == receipt.msgid


async def test_find_returns_none_when_nothing_was_accepted(
    client: WeComClient, sandbox: Running
) -> None:
    await client.send(request_of(1))
    assert await client.find("zhangsan", marker_of(2), **around_now()) is None
    assert await client.find("zhangsan", marker_of(1)[:-1], **around_now()) is None


async def test_find_reads_every_page_and_splits_long_spans(client: WeComClient) -> None:
    for number in range(103):
        await client.send(request_of(number, people=1))
    now = datetime.now(UTC)
    since = now - timedelta(days=75)
    found = await client.find("zhangsan", marker_of(102), since=since, until=now)
    assert found is not None


@pytest.mark.parametrize("minutes_off", [-20, 20])
async def test_find_knows_the_send_though_our_clock_is_off(
    client: WeComClient, minutes_off: int
) -> None:
    receipt = await client.send(request_of(7))
    claimed_at = datetime.now(UTC) + timedelta(minutes=minutes_off)
    until = claimed_at + timedelta(seconds=150)
    found = await client.find("zhangsan", marker_of(7), since=claimed_at, until=until)
    assert found == receipt.msgid


async def test_find_survives_a_lost_answer(client: WeComClient, sandbox: Running) -> None:
    receipt = await client.send(request_of(3))
    sandbox.spoil(LIST, "lost", "truncated")
    assert await client.find("zhangsan", marker_of(3), **around_now()) == receipt.msgid


async def test_reads_that_never_answer_are_not_unknown(
    client: WeComClient, sandbox: Running
) -> None:
    sandbox.spoil(LIST, "lost", "lost", "lost")
    with pytest.raises(ChannelError) as caught:
        await client.find("zhangsan", marker_of(3), **around_now())
    assert not isinstance(caught.value, Unknown)
    assert not caught.value.permanent


async def test_other_banks_sends_are_not_found(make_client: MakeClient) -> None:
    await make_client().send(request_of(5))
    other = make_client(corpid="wwother", secret="other")
    assert await other.find("zhangsan", marker_of(5), **around_now()) is None


async def test_a_busy_answer_sends_nothing_and_may_be_tried_again(
    client: WeComClient, sandbox: Running
) -> None:
    sandbox.spoil(SEND, "busy")
    with pytest.raises(ChannelError) as caught:
        await client.send(request_of())
    assert caught.value.retry is Retry.BUSY
    assert not isinstance(caught.value, Unknown)
    assert sandbox.messages() == []


async def test_a_busy_answer_that_was_done_all_the_same_is_adopted(
    client: WeComClient, sandbox: Running
) -> None:
    sandbox.spoil(SEND, "false_busy")
    receipt = await client.send(request_of())
    assert [receipt.msgid] == [one["msgid"] for one in sandbox.messages()]


async def test_busy_without_a_list_to_look_at_is_unknown(
    client: WeComClient, sandbox: Running
) -> None:
    sandbox.spoil(SEND, "busy")
    sandbox.spoil(LIST, "busy", "busy", "busy")
    with pytest.raises(Unknown):
        await client.send(request_of())


@pytest.mark.parametrize("errcode", [40014, 42001])
async def test_a_dead_token_is_replaced_and_the_call_repeated_once(
    client: WeComClient, sandbox: Running, errcode: int
) -> None:
    sandbox.spoil(SEND, errcode)
    await client.send(request_of(1))
    assert len(sandbox.messages()) == 1
    sandbox.spoil(SEND, errcode, errcode)
    with pytest.raises(ChannelError) as caught:
        await client.send(request_of(2))
    assert caught.value.errcode == errcode
    assert len(sandbox.messages()) == 1


async def test_a_wrong_secret_is_asked_once_not_in_a_loop(
    make_client: MakeClient, sandbox: Running
) -> None:
    await make_client().send(request_of(1))
    wrong = make_client(secret="guess")
    with pytest.raises(ChannelError) as caught:
        await wrong.send(request_of(2))
    assert (caught.value.errcode, caught.value.permanent) == (40001, True)
    # The second try must not reach gettoken: this script would give another error.
    sandbox.spoil("gettoken", 45009)
    with pytest.raises(ChannelError) as again:
        await wrong.send(request_of(3))
    assert again.value.errcode == 40001


async def test_a_wrong_secret_is_tried_again_after_ten_minutes(make_client: MakeClient) -> None:
    await make_client().send(request_of(1))
    seconds = 1_000_000.0
    wrong = make_client(secret="guess", clock=lambda: seconds)
    with pytest.raises(ChannelError):
        await wrong.notify("zhangsan", "早")
    seconds += 601
    with pytest.raises(ChannelError) as caught:
        await wrong.notify("zhangsan", "早")
    assert caught.value.errcode == 40001


@pytest.mark.parametrize(
    ("errcode", "retry", "permanent"),
    [
        (45033, Retry.BUSY, False),
        (45009, Retry.BREAKER, False),
        (60020, Retry.CONFIG, True),
        (48002, Retry.CONFIG, True),
        (41048, Retry.PERMANENT, True),
        (84061, Retry.PERMANENT, True),
        (987654, Retry.PERMANENT, True),
    ],
)
async def test_each_class_of_error_reaches_the_caller(
    client: WeComClient, sandbox: Running, errcode: int, retry: Retry, permanent: bool
) -> None:
    sandbox.spoil(SEND, errcode)
    with pytest.raises(ChannelError) as caught:
        await client.send(request_of())
    error = caught.value
    assert (error.errcode, error.retry, error.permanent) == (errcode, retry, permanent)
    assert sandbox.messages() == []


async def test_a_rate_limit_closes_the_path_but_no_other(
    make_client: MakeClient, sandbox: Running
) -> None:
    client = make_client(gate=Gate())
    sandbox.spoil(SEND, "limited")
    with pytest.raises(ChannelError):
        await client.send(request_of(1))
    with pytest.raises(ChannelError) as caught:
        await client.send(request_of(1))
    assert 0 < caught.value.retry_after_seconds <= 60
    assert sandbox.messages() == []
    await client.notify("zhangsan", "有新任务")


async def test_a_picture_is_uploaded_once_and_again_when_it_died(
    client: WeComClient, sandbox: Running
) -> None:
    def message(number: int) -> Message:
        return Message(text="海报", title="海报", url=marker_of(number), picture=PNG)

    await client.send(request_of(1, message=message(1)))
    await client.send(request_of(2, message=message(2)))
    first, second = (_media_id(one) for one in sandbox.messages())
    assert first == second
    assert httpx.get(f"{sandbox.url}/sandbox/media/{first}").content == PNG
    sandbox.spoil(SEND, 40007)
    await client.send(request_of(3, message=message(3)))
    assert len(sandbox.messages()) == 3
    assert _media_id(sandbox.messages()[0]) != first


async def test_a_dead_media_id_without_bytes_is_refused_for_good(client: WeComClient) -> None:
    message = Message(title="海报", url=marker_of(1), picture_media_id="mediagone")
    with pytest.raises(ChannelError) as caught:
        await client.send(request_of(1, message=message))
    assert (caught.value.errcode, caught.value.permanent) == (40007, True)


async def test_a_lost_upload_leaves_no_doubt_about_the_send(
    client: WeComClient, sandbox: Running
) -> None:
    sandbox.spoil("media/upload", "lost")
    message = Message(title="海报", url=marker_of(1), picture=PNG)
    with pytest.raises(ChannelError) as caught:
        await client.send(request_of(1, message=message))
    assert not isinstance(caught.value, Unknown)
    assert sandbox.messages() == []


async def test_a_file_is_uploaded_under_its_chinese_name(client: WeComClient) -> None:
    assert await client.upload(b"%PDF-1.7 leaflet", "产品说明.pdf", "application/pdf")


async def test_the_same_notice_shows_once(client: WeComClient, sandbox: Running) -> None:
    for text in ("今天有 1 个任务", "今天有 1 个任务", "今天有 2 个任务"):
        await client.notify("zhangsan", text)
    shown = sandbox.get("/sandbox/notices?userid=zhangsan")["notices"]
    assert [one["text"] for one in shown] == ["今天有 2 个任务", "今天有 1 个任务"]


async def test_a_send_can_be_cancelled_before_it_is_confirmed(
    client: WeComClient, sandbox: Running
) -> None:
    receipt = await client.send(request_of())
    await client.cancel(receipt.msgid)
    assert sandbox.confirm(receipt.msgid).status_code == 409
    with pytest.raises(ChannelError) as caught:
        await client.cancel(receipt.msgid)
    assert caught.value.errcode == 41093


async def test_the_fourth_reminder_of_a_day_is_refused(client: WeComClient) -> None:
    receipt = await client.send(request_of())
    for _ in range(3):
        await client.remind(receipt.msgid)
    with pytest.raises(ChannelError) as caught:
        await client.remind(receipt.msgid)
    assert caught.value.errcode == 41094


async def test_an_unknown_msgid_is_refused(client: WeComClient) -> None:
    with pytest.raises(ChannelError) as caught:
        await client.results("msgnone", "zhangsan")
    assert caught.value.errcode == 41047


async def test_limits_are_checked_before_any_call(make_client: MakeClient) -> None:
    client = make_client(base_url="http://127.0.0.1:1")
    wanted = request_of(message=replace(request_of().message, text="字" * 1334))
    with pytest.raises(OverLimit) as caught:
        await client.send(wanted)
    assert "4000 字节" in caught.value.fields["text"]


async def test_an_unreachable_server_is_certain_not_to_have_sent(
    make_client: MakeClient,
) -> None:
    with pytest.raises(ChannelError) as caught:
        await make_client(base_url="http://127.0.0.1:1").send(request_of())
    assert not isinstance(caught.value, Unknown)
    assert not caught.value.permanent


async def test_the_sandbox_limit_of_a_minute_is_a_rate_limit(
    client: WeComClient, sandbox: Running
) -> None:
    sandbox.set(per_minute_limit=1)
    with pytest.raises(ChannelError) as caught:
        await _send_many(client, 4)  # more than two, as the minute may turn in between
    assert caught.value.errcode == 45009


async def test_a_hundred_random_faults_never_send_twice_when_reconciled(
    client: WeComClient, sandbox: Running
) -> None:
    sandbox.set(fault_rate=0.45, seed=20260)
    seen: list[str] = []
    for number in range(150):
        await _send_as_a_ledger_would(client, number, seen)
    sandbox.set(fault_rate=0.0)
    assert len(seen) >= 100
    assert seen.count("Unknown") >= 20
    markers = [one["marker"] for one in sandbox.messages()]
    assert sorted(markers) == [marker_of(number) for number in range(150)]
    count = sandbox.get("/sandbox/deliveries/count")
    assert (count["customers"], count["duplicated"], count["repeated"]) == (150, 0, 0)


async def test_sending_again_blindly_would_be_caught_by_the_counter(
    client: WeComClient, sandbox: Running
) -> None:
    sandbox.spoil(SEND, "lost")
    with pytest.raises(Unknown):
        await client.send(request_of(1, people=3))
    await client.send(request_of(1, people=3))
    assert sandbox.get("/sandbox/deliveries/count")["duplicated"] == 3


async def _send_many(client: WeComClient, count: int) -> None:
    for number in range(count):
        await client.send(request_of(number))


async def _send_as_a_ledger_would(client: WeComClient, number: int, seen: list[str]) -> None:
    unknown = False
    for _ in range(40):
        try:
            if unknown and await client.find("zhangsan", marker_of(number), **around_now()):
                return
            unknown = False
            await client.send(request_of(number, people=1))
            return
        except Unknown:
            seen.append("Unknown")
            unknown = True
        except ChannelError as error:
            if error.permanent:
                raise
            seen.append(error.retry)
    raise AssertionError(f"send {number} never came through")


Handler = Callable[[httpx.Request], httpx.Response]


def client_of(handler: Handler, **over: Any) -> WeComClient:
    """Return a client whose server is a function."""
    http = httpx.AsyncClient(transport=httpx.MockTransport(handler))
    values: dict[str, Any] = {"corpid": "ww", "secret": "s3cret", "agentid": 1, "http": http}
    return WeComClient("http://wecom", **{"pause": no_pause, **values, **over})


def with_token(reply: Callable[[httpx.Request], httpx.Response]) -> Handler:
    """Return a server that gives tokens and answers the rest by `reply`."""

    def handle(request: httpx.Request) -> httpx.Response:
        if request.url.path.endswith("gettoken"):
            return httpx.Response(200, json={"access_token": "t0ken", "expires_in": 7200})
        return reply(request)

    return handle


async def test_a_missing_errcode_means_success() -> None:
    client = client_of(with_token(lambda _: httpx.Response(200, json={"msgid": "m1"})))
    assert await client.send(request_of()) == Receipt("m1", [])


@pytest.mark.parametrize(
    "response",
    [
        httpx.Response(200, text='{"errcode": 0, "msg'),
        httpx.Response(200, text=""),
        httpx.Response(200, text="[1, 2]"),
        httpx.Response(200, text="[" * 100_000),
        httpx.Response(200, json={"errcode": "many"}),
        httpx.Response(200, json={"errcode": 0, "errmsg": "ok"}),
        httpx.Response(500, text="oops"),
        httpx.Response(502, text="<html>bad gateway</html>"),
        httpx.Response(504, text=""),
        httpx.Response(408, text=""),
    ],
)
async def test_an_unreadable_answer_to_a_send_is_unknown(response: httpx.Response) -> None:
    with pytest.raises(Unknown):
        await client_of(with_token(lambda _: response)).send(request_of())


@pytest.mark.parametrize(
    ("raised", "unknown"),
    [
        (httpx.ConnectError, False),
        (httpx.ConnectTimeout, False),
        (httpx.PoolTimeout, False),
        (httpx.ReadTimeout, True),
        (httpx.WriteTimeout, True),
        (httpx.ReadError, True),
        (httpx.WriteError, True),
        (httpx.RemoteProtocolError, True),
    ],
)
async def test_only_what_was_certainly_not_written_is_certain(
    raised: type[httpx.HTTPError], unknown: bool
) -> None:
    def fail(request: httpx.Request) -> httpx.Response:
        raise raised("cut")

    with pytest.raises(ChannelError) as caught:
        await client_of(with_token(fail)).send(request_of())
    assert isinstance(caught.value, Unknown) is unknown


async def test_a_wrong_address_is_a_matter_of_configuration() -> None:
    client = client_of(with_token(lambda _: httpx.Response(404, text="not found")))
    with pytest.raises(ChannelError) as caught:
        await client.send(request_of())
    assert caught.value.retry is Retry.CONFIG


async def test_one_token_serves_many_calls_at_once_and_is_renewed_at_ninety_percent() -> None:
    asked: list[str] = []
    at = 1_000_000.0

    def handle(request: httpx.Request) -> httpx.Response:
        if request.url.path.endswith("gettoken"):
            asked.append(f"t{len(asked)}")
            return httpx.Response(200, json={"access_token": asked[-1], "expires_in": 7200})
        return httpx.Response(200, json={"errcode": 0})

    tokens = MemoryTokens()
    client = client_of(handle, clock=lambda: at, tokens=tokens)
    await asyncio.gather(*(client.notify("zhangsan", f"第 {n} 条") for n in range(20)))
    assert asked == ["t0"]
    at += 7200 * 0.89
    await client_of(handle, clock=lambda: at, tokens=tokens).notify("zhangsan", "仍有效")
    assert asked == ["t0"]
    at += 7200 * 0.02
    await client.notify("zhangsan", "换新的")
    assert asked == ["t0", "t1"]


async def test_many_calls_with_one_dead_token_fetch_one_new_token() -> None:
    asked: list[str] = []

    def handle(request: httpx.Request) -> httpx.Response:
        if request.url.path.endswith("gettoken"):
            asked.append(f"t{len(asked)}")
            return httpx.Response(200, json={"access_token": asked[-1], "expires_in": 7200})
        is_dead = request.url.params["access_token"] == "t0"
        return httpx.Response(200, json={"errcode": 42001 if is_dead else 0})

    client = client_of(handle)
    await asyncio.gather(*(client.notify("zhangsan", f"第 {n} 条") for n in range(12)))
    assert asked == ["t0", "t1"]


async def test_at_most_four_calls_of_a_path_run_at_once() -> None:
    running, most = 0, 0

    async def handle(request: httpx.Request) -> httpx.Response:
        nonlocal running, most
        running += 1
        most = max(most, running)
        await asyncio.sleep(0.02)  # long enough for every lane that is free to be taken
        running -= 1
        return httpx.Response(200, json={"access_token": "t", "expires_in": 7200})

    http = httpx.AsyncClient(transport=httpx.MockTransport(handle))
    client = client_of(lambda _: httpx.Response(500), http=http)
    await asyncio.gather(*(client.notify("zhangsan", f"第 {n} 条") for n in range(30)))
    assert most == 4


async def test_secrets_stay_out_of_logs_and_errors(caplog: pytest.LogCaptureFixture) -> None:
    def echo(request: httpx.Request) -> httpx.Response:
        return httpx.Response(200, json={"errcode": 40058, "errmsg": str(request.url)})

    caplog.set_level(logging.DEBUG)
    client = client_of(with_token(echo))
    with pytest.raises(ChannelError) as caught:
        await client.send(request_of())
    shown = caplog.text + repr(client) + str(caught.value) + caught.value.detail
    assert "HTTP Request" in caplog.text
    assert "t0ken" not in shown
    assert "s3cret" not in shown


@pytest.mark.parametrize(
    "reply",
    [
        {"send_list": {"a": 1}},
        {"send_list": ["x"]},
        {"send_list": [{"external_userid": "wm", "status": "soon"}]},
        {"send_list": [{"external_userid": "wm", "status": 1, "send_time": 10**30}]},
        {"send_list": [{"external_userid": "wm", "status": []}]},
    ],
)
async def test_results_in_an_unknown_shape_are_the_channels_fault(reply: dict[str, Any]) -> None:
    client = client_of(with_token(lambda _: httpx.Response(200, json=reply)))
    with pytest.raises(ChannelError):
        await client.results("m1", "zhangsan")


async def test_a_cursor_that_repeats_ends_the_reading() -> None:
    reply = {"send_list": [{"external_userid": "wm", "status": 0}], "next_cursor": "again"}
    client = client_of(with_token(lambda _: httpx.Response(200, json=reply)))
    assert len(await client.results("m1", "zhangsan")) == 2


async def test_an_employee_outside_the_apps_scope_is_named() -> None:
    reply = {"errcode": 0, "invaliduser": "lisi"}
    client = client_of(with_token(lambda _: httpx.Response(200, json=reply)))
    with pytest.raises(ChannelError, match="lisi"):
        await client.notify("lisi", "早")


async def test_results_survive_a_busy_server(client: WeComClient, sandbox: Running) -> None:
    receipt = await client.send(request_of())
    sandbox.spoil(RESULT, "busy", "crowded")
    assert len(await client.results(receipt.msgid, "zhangsan")) == 3


def _media_id(message: dict[str, Any]) -> str:
    found: str = message["attachments"][0]["image"]["media_id"]
    return found
