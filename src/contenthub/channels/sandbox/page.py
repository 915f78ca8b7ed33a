"""The sandbox's one page: what employees would see in WeCom, in Chinese, with a confirm button."""

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta, timezone
from html import escape
from typing import Any

_CHINA = timezone(timedelta(hours=8))
_STATES = {"waiting": "待确认", "confirmed": "已发送", "cancelled": "已取消"}
_STYLE = """
body{font:15px/1.6 system-ui,"PingFang SC","Microsoft YaHei",sans-serif;margin:0;background:#f5f6f7;
color:#1f2329}header{background:#2b6de5;color:#fff;padding:12px 20px}header b{font-size:18px}
main{max-width:920px;margin:16px auto;padding:0 16px}article{background:#fff;border-radius:8px;
padding:14px 16px;margin:0 0 12px;box-shadow:0 1px 2px #0001}h2{font-size:16px;margin:20px 0 8px}
.row{display:flex;gap:12px;flex-wrap:wrap;color:#646a73;font-size:13px}.text{white-space:pre-wrap;
margin:8px 0;overflow-wrap:anywhere}.card{display:block;border:1px solid #dee0e3;border-radius:6px;
padding:8px 12px;color:inherit;text-decoration:none;overflow-wrap:anywhere}
article form{margin-top:10px}
img{max-width:180px;border-radius:6px;display:block;margin:6px 0}button{background:#07c160;border:0;
color:#fff;border-radius:6px;padding:6px 18px;font-size:15px}.state{font-weight:600;color:#1f2329}
"""


def render(
    messages: Iterable[Mapping[str, Any]],
    notices: Iterable[Mapping[str, Any]],
    *,
    counts: Mapping[str, int],
    userid: str = "",
) -> str:
    """Return the page's HTML; all that came from outside is escaped."""
    shown = "".join(_article(one) for one in messages) or "<p>还没有群发任务。</p>"
    noted = "".join(_notice(one) for one in notices) or "<p>还没有应用消息。</p>"
    whose = f"员工 {escape(userid)}" if userid else "全部员工"
    return (
        '<!doctype html><html lang="zh-CN"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width,initial-scale=1">'
        f"<title>企业微信沙箱</title><style>{_STYLE}</style></head><body>"
        "<header><b>企业微信沙箱</b>　员工在企业微信里会看到的内容，仅用于演示和测试</header><main>"
        f'<p class="row"><span>已下发客户 {counts["customers"]} 位</span>'
        f"<span>已送达 {counts['delivered']}</span><span>非好友 {counts['not_friend']}</span>"
        f"<span>超出接收上限 {counts['capped']}</span><span>待确认 {counts['unsent']}</span>"
        f"<span>重复 {counts['duplicated']}</span></p>"
        '<form><label>按员工账号查看 <input name="userid" '
        f'value="{escape(userid, quote=True)}"></label> <button>查看</button></form>'
        f"<h2>群发任务（{whose}）</h2>{shown}<h2>应用消息（{whose}）</h2>{noted}</main></body></html>"
    )


def _article(message: Mapping[str, Any]) -> str:
    state = _STATES[message["state"]]
    button = ""
    if message["state"] == "waiting":
        button = (
            '<form method="post" action="/sandbox/confirm">'
            f'<input type="hidden" name="msgid" value="{escape(message["msgid"], quote=True)}">'
            f'<input type="hidden" name="userid" value="{escape(message["sender"], quote=True)}">'
            "<button>确认发送</button></form>"
        )
    result = ""
    if message["state"] == "confirmed":
        result = (
            f"<span>送达 {message['delivered']}</span><span>非好友 {message['not_friend']}</span>"
            f"<span>超出上限 {message['capped']}</span>"
        )
    attachments = "".join(_attachment(one) for one in message["attachments"])
    return (
        f'<article><div class="row"><span class="state">{state}</span>'
        f"<span>员工 {escape(message['sender'])}</span>"
        f"<span>客户 {message['customer_count']} 位</span>"
        f"<span>{_clock(message['created_at'])}</span>{result}</div>"
        f'<div class="text">{escape(message["text"])}</div>{attachments}{button}</article>'
    )


def _attachment(attachment: Mapping[str, Any]) -> str:
    kind = attachment["msgtype"]
    content = attachment[kind]
    if kind == "image":
        media_id = escape(str(content.get("media_id", "")), quote=True)
        return f'<img src="/sandbox/media/{media_id}" alt="图片">'
    if kind != "link":
        return f"<p>［{escape(kind)}］</p>"
    url, title = str(content["url"]), str(content["title"])
    # Only web addresses become links: a javascript: URL stays text.
    if not url.startswith(("http://", "https://")):
        return f'<p class="card">{escape(title)}<br>{escape(url)}</p>'
    return (
        f'<a class="card" href="{escape(url, quote=True)}" rel="noreferrer" target="_blank">'
        f"<b>{escape(title)}</b><br>{escape(str(content.get('desc', '')))} {escape(url)}</a>"
    )


def _notice(notice: Mapping[str, Any]) -> str:
    return (
        f'<article><div class="row"><span>员工 {escape(notice["userid"])}</span>'
        f"<span>{_clock(notice['at'])}</span></div>"
        f'<div class="text">{escape(notice["text"])}</div></article>'
    )


def _clock(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, _CHINA).strftime("%m-%d %H:%M:%S")
