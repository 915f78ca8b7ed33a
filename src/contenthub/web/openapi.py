"""The OpenAPI document: what Litestar knows of each route, completed by what the house knows.

A new route joins by itself: its refusals follow from its guard, its method and its
parameters, its examples from the names of its fields (web/openapi_examples.py).
"""

from collections.abc import Iterator
from copy import deepcopy
from typing import Any

import msgspec
from litestar import Litestar, Request
from litestar.handlers import HTTPRouteHandler
from litestar.openapi import ResponseSpec
from litestar.openapi.plugins import JsonRenderPlugin
from litestar.routes import HTTPRoute

from contenthub.tenants import access
from contenthub.web.deps import keep_answer, provide_db
from contenthub.web.house import House
from contenthub.web.keyset import PAGE_MAX
from contenthub.web.openapi_examples import UPLOADS, example_of, problem_example
from contenthub.web.openapi_public import PUBLIC_PATHS
from contenthub.web.openapi_words import MEANINGS, PARAMETERS, SUCCESS, TAGS
from contenthub.web.problems import Problem
from contenthub.web.sessions import cookie_name

PROBLEM_MEDIA = "application/problem+json"
_REFS = "#/components/schemas/{name}"
_UNSAFE = ("post", "put", "patch", "delete")
_IDEMPOTENCY = {
    "name": "Idempotency-Key",
    "in": "header",
    "required": False,
    "description": (
        "幂等键（最多 200 个字符）。同一个人在 24 小时内用同一个键重发同一个请求，得到第一次的答复"
        "（带 Idempotency-Replayed: true），不会重复创建或发送；同一个键换了内容答 422。"
    ),
    "schema": {"type": "string", "maxLength": 200},
    "example": "7d0f1c8a-push-2026-12-01",
}


def answers(kind: Any, status: int = 200) -> dict[int, ResponseSpec]:
    """Return the `responses` of a handler whose signature cannot say what it answers."""
    return {status: ResponseSpec(data_container=kind, generate_examples=False, description="成功")}


class ApiDocument(JsonRenderPlugin):
    """Serves the completed document at /schema/openapi.json."""

    def render(self, request: Request[Any, Any, Any], openapi_schema: dict[str, Any]) -> bytes:
        """Return the document as JSON."""
        return self.render_json(request, completed(request.app, openapi_schema))


def document(app: Litestar) -> dict[str, Any]:
    """Return the completed OpenAPI 3.1 document of an app as plain data."""
    return completed(app, app.openapi_schema.to_schema())


def completed(app: Litestar, schema: dict[str, Any]) -> dict[str, Any]:
    """Return `schema` with problems, security, tags, headers, files and examples filled in."""
    made = deepcopy(schema)
    house: House = app.state["house"]
    _, problem = msgspec.json.schema_components([Problem], ref_template=_REFS)
    made["components"]["schemas"].update(problem)
    made["components"]["securitySchemes"] = {
        "session": {
            "type": "apiKey",
            "in": "cookie",
            "name": cookie_name(house.settings),
            "description": "POST /api/v1/login 得到的会话；别的网站的页面不能用它写。",
        },
        "bearer": {
            "type": "http",
            "scheme": "bearer",
            "bearerFormat": "ch_…",
            "description": "接口密钥，权限与其所有人相同，可随时吊销。",
        },
    }
    for path, method, handler in _operations(app):
        operation = made["paths"].get(path, {}).get(method)
        if operation is not None:
            _Completion(operation, made, handler, method=method).run()
    made["paths"].update(deepcopy(PUBLIC_PATHS))
    used = {t for ops in made["paths"].values() for op in ops.values() for t in op["tags"]}
    made["tags"] = [{"name": tag, "description": TAGS.get(tag, tag)} for tag in sorted(used)]
    return made


def _operations(app: Litestar) -> Iterator[tuple[str, str, HTTPRouteHandler]]:
    for route in app.routes:
        if isinstance(route, HTTPRoute):
            for handler in route.route_handlers:
                for method in handler.http_methods:
                    yield route.path_format, str(method).lower(), handler


def permissions_of(handler: HTTPRouteHandler) -> list[str]:
    """Return what a route's guards ask for; `*` is anybody signed in, none is public."""
    guards = [g for layer in handler.ownership_layers for g in layer.guards or ()]
    asked = [getattr(getattr(g, "func", g), "permission", "") for g in guards]
    return list(dict.fromkeys(p for p in asked if p))


class _Completion:
    """One operation on its way into the document."""

    def __init__(
        self,
        operation: dict[str, Any],
        document: dict[str, Any],
        handler: HTTPRouteHandler,
        *,
        method: str,
    ) -> None:
        self._op, self._handler, self._method = operation, handler, method
        self._schemas: dict[str, Any] = document["components"]["schemas"]
        self._permissions = permissions_of(handler)

    def run(self) -> None:
        """Complete it in place."""
        self._who()
        self._parameters()
        self._body()
        self._answers()
        self._refusals()

    def _who(self) -> None:
        named = [f"{p}（{access.PERMISSIONS[p]}）" for p in self._permissions if p != "*"]
        if not self._permissions:
            self._op["security"] = []
            self._op["description"] = "公开，不需要登录。"
        else:
            self._op["security"] = [{"session": []}, {"bearer": []}]
            self._op["description"] = "权限：" + ("、".join(named) or "登录即可") + "。"

    def _parameters(self) -> None:
        parameters = self._op.setdefault("parameters", [])
        for parameter in parameters:
            name = parameter["name"]
            if not parameter.get("description") or name in ("from", "to"):
                parameter["description"] = PARAMETERS.get(name, MEANINGS.get(name, name))
            if parameter["name"] == "limit":
                parameter["schema"] |= {"minimum": 1, "maximum": PAGE_MAX}
            if parameter["in"] == "path":
                parameter["example"] = example_of(parameter["schema"], self._schemas, name=name)
        if self._takes_key():
            parameters.append(deepcopy(_IDEMPOTENCY))
        if not parameters:
            del self._op["parameters"]

    def _takes_key(self) -> bool:
        says = self._handler.opt.get("idempotent")
        if self._method == "post" and says is not None:
            return bool(says)
        if self._method != "post" or not self._uses_db():
            return False
        hooks = [layer.after_request for layer in self._handler.ownership_layers]
        return any(getattr(hook, "func", hook) is keep_answer for hook in hooks)

    def _uses_db(self) -> bool:
        asked = self._handler.parsed_fn_signature.parameters
        found = self._handler.resolve_dependencies().get("db")
        return "db" in asked and found is not None and found.dependency is provide_db

    def _body(self) -> None:
        for media, content in self._op.get("requestBody", {}).get("content", {}).items():
            content["example"] = example_of(content["schema"], self._schemas)
            if media == "multipart/form-data":
                content["encoding"] = {"file": {"contentType": UPLOADS[self._kind_of_file()]}}

    def _kind_of_file(self) -> str:
        return "sheet" if "import" in str(self._op["tags"]) else "picture"

    def _answers(self) -> None:
        for status, answer in self._op["responses"].items():
            if not status.startswith("2"):
                continue
            answer["description"] = SUCCESS.get(status, "成功")
            if status == "204":
                answer.pop("content", None)
                continue
            self._files(answer)
            for media, content in answer.get("content", {}).items():
                if media == "application/json":
                    content["example"] = example_of(content["schema"], self._schemas)
            if self._takes_key():
                answer.setdefault("headers", {})["Idempotency-Replayed"] = {
                    "description": "true：这是第一次请求的答复，没有再做一次",
                    "schema": {"type": "string", "enum": ["true"]},
                }

    def _files(self, answer: dict[str, Any]) -> None:
        # A handler that gives out files names their types: opt={"files": (…,)}.
        files = self._handler.opt.get("files", ())
        content = answer.setdefault("content", {})
        declared = [m for m in content if m.startswith("image/")]
        if files and not self._handler.opt.get("files_or_json"):
            content.clear()
        for media in (*files, *declared):
            # Raw bytes are said by their media type alone (OpenAPI 3.1).
            content[media] = {"schema": {}}

    def _refusals(self) -> None:
        for status in sorted(self._statuses()):
            self._op["responses"][str(status)] = {
                "description": MEANINGS[str(status)],
                "content": {
                    PROBLEM_MEDIA: {
                        "schema": {"$ref": "#/components/schemas/Problem"},
                        "example": problem_example(status, self._op)
                        | self._handler.opt.get("refusals", {}).get(status, {}),
                    }
                },
            }
            if status == 429:
                self._op["responses"]["429"]["headers"] = {
                    "Retry-After": {"description": "多少秒后再试", "schema": {"type": "integer"}}
                }

    def _statuses(self) -> set[int]:
        parameters = self._op.get("parameters", [])
        places = {p["in"] for p in parameters}
        has_body = "requestBody" in self._op
        found = {503}
        if self._permissions:
            found |= {401}
        if self._permissions or self._method in _UNSAFE:
            found |= {403}
        if "path" in places or self._names_ids():
            found |= {404}
        if parameters or has_body:
            found |= {400, 422}
        if self._method in _UNSAFE:
            found |= {409}
        if has_body:
            found |= {413, 415}
        return found | set(self._handler.opt.get("refuses", ()))

    def _names_ids(self) -> bool:
        names = [p["name"] for p in self._op.get("parameters", [])]
        for content in self._op.get("requestBody", {}).get("content", {}).values():
            reference = str(content["schema"].get("$ref", "")).rpartition("/")[2]
            names += self._schemas.get(reference, {}).get("properties", {})
        return any(name.endswith("_id") for name in names)
