"""What a process imports before it serves its first page: nothing that only some work needs."""

import subprocess
import sys

import pytest

HEAVY = ("alembic", "boto3", "botocore", "openpyxl", "pypinyin", "rjieba", "xlsxwriter")


@pytest.mark.parametrize("module", ["app", "worker", "cli", "cli_up"])
def test_a_process_starts_without_what_it_may_never_use(module: str) -> None:
    code = f"import sys, contenthub.{module}; print(*sys.modules)"
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, check=True)
    assert not set(HEAVY) & set(found.stdout.decode().split())


def test_a_worker_has_no_web_framework() -> None:
    code = "import sys, contenthub.worker; print(*sys.modules)"
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, check=True)
    assert not {"litestar", "jinja2"} & set(found.stdout.decode().split())


@pytest.mark.parametrize("module", ["cli", "cli_up"])
def test_the_command_line_answers_without_database_or_web_libraries(module: str) -> None:
    code = f"import sys, contenthub.{module}; print(*sys.modules)"
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, check=True)
    assert not {"sqlalchemy", "litestar", "httpx"} & set(found.stdout.decode().split())
