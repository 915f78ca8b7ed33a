"""The drag editor's pure modules: history, snapping, groups, sizes; run by node."""

import shutil
import subprocess
from pathlib import Path

import pytest

from contenthub.web.pages import STATIC


def test_what_the_editor_computes_is_right(tmp_path: Path) -> None:
    node = shutil.which("node")
    if node is None:
        pytest.skip("没有找到 node；浏览器测试也走到这些模块")
    for script in STATIC.glob("poster-*.js"):
        shutil.copy(script, tmp_path)
    shutil.copy(Path(__file__).with_name("poster_modules.mjs"), tmp_path)
    (tmp_path / "package.json").write_text('{"type": "module"}')
    ran = subprocess.run(
        [node, "--test", "poster_modules.mjs"], cwd=tmp_path, capture_output=True, text=True
    )
    assert ran.returncode == 0, ran.stdout[-4000:] + ran.stderr[-2000:]
