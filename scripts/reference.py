#!/usr/bin/env python3
"""Writes docs/reference/ ({api,cli,errors,fields}.md, the schema of posters) from the code.

So the pages say what the program does.

python3 scripts/reference.py          # with the project's environment (.venv/bin/python)
"""

import importlib
import json
import os
import pkgutil
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import click

import contenthub
from contenthub import cli_routes
from contenthub.app import create_litestar
from contenthub.cli import cli
from contenthub.errors import ContentHubError
from contenthub.library import kinds
from contenthub.library.fieldtypes import Field
from contenthub.posters.template import schema
from contenthub.settings import Settings
from contenthub.tenants.access import PERMISSIONS, ROLES, may
from contenthub.tenants.topics import TOPICS
from contenthub.web.house import make_house

OUT = Path(__file__).resolve().parent.parent / "docs" / "reference"
NOTE = "由 `scripts/reference.py` 从程序生成，请勿手改。Generated from the code.\n"
TAGS = {
    "session": "登录",
    "library": "内容库与审核",
    "reviews": "审核",
    "posters": "海报",
    "customers": "客户与客群",
    "imports": "导入",
    "audiences": "客群试算",
    "pushes": "推送",
    "staff": "机构与员工",
    "audit": "操作留痕",
    "jobs": "后台任务",
    "keys": "接口密钥",
    "kits": "内容包",
    "leads": "线索",
    "links": "分享链接",
    "reports": "报表",
    "tags": "标签与客群",
    "tasks": "员工任务与日历",
}


def nowhere() -> Settings:
    """Return settings that build the app without connecting to anything."""
    url = "postgresql+asyncpg://reference@127.0.0.1:1/reference"
    return Settings(database_url=url, redis_url="redis://127.0.0.1:1/0", master_key="00" * 32)


def api() -> str:
    """Return the page of the HTTP API: every operation with its permission, by tag."""
    app = create_litestar(make_house(nowhere()))
    schema = app.openapi_schema.to_schema()
    permissions = {
        (row["method"], row["path"].replace(":uuid", "").replace(":str", "")): row["permission"]
        for row in cli_routes.table(nowhere())
    }
    groups: dict[str, list[str]] = {}
    for path, operations in sorted(schema["paths"].items()):
        for method, operation in operations.items():
            if not isinstance(operation, dict) or "responses" not in operation:
                continue
            tag = (operation.get("tags") or ["其他"])[0]
            permission = permissions.get((method.upper(), path), "")
            row = f"| {method.upper()} | `{path}` | {operation.get('summary', '')} | {permission} |"
            groups.setdefault(TAGS.get(tag, tag), []).append(row)
    lines = [
        "# HTTP API",
        "",
        NOTE,
        "完整的字段、示例和错误在运行中的服务里：`GET /schema/openapi.json`（OpenAPI 3.1）。",
        "",
        "- 认证：`POST /api/v1/login` 得到的会话 Cookie，或接口密钥 `Authorization: Bearer ch_…`。",
        "- 其他网站的页面发来的写请求（`Origin` 不同源、`Sec-Fetch-Site: cross-site`）答 403。",
        "- 列表：`?limit=&cursor=` → `{items, next_cursor}`，`next_cursor` 为空即到末页；"
        "`limit` 为 1 到 200，超出的和不能识别的 `cursor` 答 422。",
        "- 创建和发送类 POST 可带 `Idempotency-Key`：同一个键在 24 小时内得到同一个答复"
        "（`/keys` 除外：密钥只显示一次）。",
        "- 错误一律是 `application/problem+json`，见 [errors.md](errors.md)。",
        "- 其他银行的编号与不存在的编号答复相同：404。",
        "",
    ]
    for title, rows in sorted(groups.items()):
        lines += [f"## {title}", "", "| | 路径 | 含义 | 权限 |", "|---|---|---|---|", *rows, ""]
    return "\n".join([*lines, *_roles()])


def _roles() -> Iterator[str]:
    yield "## 角色与权限"
    yield ""
    yield "| 权限 | 含义 | " + " | ".join(ROLES.values()) + " |"
    yield "|---|---|" + "---|" * len(ROLES)
    for name, meaning in PERMISSIONS.items():
        marks = " | ".join("✓" if may([role], name) else "" for role in ROLES)
        yield f"| `{name}` | {meaning} | {marks} |"
    yield ""


def commands() -> str:
    """Return the page of the command line."""
    lines = [
        "# 命令行 · Command line",
        "",
        NOTE,
        "每个命令都接受 `--data DIR`（数据目录）和 `--json`（结果以 JSON 输出）。"
        "失败时退出码为 1，并用中文说明原因和改法。",
        "",
    ]
    for path, command in _walk(cli, "contenthub"):
        context = click.Context(command, info_name=path)
        usage = " ".join(command.collect_usage_pieces(context)).replace("[OPTIONS]", "").split()
        lines += [f"## `{' '.join([path, *usage])}`", "", (command.help or "").strip(), ""]
        for parameter in command.params:
            names = "、".join(f"`{name}`" for name in parameter.opts)
            told = getattr(parameter, "help", None) or ""
            if isinstance(parameter, click.Option) and names not in ("`--json`", "`--data`"):
                default = "" if parameter.default in (None, "", False) else parameter.default
                shown = f"（默认 {default}）" if isinstance(default, str | int) and default else ""
                lines.append(f"- {names} {told}{shown}".rstrip())
        lines.append("")
    return "\n".join(lines).replace("\n\n\n", "\n\n")


def _walk(command: click.Command, path: str) -> Iterator[tuple[str, click.Command]]:
    if not isinstance(command, click.Group):
        yield path, command
        return
    for name, child in sorted(command.commands.items()):
        yield from _walk(child, f"{path} {name}")


def errors() -> str:
    """Return the page of every refusal: code, status, what the user reads, when it happens."""
    for module in pkgutil.walk_packages(contenthub.__path__, "contenthub."):
        if ".migrations" not in module.name and not module.name.endswith("__main__"):
            importlib.import_module(module.name)
    rows: dict[tuple[int, str, str], str] = {}
    for kind in _kinds(ContentHubError):
        told = (kind.__doc__ or "").strip().splitlines()[0]
        row = f"| {kind.status} | `{kind.code}` | {kind.title} | {told} |"
        rows[kind.status, kind.code, kind.__name__] = row
    return "\n".join(
        [
            "# 错误 · Errors",
            "",
            NOTE,
            "```json",
            '{"type": "urn:contenthub:invalid", "title": "填写的内容有误，请按提示修改",',
            ' "status": 422, "detail": "…", "code": "invalid",',
            ' "errors": [{"pointer": "/valid_until", "message": "有效期的结束应晚于开始"}],',
            ' "request_id": "…"}',
            "```",
            "",
            "`errors` 逐个字段说明改法；`request_id` 可在日志里找到同一次请求。",
            "",
            "| 状态 | code | 用户看到的标题 | when |",
            "|---|---|---|---|",
            *(rows[key] for key in sorted(rows)),
            "",
        ]
    )


def _kinds(parent: type[ContentHubError]) -> Iterator[type[ContentHubError]]:
    for kind in parent.__subclasses__():
        if not kind.__name__.startswith("_"):
            yield kind
        yield from _kinds(kind)


TYPES = {
    "text": "一行文字",
    "longtext": "多行文字",
    "message": "多行文字，可用变量",
    "rich": "图文",
    "rate_bp": "百分数，如 2.05（存为基点整数 205）",
    "odds_ppm": "概率，如 1% 或 1/2000（存为百万分之几）",
    "money_fen": "金额，如 20万元（存为分）",
    "date": "日期，如 2026-12-31",
    "datetime": "日期和时间，如 2026-12-31 09:00",
    "int": "整数",
    "choice": "选一项",
    "list": "每行一条",
    "asset": "素材",
    "item": "另一条内容的编号，如 P-1001",
    "table": "表格，每行用｜分开",
}
PLACES = {
    "lead": "标题下一句话",
    "key": "大字",
    "when": "日期与时间（大字）",
    "points": "要点",
    "fact": "要素表",
    "cost": "费用与成本",
    "text": "单独一段",
    "table": "单独的表",
    "media": "播放或下载",
    "related": "相关内容",
    "off": "不显示",
}


def fields() -> str:
    """Return the page of every declared field, by kind."""
    lines = [
        "# 内容要素 · Fields of items",
        "",
        NOTE,
        "每类内容的要素只声明一次（`src/contenthub/library/kindfields.py`、`productfields.py`），"
        "表单、接口、版本对比、导入导出和客户页面都由它得出。"
        "接口 `GET /api/v1/kinds` 给出同样的内容。",
        "",
        "写入时可用要素名或中文名；“必填”指提交审核时。没有列出的名称可作本行自定义要素（文字），"
        "但不能借用别的业务类别的要素名。",
        "",
    ]
    for kind in kinds.KINDS.values():
        lines += [
            f"## {kind.label} `{kind.slug}`",
            "",
            "| 名称 | 要素 | 填什么 | 必填 | 业务类别 | 客户页面 |",
            "|---|---|---|---|---|---|",
            *(_field_row(spec) for spec in kind.fields),
            "",
        ]
    return "\n".join(lines)


def _field_row(spec: Field) -> str:
    what = TYPES[spec.type]
    if spec.choices:
        what += "：" + "、".join(label for _, label in spec.choices)
    if spec.cells:
        what += "：" + "｜".join(
            cell.label + ("" if cell.required else "（可不填）") for cell in spec.cells
        )
    if spec.type == "asset":
        what += f"（{'、'.join(spec.mimes)}）"
    if spec.setting:
        what += f"（须打开设置 `{spec.setting}`）"
    topics = "、".join(TOPICS[topic] for topic in TOPICS if topic in spec.topics) or "全部"
    must = "✓" if spec.required else ""
    return f"| `{spec.name}` | {spec.label} | {what} | {must} | {topics} | {PLACES[spec.place]} |"


def main() -> int:
    """Write the pages; with `--check`, only say whether they are as they should be."""
    pages: dict[str, Any] = {
        "api.md": api(),
        "cli.md": commands(),
        "errors.md": errors(),
        "fields.md": fields(),
        "poster-template.schema.json": json.dumps(schema(), ensure_ascii=False, indent=1) + "\n",
    }
    stale = []
    for name, text in pages.items():
        path = OUT / name
        if not path.exists() or path.read_text("utf-8") != text:
            stale.append(name)
            if "--check" not in sys.argv:
                path.write_text(text, encoding="utf-8")
    if stale and "--check" in sys.argv:
        sys.stderr.write(f"请运行 scripts/reference.py：{'、'.join(stale)} 已过时{os.linesep}")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
