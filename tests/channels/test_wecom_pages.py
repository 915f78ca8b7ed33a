"""What a bank's app does beyond sending: page signatures and 「联系我」 codes."""

import io

import httpx
import pytest
from PIL import Image
from tests.channels.conftest import MakeClient, Running
from tests.qrcodes import code_on

from contenthub.channels import wecom_requests as requests
from contenthub.channels.channel import ChannelError, OverLimit, Retry
from contenthub.channels.wecom import WeComClient

TICKET = "ticket/get"
ADD, DEL = "externalcontact/add_contact_way", "externalcontact/del_contact_way"
PAGE = "https://hub.test/m/posters?x=1#2"


async def test_a_ticket_is_asked_for_once_and_signs_every_page(
    make_client: MakeClient, sandbox: Running
) -> None:
    now = 1_700_000_000.0
    client = make_client(clock=lambda: now)
    first = await client.page_signature(PAGE, noncestr="n1")
    sandbox.spoil(TICKET, 45009)
    second = await client.page_signature(PAGE, noncestr="n2")
    assert first.corpid == "wwbank"
    assert first.agentid == 1000002
    assert first.timestamp_seconds == int(now)
    assert first.signature != second.signature
    assert len(second.signature) == 40
    now += 7200.0
    with pytest.raises(ChannelError) as limited:
        await client.page_signature(PAGE, noncestr="n3")
    assert limited.value.retry is Retry.BREAKER


async def test_a_ticket_is_asked_for_again_with_a_fresh_token(
    client: WeComClient, sandbox: Running
) -> None:
    sandbox.spoil(TICKET, 42001)
    signed = await client.page_signature(PAGE, noncestr="n")
    assert signed.noncestr == "n"


async def test_a_contact_way_has_a_picture_that_reads_and_is_deleted_once(
    client: WeComClient, http: httpx.AsyncClient
) -> None:
    made = await client.add_contact_way("zhangsan", state="c0dec0dec0de", remark="名片")
    picture = (await http.get(made.qr_url)).content
    with Image.open(io.BytesIO(picture)) as opened:
        assert min(opened.size) > 200
    assert code_on(picture).startswith("https://work.weixin.qq.com/ca/")
    await client.del_contact_way(made.config_id)
    await client.del_contact_way(made.config_id)
    assert (await http.get(made.qr_url)).status_code == 404


async def test_a_contact_way_that_cannot_be_is_refused_before_or_by_wecom(
    client: WeComClient, sandbox: Running
) -> None:
    with pytest.raises(OverLimit) as nobody:
        await client.add_contact_way("", state="s", remark="名片")
    assert set(nobody.value.fields) == {"userid"}
    with pytest.raises(OverLimit):
        requests.contact_way("zhangsan", state="s" * 31, remark="名片")
    sandbox.spoil(ADD, 41045)
    with pytest.raises(ChannelError) as full:
        await client.add_contact_way("zhangsan", state="s", remark="名片")
    assert full.value.permanent
    sandbox.spoil(DEL, 48002)
    with pytest.raises(ChannelError) as forbidden:
        await client.del_contact_way("x")
    assert forbidden.value.retry is Retry.CONFIG
