"""How a page is answered: one context, one way to go on after a form."""

from collections.abc import Mapping
from datetime import UTC, datetime, time, timedelta
from functools import cache, lru_cache
from hashlib import sha256
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import jinja2
from litestar import Request, Response
from litestar.datastructures import Cookie
from litestar.middleware.csrf import generate_csrf_token
from litestar.response import Redirect, Template
from litestar.utils.scope.state import ScopeState

from contenthub.tenants import access
from contenthub.tenants.topics import TOPICS
from contenthub.web.looks import logo_url, look_url
from contenthub.web.menu import menu
from contenthub.web.parts import PartTemplate, memo
from contenthub.web.signin import Principal

TEMPLATES = Path(__file__).parent / "templates"
STATIC = Path(__file__).parent / "static"


@lru_cache(maxsize=512)
def static(path: str) -> str:
    """Return the URL of a static file with its content's hash, so it may be cached for ever."""
    digest = sha256((STATIC / path).read_bytes()).hexdigest()[:12]
    return f"/static/{path}?v={digest}"


@cache
def environment() -> jinja2.Environment:
    """Return the environment of our own templates (banks' texts never pass through it).

    One a process: a template is compiled once, whoever asks for it.
    """
    env = jinja2.Environment(
        loader=jinja2.FileSystemLoader(TEMPLATES),
        autoescape=True,
        # Shipped files do not change while a process runs: no look at the disk per render.
        auto_reload=False,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    env.template_class = PartTemplate
    env.globals.update(static=static, may=access.may, role_words=access.ROLES, topic_words=TOPICS)
    env.globals.update(look_url=look_url, logo_url=logo_url)
    env.filters["local"] = local
    env.filters["last_day"] = last_day
    env.filters["memo"] = memo
    env.filters["thousands"] = lambda n: f"{n:,}"
    env.filters["yuan"] = lambda fen: f"{fen / 100:,.2f}"
    return env


def local(at: datetime | None, zone: str = "Asia/Shanghai", form: str = "%Y-%m-%d %H:%M") -> str:
    """Return an instant as the bank's wall clock shows it; an em dash for None."""
    return "—" if at is None else at.astimezone(ZoneInfo(zone)).strftime(form)


def last_day(end: datetime, zone: str) -> str:
    """Return the last day, or moment, of what is over at `end`: of midnight the day before."""
    clock = end.astimezone(ZoneInfo(zone))
    if clock.time() == time():
        return (clock - timedelta(days=1)).strftime("%Y-%m-%d")
    return clock.strftime("%Y-%m-%d %H:%M")


def context(request: Request[Any, Any, Any]) -> dict[str, Any]:
    """Return what every template may rely on (see templates/ui/macros.html)."""
    principal = request.user if isinstance(request.scope.get("user"), Principal) else None
    return {
        "csrf_token": csrf_token(request),
        "csp_nonce": request.scope["state"]["csp_nonce"],
        "me": principal.staff if principal else None,
        "bank": principal.bank if principal else None,
        "nav": menu(principal.staff.roles, request.url.path) if principal else (),
        "stay": principal.stay if principal else None,
        "now": datetime.now(UTC),
        "path": request.url.path,
        "is_fragment": is_fragment(request),
    }


def csrf_token(request: Request[Any, Any, Any]) -> str:
    """Return the token that forms and htmx send back; empty outside the CSRF middleware."""
    token = ScopeState.from_scope(request.scope).csrf_token
    return token if isinstance(token, str) else ""


def new_csrf_cookie(request: Request[Any, Any, Any]) -> Cookie:
    """Return the cookie of a fresh token: what was known before a log-in or log-out is void."""
    config = request.app.csrf_config
    if config is None:
        raise TypeError("the application was made without a CSRF configuration")
    return Cookie(
        key=config.cookie_name,
        value=generate_csrf_token(config.secret),
        path=config.cookie_path,
        secure=config.cookie_secure,
        httponly=config.cookie_httponly,
        samesite=config.cookie_samesite,
    )


def page(
    request: Request[Any, Any, Any], template: str, /, *, status: int = 200, **values: Any
) -> Template:
    """Return a rendered template with the common context and `values`."""
    return Template(
        template_name=template, context={**context(request), **values}, status_code=status
    )


def is_fragment(request: Request[Any, Any, Any]) -> bool:
    """Return whether htmx asks for a part of a page (a boosted or restored page is whole)."""
    asked = request.headers
    return asked.get("hx-request") == "true" and asked.get("hx-history-restore-request") != "true"


def go(request: Request[Any, Any, Any], url: str) -> Response[Any]:
    """Return the answer of a form that succeeded: go on to `url` (303, or HX-Redirect)."""
    if is_fragment(request):
        return Response(content=None, status_code=204, headers={"HX-Redirect": url})
    return Redirect(url, status_code=303)


def fragment_headers(events: Mapping[str, str] | None = None) -> dict[str, str]:
    """Return headers for a fragment that must not be cached; `events` go to HX-Trigger."""
    headers = {"Cache-Control": "no-store"}
    if events:
        headers["HX-Trigger"] = ",".join(events)
    return headers
