"""scripts/dev.py: refusals, the stamp, pip's sources handed to uv. Nothing is installed here."""

import ast
import importlib.util
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from types import ModuleType

import pytest

ROOT = Path(__file__).parents[1]
SCRIPT = ROOT / "scripts" / "dev.py"


@pytest.fixture
def dev(tmp_path: Path) -> ModuleType:
    """The bootstrap of a copy of the project, with no environment yet."""
    copy = tmp_path / "克隆 一"
    (copy / "scripts").mkdir(parents=True)
    for name in ("pyproject.toml", "constraints.txt", "scripts/dev.py"):
        shutil.copy(ROOT / name, copy / name)
    spec = importlib.util.spec_from_file_location("dev_copy", copy / "scripts" / "dev.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def _stamp(dev: ModuleType, **content: str) -> None:
    Path(dev.VENV).mkdir(exist_ok=True)
    Path(dev.STAMP).write_text(json.dumps(content))


def test_an_old_python_can_read_the_script() -> None:
    ast.parse(SCRIPT.read_text("utf-8"), feature_version=(3, 6))


def test_an_old_python_without_a_newer_one_is_told_what_to_install(
    dev: ModuleType, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(dev, "OLDEST", (9, 0))
    monkeypatch.setenv("PATH", "")
    with pytest.raises(SystemExit, match="1"):
        dev.require_python()
    assert "需要 Python 3.11" in capsys.readouterr().err


def test_help_is_shown_for_no_and_for_unknown_commands() -> None:
    for arguments, code in (([], 0), (["dance"], 2)):
        done = subprocess.run([sys.executable, SCRIPT, *arguments], stderr=subprocess.PIPE)
        assert done.returncode == code
        assert b"scripts/dev.py run" in done.stderr


def test_a_finished_environment_is_not_touched(
    dev: ModuleType, capsys: pytest.CaptureFixture[str]
) -> None:
    _stamp(dev, hash=dev.wanted_stamp(), extra="dev")
    dev.setup("standalone")
    dev.setup("dev")
    assert capsys.readouterr().err == ""


@pytest.mark.parametrize("name", ["pyproject.toml", "constraints.txt"])
def test_a_changed_dependency_asks_for_a_new_setup(dev: ModuleType, name: str) -> None:
    before = dev.wanted_stamp()
    path = Path(dev.ROOT) / name
    path.write_text(path.read_text("utf-8") + "\n", "utf-8")
    assert dev.wanted_stamp() != before


def test_pips_sources_are_handed_to_uv(dev: ModuleType, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PIP_CONFIG_FILE", os.devnull)
    monkeypatch.setenv("PIP_INDEX_URL", "https://mirror.bank.example/simple")
    monkeypatch.setenv("PIP_FIND_LINKS", "/wheels /more-wheels")
    env = dev.uv_environment()
    assert env["UV_DEFAULT_INDEX"] == "https://mirror.bank.example/simple"
    assert env["UV_FIND_LINKS"] == "/wheels,/more-wheels"


def test_an_own_uv_setting_wins_over_pips(dev: ModuleType, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PIP_INDEX_URL", "https://mirror.bank.example/simple")
    monkeypatch.setenv("UV_DEFAULT_INDEX", "https://other.bank.example/simple")
    assert dev.uv_environment()["UV_DEFAULT_INDEX"] == "https://other.bank.example/simple"


@pytest.mark.skipif(sys.platform != "linux", reason="names of locales differ")
def test_programs_run_in_utf8_under_any_locale(
    dev: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    for wrong in ("C", "no_SUCH.locale"):
        monkeypatch.setenv("LC_ALL", wrong)
        assert dev.environment()["LC_ALL"] == "C.UTF-8"
    monkeypatch.setenv("LC_ALL", "C.UTF-8")
    assert dev.environment()["LC_ALL"] == "C.UTF-8"


def test_constraints_pin_versions_and_name_no_address() -> None:
    lines = (ROOT / "constraints.txt").read_text("utf-8").splitlines()
    pins = [line for line in lines if not line.startswith("#")]
    assert len(pins) > 100
    assert [line for line in pins if "==" not in line] == []
    assert [line for line in lines if "//" in line or line.startswith("--")] == []


def test_make_without_a_target_lists_the_targets() -> None:
    shown = subprocess.run(["make", "-C", ROOT], capture_output=True, encoding="utf-8").stdout
    for target in ("run", "test", "lint", "browser", "bench", "setup"):
        assert f"\n{target} " in shown
