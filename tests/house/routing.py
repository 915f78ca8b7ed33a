"""The house's routes as data: what the matrix is generated from."""

import dataclasses
import types
import typing
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import cache
from typing import Any
from uuid import UUID, uuid4

import msgspec
from litestar import Litestar
from litestar.datastructures import UploadFile
from litestar.handlers import HTTPRouteHandler
from litestar.routes import HTTPRoute

from contenthub.app import create_litestar
from contenthub.settings import Settings
from contenthub.web.house import make_house

UNSAFE = ("POST", "PUT", "PATCH", "DELETE")
# OpenAPI's own documents describe the API and hold no bank's data.
PUBLIC_BY_NATURE = ("/schema",)


@dataclass(frozen=True)
class Route:
    """One method of one path."""

    method: str
    path: str
    """With `{name}` for parameters."""
    parameters: tuple[tuple[str, type], ...]
    permission: str
    """A permission, `*` for anybody signed in, `public`, or empty: nobody thought of it."""
    body: Any
    queries: tuple[str, ...]
    """Names of query parameters that are ids."""
    in_schema: bool

    @property
    def name(self) -> str:
        """`GET /api/v1/staff/{staff_id}`."""
        return f"{self.method} {self.path}"

    @property
    def is_api(self) -> bool:
        """Whether it answers JSON to scripts (else it is a page or a form)."""
        return self.path.startswith("/api/")

    def url(self, values: dict[str, object]) -> str:
        """Return the path with `values` in it."""
        return self.path.format(**{n: values[n] for n, _ in self.parameters})


@cache
def application() -> Litestar:
    """Return the real application of a house without engines, to be looked at only."""
    # Made once a process: many files ask it for their cases while tests are collected.
    settings = Settings(
        database_url="postgresql+asyncpg://a:b@127.0.0.1:9/x",
        redis_url="redis://127.0.0.1:9/0",
        master_key="11" * 32,
    )
    return create_litestar(make_house(settings))


@cache
def routes() -> tuple[Route, ...]:
    """Return every route of the real application."""
    found = [
        _route(route, handler, method)
        for route in application().routes
        if isinstance(route, HTTPRoute)
        for handler in route.route_handlers
        for method in sorted(handler.http_methods)
        if method not in ("OPTIONS", "HEAD")
    ]
    return tuple(sorted(found, key=lambda r: (r.path, r.method)))


def _route(route: HTTPRoute, handler: HTTPRouteHandler, method: str) -> Route:
    signature = handler.parsed_fn_signature.parameters
    paths = {p.name: p.type for p in route.path_parameters.values()}
    body = signature["data"].annotation if "data" in signature else None
    queries = tuple(
        name
        for name, parameter in signature.items()
        if name not in paths
        and name not in ("request", "data", "db", "me", "bank", "now", "house")
        and UUID in (parameter.annotation, *typing.get_args(parameter.annotation))
    )
    return Route(
        method=method,
        path=route.path_format,
        parameters=tuple(paths.items()),
        permission=_permission(handler),
        body=body,
        queries=queries,
        in_schema=bool(handler.include_in_schema),
    )


def _permission(handler: HTTPRouteHandler) -> str:
    if handler.opt.get("public") is True:
        return "public"
    for guard in handler.guards or ():
        wrapped = getattr(guard, "func", guard)
        if permission := getattr(wrapped, "permission", ""):
            return str(permission)
    for layer in handler.ownership_layers:
        for guard in layer.guards or ():
            if permission := getattr(getattr(guard, "func", guard), "permission", ""):
                return str(permission)
    return ""


SOON = f"{datetime.now(UTC) + timedelta(days=30):%Y-%m-%d}"
"""A day that is ahead whenever the tests run; bodies are checked against the real clock."""
# What a field holds when its type alone would not pass the room's own checks.
KNOWN: dict[str, object] = {
    "expr": "aum >= 1",
    "topic": "deposit",
    "kind": "product",
    "title": "三年期大额存单",
    "channel": "wecom",
    "reason": "活动结束",
    "comment": "利率已核对",
    "roles": ["employee"],
    "password": "Qing-yuan-2026",
    "login": "newlogin",
    "schedule": {"kind": "once", "at": f"{SOON}T10:00:00+08:00"},
}


def minimal(body: Any, ids: dict[str, object]) -> Any:
    """Return the smallest valid value of a body's type; `ids` fill the fields of their name."""
    if isinstance(body, type) and issubclass(body, msgspec.Struct):
        fields = [(f.name, f.type, f.required) for f in msgspec.structs.fields(body)]
    elif dataclasses.is_dataclass(body):
        hints = typing.get_type_hints(body)
        fields = [
            (f.name, hints[f.name], f.default is f.default_factory is dataclasses.MISSING)
            for f in dataclasses.fields(body)
        ]
    else:
        return {}
    made = {}
    for name, annotation, required in fields:
        if UploadFile in (annotation, *typing.get_args(annotation)):
            continue  # a file travels beside the fields
        if name in ids:
            made[name] = str(ids[name])
        elif required or name in ("comment", "reason", "title"):
            made[name] = _sample(name, annotation, ids)
    return made


def body_ids(body: Any) -> list[str]:
    """Return the names of a body's fields that are ids (by type UUID or a name in `_id`)."""
    if isinstance(body, type) and issubclass(body, msgspec.Struct):
        fields = {f.name: f.type for f in msgspec.structs.fields(body)}
    elif dataclasses.is_dataclass(body):
        fields = typing.get_type_hints(body)
    else:
        return []
    return [
        name
        for name, kind in fields.items()
        if name.endswith("_id") and name not in ("wecom_userid", "request_id")
        if UUID in (kind, *typing.get_args(kind)) or str in (kind, *typing.get_args(kind))
    ]


def has_file(body: Any) -> bool:
    """Return whether a form carries a file."""
    is_struct = isinstance(body, type) and issubclass(body, msgspec.Struct)
    if not dataclasses.is_dataclass(body) and not is_struct:
        return body is UploadFile
    return any(
        UploadFile in (kind, *typing.get_args(kind))
        for kind in typing.get_type_hints(body).values()
    )


def _sample(name: str, annotation: Any, ids: dict[str, object]) -> Any:
    if name in KNOWN:
        return KNOWN[name]
    origin, args = typing.get_origin(annotation), typing.get_args(annotation)
    if origin is typing.Annotated:
        for meta in args[1:]:
            if isinstance(meta, msgspec.Meta) and meta.examples:
                return meta.examples[0]
        return _sample(name, args[0], ids)
    if origin in (typing.Union, types.UnionType):
        return _sample(name, args[0], ids)
    if origin is typing.Literal:
        return args[0]
    if origin in (list, tuple, set):
        return []
    if origin is dict or annotation is dict:
        return {}
    if isinstance(annotation, type) and issubclass(annotation, msgspec.Struct):
        return minimal(annotation, ids)
    samples = {
        str: "x",
        int: 1,
        float: 1.0,
        bool: False,
        date: SOON,
        datetime: f"{SOON}T10:00:00+08:00",
    }
    return str(uuid4()) if annotation is UUID else samples.get(annotation, {})
