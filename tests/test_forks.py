"""The suite's own runner: what fails or dies in a copy is told like anything else that fails."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

FILES = {
    "test_good.py": """
def test_a_passes(worker_id, tmp_path): assert worker_id in str(tmp_path)
def test_b_fails(): assert 1 == 2, "told as it was"
def test_c_passes(): pass
""",
    "test_dies.py": """
import os
def test_d_dies(): os._exit(3)
def test_e_is_lost(): pass
""",
    "test_end.py": """
import pytest
@pytest.fixture(scope="session", autouse=True)
def open_until_the_end():
    yield
    raise RuntimeError("not closed")
def test_f_passes(): pass
""",
}


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere xdist runs the suite")
def test_every_failure_and_death_is_told_and_the_rest_runs(tmp_path: Path) -> None:
    for name, text in FILES.items():
        (tmp_path / name).write_text(text)
    plugins = ("-p", "tests.forks", "-p", "xdist", "-p", "no:cacheprovider")
    done = subprocess.run(
        [sys.executable, "-m", "pytest", *plugins, "--forks", "2", "-q", str(tmp_path)],
        cwd=Path(__file__).parents[1],
        env={**os.environ, "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1", "PYTEST_ADDOPTS": ""},
        capture_output=True,
        text=True,
    )
    told = done.stdout
    assert done.returncode == 1, told + done.stderr
    assert "told as it was" in told
    assert "died (3)" in told
    assert "test_d_dies" in told
    assert "not closed" in told
    assert "3 passed" in told
