"""The sandbox's own reading of WeCom's limits, on raw JSON.

Kept apart from the client's checks on purpose: a limit misread in one place shows up in the
other. Source: developer.work.weixin.qq.com pages 92135, 90236, 90253.
"""

import json
import re
from collections.abc import Mapping
from typing import Any, NamedTuple

_LINK_BYTES = {"title": 128, "desc": 512, "url": 2048, "picurl": 2048}
_MEDIA_BYTES = {"image": 10 << 20, "voice": 2 << 20, "video": 10 << 20, "file": 20 << 20}
_PICTURE_HEADS = (b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n")
_URL = re.compile(r"https?://[^\s\"'<>）】，。；]+")
_PERSON = re.compile(r"[A-Za-z0-9_-]{1,64}")


class Refusal(NamedTuple):
    """An errcode and why, in English as WeCom's errmsg is."""

    errcode: int
    errmsg: str


def read_json(raw: bytes) -> dict[str, Any] | Refusal:
    r"""Return the JSON object of a body, or the refusal; `\uxxxx` escapes are refused (40033)."""
    if re.search(rb"(?<!\\)(?:\\\\)*\\u[0-9a-fA-F]{4}", raw):
        return Refusal(40033, "invalid charset. please use utf-8 without \\uxxxx")
    try:
        body = json.loads(raw or b"{}")
    except ValueError:
        return Refusal(47001, "data format error")
    return body if isinstance(body, dict) else Refusal(47001, "data format error")


def refuse_send(body: Mapping[str, Any]) -> Refusal | None:
    """Return why add_msg_template refuses a body, None when it may be accepted."""
    if body.get("chat_type", "single") != "single":
        return Refusal(40058, "sandbox supports chat_type single only")
    if not isinstance(body.get("sender"), str) or not body["sender"]:
        return Refusal(40058, "sandbox needs a sender")
    people = body.get("external_userid")
    if not isinstance(people, list) or not people:
        return Refusal(41048, "no customer to send")
    if len(people) > 10_000:
        return Refusal(40032, "external_userid list too long")
    if not all(isinstance(one, str) for one in people):
        return Refusal(40058, "external_userid must be strings")
    return _refuse_content(body)


def refuse_contact_way(body: Mapping[str, Any]) -> Refusal | None:
    """Return why add_contact_way refuses a body; source: page 92228."""
    if body.get("type") != 1 or body.get("scene") != 2:
        return Refusal(40058, "sandbox supports type 1 and scene 2 only")
    people = body.get("user")
    if not isinstance(people, list) or len(people) != 1 or not isinstance(people[0], str):
        return Refusal(40058, "type 1 needs exactly one user")
    if not _PERSON.fullmatch(people[0]):
        return Refusal(60111, "userid not found")
    if any(len(str(body.get(name, ""))) > 30 for name in ("state", "remark")):
        return Refusal(40058, "state and remark: at most 30 characters")
    return None


def refuse_notice(body: Mapping[str, Any]) -> Refusal | None:
    """Return why message/send refuses a body."""
    if type(body.get("agentid")) is not int:
        return Refusal(40056, "invalid agentid")
    if body.get("msgtype") != "text":
        return Refusal(40008, "sandbox supports msgtype text only")
    if not _text_of(body):
        return Refusal(44004, "empty content")
    users = people_of(body)
    if not users:
        return Refusal(40031, "touser is empty")
    if len(users) > 1000:
        return Refusal(40032, "touser too long")
    return None


def refuse_media(kind: str, data: bytes) -> Refusal | None:
    """Return why media/upload refuses the bytes of a kind."""
    if kind not in _MEDIA_BYTES:
        return Refusal(40004, "invalid media type")
    if len(data) <= 5:
        return Refusal(40006, "invalid media size")
    if len(data) > _MEDIA_BYTES[kind]:
        return Refusal(40009, "image size out of limit")
    if kind == "image" and not data.startswith(_PICTURE_HEADS):
        return Refusal(40005, "invalid image type")
    return None


def media_ids_of(body: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Return (kind, media_id) of every uploaded attachment a send names."""
    found: list[tuple[str, str]] = []
    for attachment in body.get("attachments") or []:
        kind = attachment["msgtype"]
        if kind in _MEDIA_BYTES and "media_id" in attachment[kind]:
            found.append((kind, str(attachment[kind]["media_id"])))
    return found


def marker_of(body: Mapping[str, Any]) -> str:
    """Return what makes a send recognisable: its link's URL, else the first URL of the text."""
    for attachment in body.get("attachments") or []:
        if attachment["msgtype"] == "link":
            return str(attachment["link"]["url"])
    text = _text_of(body)
    found = _URL.search(text)
    return found.group() if found else text


def people_of(body: Mapping[str, Any]) -> list[str]:
    """Return the userids of `touser`."""
    return [one for one in str(body.get("touser") or "").split("|") if one]


def is_person(external_userid: str) -> bool:
    """Tell whether a text can be an external_userid at all; others land in fail_list."""
    return _PERSON.fullmatch(external_userid) is not None


def _refuse_content(body: Mapping[str, Any]) -> Refusal | None:
    attachments = body.get("attachments") or []
    text = _text_of(body)
    if len(text.encode()) > 4000:
        return Refusal(40058, "text.content exceeds 4000 bytes")
    if not isinstance(attachments, list) or not all(isinstance(one, dict) for one in attachments):
        return Refusal(40058, "attachments must be a list of objects")
    if len(attachments) > 9:
        return Refusal(41064, "attachments more than 9")
    if not text and not attachments:
        return Refusal(40058, "text and attachments are both empty")
    return next((why for one in attachments if (why := _refuse_attachment(one))), None)


def _refuse_attachment(attachment: Mapping[str, Any]) -> Refusal | None:
    kind = attachment.get("msgtype")
    if kind not in ("image", "link", "miniprogram", "video", "file"):
        return Refusal(40058, "unknown attachments.msgtype")
    content = attachment.get(kind)
    if not isinstance(content, dict):
        return Refusal(40058, f"attachments.{kind} is missing")
    if kind != "link":
        return None
    for name, limit in _LINK_BYTES.items():
        value = content.get(name, "")
        if not isinstance(value, str) or len(value.encode()) > limit:
            return Refusal(40058, f"link.{name} exceeds {limit} bytes")
    if not content.get("title") or not content.get("url"):
        return Refusal(40058, "link.title and link.url are required")
    return None


def _text_of(body: Mapping[str, Any]) -> str:
    text = body.get("text")
    content = text.get("content") if isinstance(text, dict) else ""
    return content if isinstance(content, str) else ""
