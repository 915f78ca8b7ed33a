"""The WeCom HTTP client: one bank's app, seen as a Channel.

It judges only `errcode` (absent means 0), never `errmsg` or the HTTP status of a JSON reply.
It retries reads, refreshes a token once, uploads a dead picture once; it never repeats a send
by itself, because only the caller's ledger knows whether that is safe.
"""

import asyncio
import hashlib
import random
import time
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Collection, Mapping
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any, ParamSpec, TypeVar

import httpx

from contenthub.channels import wecom_requests as requests
from contenthub.channels.channel import (
    ChannelError,
    ContactWay,
    OverLimit,
    PageSignature,
    PersonResult,
    Receipt,
    Retry,
    SendRequest,
    Still,
    Unknown,
)
from contenthub.channels.gate import Gate
from contenthub.channels.tokens import MemoryTokens, Token, TokenStore
from contenthub.channels.wecom_http import Wire

P = ParamSpec("P")
T = TypeVar("T")

_SEND_SECONDS = 45
"""A whole `send`, uploads and token included; the caller's lease is 60 s."""
_READ_PAUSES_SECONDS = (0.5, 1.0)
_DOUBTFUL = (-1, 6000)
"""Codes documented as "not done" that an overloaded server may give after having done it."""
_NO_SUCH_WAY = 41044
_LOOK_AGAIN_SECONDS = 1.0
_CLOCK_SKEW = timedelta(hours=1)
"""A node without time service is minutes off; a send missed for that would be sent twice."""
_MEDIA_LIFE_SECONDS = 2.5 * 86_400
_MEDIA_KEPT = 1_000
_SECRET_REST_SECONDS = 600.0
"""After a wrong secret gettoken rests: repeated tries ban our IP for an hour (wecom.md §1)."""


async def _pause(seconds: float) -> None:
    # Spread, so that several workers do not knock again at the same instant.
    await asyncio.sleep(seconds * (0.5 + random.random()))  # noqa: S311  # not a secret


class WeComClient:
    """One (corp, app) of one bank; implements Channel. Make one per process and app.

    `base_url` has no `/cgi-bin`; `http` is the caller's to close; `gate` may be shared by the
    clients of a process; `clock` gives epoch seconds and `pause` sleeps (arguments for tests).
    """

    def __init__(
        self,
        base_url: str,
        *,
        corpid: str,
        secret: str,
        agentid: int,
        http: httpx.AsyncClient,
        tokens: TokenStore | None = None,
        gate: Gate | None = None,
        clock: Callable[[], float] = time.time,
        pause: Callable[[float], Awaitable[None]] = _pause,
    ) -> None:
        self._corpid, self._secret, self._agentid = corpid, secret, agentid
        self._tokens: TokenStore = MemoryTokens() if tokens is None else tokens
        self._wire = Wire(
            base_url, corpid=corpid, secret=secret, http=http, gate=gate if gate else Gate()
        )
        self._clock, self._pause = clock, pause
        name = "\n".join((base_url, corpid, str(agentid), secret))
        digest = hashlib.sha256(name.encode()).hexdigest()[:32]
        self._token_key, self._ticket_key = f"wecom-token:{digest}", f"wecom-ticket:{digest}"
        self._token_lock, self._ticket_lock = asyncio.Lock(), asyncio.Lock()
        self._secret_error: tuple[ChannelError, float] | None = None
        self._media: OrderedDict[str, tuple[str, float]] = OrderedDict()

    def __repr__(self) -> str:
        return f"WeComClient({self._corpid}, agentid={self._agentid})"

    async def send(self, request: SendRequest) -> Receipt:
        """Return the receipt of a group-send task that the employee will be asked to confirm.

        Raises: OverLimit before any call; Unknown when the answer is lost; ChannelError
        otherwise (41048: none of the customers can be reached).
        """
        requests.check_send(request)
        started_at = datetime.fromtimestamp(self._clock(), UTC)
        try:
            async with asyncio.timeout(_SEND_SECONDS):
                try:
                    return await self._submit(request)
                except ChannelError as error:
                    if error.errcode not in _DOUBTFUL:
                        raise
                    return await self._doubted(request, error, started_at=started_at)
        except TimeoutError:
            raise Unknown(f"{_SEND_SECONDS} 秒内没有完成发送") from None

    async def find(
        self, sender_userid: str, marker: str, *, since: datetime, until: datetime
    ) -> str | None:
        """Return the msgid of the send carrying `marker`, made between the two instants.

        The window is widened by an hour for clock skew, which is safe as a marker is
        unique. `sender_userid` is not compared: WeCom lists no creator for API-made sends.
        """
        del sender_userid
        for start, end in requests.windows(since - _CLOCK_SKEW, until + _CLOCK_SKEW):
            body = {
                "chat_type": "single",
                "start_time": start,
                "end_time": end,
                "filter_type": 2,
                "limit": 100,
            }
            rows = await self._pages(
                "externalcontact/get_groupmsg_list_v2", body, key="group_msg_list"
            )
            for row in rows:
                if _read_as(requests.carries, marker, row) and row.get("msgid"):
                    return str(row["msgid"])
        return None

    async def results(self, msgid: str, sender_userid: str) -> list[PersonResult]:
        """Return every customer's state; right after creation raises ChannelError(WAIT), 41063."""
        rows = await self._pages(
            "externalcontact/get_groupmsg_send_result",
            {"msgid": msgid, "userid": sender_userid, "limit": 1000},
            key="send_list",
        )
        found = (_read_as(requests.person_result, row) for row in rows)
        return [one for one in found if one is not None]

    async def confirmed_at(self, msgid: str, sender_userid: str) -> datetime | None:
        """Return when the employee confirmed the send, None while they have not."""
        rows = await self._pages(
            "externalcontact/get_groupmsg_task", {"msgid": msgid, "limit": 1000}, key="task_list"
        )
        for row in rows:
            if row.get("userid") == sender_userid and row.get("status") == 2:
                return _read_as(_instant, row.get("send_time"))
        return None

    async def remind(self, msgid: str) -> None:
        """Remind the employees who have not confirmed; at most 3 times in 24 hours (41094)."""
        await self._call("externalcontact/remind_groupmsg_send", {"msgid": msgid})

    async def cancel(self, msgid: str) -> None:
        """Withdraw a send nobody has confirmed yet; what was delivered stays delivered."""
        await self._call("externalcontact/cancel_groupmsg_send", {"msgid": msgid})

    async def notify(self, userid: str, text: str) -> None:
        """Show `text` to one employee; a repeat within 30 minutes is dropped by WeCom."""
        body = requests.notice(userid, text, agentid=self._agentid)
        reply = await self._call("message/send", body)
        if reply.get("invaliduser") or reply.get("unlicenseduser"):
            raise ChannelError(
                f"员工 {userid} 收不到应用消息，请核对其企业微信账号、应用可见范围和接口许可",
                retry=Retry.CONFIG,
                errcode=81013,
            )

    async def upload(self, data: bytes, filename: str, mime: str) -> str:
        """Return the media id, valid 3 days; raises OverLimit before the call."""
        kind = requests.media_kind(data, mime)
        reply = await self._call(
            "media/upload", params={"type": kind}, files={"media": (filename, data, mime)}
        )
        if not isinstance(media_id := reply.get("media_id"), str) or not media_id:
            raise ChannelError("企业微信没有返回素材编号")
        return media_id

    async def add_contact_way(self, userid: str, *, state: str, remark: str) -> ContactWay:
        """Return a new 「联系我」 code of one employee; who scans it comes with `state`.

        Not to be repeated blindly: each call makes one more of the corp's 500,000.
        """
        body = requests.contact_way(userid, state=state, remark=remark)
        reply = await self._call("externalcontact/add_contact_way", body)
        config_id, qr_url = reply.get("config_id"), reply.get("qr_code")
        if not isinstance(config_id, str) or not config_id or not isinstance(qr_url, str):
            raise Unknown("企业微信接受了请求但没有返回「联系我」编号")
        return ContactWay(config_id, qr_url)

    async def contact_ways(
        self, state: str, *, since: datetime, known: Collection[str] = ()
    ) -> list[ContactWay]:
        """Return the codes made since then that carry `state`; `known` ones are not asked about.

        WeCom lists numbers only, of what was made after 2021-07-10.
        """
        began = int((since - _CLOCK_SKEW).timestamp())
        body = {"start_time": began, "limit": 1000}
        rows = await self._pages("externalcontact/list_contact_way", body, key="contact_way")
        found = []
        for number in {str(row.get("config_id")) for row in rows} - set(known):
            asked = {"config_id": number}
            way = (await self._read("externalcontact/get_contact_way", asked)).get("contact_way")
            if isinstance(way, dict) and way.get("state") == state:
                found.append(ContactWay(number, str(way.get("qr_code", ""))))
        return found

    async def del_contact_way(self, config_id: str) -> None:
        """Delete a 「联系我」 code; one that is gone already is no error."""
        try:
            await self._call("externalcontact/del_contact_way", {"config_id": config_id})
        except ChannelError as error:
            if error.errcode != _NO_SUCH_WAY:
                raise

    async def page_signature(self, url: str, *, noncestr: str) -> PageSignature:
        """Return what lets a web page of ours at `url` call the app's JS-SDK (wecom.md §5).

        The ticket is kept for 90 % of its life: WeCom gives out 100 an hour to an app.
        """
        async with self._ticket_lock:
            kept = await self._tokens.read(self._ticket_key)
            if kept is None or not kept.is_fresh(self._clock()):
                kept = await self._new_ticket()
        now_seconds = int(self._clock())
        signed = requests.page_signature(kept.value, url, noncestr=noncestr, at=now_seconds)
        return PageSignature(self._corpid, self._agentid, now_seconds, noncestr, signed)

    async def _new_ticket(self) -> Token:
        asked_at = self._clock()
        try:
            value, life_seconds = await self._with_token(self._wire.fetch_ticket)
        except ChannelError as error:
            raise _certain(error) from None
        made = Token(value, asked_at, asked_at + life_seconds)
        await self._tokens.write(self._ticket_key, made)
        return made

    async def _submit(self, request: SendRequest) -> Receipt:
        try:
            reply = await self._post_send(request)
        except ChannelError as error:
            if error.retry is not Retry.REUPLOAD or request.message.picture is None:
                raise
            self._media.pop(_digest(request.message.picture), None)
            reply = await self._post_send(request)
        if not isinstance(msgid := reply.get("msgid"), str) or not msgid:
            raise Unknown("企业微信接受了请求但没有返回群发编号")
        failed = reply.get("fail_list") or []
        return Receipt(msgid, [str(one) for one in failed])

    async def _post_send(self, request: SendRequest) -> dict[str, Any]:
        media_id = await self._picture_id(request)
        body = requests.group_send(request, media_id=media_id)
        return await self._call("externalcontact/add_msg_template", body, still=request.still)

    async def _picture_id(self, request: SendRequest) -> str | None:
        picture = request.message.picture
        if picture is None:
            return request.message.picture_media_id
        digest = _digest(picture)
        kept = self._media.get(digest)
        if kept and self._clock() < kept[1]:
            return kept[0]
        mime = "image/png" if picture.startswith(b"\x89PNG") else "image/jpeg"
        try:
            media_id = await self.upload(picture, f"{digest[:16]}.{mime[6:]}", mime)
        except OverLimit:
            raise
        except ChannelError as error:
            raise _certain(error) from None
        self._media[digest] = (media_id, self._clock() + _MEDIA_LIFE_SECONDS)
        if len(self._media) > _MEDIA_KEPT:
            self._media.popitem(last=False)
        return media_id

    async def _doubted(
        self, request: SendRequest, error: ChannelError, *, started_at: datetime
    ) -> Receipt:
        """Believe a "busy" only after the list of sends says so too."""
        await self._pause(_LOOK_AGAIN_SECONDS)
        try:
            until = datetime.fromtimestamp(self._clock(), UTC)
            msgid = await self.find(
                request.sender_userid, request.marker, since=started_at, until=until
            )
        except ChannelError:
            raise Unknown("企业微信繁忙，且暂时查不到是否已接受") from error
        if msgid is None:
            raise error
        return Receipt(msgid, [])

    async def _pages(self, path: str, body: Mapping[str, Any], *, key: str) -> list[dict[str, Any]]:
        rows: list[dict[str, Any]] = []
        seen: set[str] = set()
        cursor = ""
        while True:
            reply = await self._read(path, {**body, "cursor": cursor})
            page = reply.get(key) or []
            if not isinstance(page, list) or not all(isinstance(row, dict) for row in page):
                raise ChannelError(f"企业微信返回的 {key} 无法识别")
            rows += page
            cursor = str(reply.get("next_cursor") or "")
            # A server that repeats a cursor would keep us here for ever.
            if not cursor or cursor in seen:
                return rows
            seen.add(cursor)

    async def _read(self, path: str, body: Mapping[str, Any]) -> dict[str, Any]:
        """Call a path that changes nothing, so a lost answer is simply asked for again."""
        for pause_seconds in _READ_PAUSES_SECONDS:
            try:
                return await self._call(path, body)
            except ChannelError as error:
                if error.retry is not Retry.BUSY:
                    raise
            await self._pause(pause_seconds)
        try:
            return await self._call(path, body)
        except ChannelError as error:
            raise _certain(error) from None

    async def _call(
        self,
        path: str,
        body: Mapping[str, Any] | None = None,
        *,
        params: Mapping[str, str] | None = None,
        files: Mapping[str, tuple[str, bytes, str]] | None = None,
        still: Still | None = None,
    ) -> dict[str, Any]:
        sent: dict[str, Any] = {"body": body, "params": params, "files": files, "still": still}
        return await self._with_token(partial(self._wire.post, path, **sent))

    async def _with_token(self, ask: Callable[[str], Awaitable[T]]) -> T:
        """Return what a call gives; with a fresh access token where the kept one is refused."""
        token = await self._token()
        try:
            return await ask(token)
        except ChannelError as error:
            if error.retry is not Retry.REFRESH:
                raise
        return await ask(await self._token(stale=token))

    async def _token(self, *, stale: str | None = None) -> str:
        """Return a token other than `stale`; those who wait share the one fetch."""
        async with self._token_lock:
            kept = await self._tokens.read(self._token_key)
            if kept and kept.value != stale and kept.is_fresh(self._clock()):
                return kept.value
            if self._secret_error and self._clock() < self._secret_error[1]:
                raise self._secret_error[0]
            asked_at = self._clock()
            try:
                value, life_seconds = await self._wire.fetch_token()
            except ChannelError as error:
                certain = _certain(error)
                if certain.retry is Retry.CONFIG:
                    self._secret_error = (certain, asked_at + _SECRET_REST_SECONDS)
                raise certain from None
            self._secret_error = None
            await self._tokens.write(
                self._token_key, Token(value, asked_at, asked_at + life_seconds)
            )
            return value


def _certain(error: ChannelError) -> ChannelError:
    """Return the error of a step that sends nothing, where a lost answer means "try again"."""
    return ChannelError(error.detail) if isinstance(error, Unknown) else error


def _digest(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def _instant(seconds: object) -> datetime:
    return datetime.fromtimestamp(int(str(seconds)), UTC)


def _read_as(reader: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
    """Return what `reader` makes of a reply; a shape it cannot read is the channel's fault."""
    try:
        return reader(*args, **kwargs)
    except (TypeError, ValueError, AttributeError, OverflowError) as error:
        raise ChannelError("企业微信返回的内容无法识别") from error
