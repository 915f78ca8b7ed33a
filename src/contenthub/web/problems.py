"""An error becomes problem+json (API), a fragment (htmx) or a full page; never a trace."""

import logging
import re
from collections.abc import Mapping
from http import HTTPStatus
from traceback import walk_tb
from typing import Any
from urllib.parse import quote

import msgspec
from litestar import MediaType, Request, Response
from litestar.exceptions import HTTPException, InternalServerException, ValidationException
from litestar.handlers import HTTPRouteHandler
from litestar.params import ParameterKwarg
from litestar.response import Redirect
from litestar.utils.scope.state import ScopeState

from contenthub import log
from contenthub.db import translate
from contenthub.errors import (
    ContentHubError,
    Invalid,
    NotFound,
    NotSignedIn,
    TooMany,
    Unavailable,
)
from contenthub.library.findings import HitsOpen
from contenthub.library.queries import NotLive
from contenthub.storage import is_full
from contenthub.tenants.duties import DutyFirst
from contenthub.web.house import house_of
from contenthub.web.idempotency import Replay
from contenthub.web.pages import go, is_fragment, page
from contenthub.web.platform.signin import OperatorFirst
from contenthub.web.validation import NO_JSON, fault

_TITLES = {
    400: "请求的内容格式不对",
    403: "没有权限，或页面已过期；请刷新页面后再试",
    404: "没有找到，可能已被删除或不属于本行",
    405: "这个地址不支持这种操作",
    413: "内容太大，请缩小后再上传",
    415: "不支持这种内容类型",
    429: "操作太频繁，请稍后再试",
}

_GONE = "client disconnected prematurely"
"""How Litestar says, as an error of the server's, that nobody waits for the answer."""
_GONE_STATUS = 499
"""nginx's number for it; no client reads it, the log does."""
_FULL = "磁盘已满，本次没有保存；请管理员清理空间或扩容，之后会自动恢复，已有数据不受影响"
_IN_BODY = re.compile(r" - at `\$\.data\.(.+)`$")


class Problem(msgspec.Struct, kw_only=True):
    """RFC 9457 problem details as every API error carries them."""

    type: str
    title: str
    status: int
    detail: str
    code: str
    errors: list[dict[str, str]]
    request_id: str


def problem_of(request: Request[Any, Any, Any], error: Exception) -> Problem:
    """Return the problem that an exception means; unknown ones are bugs and answer 500."""
    known: BaseException | None = error
    if _is_broken_form(error):
        known = Invalid.of("form", "表单里有不是 UTF-8 的文字；文件请作为文件上传（带文件名）")
    elif isinstance(error, InternalServerException):
        known = _wrong_field(error)
    elif not isinstance(error, ContentHubError | HTTPException):
        known = translate(error)
    errors: list[dict[str, str]] = []
    if isinstance(known, ContentHubError):
        status, code, title, detail = known.status, known.code, known.title, known.detail
        if isinstance(known, Unavailable) and is_full(house_of(request).settings.data_dir):
            detail = _FULL  # a database or Redis on this disk stops too, and says only that
        errors = _faults(known)
    elif isinstance(known, HTTPException) and known.status_code < 500:
        status, code = known.status_code, f"http_{known.status_code}"
        title = detail = _TITLES.get(status, HTTPStatus(status).phrase)
        if isinstance(known, ValidationException):
            errors = _validation(request, known)
            detail = "；".join(e["message"] for e in errors) or title
        elif status == HTTPStatus.BAD_REQUEST and request.content_type[0] == "application/json":
            detail = NO_JSON
    else:
        status, code, title = _logged(request, error)
        detail = title
    return Problem(
        type=f"urn:contenthub:{code}",
        title=title,
        status=status,
        detail=detail,
        code=code,
        errors=errors,
        request_id=request.scope["state"].get("request_id", ""),
    )


def _faults(known: ContentHubError) -> list[dict[str, str]]:
    """Return what a refusal says of single fields and findings."""
    if isinstance(known, Invalid):
        return [
            {"pointer": "/" + name.replace(".", "/"), "message": message}
            for name, message in known.fields.items()
        ]
    if isinstance(known, HitsOpen):
        return [_hit(hit) for hit in known.hits]
    if isinstance(known, NotLive):
        return [{"pointer": f"/{known.field}", "message": known.detail}]
    return []


def _hit(hit: Mapping[str, Any]) -> dict[str, str]:
    """Return a finding that stands against an approval; `kept` takes its `rule` and `where`."""
    where = str(hit.get("where", ""))
    facts = {name: str(hit.get(name, "")) for name in ("rule", "name", "severity", "text")}
    pointer = "/" + where.partition(":")[0].replace(".", "/")
    return {"pointer": pointer, "message": str(hit.get("advice", "")), "where": where, **facts}


def _logged(request: Request[Any, Any, Any], error: Exception) -> tuple[int, str, str]:
    if isinstance(error, InternalServerException) and error.detail == _GONE:
        log.event("request.abandoned", path=request.url.path)
        return _GONE_STATUS, "client_gone", "连接已断开，内容没有收完；请重新提交"
    log.event("request.failed", level=logging.ERROR, error=repr(error)[:500])
    logging.getLogger("contenthub").error("request.trace", exc_info=error)
    return 500, "bug", "系统内部错误，已记录；请把编号告诉管理员"


def _wrong_field(error: InternalServerException) -> HTTPException:
    # Litestar takes a body's field that is called like a dependency (`bank`, `me`, `now`) for
    # a dependency of ours that went wrong; where msgspec looked tells the two apart.
    cause = error.__cause__
    found = _IN_BODY.search(str(cause)) if isinstance(cause, msgspec.ValidationError) else None
    if found is None:
        return error
    return ValidationException(extra=[{"key": found[1], "message": str(cause)}])


def _validation(
    request: Request[Any, Any, Any], error: ValidationException
) -> list[dict[str, str]]:
    found = error.extra if isinstance(error.extra, list) else []
    names = _asked_as(request)
    return [
        fault(str(e.get("key", "")), str(e.get("message", "")), names=names)
        for e in found
        if isinstance(e, dict)
    ]


def _asked_as(request: Request[Any, Any, Any]) -> dict[str, str]:
    """Return what callers call a handler's parameters, where that is not Python's name."""
    handler = request.scope.get("route_handler")
    if not isinstance(handler, HTTPRouteHandler):
        return {}
    fields = handler.parsed_fn_signature.parameters
    return {
        name: field.kwarg_definition.name
        for name, field in fields.items()
        if isinstance(field.kwarg_definition, ParameterKwarg) and field.kwarg_definition.name
    }


def _is_broken_form(error: Exception) -> bool:
    # Litestar reads a part without a file name as text; bytes that are none end in its parser.
    # Anywhere else a text that cannot be decoded is our own bug.
    if not isinstance(error, UnicodeDecodeError):
        return False
    frames = list(walk_tb(error.__traceback__))
    return any(frame.f_code.co_filename.endswith("_multipart.py") for frame, _ in frames)


def _is_phone(request: Request[Any, Any, Any]) -> bool:
    return request.url.path.startswith("/m/") and not is_fragment(request)


def _cause(error: Exception) -> Exception:
    # Litestar throws a handler's error into the `db` generator; where that translates it
    # (a unique key, a full disk), Litestar wraps the translation in a group of one.
    while isinstance(error, ExceptionGroup) and len(error.exceptions) == 1:
        error = error.exceptions[0]
    return error


def answer_error(request: Request[Any, Any, Any], error: Exception) -> Response[Any]:
    """Return the answer to an error, in the form the asker understands."""
    error = _cause(error)
    problem = problem_of(request, error)
    headers = {"Cache-Control": "no-store"}
    if isinstance(error, TooMany):
        headers["Retry-After"] = str(error.retry_after_seconds)
    if _wants_json(request):
        return Response(
            content=msgspec.json.encode(problem),
            status_code=problem.status,
            media_type="application/problem+json",
            headers=headers,
        )
    if isinstance(error, DutyFirst):
        return go(request, error.page)
    if isinstance(error, OperatorFirst):
        return _to_login(request, "/platform/login")
    if isinstance(error, NotSignedIn) and request.url.path != "/platform/login":
        return _log_in_again(request, problem) if _is_log_in(request) else _to_login(request)
    if isinstance(error, NotLive) and request.method == "GET" and _is_phone(request):
        values = {"plainly": error.plainly, "is_script": error.kind == "script"}
        return page(request, "h5/gone.html", status=problem.status, **values)
    answer = page(
        request,
        "ui/_error_fragment.html" if is_fragment(request) else "console/error.html",
        status=problem.status,
        problem=problem,
        fields=_fields(error, problem),
    )
    answer.headers.update(headers)
    if is_fragment(request):
        answer.headers.update({"HX-Retarget": "#problems", "HX-Reswap": "innerHTML"})
    return answer


def _fields(error: Exception, problem: Problem) -> dict[str, str]:
    """Return field → message for a form; findings are no fields, and are on the page already."""
    if isinstance(error, HitsOpen):
        return {}
    return {e["pointer"][1:].replace("/", "."): e["message"] for e in problem.errors}


def _wants_json(request: Request[Any, Any, Any]) -> bool:
    path = request.url.path
    if path.startswith(("/api/", "/schema", "/uploads/", "/readyz", "/livez")):
        return True
    return path.startswith("/s/") and "json" in request.headers.get("accept", "")


def _is_log_in(request: Request[Any, Any, Any]) -> bool:
    return request.method == "POST" and request.url.path == "/login"


def _log_in_again(request: Request[Any, Any, Any], problem: Problem) -> Response[Any]:
    """Return the log-in page saying why it was refused, with all but the password kept."""
    typed = ScopeState.from_scope(request.scope).form
    kept = typed if isinstance(typed, dict) else {}
    return page(
        request,
        "console/login.html",
        status=problem.status,
        problem=problem,
        next=str(kept.get("next", "")),
        bank_slug=str(kept.get("bank", "")),
        login=str(kept.get("login", "")),
        **({"brand": look} if (look := request.state.get("brand")) else {}),
    )


def _to_login(request: Request[Any, Any, Any], url: str = "") -> Response[Any]:
    # Quoted: a path may hold a line break once decoded, and this becomes a header.
    url = url or f"/login?next={quote(request.url.path)}"
    if is_fragment(request):
        return Response(content=None, status_code=401, headers={"HX-Redirect": url})
    return Redirect(url, status_code=303)


def answer_replay(_request: Request[Any, Any, Any], replay: Replay) -> Response[Any]:
    """Return the answer that was given to this Idempotency-Key before."""
    return Response(
        content=replay.body,
        status_code=replay.status,
        media_type=MediaType.JSON,
        headers={"Idempotency-Replayed": "true"},
    )


HANDLERS: dict[Any, Any] = {
    Replay: answer_replay,
    NotFound: answer_error,
    ContentHubError: answer_error,
    HTTPException: answer_error,
    Exception: answer_error,
}
