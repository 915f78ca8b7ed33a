"""What is typed wrong is answered in Chinese, with what would be right, and exit code 2."""

import json
import re

import click
import pytest
from click.testing import CliRunner

from contenthub.cli import cli

WRONG = {
    "docter": "没有“docter”这个命令；是不是 doctor",
    "xyzzy": "可用的命令：up、web",
    "bank lst": "没有“lst”这个命令；是不是 list",
    "up --prot 3": "没有“--prot”这个选项；是不是 --port",
    "up --port abc": "选项 --port：应为 0 到 65535 的整数，现在是“abc”",
    "up --port 99999": "选项 --port：应为 0 到 65535 的整数，现在是“99999”",
    "up --port": "选项 --port 后面要有一个值",
    "up --demo=1": "选项 --demo 后面不能带值",
    "up here": "多余的参数：here",
    "bank create": "缺少参数 SLUG",
    "bank create beiqiao": "缺少选项 --name（简称，例如 北桥农商银行）",
    "import people nofile.csv --bank b": "参数 KIND：可选 customers、staff，现在是“people”",
    "import customers nofile.csv --bank b": "参数 FILE：找不到文件 nofile.csv",
}


@pytest.mark.parametrize(("typed", "told"), WRONG.items(), ids=WRONG)
def test_a_wrong_command_line_is_answered_in_chinese(typed: str, told: str) -> None:
    result = CliRunner().invoke(cli, typed.split())
    assert result.exit_code == 2
    assert told in result.stderr
    assert "Error" not in result.stderr
    assert "Traceback" not in result.output


def test_with_json_the_mistake_is_json() -> None:
    result = CliRunner().invoke(cli, ["up", "--workers", "99", "--json"])
    assert result.exit_code == 2
    told = json.loads(result.stdout)
    assert (told["code"], told["detail"]) == (
        "usage",
        "选项 --workers：应为 1 到 16 的整数，现在是“99”",
    )


def _all(command: click.Command, words: tuple[str, ...] = ()) -> list[tuple[str, ...]]:
    below = command.commands.items() if isinstance(command, click.Group) else ()
    return [words, *(found for name, entry in below for found in _all(entry, (*words, name)))]


@pytest.mark.parametrize("words", _all(cli), ids=" ".join)
def test_every_help_page_is_chinese(words: tuple[str, ...]) -> None:
    result = CliRunner().invoke(cli, [*words, "--help"])
    assert result.exit_code == 0
    assert result.output.startswith("用法：")
    assert not re.search(r"Usage|Options:|Commands:|Show |default|required|\[", result.output[60:])
