"""The paths of WeCom's own API that the sandbox answers, each a function of one call."""

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from contenthub.channels.sandbox import rules, views
from contenthub.channels.sandbox.ledger import Ledger
from contenthub.channels.sandbox.multipart import file_of

Reply = dict[str, Any]
_MONTH_SECONDS = 31 * 86_400


class Call(NamedTuple):
    """One HTTP call to /cgi-bin/: whose it is, what it says, when (epoch seconds) it came."""

    corpid: str
    query: Mapping[str, str]
    content_type: str
    raw: bytes
    at: float
    origin: str = ""
    """Where the sandbox was asked, `http://host:port`; pictures it names lie there."""


class No(Exception):
    """The call is refused with an errcode."""

    def __init__(self, errcode: int, errmsg: str, **more: Any) -> None:
        super().__init__(errmsg)
        self.reply: Reply = {"errcode": errcode, "errmsg": errmsg, **more}


def get_token(ledger: Ledger, query: Mapping[str, str], *, at: float) -> Reply:
    """Return the gettoken reply; like WeCom's own it may be asked with any method."""
    corpid, secret = query.get("corpid", ""), query.get("corpsecret", "")
    if not corpid:
        raise No(41002, "corpid missing")
    if not secret:
        raise No(41004, "corpsecret missing")
    issued = ledger.issue_token(corpid, secret, at=at)
    if issued is None:
        raise No(40001, "invalid credential")
    return {"errcode": 0, "errmsg": "ok", "access_token": issued[0], "expires_in": issued[1]}


def corp_of(ledger: Ledger, query: Mapping[str, str], *, at: float) -> str:
    """Return the corp the call's access_token speaks for; raises No."""
    if not query.get("access_token"):
        raise No(41001, "access_token missing")
    corpid = ledger.corp_of(query["access_token"], at=at)
    if isinstance(corpid, rules.Refusal):
        raise No(*corpid)
    return corpid


def add_msg_template(ledger: Ledger, call: Call) -> Reply:
    """Accept a send: the employee will be asked to confirm it."""
    body = _body(call)
    _refuse(rules.refuse_send(body))
    for kind, media_id in rules.media_ids_of(body):
        if not ledger.has_media(call.corpid, kind, media_id, at=call.at):
            raise No(40007, "invalid media_id")
    msgid, failed = ledger.accept(call.corpid, body, at=call.at)
    if not msgid:
        raise No(41048, "no customer to send", fail_list=failed)
    return {"fail_list": failed, "msgid": msgid}


def get_groupmsg_list_v2(ledger: Ledger, call: Call) -> Reply:
    """List sends by their time of creation."""
    body = _body(call)
    start, end = _number(body, "start_time"), _number(body, "end_time")
    if end < start or end - start > _MONTH_SECONDS:
        raise No(40058, "start_time/end_time: span must be within a month")
    offset, limit = _page(body, most=100, usual=50)
    visible_until = min(end + 1.0, call.at - ledger.options.list_lag_seconds)
    rows = views.listed(
        ledger, call.corpid, start=start, end=visible_until, offset=offset, limit=limit
    )
    return {"group_msg_list": rows, "next_cursor": _cursor(rows, offset, limit)}


def get_groupmsg_task(ledger: Ledger, call: Call) -> Reply:
    """Tell which employees confirmed a send."""
    body = _body(call)
    message = _message(ledger, call, body)
    _page(body, most=1000, usual=500)
    task: Reply = {"userid": message["sender"], "status": 0}
    if message["confirmed_at"] is not None:
        task.update(status=2, send_time=int(message["confirmed_at"]))
    return {"task_list": [task], "next_cursor": ""}


def get_groupmsg_send_result(ledger: Ledger, call: Call) -> Reply:
    """Tell what became of each customer of a send."""
    body = _body(call)
    message = _message(ledger, call, body)
    if not isinstance(body.get("userid"), str):
        raise No(40058, "userid missing")
    offset, limit = _page(body, most=1000, usual=500)
    if body["userid"] != message["sender"]:
        return {"send_list": [], "next_cursor": ""}
    rows = views.send_list(ledger, message, offset=offset, limit=limit)
    return {"send_list": rows, "next_cursor": _cursor(rows, offset, limit)}


def remind_groupmsg_send(ledger: Ledger, call: Call) -> Reply:
    """Remind the employee of an unconfirmed send."""
    message = _message(ledger, call, _body(call))
    if message["cancelled_at"] is not None:
        raise No(41093, "message cancelled")
    if not ledger.remind(message["msgid"], at=call.at):
        raise No(41094, "reminder too often")
    return {}


def cancel_groupmsg_send(ledger: Ledger, call: Call) -> Reply:
    """Withdraw a send that is not confirmed yet."""
    message = _message(ledger, call, _body(call))
    if message["cancelled_at"] is not None:
        raise No(41093, "message cancelled")
    ledger.cancel(message["msgid"], at=call.at)
    return {}


def upload_media(ledger: Ledger, call: Call) -> Reply:
    """Keep an uploaded file for three days."""
    kind = call.query.get("type", "")
    part = file_of(call.content_type, call.raw, field="media")
    if part is None:
        raise No(41005, "media data missing")
    _refuse(rules.refuse_media(kind, part.data))
    media_id = ledger.keep_media(call.corpid, kind, file=part, at=call.at)
    return {"type": kind, "media_id": media_id, "created_at": str(int(call.at))}


def send_message(ledger: Ledger, call: Call) -> Reply:
    """Show an app message to employees."""
    body = _body(call)
    _refuse(rules.refuse_notice(body))
    ledger.note(call.corpid, body, at=call.at)
    return {"invaliduser": "", "invalidparty": "", "invalidtag": "", "msgid": ""}


def add_contact_way(ledger: Ledger, call: Call) -> Reply:
    """Make a 「联系我」 code of one employee; its picture lies with the desk."""
    body = _body(call)
    _refuse(rules.refuse_contact_way(body))
    config_id = ledger.add_contact_way(call.corpid, body, at=call.at)
    return {"config_id": config_id, "qr_code": f"{call.origin}/sandbox/contact/{config_id}"}


def list_contact_way(ledger: Ledger, call: Call) -> Reply:
    """List the numbers of a time's 「联系我」 codes, all on one page."""
    body = _body(call)
    since = float(body.get("start_time", call.at - 90 * 86_400))
    ways = ledger.contact_ways(call.corpid, since=since, until=float(body.get("end_time", call.at)))
    return {"contact_way": [{"config_id": one["config_id"]} for one in ways]}


def get_contact_way(ledger: Ledger, call: Call) -> Reply:
    """Show one 「联系我」 code."""
    wanted = str(_body(call).get("config_id", ""))
    for one in ledger.contact_ways(call.corpid, since=0, until=call.at):
        if one["config_id"] == wanted:
            picture = f"{call.origin}/sandbox/contact/{wanted}"
            way = {**one, "user": [one["userid"]], "type": 1, "scene": 2, "qr_code": picture}
            return {"contact_way": way}
    raise No(41044, "invalid config_id")


def del_contact_way(ledger: Ledger, call: Call) -> Reply:
    """Delete a 「联系我」 code."""
    if not ledger.del_contact_way(call.corpid, str(_body(call).get("config_id", ""))):
        raise No(41044, "invalid config_id")
    return {}


def get_ticket(ledger: Ledger, call: Call) -> Reply:
    """Give the app's ticket for page signatures; the same one while the hour lasts."""
    if call.query.get("type") != "agent_config":
        raise No(40058, "type must be agent_config")
    return {"ticket": ledger.ticket(call.corpid, at=call.at), "expires_in": 7200}


PATHS: Mapping[str, Callable[[Ledger, Call], Reply]] = {
    "externalcontact/add_msg_template": add_msg_template,
    "externalcontact/get_groupmsg_list_v2": get_groupmsg_list_v2,
    "externalcontact/get_groupmsg_task": get_groupmsg_task,
    "externalcontact/get_groupmsg_send_result": get_groupmsg_send_result,
    "externalcontact/remind_groupmsg_send": remind_groupmsg_send,
    "externalcontact/cancel_groupmsg_send": cancel_groupmsg_send,
    "media/upload": upload_media,
    "message/send": send_message,
    "externalcontact/add_contact_way": add_contact_way,
    "externalcontact/del_contact_way": del_contact_way,
    "externalcontact/list_contact_way": list_contact_way,
    "externalcontact/get_contact_way": get_contact_way,
    "ticket/get": get_ticket,
}


def _body(call: Call) -> dict[str, Any]:
    body = rules.read_json(call.raw)
    if isinstance(body, rules.Refusal):
        raise No(*body)
    return body


def _refuse(refusal: rules.Refusal | None) -> None:
    if refusal is not None:
        raise No(*refusal)


def _message(ledger: Ledger, call: Call, body: Mapping[str, Any]) -> Any:
    ledger.settle(at=call.at)
    msgid = body.get("msgid")
    message = ledger.message(msgid, corpid=call.corpid) if isinstance(msgid, str) else None
    if message is None:
        raise No(41047, "invalid msgid")
    if call.at - message["created_at"] < ledger.options.dispatch_seconds:
        raise No(41063, "message is being dispatched, retry later")
    return message


def _number(body: Mapping[str, Any], name: str) -> int:
    value = body.get(name)
    if type(value) is not int:
        raise No(40058, f"{name} must be an integer")
    return value


def _page(body: Mapping[str, Any], *, most: int, usual: int) -> tuple[int, int]:
    """Return (offset, limit) of a paged call; our cursors are offsets."""
    limit, cursor = body.get("limit", usual), body.get("cursor") or "0"
    if type(limit) is not int or not 1 <= limit <= most:
        raise No(40058, f"limit must be 1..{most}")
    if not isinstance(cursor, str) or not cursor.isdecimal():
        raise No(40058, "invalid cursor")
    return int(cursor), limit


def _cursor(rows: list[Reply], offset: int, limit: int) -> str:
    return str(offset + limit) if len(rows) == limit else ""
