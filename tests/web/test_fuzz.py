"""No input answers 5xx: hostile values in every field, and cases that Schemathesis makes up."""

import json
import os
import zlib
from collections import Counter
from collections.abc import Iterator, Mapping
from itertools import islice
from typing import Any, TypeVar
from urllib.parse import quote

import httpx
import pytest
import requests
from hypothesis import HealthCheck, Phase, given
from hypothesis import settings as hypothesis_settings
from tests.house.foreign_ids import factory_of
from tests.personas import Personas, Side, make_personas
from tests.web.hostile import NASTY_JSON, NASTY_QUERY, person_for, query_names
from tests.web.test_openapi import handlers, operations, schema

from contenthub.tenants.models import Staff
from contenthub.web.house import House
from contenthub.web.openapi import permissions_of

pytestmark = [
    pytest.mark.slow,
    # Litestar leaves the files of a form it could not read to the garbage collector.
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning"),
]

GUARDED = [o for o in operations() if o[1].startswith("/api/") and o[2]["security"]]
IDS = [f"{method} {path}" for method, path, _ in GUARDED]
CASES = int(os.environ.get("FUZZ_CASES", "400"))
"""How many cases Schemathesis makes up for all operations together (`make fuzz`: 50,000)."""
EXAMPLES_EACH = max(4, -(-CASES // len(GUARDED)))
SHARE = 1 if "FUZZ_CASES" in os.environ else 8
"""One in how many hostile values a field is sent by the suite; `make fuzz` sends all of them.

Every field gets two at least, the same at every run; over all fields every value is sent.
"""
ODD_IDS = {
    **{"nul": "%00", "nul-within": "a%00b", "bytes": "%ff", "long": "1" * 400},
    **{"path": "..%2f..%2fetc%2fpasswd", "surrogate": "%ed%a0%80"},
}
NO_OBJECTS = {
    **{"whole": b"null", "list": b"[]", "text": b'"x"', "cut": b'{"a":', "nan": b'{"a": NaN}'},
    "utf16": '{"a": "农"}'.encode("utf-16"),
}
"""Bodies that are no JSON object at all."""
Value = TypeVar("Value")


def _share(nasty: Mapping[str, Value], *field: str) -> Iterator[tuple[str, Value]]:
    """Return the hostile values that a field of an operation is sent, by name."""
    step = min(SHARE, len(nasty) // 2)
    first = zlib.crc32(" ".join(field).encode()) % step
    return islice(nasty.items(), first, None, step)


@pytest.fixture(scope="module")
async def bank(house: House) -> Personas:
    return await make_personas(house)


@pytest.fixture(scope="module")
async def known(bank: Personas) -> dict[str, str]:
    """Our own rows by the name of the id, made before a request changes the bank's settings."""
    side: Side = bank.ours
    names = dict.fromkeys(name for *_, operation in GUARDED for name in _path_names(operation))
    async with bank.house.database.unit_of_work(side.tenant) as db:
        return {name: str(await factory_of(name)(db, side)) for name in names}


def _path_names(operation: dict[str, Any]) -> list[str]:
    return [p["name"] for p in operation.get("parameters", []) if p["in"] == "path"]


def _ids(known: dict[str, str], operation: dict[str, Any]) -> dict[str, str]:
    return {name: known[name] for name in _path_names(operation)}


def _person(bank: Personas, method: str, path: str) -> Staff:
    return person_for(bank.ours, permissions_of(handlers()[f"{method} {path}"]))


def _told(answer: httpx.Response, what: str) -> str:
    return f"{what}: {answer.status_code} {answer.text[:200]}"


def _bodies(operation: dict[str, Any]) -> list[tuple[str, bytes]]:
    content = operation.get("requestBody", {}).get("content", {}).get("application/json")
    if content is None:
        return []
    example = content["example"]
    found = list(_share(NO_OBJECTS, operation["operationId"]))
    reference = str(content["schema"].get("$ref", "")).rpartition("/")[2]
    fields = dict.fromkeys(
        [*example, *schema()["components"]["schemas"].get(reference, {}).get("properties", {})]
    )
    for field in fields:
        for name, nasty in _share(NASTY_JSON, operation["operationId"], field):
            rest = {k: v for k, v in example.items() if k != field}
            text = json.dumps(rest, ensure_ascii=False)[1:-1]
            joined = f"{{{json.dumps(field)}: {nasty}{', ' if text else ''}{text}}}"
            found.append((f"{field}={name}", joined.encode()))
    return found


@pytest.mark.parametrize(("method", "path", "operation"), GUARDED, ids=IDS)
async def test_a_hostile_value_in_any_field_is_refused_not_a_crash(
    bank: Personas, known: dict[str, str], method: str, path: str, operation: dict[str, Any]
) -> None:
    ids = _ids(known, operation)
    url = path.format(**ids)
    broken = []
    headers = {"content-type": "application/json"}
    async with bank.client(_person(bank, method, path)) as client:
        for name, body in _bodies(operation):
            answer = await client.request(method, url, content=body, headers=headers)
            broken += [_told(answer, name)] if answer.status_code >= 500 else []
        for field in query_names(operation.get("parameters", [])):
            for name, nasty in _share(NASTY_QUERY, path, field):
                answer = await client.request(method, f"{url}?{field}={nasty}")
                broken += [_told(answer, f"{field}={name}")] if answer.status_code >= 500 else []
        for field in ids:
            for name, nasty in _share(ODD_IDS, method, path, field):
                odd = path.format(**{**ids, field: nasty})
                answer = await client.request(method, odd)
                broken += [_told(answer, f"{field}={name}")] if answer.status_code >= 500 else []
    assert broken == []


def _made_up(method: str, path: str) -> list[tuple[str, dict[str, str], bytes]]:
    """Return requests that Schemathesis makes up for an operation, the same at every run."""
    import schemathesis  # for `make fuzz` only, and slow to load

    # One operation's document with all components: building cases for the whole takes minutes.
    alone = {**schema(), "paths": {path: {method.lower(): schema()["paths"][path][method.lower()]}}}
    strategy = schemathesis.openapi.from_dict(alone)[path][method].as_strategy()
    found: list[tuple[str, dict[str, str], bytes]] = []

    @hypothesis_settings(
        max_examples=EXAMPLES_EACH,
        database=None,
        derandomize=True,
        deadline=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(case=strategy)
    def collect(case: Any) -> None:
        plain = case.as_transport_kwargs(base_url="http://hub.test")
        plain = {k: v for k, v in plain.items() if k not in ("cookies",)}
        made = requests.Request(**plain).prepare()
        body = made.body.encode() if isinstance(made.body, str) else made.body
        headers = {k: str(v) for k, v in made.headers.items() if k.lower() != "content-length"}
        found.append((str(made.url), headers, body if isinstance(body, bytes) else b""))

    collect()
    return found


@pytest.mark.fuzz
@pytest.mark.parametrize(("method", "path", "operation"), GUARDED, ids=IDS)
async def test_what_the_document_allows_never_crashes(
    bank: Personas, known: dict[str, str], method: str, path: str, operation: dict[str, Any]
) -> None:
    ids = _ids(known, operation)
    seen: Counter[int] = Counter()
    async with bank.client(_person(bank, method, path)) as client:
        for url, headers, body in _made_up(method, path):
            urls = [url]
            if ids:  # a made-up id is absent: the same request with one that is there
                there = path.format(**{k: quote(v) for k, v in ids.items()})
                urls.append(f"{there}?{url.partition('?')[2]}")
            for one in urls:
                answer = await client.request(method, one, content=body, headers=headers)
                seen[answer.status_code] += 1
                assert answer.status_code < 500, _told(answer, f"{one} {body!r:.300}")
                if answer.status_code >= 400:
                    assert answer.headers["content-type"] == "application/problem+json"
    assert seen


PAGES = ("/console/library", "/console/customers", "/console/pushes", "/console/staff")
MORE = ("/console/leads", "/console/audit", "/console/reports/funnel", "/console/reports/ranking")
LISTS = (*PAGES, *MORE, "/console/reports/chain", "/console/calendar", "/console/posters")
FILTERS = "q cursor state from to item_id since".split()


@pytest.mark.parametrize("path", LISTS)
async def test_a_page_with_hostile_filters_is_drawn_or_refused(people: Personas, path: str) -> None:
    broken = []
    async with people.client(people.ours.admin) as client:
        for field in FILTERS:
            for name, nasty in _share(NASTY_QUERY, path, field):
                answer = await client.get(f"{path}?{field}={nasty}")
                broken += [_told(answer, f"{field}={name}")] if answer.status_code >= 500 else []
    assert broken == []
