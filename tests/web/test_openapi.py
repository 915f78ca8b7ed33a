"""The OpenAPI document is valid, complete, and its examples are what the API takes and gives."""

import json
from collections.abc import Callable
from functools import lru_cache
from typing import Any

import httpx
import msgspec
import pytest
from litestar.handlers import HTTPRouteHandler
from litestar.routes import HTTPRoute
from openapi_schema_validator import OAS31Validator
from openapi_spec_validator import OpenAPIV31SpecValidator
from referencing import Registry, Resource
from referencing.jsonschema import DRAFT202012
from tests.faults import Faults
from tests.house.routing import application
from tests.personas import Personas

from contenthub.web.openapi import document, permissions_of
from contenthub.web.openapi_examples import FIELDS

METHODS = ("get", "post", "put", "patch", "delete")


@lru_cache
def schema() -> dict[str, Any]:
    found: dict[str, Any] = json.loads(json.dumps(document(application())))
    return found


def operations() -> list[tuple[str, str, dict[str, Any]]]:
    return [
        (method.upper(), path, operation)
        for path, found in schema()["paths"].items()
        for method, operation in found.items()
        if method in METHODS
    ]


def names() -> list[str]:
    return [f"{method} {path}" for method, path, _ in operations()]


@lru_cache
def handlers() -> dict[str, HTTPRouteHandler]:
    return {
        f"{method} {route.path_format}": handler
        for route in application().routes
        if isinstance(route, HTTPRoute)
        for handler in route.route_handlers
        for method in handler.http_methods
    }


def faults(value: Any, part: dict[str, Any]) -> list[str]:
    root = Resource.from_contents(schema(), default_specification=DRAFT202012)
    registry: Registry[Any] = Registry().with_resource("urn:doc", root)
    pointed = json.loads(json.dumps(part).replace('"#/components', '"urn:doc#/components'))
    return [str(e.message) for e in OAS31Validator(pointed, registry=registry).iter_errors(value)]


def test_the_document_is_valid_openapi_3_1() -> None:
    assert schema()["openapi"].startswith("3.1")
    assert list(OpenAPIV31SpecValidator(schema()).iter_errors()) == []


def test_every_api_route_is_in_the_document() -> None:
    served = {
        name
        for name, handler in handlers().items()
        if " /api/" in name and not name.startswith(("HEAD", "OPTIONS"))
    }
    assert served - set(names()) == set()


def test_operations_have_names_of_their_own_and_tags_are_described_in_chinese() -> None:
    found = [operation["operationId"] for _, _, operation in operations()]
    assert len(found) == len(set(found))
    assert all(tag["description"] != tag["name"] for tag in schema()["tags"])


def each(check: Callable[[str, str, dict[str, Any]], None], *, with_body: bool = False) -> None:
    """Look at every operation; name all that are not as they should be."""
    faults = Faults()
    for method, path, operation in operations():
        if not with_body or "requestBody" in operation:
            with faults.of(f"{method} {path}"):
                check(method, path, operation)
    faults.none()


def test_an_operation_says_what_it_is_and_who_may() -> None:
    each(_says_what_it_is)


def _says_what_it_is(method: str, path: str, operation: dict[str, Any]) -> None:
    assert operation["summary"]
    assert operation["description"]
    assert operation["tags"]
    assert operation.keys() >= {"security"}
    assert all(p.get("description") for p in operation.get("parameters", []))
    handler = handlers().get(f"{method} {path}")
    if handler is not None and handler.opt.get("public") is not True:
        assert operation["security"] == [{"session": []}, {"bearer": []}]
        told = operation["description"]
        assert [p for p in permissions_of(handler) if p != "*" and p not in told] == []
    else:
        assert operation["security"] == []


def test_an_operation_tells_its_refusals_as_problems() -> None:
    each(_tells_its_refusals)


def _tells_its_refusals(_method: str, path: str, operation: dict[str, Any]) -> None:
    answers = operation["responses"]
    refused = {s: a for s, a in answers.items() if s >= "400"}
    assert "503" in refused
    if operation["security"]:
        assert refused.keys() >= {"401", "403"}
    if any(p["in"] == "path" for p in operation.get("parameters", [])):
        assert "404" in refused
    if "requestBody" in operation and path.startswith("/api/"):
        assert refused.keys() >= {"400", "409", "413", "415", "422"}
    for status, answer in refused.items():
        if "text/html" in answer["content"]:
            continue
        assert list(answer["content"]) == ["application/problem+json"]
        content = answer["content"]["application/problem+json"]
        assert content["schema"] == {"$ref": "#/components/schemas/Problem"}
        assert content["example"]["status"] == int(status)
        assert faults(content["example"], content["schema"]) == []


def test_an_answer_has_an_example_that_fits_it() -> None:
    each(_has_an_example)


def _has_an_example(_method: str, _path: str, operation: dict[str, Any]) -> None:
    kept = [s for s in operation["responses"] if s.startswith("2")]
    assert len(kept) == 1
    for media, content in operation["responses"][kept[0]].get("content", {}).items():
        if media == "application/json":
            assert content["schema"]
            assert faults(content["example"], content["schema"]) == []


ROOMS = (
    *("bank", "branches", "staff", "keys", "webhooks", "members", "security", "me", "login"),
    *("lists", "matches"),
)
MADE_UP = "示例"
"""Stands in an example where nobody said what does."""


def test_examples_of_banks_people_and_log_ins_say_what_stands_in_every_field() -> None:
    poor = []
    for method, path, operation in operations():
        if path.split("/")[3:4] and path.split("/")[3] in ROOMS:
            told = json.dumps(_examples(operation), ensure_ascii=False)
            poor += [f"{method} {path}"] if MADE_UP in told else []
    assert poor == []


def test_written_fields_are_of_schemas_and_fields_that_exist() -> None:
    schemas = schema()["components"]["schemas"]
    assert [
        f"{name}.{field}"
        for name, fields in FIELDS.items()
        for field in fields
        if field not in schemas.get(name, {}).get("properties", {})
    ] == []


def _examples(operation: dict[str, Any]) -> list[Any]:
    parts = [operation.get("requestBody", {})]
    parts += [a for s, a in operation["responses"].items() if s.startswith("2")]
    return [c.get("example") for part in parts for c in part.get("content", {}).values()]


def test_the_example_of_a_body_is_taken_by_its_type() -> None:
    each(_is_taken, with_body=True)


def _is_taken(method: str, path: str, operation: dict[str, Any]) -> None:
    for media, content in operation["requestBody"]["content"].items():
        assert content["example"], media
        assert faults(content["example"], content["schema"]) == []
        handler = handlers()[f"{method} {path}"] if path.startswith("/api/") else None
        if handler is not None and media == "application/json":
            body = handler.parsed_fn_signature.parameters["data"].annotation
            msgspec.convert(content["example"], body)


def test_uploads_are_multipart_and_name_the_kinds_of_file() -> None:
    for path, kind in (("/api/v1/assets", "image/png"), ("/api/v1/imports", "text/csv")):
        content = schema()["paths"][path]["post"]["requestBody"]["content"]
        assert kind in content["multipart/form-data"]["encoding"]["file"]["contentType"]


@pytest.mark.parametrize(
    ("path", "medias"),
    [
        ("/api/v1/posters/{template_id}/{employee_file}", ["image/jpeg", "image/png"]),
        ("/api/v1/employees/{employee_id}/qr.png", ["image/png"]),
        ("/api/v1/jobs/{job_id}/errors.csv", ["text/csv"]),
    ],
)
def test_files_are_told_by_their_media_type(path: str, medias: list[str]) -> None:
    assert list(schema()["paths"][path]["get"]["responses"]["200"]["content"]) == medias


@pytest.mark.parametrize("path", ["/reports/funnel", "/leads", "/pushes/{push_id}/deliveries"])
def test_a_list_that_comes_as_a_workbook_too_says_so(path: str) -> None:
    content = schema()["paths"][f"/api/v1{path}"]["get"]["responses"]["200"]["content"]
    assert "application/json" in content
    assert any("spreadsheetml" in media for media in content)


_KEYED = ["/items", "/pushes", "/customers", "/links", "/imports", "/assets"]


@pytest.mark.parametrize("path", [*_KEYED, "/poster-templates/{template_id}/submit"])
def test_posts_that_create_take_an_idempotency_key(path: str) -> None:
    operation = schema()["paths"][f"/api/v1{path}"]["post"]
    assert "Idempotency-Key" in [p["name"] for p in operation["parameters"]]


async def test_the_document_is_served_and_is_this_one(people: Personas) -> None:
    async with people.client() as client:
        answer: httpx.Response = await client.get("/schema/openapi.json")
    assert answer.status_code == 200
    assert answer.json()["paths"].keys() == schema()["paths"].keys()
    assert "/s/{code}/beacon" in answer.json()["paths"]
