from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.channels.conftest import PNG, marker_of, request_of

from contenthub.channels import wecom_requests as requests
from contenthub.channels.channel import Message, OverLimit, PersonState
from contenthub.channels.sandbox import rules

LINK = marker_of(1)
FITS = Message(text="你好", title="存款季", url=LINK)


@pytest.mark.parametrize(
    ("field", "fits", "breaks"),
    [
        ("text", "字" * 1333 + "a", "字" * 1333 + "ab"),
        ("title", "字" * 42 + "ab", "字" * 42 + "abc"),
        ("description", "a" * 512, "a" * 513),
        ("url", LINK + "?" + "a" * (2047 - len(LINK)), LINK + "?" + "a" * (2048 - len(LINK))),
        ("cover_url", "a" * 2048, "a" * 2049),
        ("more_media_ids", ("m",) * 8, ("m",) * 9),
        ("text", "第一行\n第二行\t。", "看不见\x07的字符"),
        ("picture", PNG, b"GIF89a-not-allowed"),
        ("picture", PNG + b"0" * (10 * 2**20 - len(PNG)), PNG + b"0" * (10 * 2**20)),
    ],
)
def test_the_last_fitting_value_passes_and_the_next_names_its_field(
    field: str, fits: Any, breaks: Any
) -> None:
    assert requests.message_problems(replace(FITS, **{field: fits})) == {}
    assert set(requests.message_problems(replace(FITS, **{field: breaks}))) == {field}


def test_an_empty_message_a_titleless_link_and_a_script_link_are_refused() -> None:
    assert set(requests.message_problems(Message(text=" \n"))) == {"text"}
    assert set(requests.message_problems(Message(url=LINK))) == {"title"}
    assert set(requests.message_problems(Message(title="x", url="javascript:alert(1)"))) == {"url"}


@pytest.mark.parametrize(
    ("over", "field"),
    [
        ({"external_userids": []}, "external_userids"),
        ({"external_userids": ["a", "a"]}, "external_userids"),
        ({"external_userids": [f"wm{n}" for n in range(10_001)]}, "external_userids"),
        ({"sender_userid": ""}, "sender_userid"),
        ({"marker": ""}, "marker"),
        ({"marker": "https://bank.example/s/other"}, "marker"),
    ],
)
def test_a_request_wecom_would_refuse_is_refused_first(over: dict[str, Any], field: str) -> None:
    with pytest.raises(OverLimit) as caught:
        requests.check_send(request_of(**over))
    assert set(caught.value.fields) == {field}
    assert caught.value.permanent


def test_ten_thousand_customers_fit() -> None:
    requests.check_send(request_of(people=10_000))


def test_the_body_carries_pictures_first_and_the_link_last() -> None:
    message = replace(FITS, description="说明", cover_url="https://x/y", more_media_ids=("m2",))
    body = requests.group_send(request_of(message=message), media_id="m1")
    assert [one["msgtype"] for one in body["attachments"]] == ["image", "image", "link"]
    assert body["attachments"][2]["link"] == {
        "title": "存款季",
        "url": LINK,
        "desc": "说明",
        "picurl": "https://x/y",
    }
    assert body["sender"] == "zhangsan"


texts = st.text(max_size=5000).map(lambda text: text * 2)


@given(text=texts, title=st.text(max_size=150), description=st.text(max_size=600))
def test_what_our_check_passes_the_sandboxs_own_rules_accept(
    text: str, title: str, description: str
) -> None:
    wanted = request_of(message=Message(text, title=title, url=LINK, description=description))
    if requests.message_problems(wanted.message):
        return
    assert rules.refuse_send(requests.group_send(wanted, media_id=None)) is None


@pytest.mark.parametrize("userid", ["", "@all", "a|b"])
def test_a_notice_goes_to_exactly_one_employee(userid: str) -> None:
    with pytest.raises(OverLimit, match="一位员工"):
        requests.notice(userid, "早", agentid=1)


def test_a_notice_is_measured_in_bytes() -> None:
    assert requests.notice("a", "字" * 682, agentid=1)["enable_duplicate_check"] == 1
    with pytest.raises(OverLimit, match="2048 字节"):
        requests.notice("a", "字" * 683, agentid=1)


@pytest.mark.parametrize(
    ("listed", "is_found"),
    [
        ({"attachments": [{"msgtype": "link", "link": {"url": LINK}}]}, True),
        ({"attachments": [{"msgtype": "link", "link": {"url": LINK + "?from=wx"}}]}, True),
        ({"attachments": [{"msgtype": "link", "link": {"url": LINK + "1"}}]}, False),
        ({"attachments": [{"msgtype": "miniprogram", "miniprogram": {"page": LINK}}]}, True),
        ({"text": {"content": f"看{LINK}，谢谢"}}, True),
        ({"text": {"content": f"看{LINK}x"}}, False),
        ({"text": None, "attachments": None}, False),
        ({}, False),
    ],
)
def test_a_listed_send_is_recognised_by_its_marker(listed: dict[str, Any], is_found: bool) -> None:
    assert requests.carries(LINK, listed) is is_found


def test_windows_cover_the_span_without_exceeding_a_month() -> None:
    since = datetime(2026, 1, 1, tzinfo=UTC)
    found = requests.windows(since, since + timedelta(days=75))
    assert found[0][0] == int(since.timestamp())
    assert found[-1][1] == int((since + timedelta(days=75)).timestamp())
    assert all(one[1] == two[0] for one, two in pairwise(found))
    assert all(end - start <= 30 * 86_400 for start, end in found)
    assert requests.windows(since, since) == [(int(since.timestamp()),) * 2]


@pytest.mark.parametrize(
    ("status", "state"),
    [
        (0, PersonState.UNSENT),
        (1, PersonState.DELIVERED),
        (2, PersonState.NOT_FRIEND),
        (3, PersonState.CAPPED),
    ],
)
def test_each_send_status_has_its_state(status: int, state: PersonState) -> None:
    row = {"external_userid": "wm", "status": status, "send_time": 1_700_000_000}
    result = requests.person_result(row)
    assert result is not None
    assert result.state is state
    assert (result.at is None) is (state is PersonState.UNSENT)


def test_group_lines_and_future_statuses_are_left_out() -> None:
    assert requests.person_result({"chat_id": "wr", "status": 1}) is None
    assert requests.person_result({"external_userid": "wm", "status": 9}) is None


@pytest.mark.parametrize(
    ("data", "mime"),
    [
        (b"tiny", "application/pdf"),
        (b"0" * (20 * 2**20 + 1), "text/plain"),
        (b"<svg/>", "image/png"),
    ],
)
def test_media_wecom_would_refuse_is_refused_first(data: bytes, mime: str) -> None:
    with pytest.raises(OverLimit):
        requests.media_kind(data, mime)


def test_a_pages_signature_is_the_one_of_the_documents_example() -> None:
    # Source: the sample of WeChat's own JS-SDK page, which WeCom's page 90506 repeats.
    ticket = (
        "sM4AOVdWfPE4DxkXGEs8VMCPGGVi4C3VM0P37wVUCFvkVAy_90u5h9nbSlYy3-Sl-HhTdfl2fzFy1AOcHKP7qg"
    )
    signed = requests.page_signature(
        ticket,
        "http://mp.weixin.qq.com?params=value#top",
        noncestr="Wm3WZYTPz0wzccnW",
        at=1414587457,
    )
    assert signed == "0f9de62fce790f9a083d5c99e95740ceb90c27ed"
