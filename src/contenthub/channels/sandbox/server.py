"""The sandbox's process: plain ASGI on uvicorn, faults included.

`serve` is what `contenthub sandbox` calls. A fault that loses an answer does the work first and
then breaks the connection, which is the case a sender has to survive.
"""

import asyncio
import json
import time
from collections import defaultdict
from collections.abc import Awaitable, Callable, Mapping, MutableMapping
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl

import uvicorn

from contenthub.channels.sandbox import api, chance
from contenthub.channels.sandbox.desk import Answer, Desk, Visit
from contenthub.channels.sandbox.ledger import Ledger
from contenthub.channels.sandbox.options import Options
from contenthub.errors import ContentHubError

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]

_API = "/cgi-bin/"
_BODY_MAX_BYTES = 25 * 1024 * 1024
_REFUSALS = {
    "busy": (-1, "system busy"),
    "crowded": (45033, "api concurrent out of limit"),
    "limited": (45009, "api freq out of limit"),
}
_STATE_FILE = "sandbox.sqlite3"


def serve(
    host: str, port: int, state_dir: Path, *, options: Mapping[str, Any] | None = None
) -> None:
    """Run the sandbox until SIGTERM or SIGINT; its state is kept in `state_dir`.

    `options` holds fields of Options by name; a wrong one raises Invalid before it listens.
    Bind it to this machine only: it has no log-in, and accepts any new corp with any secret.
    """
    chosen = Options().changed(options or {})
    uvicorn.Server(config(host, port, state_dir, options=chosen)).run()


def config(host: str, port: int, state_dir: Path, *, options: Options) -> uvicorn.Config:
    """Return uvicorn's configuration of a sandbox; port 0 picks a free one."""
    return uvicorn.Config(
        Sandbox(state_dir, options=options),
        host=host,
        port=port,
        log_level="critical",  # a broken answer is our wish here, not an error worth a trace
        access_log=False,
        ws="none",
        lifespan="on",
        timeout_graceful_shutdown=1,
    )


class Sandbox:
    """The ASGI application; `clock` gives epoch seconds."""

    def __init__(
        self, state_dir: Path, *, options: Options, clock: Callable[[], float] = time.time
    ) -> None:
        self._file, self._options, self._clock = state_dir / _STATE_FILE, options, clock
        self._ledger: Ledger
        self._desk: Desk
        self._calls = 0
        self._minutes: dict[tuple[str, str], tuple[int, int]] = defaultdict(lambda: (0, 0))

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one HTTP request, or open and close the state with the server."""
        if scope["type"] == "lifespan":
            await self._lifespan(receive, send)
            return
        raw = await _read(receive)
        if raw is None:
            await _send(send, Answer(b"{}", status=413))
            return
        query = dict(parse_qsl(scope["query_string"].decode("latin-1")))
        heads = {name.lower(): value for name, value in scope["headers"]}
        kind = heads.get(b"content-type", b"").decode("latin-1")
        path, method = scope["path"], scope["method"]
        if path.startswith(_API):
            host = heads.get(b"host", b"").decode("latin-1")
            asked = api.Call("", query, kind, raw, self._clock(), f"http://{host}")
            await self._call(path.removeprefix(_API), asked, send=send)
            return
        visit = Visit(path, query, kind, raw, self._clock())
        await _send(send, self._visit(method, visit))

    async def _lifespan(self, receive: Receive, send: Send) -> None:
        await receive()
        self._ledger = Ledger(self._file, self._options)
        self._desk = Desk(self._ledger)
        await send({"type": "lifespan.startup.complete"})
        await receive()
        self._ledger.close()
        await send({"type": "lifespan.shutdown.complete"})

    def _visit(self, method: str, visit: Visit) -> Answer:
        try:
            return self._desk.answer(method, visit)
        except ContentHubError as error:
            body = {"title": error.title, "status": error.status, "detail": error.detail}
            fields = getattr(error, "fields", None)
            if fields:
                body["fields"] = fields
            return Answer(json.dumps(body, ensure_ascii=False).encode(), status=error.status)

    async def _call(self, path: str, asked: api.Call, *, send: Send) -> None:
        fault = self._fault(path)
        options = self._ledger.options
        await asyncio.sleep(options.latency_seconds)
        if isinstance(fault, int):
            await _send(send, _reply({"errcode": fault, "errmsg": "scripted"}))
            return
        if fault in _REFUSALS:
            errcode, errmsg = _REFUSALS[fault]
            await _send(send, _reply({"errcode": errcode, "errmsg": errmsg}))
            return
        try:
            reply = {"errcode": 0, "errmsg": "ok", **self._work(path, asked)}
        except api.No as no:
            reply = no.reply
        if fault == "false_busy":
            reply = {"errcode": -1, "errmsg": "system busy"}
        answer = _reply(reply)
        if fault == "truncated":
            await _send(send, answer._replace(body=answer.body[: len(answer.body) // 2]))
        elif fault in ("lost", "hang"):
            await asyncio.sleep(options.hang_seconds if fault == "hang" else 0)
            await _cut(send, answer)
        else:
            await _send(send, answer)

    def _fault(self, path: str) -> str | int | None:
        for number, (scripted, fault) in enumerate(self._desk.script):
            if scripted == path:
                del self._desk.script[number]
                return fault
        if path == "gettoken":
            return None
        self._calls += 1
        options = self._ledger.options
        return chance.fault_of(options.seed, self._calls, rate=options.fault_rate)

    def _work(self, path: str, asked: api.Call) -> api.Reply:
        at = self._clock()
        if path == "gettoken":
            return api.get_token(self._ledger, asked.query, at=at)
        corpid = api.corp_of(self._ledger, asked.query, at=at)
        handler = api.PATHS.get(path)
        if handler is None:
            raise api.No(48002, "api forbidden: the sandbox does not know this path")
        self._count(corpid, path, at=at)
        return handler(self._ledger, asked._replace(corpid=corpid, at=at))

    def _count(self, corpid: str, path: str, *, at: float) -> None:
        """Count the call in its minute; raises 45009 beyond the corp's limit."""
        minute = int(at // 60)
        kept, count = self._minutes[corpid, path]
        count = count + 1 if kept == minute else 1
        self._minutes[corpid, path] = (minute, count)
        if count > self._ledger.options.per_minute_limit:
            raise api.No(45009, "api freq out of limit")


def _reply(reply: api.Reply) -> Answer:
    return Answer(json.dumps(reply, ensure_ascii=False).encode())


async def _read(receive: Receive) -> bytes | None:
    """Return the request's body; None when it is larger than any upload may be."""
    raw = bytearray()
    while True:
        event = await receive()
        raw += event.get("body", b"")
        if len(raw) > _BODY_MAX_BYTES:
            return None
        if not event.get("more_body"):
            return bytes(raw)


async def _send(send: Send, answer: Answer) -> None:
    heads = [
        (b"content-type", answer.mime.encode()),
        (b"content-length", str(len(answer.body)).encode()),
        (b"x-content-type-options", b"nosniff"),
    ]
    if answer.location:
        heads.append((b"location", answer.location.encode()))
    await send({"type": "http.response.start", "status": answer.status, "headers": heads})
    await send({"type": "http.response.body", "body": answer.body})


async def _cut(send: Send, answer: Answer) -> None:
    """Promise the whole answer and stop before its first byte: the server drops the connection."""
    heads = [(b"content-length", str(len(answer.body)).encode())]
    await send({"type": "http.response.start", "status": 200, "headers": heads})
