"""One WeCom HTTP call: written, timed, judged; secrets kept out of logs and errors."""

import asyncio
import json
import logging
import re
from collections.abc import Mapping
from typing import Any

import httpx

from contenthub.channels.channel import ChannelError, Retry, Still, Unknown
from contenthub.channels.gate import Gate
from contenthub.channels.wecom_errors import error_of

_TIMEOUT = httpx.Timeout(connect=5.0, write=10.0, read=15.0, pool=5.0)
_TOTAL_SECONDS = 18.0
_SECRET_PARAMETER = re.compile(r"((?:access_token|corpsecret)=)[^&\s\"']+")
# Raised before a byte of the request was written, so nothing can have happened.
_NOT_WRITTEN = (
    httpx.ConnectError,
    httpx.ConnectTimeout,
    httpx.PoolTimeout,
    httpx.UnsupportedProtocol,
    httpx.InvalidURL,
    httpx.ProxyError,
)

log = logging.getLogger(__name__)


class HideSecrets(logging.Filter):
    """Takes access tokens and corp secrets out of httpx's own request log lines."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Return True, with the record's text scrubbed."""
        text = record.getMessage()
        clean = scrubbed(text)
        if clean != text:
            record.msg, record.args = clean, ()
        return True


def scrubbed(text: str) -> str:
    """Return the text with the values of `access_token=` and `corpsecret=` hidden."""
    return _SECRET_PARAMETER.sub(r"\1***", text)


class Wire:
    """The HTTP side of one corp's client: paths in, replies with errcode 0 out."""

    def __init__(
        self, base_url: str, *, corpid: str, secret: str, http: httpx.AsyncClient, gate: Gate
    ) -> None:
        self._root = base_url.rstrip("/") + "/cgi-bin/"
        self._corpid, self._secret = corpid, secret
        self._http, self._gate = http, gate
        httpx_log = logging.getLogger("httpx")
        if not any(isinstance(one, HideSecrets) for one in httpx_log.filters):
            httpx_log.addFilter(HideSecrets())

    async def fetch_token(self) -> tuple[str, float]:
        """Return a new access token and its life in seconds."""
        query = {"corpid": self._corpid, "corpsecret": self._secret}
        reply = await self._ask("GET", "gettoken", params=query, hide=(self._secret,))
        token, life = reply.get("access_token"), reply.get("expires_in", 7200)
        if not isinstance(token, str) or not token or not isinstance(life, int | float):
            raise ChannelError("企业微信没有返回访问凭证")
        return token, float(life)

    async def fetch_ticket(self, token: str) -> tuple[str, float]:
        """Return the app's ticket for signing web pages and its life in seconds."""
        query = {"type": "agent_config", "access_token": token}
        reply = await self._ask("GET", "ticket/get", params=query, hide=(token, self._secret))
        ticket, life = reply.get("ticket"), reply.get("expires_in", 7200)
        if not isinstance(ticket, str) or not ticket or not isinstance(life, int | float):
            raise ChannelError("企业微信没有返回网页签名票据")
        return ticket, float(life)

    async def post(
        self,
        path: str,
        token: str,
        *,
        body: Mapping[str, Any] | None = None,
        params: Mapping[str, str] | None = None,
        files: Mapping[str, tuple[str, bytes, str]] | None = None,
        still: Still | None = None,
    ) -> dict[str, Any]:
        """Return the reply to a POST of JSON `body` or of multipart `files`.

        `still` is asked when the call's turn has come. Raises Unknown when the request was
        written and no readable answer came back; what `still` raises, with nothing written.
        """
        return await self._ask(
            "POST",
            path,
            params={**(params or {}), "access_token": token},
            hide=(token, self._secret),
            still=still,
            json=body,
            files=files,
        )

    async def _ask(
        self,
        method: str,
        path: str,
        *,
        hide: tuple[str, ...],
        still: Still | None = None,
        **sent: Any,
    ) -> dict[str, Any]:
        async with self._gate.lane(self._corpid, path):
            if still is not None:
                await still()
            try:
                reply = await self._exchange(method, path, **sent)
                errcode = _errcode(reply)
            except ChannelError as error:
                log.warning(
                    "wecom.no_answer",
                    extra={"fields": {"path": path, "why": error.detail}},
                )
                raise
            if errcode == 0:
                self._gate.passed(self._corpid, path)
                return reply
            refusal = error_of(errcode, str(reply.get("errmsg", "")), hide=hide)
            if refusal.retry is Retry.BREAKER:
                refusal.retry_after_seconds = await self._gate.trip(self._corpid, path)
            log.warning("wecom.refused", extra={"fields": {"path": path, "errcode": errcode}})
            raise refusal

    async def _exchange(self, method: str, path: str, **sent: Any) -> dict[str, Any]:
        # `from None`: httpx's exceptions hold the request, whose URL holds the token.
        try:
            async with asyncio.timeout(_TOTAL_SECONDS):
                response = await self._http.request(
                    method, self._root + path, timeout=_TIMEOUT, follow_redirects=False, **sent
                )
        except _NOT_WRITTEN as error:
            raise ChannelError(f"连接不上企业微信（{type(error).__name__}）") from None
        except (httpx.HTTPError, TimeoutError) as error:
            raise Unknown(f"企业微信没有应答（{type(error).__name__}）") from None
        return _reply_of(response)


def _reply_of(response: httpx.Response) -> dict[str, Any]:
    """Return the JSON object of a response; errcode decides, not the HTTP status."""
    try:
        reply = json.loads(response.content)
    except (ValueError, RecursionError):
        reply = None
    if isinstance(reply, dict) and (response.is_success or "errcode" in reply):
        return reply
    if response.status_code == 429:
        raise ChannelError("企业微信网关限流", retry_after_seconds=60.0)
    if 300 <= response.status_code < 500 and response.status_code not in (408, 499):
        raise ChannelError(
            f"企业微信地址不正确或被网关拒绝（HTTP {response.status_code}），请管理员核对渠道设置",
            retry=Retry.CONFIG,
        )
    raise Unknown(f"企业微信的应答不完整（HTTP {response.status_code}）")


def _errcode(reply: Mapping[str, Any]) -> int:
    """Return the reply's errcode, 0 when it has none; an unreadable one leaves us in doubt."""
    try:
        return int(reply.get("errcode") or 0)
    except (TypeError, ValueError):
        raise Unknown("企业微信返回的错误码无法识别") from None
