"""What a process imports before it serves its first page: nothing that only some work needs."""

import json
import subprocess
import sys
from functools import cache

import pytest

HEAVY = ("alembic", "boto3", "botocore", "openpyxl", "pypinyin", "rjieba", "xlsxwriter")


LIGHTEST_FIRST = ("cli", "cli_up", "worker", "app")
CODE = f"""
import importlib, json, sys
found = {{}}
for name in {LIGHTEST_FIRST}:
    importlib.import_module("contenthub." + name)
    found[name] = list(sys.modules)
print(json.dumps(found))
"""


@cache
def _loaded() -> dict[str, frozenset[str]]:
    found = subprocess.run([sys.executable, "-c", CODE], capture_output=True, check=True)
    return {name: frozenset(modules) for name, modules in json.loads(found.stdout).items()}


def loaded_by(module: str) -> frozenset[str]:
    """Return every module that a process has after importing one of ours, and lighter ones."""
    return _loaded()[module]


@pytest.mark.parametrize("module", ["app", "worker", "cli", "cli_up"])
def test_a_process_starts_without_what_it_may_never_use(module: str) -> None:
    assert not set(HEAVY) & loaded_by(module)


def test_a_worker_has_no_web_framework() -> None:
    assert not {"litestar", "jinja2"} & loaded_by("worker")


@pytest.mark.parametrize("module", ["cli", "cli_up"])
def test_the_command_line_answers_without_database_or_web_libraries(module: str) -> None:
    assert not {"sqlalchemy", "litestar", "httpx"} & loaded_by(module)
