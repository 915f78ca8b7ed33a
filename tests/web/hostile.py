"""Values that have broken other applications, and who may send them."""

from typing import Any

from tests.personas import Side

from contenthub.tenants import access
from contenthub.tenants.models import Staff

ROLES = "bank_admin author campaign_manager reviewer branch_manager employee auditor".split()

NASTY_JSON: dict[str, str] = {
    "nul": '"a\\u0000b"',
    "surrogate": '"\\ud800"',
    "bidi": '"\\u202e\\u200b"',
    "huge-int": "1" + "0" * 30,
    "huge-float": "1e400",
    "negative": "-9223372036854775809",
    "empty": '""',
    "null": "null",
    "list": "[]",
    "object": "{}",
    "deep": "[" * 400 + "]" * 400,
    "nul-key": '{"a\\u0000b": "\\u0000"}',
    "long": '"' + "农" * 20_000 + '"',
    "far-date": '"9999-12-31"',
    "no-date": '"0000-00-00"',
    "far-time": '"9999-12-31T23:59:59-12:00"',
}
"""By name, each as it stands in JSON text."""

NASTY_QUERY: dict[str, str] = {
    "nul": "a%00b",
    "bytes": "%ff%fe",
    "surrogate": "%ed%a0%80",
    "huge-int": "1" + "0" * 30,
    "negative": "-1",
    "int64": "9223372036854775807",
    "like": "%25%5C_%27%22%3B--",
    "far-date": "9999-12-31",
    "first-date": "0001-01-01",
    "far-time": "9999-12-31T23:59:59-12:00",
    "json": "%7B%22a%22%3A%5B1%5D%7D",
    "base64": "AAAA",
    "nothing": "",
    "long": "%E5%86%9C" * 1500,
    "comma": ",",
    "digits": "%E2%91%A2",
}
"""By name, each as it stands in a URL."""


def person_for(side: Side, permissions: list[str]) -> Staff:
    """Return the first persona who has every permission (`*` is anybody's)."""
    for role in ROLES:
        if all(p == "*" or access.may([role], p) for p in permissions):
            found: Staff = getattr(side, "admin" if role == "bank_admin" else role)
            return found
    raise AssertionError(f"nobody has {permissions}")


def query_names(parameters: list[dict[str, Any]]) -> list[str]:
    """Return the names of the query parameters of an operation."""
    return [p["name"] for p in parameters if p["in"] == "query"]
