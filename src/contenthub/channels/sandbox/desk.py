"""The sandbox's own paths: the page, the counters, the confirm button and the knobs."""

import io
import json
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple
from urllib.parse import parse_qsl

import numpy as np
import zxingcpp
from PIL import Image

from contenthub.channels.sandbox import page, views
from contenthub.channels.sandbox.ledger import Ledger
from contenthub.channels.sandbox.options import script_of
from contenthub.errors import Conflict, Invalid, NotFound

PAGE_MESSAGES = 100


class Answer(NamedTuple):
    """An HTTP answer of the desk."""

    body: bytes
    status: int = 200
    mime: str = "application/json; charset=utf-8"
    location: str = ""


class Visit(NamedTuple):
    """One HTTP request to the desk, at epoch second `at`."""

    path: str
    query: Mapping[str, str]
    content_type: str
    raw: bytes
    at: float

    @property
    def is_form(self) -> bool:
        """Whether a page's form, or a bare `curl -d`, sent it."""
        return self.content_type.startswith("application/x-www-form-urlencoded")

    def fields(self) -> dict[str, Any]:
        """Return the body's fields, of a form or a JSON object; raises Invalid."""
        # `curl -d '{…}'` calls its JSON a form; a form of the page never begins with a brace.
        if self.is_form and not self.raw.lstrip().startswith(b"{"):
            return dict(parse_qsl(self.raw.decode("utf-8", "replace")))
        try:
            body = json.loads(self.raw or b"{}")
        except ValueError:
            body = None
        if not isinstance(body, dict):
            raise Invalid.of("body", "请求内容应为 JSON 对象")
        return body


class Desk:
    """Answers every path outside /cgi-bin/; `script` holds the faults still to be played."""

    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger
        self.script: list[tuple[str, str | int]] = []
        self._paths: Mapping[tuple[str, str], Callable[[Visit], Answer]] = {
            ("GET", "/"): self.show,
            ("GET", "/sandbox/messages"): self.messages,
            ("GET", "/sandbox/notices"): self.notices,
            ("GET", "/sandbox/deliveries/count"): self.count,
            ("GET", "/sandbox/contacts"): self.contacts,
            ("GET", "/sandbox/options"): self.options,
            ("POST", "/sandbox/options"): self.change,
            ("POST", "/sandbox/confirm"): self.confirm,
        }

    def answer(self, method: str, visit: Visit) -> Answer:
        """Return the answer; raises a ContentHubError for what is wrong with the request."""
        self._ledger.settle(at=visit.at)
        if handler := self._paths.get((method, visit.path)):
            return handler(visit)
        if method == "GET" and visit.path.startswith("/sandbox/media/"):
            return self.media(visit)
        if method == "GET" and visit.path.startswith("/sandbox/contact/"):
            return self.contact(visit)
        raise NotFound("沙箱没有这个地址")

    def show(self, visit: Visit) -> Answer:
        """Return the page of what employees see."""
        userid = visit.query.get("userid", "")
        html = page.render(
            views.messages(self._ledger, sender=userid, limit=PAGE_MESSAGES),
            views.notices(self._ledger, userid=userid, limit=PAGE_MESSAGES),
            counts=views.delivery_count(self._ledger),
            userid=userid,
        )
        return Answer(html.encode(), mime="text/html; charset=utf-8")

    def messages(self, visit: Visit) -> Answer:
        """Return accepted sends; `?customers=0` leaves out the lists of customers."""
        query = visit.query
        found = views.messages(
            self._ledger,
            sender=query.get("sender", ""),
            marker=query.get("marker", ""),
            limit=_whole(query, "limit", views.PAGE),
            offset=_whole(query, "offset", 0),
        )
        if query.get("customers") != "0":
            for one in found:
                one["customers"] = views.customers_of(self._ledger, one["msgid"])
        return _json({"messages": found})

    def notices(self, visit: Visit) -> Answer:
        """Return app messages to employees."""
        userid = visit.query.get("userid", "")
        return _json({"notices": views.notices(self._ledger, userid=userid)})

    def contacts(self, visit: Visit) -> Answer:
        """Return all 「联系我」 codes there are; `?corpid=` narrows."""
        corpid = visit.query.get("corpid", "")
        return _json({"contacts": self._ledger.contact_ways(corpid, since=0, until=visit.at)})

    def count(self, visit: Visit) -> Answer:
        """Return how many customers were sent to and how many twice; `?corpid=` narrows."""
        return _json(views.delivery_count(self._ledger, corpid=visit.query.get("corpid", "")))

    def options(self, visit: Visit) -> Answer:
        """Return the options in force."""
        options = self._ledger.options
        return _json({name: getattr(options, name) for name in type(options).__slots__})

    def change(self, visit: Visit) -> Answer:
        """Change options at run time; `next_faults` scripts the next calls' failures."""
        wanted = visit.fields()
        script = script_of(wanted.pop("next_faults", []))
        self._ledger.options = self._ledger.options.changed(wanted)
        self.script.extend(script)
        return self.options(visit)

    def confirm(self, visit: Visit) -> Answer:
        """Let an employee confirm a send by hand."""
        fields = visit.fields()
        message = self._ledger.message(str(fields.get("msgid", "")))
        if message is None:
            raise NotFound("没有这个群发任务，请核对 msgid")
        if fields.get("userid") != message["sender"]:
            raise Invalid.of("userid", "只有该任务的员工本人可以确认，请核对 userid")
        if not self._ledger.confirm(message["msgid"], at=visit.at):
            raise Conflict("该任务已确认或已取消")
        if visit.is_form and not visit.raw.lstrip().startswith(b"{"):
            return Answer(b"", status=303, location="/")
        return _json({"ok": True})

    def contact(self, visit: Visit) -> Answer:
        """Return the picture of a 「联系我」 code, as WeCom's own picture server would."""
        config_id = visit.path.removeprefix("/sandbox/contact/")
        if not self._ledger.has_contact_way(config_id):
            raise NotFound("没有这个「联系我」二维码")
        text = f"https://work.weixin.qq.com/ca/cawcde{config_id[:12]}"
        code = zxingcpp.create_barcode(text, zxingcpp.BarcodeFormat.QRCode)
        out = io.BytesIO()
        Image.fromarray(np.asarray(code.to_image(scale=8))).save(out, "PNG")
        return Answer(out.getvalue(), mime="image/png")

    def media(self, visit: Visit) -> Answer:
        """Return an uploaded picture."""
        found = views.media(self._ledger, visit.path.removeprefix("/sandbox/media/"))
        if found is None:
            raise NotFound("没有这个素材")
        mime, data = found
        # Only what can be shown safely keeps its type; anything else is a download.
        safe = mime if mime in ("image/jpeg", "image/png") else "application/octet-stream"
        return Answer(data, mime=safe)


def _json(value: object) -> Answer:
    return Answer(json.dumps(value, ensure_ascii=False).encode())


def _whole(query: Mapping[str, str], name: str, usual: int) -> int:
    raw = query.get(name, str(usual))
    if not raw.isdecimal():
        raise Invalid.of(name, f"{name} 应为不小于 0 的整数")
    return int(raw)
