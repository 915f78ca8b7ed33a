"""Request bodies and replies of WeCom's group sending, with every limit checked first.

Pure: no network. Source of the limits: developer.work.weixin.qq.com pages 92135
(group sending), 90236 (app message), 90253 (media), 93338 (results).
"""

import hashlib
import re
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from contenthub.channels.channel import Message, OverLimit, PersonResult, PersonState, SendRequest

MAX_CUSTOMERS = 10_000
MAX_ATTACHMENTS = 9
MAX_NOTICE_BYTES = 2_048
MAX_PICTURE_BYTES = 10 * 1024 * 1024
MAX_FILE_BYTES = 20 * 1024 * 1024
MIN_MEDIA_BYTES = 6
PICTURE_MIMES = ("image/jpeg", "image/png")
CONTACT_WAY_CHARS = 30
DUPLICATE_CHECK_SECONDS = 1_800
LIST_SPAN = timedelta(days=30)
"""get_groupmsg_list_v2 answers for at most a month at once."""

_TEXT_LIMITS_BYTES = {
    "text": (4_000, "推送文字"),
    "title": (128, "链接标题"),
    "description": (512, "链接描述"),
    "url": (2_048, "链接地址"),
    "cover_url": (2_048, "链接封面地址"),
}
# WeCom refuses JSON with \\uxxxx (40033), which is how a control character would be written.
_INVISIBLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff]")
_PERSON_STATES = {
    0: PersonState.UNSENT,
    1: PersonState.DELIVERED,
    2: PersonState.NOT_FRIEND,
    3: PersonState.CAPPED,
}


def message_problems(message: Message) -> dict[str, str]:
    """Return field → Chinese message for each limit the message breaks; empty when it fits."""
    found = _text_problems(message)
    if message.url and not message.title:
        found["title"] = "有链接时必须填写链接标题"
    if message.url and not message.url.startswith(("http://", "https://")):
        found["url"] = "链接地址须以 http:// 或 https:// 开头"
    if message.picture is not None and (why := _picture_problem(message.picture)):
        found["picture"] = why
    if (count := _attachment_count(message)) > MAX_ATTACHMENTS:
        found["more_media_ids"] = f"附件共 {count} 个，最多 {MAX_ATTACHMENTS} 个，请减少图片"
    if not message.text.strip() and count == 0:
        found.setdefault("text", "推送文字和附件不能都为空")
    return found


def check_send(request: SendRequest) -> None:
    """Raise OverLimit, naming every wrong field, unless WeCom can accept the request."""
    found = message_problems(request.message)
    people = request.external_userids
    if not request.sender_userid:
        found["sender_userid"] = "缺少发送员工的企业微信账号"
    if not people:
        found["external_userids"] = "接收客户名单为空"
    elif len(people) > MAX_CUSTOMERS:
        found["external_userids"] = (
            f"接收客户 {len(people)} 位，每次最多 {MAX_CUSTOMERS} 位，请分批"
        )
    elif len(set(people)) != len(people):
        found["external_userids"] = "接收客户名单有重复，请先去重"
    if not request.marker or not _mentions(request.marker, request.message):
        found["marker"] = "推送内容里没有分享链接，无法核对是否已发送"
    if found:
        raise OverLimit(found)


def group_send(request: SendRequest, *, media_id: str | None) -> dict[str, Any]:
    """Return the add_msg_template body; `media_id` is the uploaded picture, if there is one."""
    message = request.message
    attachments: list[dict[str, Any]] = [
        {"msgtype": "image", "image": {"media_id": one}}
        for one in ((media_id,) if media_id else ()) + message.more_media_ids
    ]
    if message.url:
        link = {"title": message.title, "url": message.url}
        if message.description:
            link["desc"] = message.description
        if message.cover_url:
            link["picurl"] = message.cover_url
        attachments.append({"msgtype": "link", "link": link})
    body: dict[str, Any] = {
        "chat_type": "single",
        "external_userid": list(request.external_userids),
        "sender": request.sender_userid,
        "allow_select": False,
    }
    if message.text.strip():
        body["text"] = {"content": message.text}
    if attachments:
        body["attachments"] = attachments
    return body


def notice(userid: str, text: str, *, agentid: int) -> dict[str, Any]:
    """Return the message/send body of a text to one employee; raises OverLimit.

    WeCom itself drops an identical request for 30 minutes, so a repeated call is harmless.
    """
    found: dict[str, str] = {}
    if not userid or "|" in userid or userid == "@all":
        found["userid"] = "须指定一位员工的企业微信账号"
    if not text.strip():
        found["text"] = "提醒文字不能为空"
    elif (size := _bytes(text)) > MAX_NOTICE_BYTES:
        found["text"] = _too_long("提醒文字", size, MAX_NOTICE_BYTES)
    if found:
        raise OverLimit(found)
    return {
        "touser": userid,
        "msgtype": "text",
        "agentid": agentid,
        "text": {"content": text},
        "enable_duplicate_check": 1,
        "duplicate_check_interval": DUPLICATE_CHECK_SECONDS,
    }


def media_kind(data: bytes, mime: str) -> str:
    """Return "image" or "file", the kind to upload as; raises OverLimit when WeCom would refuse."""
    if mime in PICTURE_MIMES:
        why, kind = _picture_problem(data), "image"
    else:
        why, kind = _file_problem(data), "file"
    if why:
        raise OverLimit({"data": why})
    return kind


def windows(since: datetime, until: datetime) -> list[tuple[int, int]]:
    """Return [since, until] as pairs of epoch seconds, none longer than WeCom's month."""
    found: list[tuple[int, int]] = []
    start = since
    while True:
        end = min(start + LIST_SPAN, until)
        found.append((int(start.timestamp()), int(end.timestamp())))
        if end >= until:
            return found
        start = end


def carries(marker: str, listed: Mapping[str, Any]) -> bool:
    """Tell whether a row of get_groupmsg_list_v2 holds the marker in its text or link card."""
    texts = [(listed.get("text") or {}).get("content", "")]
    for attachment in listed.get("attachments") or []:
        texts.append((attachment.get("link") or {}).get("url", ""))
        texts.append((attachment.get("miniprogram") or {}).get("page", ""))
    return any(_holds(marker, text) for text in texts if isinstance(text, str))


def person_result(row: Mapping[str, Any]) -> PersonResult | None:
    """Return one line of a send result; None for a chat group's line or a status of the future."""
    state = _PERSON_STATES.get(int(row.get("status", 0)))
    person = row.get("external_userid")
    if state is None or not isinstance(person, str) or not person:
        return None
    seconds = int(row.get("send_time") or 0)
    sent_at = datetime.fromtimestamp(seconds, UTC) if seconds else None
    return PersonResult(person, state, None if state is PersonState.UNSENT else sent_at)


def _text_problems(message: Message) -> dict[str, str]:
    found: dict[str, str] = {}
    for name, (limit, label) in _TEXT_LIMITS_BYTES.items():
        text = getattr(message, name)
        if (size := _bytes(text)) > limit:
            found[name] = _too_long(label, size, limit)
        elif _INVISIBLE.search(text):
            found[name] = f"{label}含有看不见的控制字符，请删除后重新粘贴"
    return found


def _mentions(marker: str, message: Message) -> bool:
    return _holds(marker, message.url) or _holds(marker, message.text)


def _holds(marker: str, text: str) -> bool:
    # A code must not be recognised inside a longer one: …/s/ABC is not …/s/ABCD.
    return re.search(re.escape(marker) + r"(?![A-Za-z0-9_-])", text) is not None


def contact_way(userid: str, *, state: str, remark: str) -> dict[str, Any]:
    """Return the body of add_contact_way for one employee's QR code.

    Raises OverLimit. Source: developer.work.weixin.qq.com page 92228.
    """
    if not userid:
        raise OverLimit({"userid": "员工没有企业微信账号，请先在员工资料里填写"})
    for field, text in (("state", state), ("remark", remark)):
        if len(text) > CONTACT_WAY_CHARS:
            raise OverLimit({field: f"{field} 最多 {CONTACT_WAY_CHARS} 个字符"})
    return {
        "type": 1,
        "scene": 2,
        "remark": remark,
        "skip_verify": True,
        "state": state,
        "user": [userid],
    }


def page_signature(ticket: str, url: str, *, noncestr: str, at: int) -> str:
    """Return the signature of a page's address (up to `#`) at epoch second `at`.

    Source: developer.work.weixin.qq.com page 90506: sha1 of these four in this order, the
    address not encoded any further.
    """
    page = url.partition("#")[0]
    said = f"jsapi_ticket={ticket}&noncestr={noncestr}&timestamp={at}&url={page}"
    return hashlib.sha1(said.encode()).hexdigest()  # noqa: S324  # WeCom's own choice


def _attachment_count(message: Message) -> int:
    has_picture = message.picture is not None or message.picture_media_id is not None
    return int(has_picture) + len(message.more_media_ids) + int(bool(message.url))


def _picture_problem(data: bytes) -> str:
    if not data.startswith((b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n")):
        return "图片须为 JPG 或 PNG 格式，请转换后再上传"
    if len(data) > MAX_PICTURE_BYTES:
        return _too_long("图片", len(data), MAX_PICTURE_BYTES)
    return ""


def _file_problem(data: bytes) -> str:
    if len(data) < MIN_MEDIA_BYTES:
        return "文件太小，须大于 5 字节"
    if len(data) > MAX_FILE_BYTES:
        return _too_long("文件", len(data), MAX_FILE_BYTES)
    return ""


def _bytes(text: str) -> int:
    return len(text.encode("utf-8", "replace"))


def _too_long(label: str, size_bytes: int, limit_bytes: int) -> str:
    return f"{label}共 {size_bytes} 字节，最多 {limit_bytes} 字节（一个汉字占 3 字节），请缩短"
