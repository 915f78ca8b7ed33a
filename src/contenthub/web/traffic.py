"""Share traffic, answered before Litestar: a landing page costs no router and no session.

`GET /s/{code}` of a person's browser records a fetch (打开) before its first byte and is
never a view; the page's beacon is. Known robots and prefetches count as neither. `/c/{code}`
is the employee's card under the code of a card, counted alike.
Forms under the same path fall through to Litestar (web/landing/).
"""

import logging
import time
from datetime import UTC, datetime
from typing import Any

import msgspec

from contenthub import log
from contenthub.db import new_id
from contenthub.errors import ContentHubError, Invalid, NotFound, Unavailable
from contenthub.sharing import bridge
from contenthub.sharing.bots import is_looking, is_person
from contenthub.sharing.codes import normalise
from contenthub.sharing.inbox import FETCH, VIEW, Coalescer, Seen, inbox_sink
from contenthub.sharing.tokens import microseconds, read_token, token
from contenthub.web.addresses import client_address
from contenthub.web.edge import Receive, Scope, Send
from contenthub.web.house import House
from contenthub.web.landing import visitors
from contenthub.web.landing.limits import Misses
from contenthub.web.landing.skeleton import Skeleton, skeleton
from contenthub.web.landing.targets import Target, Targets
from contenthub.web.landing.watch import Watch
from contenthub.web.landing.words import LOST, NOBODY

ROOTS = ("/s/", CARD_ROOT := "/c/")
"""Codes of posters are in capitals, so both roots are known in capitals too."""
BEACON_BYTES = 4096
VISIBLE_MS = 1000
_HTML = (b"content-type", b"text/html; charset=utf-8")
_NO_STORE = (b"cache-control", b"no-store")
_ROBOTS = (b"x-robots-tag", b"noindex")
_PURPOSES = (b"sec-purpose", b"purpose", b"x-moz", b"x-purpose")


class Report(msgspec.Struct):
    """What a page's script reports; `dwell_ms` and `visible_ms` mean the same."""

    token: str
    kind: str = "view"
    visible_ms: int = 0
    dwell_ms: int = 0


_reports = msgspec.json.Decoder(Report)


class Traffic:
    """Looks at the path first; what is not share traffic falls through to Litestar."""

    def __init__(self, app: Any, house: House) -> None:
        self._app = app
        self._settings = house.settings
        self._targets = Targets(house)
        self._inbox = Coalescer(inbox_sink(house.database))
        self._bridge = Coalescer(bridge.stream_sink(house.redis), hung_seconds=bridge.HUNG_SECONDS)
        self._misses = Misses()
        self._notices: dict[int, Skeleton] = {}
        self._watch = Watch(house.database, self._targets)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one connection."""
        if scope["type"] == "lifespan":
            self._watch.start()
            try:
                await self._app(scope, receive, send)
            finally:
                await self._watch.stop()
            return
        path: str = scope.get("path", "")
        root = path[:3].lower()
        if scope["type"] != "http" or root not in ROOTS:
            await self._app(scope, receive, send)
            return
        code, _, rest = path[3:].partition("/")
        method: str = scope["method"]
        if not rest and method in ("GET", "HEAD"):
            await self._page(scope, send, code, is_card=root == CARD_ROOT)
        elif rest == "beacon" and method == "POST":
            await self._beacon(scope, receive, send, code=code)
        else:
            await self._app(_as_written(scope, root, code, rest=rest), receive, send)

    async def _page(self, scope: Scope, send: Send, code: str, *, is_card: bool) -> None:
        target = await self._find(scope, send, code)
        if target is None:
            return
        if is_card and target.card is None and target.gone_status != 503:
            await self._notice(scope, send, 404)
            return
        headers = dict(scope["headers"])
        now_us = time.time_ns() // 1000
        visitor = visitors.visitor_in(headers.get(b"cookie", b""), self._settings)
        known = visitor is not None
        visitor = visitor or visitors.new_visitor().bytes
        visit = new_id().bytes
        browser = headers.get(b"user-agent", b"").decode("latin-1")
        if is_person(browser) and is_looking(scope["method"], _purpose(headers)):
            await self._record(_seen(target, FETCH, visitor, visit=visit, at_us=now_us))
        page, status = target.card if is_card else target.page, 200
        is_over = target.closes_at and microseconds(target.closes_at) <= now_us
        if page is None or (is_over and not is_card):
            page, status = target.gone, target.gone_status
        mark = token(visit, now_us, link_id=target.link, browser=browser, sign=target.sign)
        state = scope["state"]
        state["quiet"] = status == 200
        nonce: str = state["csp_nonce"]
        body = page.fill(target.code, mark.encode(), nonce.encode())
        extra = () if known else ((b"set-cookie", visitors.header(visitor, self._settings)),)
        await _answer(scope, send, status, body=body, extra=extra)

    async def _find(self, scope: Scope, send: Send, code: str) -> Target | None:
        """Return the target of a code, or answer 404, 429 or 503 and return None."""
        if (known := self._targets.known(code)) is not None:
            return known
        meant = normalise(code)
        if meant is not None:
            if (known := self._targets.known(meant)) is not None:
                return known
            try:
                return await self._targets.find(meant, at=datetime.now(UTC))
            except NotFound:
                pass
            except Unavailable:
                await self._notice(scope, send, 503)
                return None
        address = client_address(scope)
        if self._misses.add(address, now_seconds=time.time()):
            # A malformed and an unknown code get the same answer: nothing to learn (A2).
            await self._notice(scope, send, 404)
        else:
            await self._notice(scope, send, 429)
        return None

    async def _record(self, seen: Seen) -> bool:
        """Return whether the visit is in PostgreSQL; Redis alone is no acknowledgement."""
        try:
            await self._inbox.submit(seen)
        except ContentHubError as error:
            cause = repr(error.__cause__ or error)[:200]
            try:
                await self._bridge.submit(seen)
            except ContentHubError:
                # The customer still gets the page; a number of ours is what is lost.
                log.event("visit.lost", level=logging.ERROR, error=cause)
            else:
                log.event("visit.bridged", level=logging.WARNING, error=cause)
            return False
        return True

    async def _beacon(self, scope: Scope, receive: Receive, send: Send, *, code: str) -> None:
        headers = dict(scope["headers"])
        browser = headers.get(b"user-agent", b"").decode("latin-1")
        target = await self._find(scope, send, code)
        if target is None:
            return
        now = datetime.now(UTC)
        try:
            report = _reports.decode(await _body(receive))
            page = read_token(
                report.token, link_id=target.link, browser=browser, sign=target.sign, now=now
            )
        except (msgspec.DecodeError, UnicodeError, Invalid) as error:
            await _problem(scope, send, 400, detail=str(error))
            return
        open_ms = (now - page.at).total_seconds() * 1000
        dwell_ms = max(report.visible_ms, report.dwell_ms)
        person = is_person(browser) and is_looking("GET", _purpose(headers))
        seen_ms = min(open_ms, dwell_ms)
        if person and seen_ms >= VISIBLE_MS * 0.9 and (target.page or target.card):
            visitor = visitors.visitor_in(headers.get(b"cookie", b""), self._settings)
            seen = _seen(
                target,
                VIEW,
                visitor,
                visit=page.visit_id.bytes,
                at_us=microseconds(page.at),
                dwell_ms=int(min(max(dwell_ms, 0), open_ms)),
            )
            if not await self._record(seen):
                await _problem(scope, send, 503, detail=Unavailable.title)
                return
        scope["state"]["quiet"] = True
        await send({"type": "http.response.start", "status": 204, "headers": [_NO_STORE]})
        await send({"type": "http.response.body", "body": b""})

    async def _notice(self, scope: Scope, send: Send, status: int) -> None:
        if status not in self._notices:
            self._notices[status] = skeleton("landing/lost.html", bank=NOBODY, lost=LOST[status])
        nonce: str = scope["state"]["csp_nonce"]
        body = self._notices[status].fill(b"", b"", nonce.encode())
        extra = ((b"retry-after", b"60"),) if status in (429, 503) else ()
        await _answer(scope, send, status, body=body, extra=extra)


def _purpose(headers: dict[bytes, bytes]) -> str:
    return b" ".join(headers.get(name, b"") for name in _PURPOSES).decode("latin-1")


def _seen(
    target: Target,
    kind: str,
    visitor: bytes | None,
    *,
    visit: bytes,
    at_us: int,
    dwell_ms: int = 0,
) -> Seen:
    return Seen(
        kind,
        target.tenant.bytes,
        target.link,
        target.item,
        target.employee,
        visitor,
        visit,
        at_us,
        dwell_ms,
    )


def _as_written(scope: Scope, root: str, code: str, *, rest: str) -> Scope:
    """Return the scope with the code as it was given out, so that routes see one spelling."""
    path = root + (normalise(code) or code) + (f"/{rest}" if rest else "")
    return {**scope, "path": path, "raw_path": path.encode()}


async def _body(receive: Receive) -> bytes:
    body = b""
    while len(body) <= BEACON_BYTES:
        message = await receive()
        body += bytes(message.get("body", b""))
        if not message.get("more_body") or message["type"] == "http.disconnect":
            return body
    raise Invalid.of("body", "上报内容过大")


async def _answer(
    scope: Scope,
    send: Send,
    status: int,
    *,
    body: bytes,
    extra: tuple[tuple[bytes, bytes], ...] = (),
) -> None:
    length = (b"content-length", str(len(body)).encode())
    headers = [_HTML, _NO_STORE, _ROBOTS, length, *extra]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    shown = b"" if scope["method"] == "HEAD" else body
    await send({"type": "http.response.body", "body": shown})


async def _problem(scope: Scope, send: Send, status: int, *, detail: str) -> None:
    body = msgspec.json.encode(
        {
            "type": "urn:contenthub:beacon",
            "title": "上报没有被接受",
            "status": status,
            "detail": detail[:200],
            "code": "beacon",
            "errors": [],
            "request_id": scope["state"]["request_id"],
        }
    )
    headers = [(b"content-type", b"application/problem+json"), _NO_STORE]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})
