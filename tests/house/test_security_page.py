"""docs/asvs.md has each requirement of levels 1 and 2 once; what it claims is there."""

import ast
import importlib
import re
from collections import Counter
from dataclasses import fields
from functools import cache
from typing import Any, NamedTuple

import pytest
from tests.house.sources import PACKAGE, ROOT, clean

from contenthub.settings import Settings
from contenthub.tenants.access import PERMISSIONS, ROLES, may

TABLE, PAGE = ROOT / "docs" / "asvs.md", ROOT / "docs" / "security.md"
# OWASP ASVS 5.0.0: the level of each requirement of a section, in order.
LEVELS = """
1.1 22  1.2 1111122223  1.3 112222222223  1.4 222  1.5 123
2.1 122  2.2 112  2.3 12223  2.4 23
3.1 3  3.2 113  3.3 12223  3.4 11222233  3.5 11122333  3.6 3  3.7 22333
4.1 12233  4.2 23333  4.3 22  4.4 1222
5.1 2  5.2 112333  5.3 113  5.4 222
6.1 122  6.2 111111112222  6.3 11223333  6.4 112233  6.5 22222333  6.6 2223  6.7 33  6.8 2222
7.1 222  7.2 1111  7.3 22  7.4 11222  7.5 223  7.6 22
8.1 1233  8.2 1123  8.3 133  8.4 23
9.1 111  9.2 1222
10.1 22  10.2 223  10.3 22223  10.4 1111122222233333  10.5 22222  10.6 22  10.7 222
11.1 2233  11.2 22233  11.3 11233  11.4 1222  11.5 23  11.6 23  11.7 33
12.1 12233  12.2 11  12.3 22223
13.1 2333  13.2 222223  13.3 2233  13.4 1222233
14.1 22  14.2 12223333  14.3 122
15.1 12233  15.2 12233  15.3 1222222  15.4 3333
16.1 2  16.2 22222  16.3 2222  16.4 222  16.5 2223
17.1 23  17.2 22223333  17.3 22
"""
MET, FOREIGN, GAP = "符合", "不适用", "缺口"
VERDICTS = (MET, FOREIGN, GAP)
ROW = re.compile(r"^\| V([\d.]+) \| ([^|]*) \| ([^|]*) \| ([^|]*) \| ([^|]*) \|$", re.MULTILINE)
PROOF = re.compile(r"`(tests/[\w/]+\.py)::(\w+)`")
CODE = re.compile(r"`(?!tests/)([\w/.-]+\.(?:py|js|html|sh|conf|toml|txt|json))`")
FIGURE = re.compile(r"^\| [^|]+ \| ([\d,]+) \| `([\w.]+):([\w.]+)` \|$", re.MULTILINE)


class Row(NamedTuple):
    """One requirement: number, level, what it asks in our words, verdict, reason and proof."""

    number: str
    level: str
    asked: str
    verdict: str
    basis: str


def wanted() -> dict[str, str]:
    """Return the level of each requirement of levels 1 and 2."""
    words = LEVELS.split()
    return {
        f"{section}.{place}": level
        for section, levels in zip(words[::2], words[1::2], strict=True)
        for place, level in enumerate(levels, start=1)
        if level in "12"
    }


@cache
def rows() -> tuple[Row, ...]:
    """Return the table's rows."""
    return tuple(
        Row(*(cell.strip() for cell in found)) for found in ROW.findall(TABLE.read_text("utf-8"))
    )


@cache
def named_in(path: str) -> frozenset[str]:
    """Return the names of the tests in a file; none for a file that is not there."""
    file = ROOT / path
    if not file.is_file():
        return frozenset()
    return frozenset(
        node.name
        for node in ast.walk(ast.parse(file.read_text("utf-8")))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        and node.name.startswith("test_")
    )


def faults_of(row: Row) -> list[str]:
    """Return what is wrong with a row: no proof, a proof that is not there, no reason."""
    proofs = PROOF.findall(row.basis)
    faults = [
        f"V{row.number}: no test {path}::{name}"
        for path, name in proofs
        if name not in named_in(path)
    ]
    if row.verdict not in VERDICTS:
        faults.append(f"V{row.number}: {row.verdict} is no verdict")
    if row.verdict == MET and not proofs:
        faults.append(f"V{row.number}: met, but by no test")
    bare = CODE.sub("", PROOF.sub("", row.basis))
    if row.verdict != MET and len(bare.strip()) < 6:
        faults.append(f"V{row.number}: {row.verdict} without a reason")
    if row.verdict == GAP and not re.search(r"→ *\S", row.basis):
        faults.append(f"V{row.number}: a gap without → who mends it")
    faults += [
        f"V{row.number}: no file {name}"
        for name in CODE.findall(row.basis)
        if not any((base / name).exists() for base in (ROOT, PACKAGE, PACKAGE / "web"))
    ]
    return faults


def test_the_standard_has_253_requirements_of_the_first_two_levels() -> None:
    assert Counter(wanted().values()) == {"1": 70, "2": 183}


def test_each_requirement_has_one_row_with_its_level() -> None:
    assert [(row.number, row.level) for row in rows()] == list(wanted().items())


def test_every_verdict_is_borne_out() -> None:
    clean(fault for row in rows() for fault in faults_of(row))


def test_the_summaries_count_what_the_table_holds() -> None:
    counted = Counter((row.level, row.verdict) for row in rows())
    for level in ("1", "2"):
        cells = " | ".join(str(counted[level, verdict]) for verdict in VERDICTS)
        assert f"| {level} | {cells} |" in PAGE.read_text("utf-8")
    sums = [sum(counted[level, verdict] for level in ("1", "2")) for verdict in VERDICTS]
    assert f"| 合计 | {' | '.join(map(str, sums))} |" in PAGE.read_text("utf-8")


@pytest.mark.parametrize(
    ("row", "told"),
    [
        (Row("1.1.1", "2", "x", MET, "相信我们"), "by no test"),
        (Row("1.1.1", "2", "x", MET, "`tests/house/test_words.py::test_nobody`"), "no test"),
        (Row("1.1.1", "2", "x", GAP, "还没有做这一项"), "who mends it"),
        (Row("1.1.1", "2", "x", FOREIGN, "没有"), "without a reason"),
        (Row("1.1.1", "2", "x", "大致符合", "这里有个理由"), "no verdict"),
        (Row("1.1.1", "2", "x", FOREIGN, "看 `web/nobody.py` 的说明"), "no file"),
    ],
)
def test_a_hollow_row_is_seen(row: Row, told: str) -> None:
    assert any(told in fault for fault in faults_of(row))


def _value(module: str, name: str) -> Any:
    if module == "settings":
        return next(f.default for f in fields(Settings) if f.name == name)
    first, *rest = name.split(".")
    found: Any = getattr(importlib.import_module(f"contenthub.{module}"), first)
    for part in rest:
        found = found[part] if isinstance(found, dict) else getattr(found, part)
    return found


def test_every_figure_of_the_page_is_the_codes() -> None:
    told = FIGURE.findall(PAGE.read_text("utf-8"))
    assert len(told) >= 25
    clean(
        f"{module}:{name} is {_value(module, name)}, the page says {figure}"
        for figure, module, name in told
        if _value(module, name) != int(figure.replace(",", ""))
    )


def test_the_page_has_what_the_standard_wants_written_down() -> None:
    text = PAGE.read_text("utf-8")
    for heading in ("登录的途径", "数字", "数据分级", "密码学清单", "连到哪里去", "日志与留痕"):
        assert f"\n## {heading}\n" in text
    for heading in ("银行之间怎样隔开", "依赖", "报告漏洞"):
        assert f"\n## {heading}\n" in text
    for page in ("README.md", "docs/compliance.md"):
        assert "security.md" in (ROOT / page).read_text("utf-8")


def test_the_documented_roles_are_the_codes() -> None:
    text = (ROOT / "docs" / "reference" / "api.md").read_text("utf-8")
    for name, meaning in PERMISSIONS.items():
        marks = " | ".join("✓" if may([role], name) else "" for role in ROLES)
        assert f"| `{name}` | {meaning} | {marks} |" in text


def test_the_sample_proxy_offers_good_ciphers_and_hides_what_is_internal() -> None:
    text = (ROOT / "deploy" / "nginx.conf").read_text("utf-8")
    assert re.findall(r"ssl_protocols ([^;]+);", text) == ["TLSv1.2 TLSv1.3"]
    ciphers = re.findall(r"ssl_ciphers ([^;]+);", text)
    assert ciphers == ["ECDHE+AESGCM:ECDHE+CHACHA20"]
    plain = text[text.index("listen 80") :]
    assert "location /api/ { return 403; }" in plain
    assert "return 301 https://" in plain
    assert "proxy_pass" not in plain
    # What the client claims to be is overwritten, not added to.
    assert "X-Forwarded-For $remote_addr;" in text
    assert "location = /metrics { deny all; }" in text


def test_an_image_holds_the_package_and_nothing_of_the_repository() -> None:
    text = (ROOT / "deploy" / "Dockerfile").read_text("utf-8")
    copied = re.findall(r"^COPY (?!--from)(.+) \S+$", text, re.MULTILINE)
    assert {part for line in copied for part in line.split()} == {
        "pyproject.toml",
        "constraints.txt",
        "README.md",
        "LICENSE",
        "src",
    }
    assert re.search(r"^USER contenthub$", text, re.MULTILINE)
