"""`contenthub routes`: URL, permission and handler of every route, from the app itself."""

from dataclasses import replace
from typing import Any

from litestar.routes import HTTPRoute

from contenthub.app import create_litestar
from contenthub.settings import Settings
from contenthub.web.house import make_house

NOWHERE = {
    "database_url": "postgresql+asyncpg://nobody@127.0.0.1:1/none",
    "redis_url": "redis://127.0.0.1:1/0",
    "master_key": "00" * 32,
}
"""Addresses nothing listens at: listing routes connects to nothing."""


def table(settings: Settings) -> list[dict[str, Any]]:
    """Return one row a method and path: permission (`public`, `signed in` or its name), handler."""
    app = create_litestar(make_house(replace(settings, **NOWHERE)))  # type: ignore[arg-type]  # str fields only
    rows = []
    for route in app.routes:
        for handler in route.route_handlers if isinstance(route, HTTPRoute) else ():
            entry = handler.fn
            shown = {
                "path": route.path,
                "permission": _permission(handler),
                "handler": f"{entry.__module__}.{entry.__qualname__}",
            }
            if entry.__module__.startswith("contenthub."):  # not the framework's own OPTIONS
                rows += [{"method": method, **shown} for method in sorted(handler.http_methods)]
    return sorted(rows, key=lambda row: (row["path"], row["method"]))


def _permission(handler: Any) -> str:
    if handler.opt.get("public"):
        return "public"
    names = [getattr(guard, "permission", "") for guard in handler.resolve_guards()]
    return ", ".join("signed in" if name == "*" else name for name in names if name) or "-"
