"""docs/reference/sandbox.md names every option, fault, path and default of the sandbox."""

import json
from dataclasses import fields
from pathlib import Path

from contenthub import cli_up
from contenthub.channels.sandbox import api
from contenthub.channels.sandbox.chance import FAULTS
from contenthub.channels.sandbox.options import Options

PAGE = Path(__file__).parents[2] / "docs" / "reference" / "sandbox.md"


def _cells(first: str) -> list[str]:
    text = PAGE.read_text("utf-8")
    line = next(row for row in text.splitlines() if row.startswith(f"| `{first}` |"))
    return [cell.strip() for cell in line.strip("|").split("|")]


def test_every_option_is_there_with_its_defaults() -> None:
    for f in fields(Options):
        default, demo = _cells(f.name)[1:3]
        assert json.loads(default) == json.loads(json.dumps(f.default)), f.name
        wanted = cli_up.DEMO_SANDBOX.get(f.name)
        assert (json.loads(demo) if demo else None) == wanted, f.name


def test_every_fault_is_there_with_its_weight() -> None:
    assert {kind: int(_cells(kind)[1]) for kind in FAULTS} == dict(FAULTS)


def test_every_imitated_path_is_there() -> None:
    assert all(_cells(path) for path in [*api.PATHS, "gettoken"])
