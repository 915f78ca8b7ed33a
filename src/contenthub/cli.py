"""The command `contenthub`: every command takes `--json` and `--data DIR`.

What a command needs is imported inside it: `--help` and `config show` answer at once.
"""

import asyncio
import gc
import os
from dataclasses import fields
from pathlib import Path
from typing import Any

import click

from contenthub import cli_assets, cli_datakeys, cli_platform, engines
from contenthub.cli_platform import bank
from contenthub.cli_terminal import Commands, Steps, command, emit, readable_output, settings

FILE = click.Path(dir_okay=False, path_type=Path)
PORT, WORKERS = click.IntRange(1, 65535), click.IntRange(1, 16)


@click.group(cls=Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="contenthub", help="显示版本号")
def cli() -> None:
    """农商银行内容库与定时推送引擎。本机试用：contenthub up --demo"""


@command(cli, "up")
@click.option("--port", type=click.IntRange(0, 65535), help="网页端口，0 = 自动挑选（默认 8080）")
@click.option("--host", help="监听地址（默认 127.0.0.1；手机访问用 0.0.0.0）")
@click.option("--demo", is_flag=True, help="空目录时写入两家演示银行，并启动企业微信模拟服务")
@click.option(
    "--workers", type=click.IntRange(1, 16), default=2, show_default=True, help="后台任务进程数"
)
def up(port: int | None, host: str | None, demo: bool, workers: int) -> None:
    """在本机启动全部服务；Ctrl-C 停止，再次启动接着上次继续。"""
    from contenthub import cli_up

    cli_up.run(settings(port=port, host=host), cli_up.Options(demo=demo, workers=workers))


@command(cli, "web")
@click.option(
    "--port", type=click.IntRange(1, 65535), help="网页端口（默认 CONTENTHUB_PORT 或 8080）"
)
@click.option("--host", help="监听地址（默认 CONTENTHUB_HOST 或 127.0.0.1）")
def web(port: int | None, host: str | None) -> None:
    """运行一个网页进程（服务地址来自 CONTENTHUB_*）。"""
    gc.disable()  # what is loaded now stays: looking through it again and again only takes time
    from contenthub import cli_serve

    if os.environ.pop("CONTENTHUB_HELD", ""):
        cli_serve.await_settings()
    cli_serve.web(settings(port=port, host=host))


@command(cli, "worker")
def worker() -> None:
    """运行一个后台任务进程（服务地址来自 CONTENTHUB_*）。"""
    gc.disable()
    from contenthub import cli_serve

    cli_serve.worker(settings())


@command(cli, "sandbox")
@click.option("--host", default="127.0.0.1", show_default=True)
@click.option("--port", type=PORT, default=8090, show_default=True)
@click.option("--state", type=click.Path(file_okay=False, path_type=Path), help="状态目录")
@click.option("--by-hand", is_flag=True, help="员工不自动确认，由人工在模拟页面上点")
@click.option("--seed", type=int, help="随机数种子，用于重现")
@click.option("--set", "chosen", multiple=True, metavar="NAME=VALUE", help="其他选项，可多次给出")
def sandbox(
    host: str, port: int, *, state: Path | None, by_hand: bool, seed: int | None, **more: Any
) -> None:
    """运行企业微信模拟服务，选项见 docs/reference/sandbox.md。"""
    from contenthub import cli_serve

    directory = (state or settings().data_dir / "sandbox").absolute()
    options = cli_serve.sandbox_options(more["chosen"])
    if by_hand:
        options["confirm_seconds"] = None
    if seed is not None:
        options["seed"] = seed
    cli_serve.sandbox(host, port, state_dir=directory, options=options)


@command(cli, "migrate")
def migrate() -> None:
    """把数据库结构升级到最新（多台机器同时执行也只有一台在做）。"""
    from contenthub.migrations import runner

    with engines.ready(settings(), Steps()) as ready:
        revision = runner.migrate(ready.settings.owner_database_url)
    emit({"revision": revision}, f"数据库结构：{revision}")


@command(cli, "doctor")
def doctor() -> None:
    """逐项检查，每个问题都给出解决办法。"""
    from contenthub import cli_doctor

    found = cli_doctor.examine(settings())
    lines = [f"{'✓' if f['ok'] else '✗'} {f['name']}：{f['detail']}" for f in found]
    fixes = [f"  → {f['name']}：{f['fix']}" for f in found if not f["ok"]]
    emit({"ok": not fixes, "checks": found}, *lines, *fixes)
    if fixes:
        raise click.exceptions.Exit(1)


@command(cli, "routes")
def routes() -> None:
    """列出全部网址、所需权限和处理函数。"""
    from contenthub import cli_routes

    rows = cli_routes.table(settings())
    emit(rows, *(f"{r['method']:7}{r['path']:52}{r['permission']:24}{r['handler']}" for r in rows))


@cli.group("config", cls=Commands)
def config() -> None:
    """查看设置。"""


@command(config, "show")
@click.option("--redact/--no-redact", default=True, help="隐藏密码和密钥")
def config_show(redact: bool) -> None:
    """显示生效的设置；contenthub up 正在运行时，显示它实际使用的端口和地址。"""
    from contenthub import cli_running

    asked = settings()
    found, pid = cli_running.effective(asked), cli_running.running_pid(asked.data_dir)
    shown = (
        found.redacted() if redact else {f.name: str(getattr(found, f.name)) for f in fields(found)}
    )
    state = f"正在运行（进程号 {pid}）" if pid else "没有在运行，以下是下次启动时的设置"
    emit(
        {**shown, "running_pid": pid or None},
        f"# {found.data_dir}：{state}",
        *(f"CONTENTHUB_{name.upper()}={value}" for name, value in shown.items()),
    )


@command(cli, "demo-data")
@click.option("--customers", type=click.IntRange(1, 10_000_000), default=1000, show_default=True)
@click.option("--items", type=click.IntRange(0, 10_000), default=0, help="改为这么多条内容，.xlsx")
@click.option("--out", type=FILE, required=True, help=".csv（GB18030）或 .xlsx")
@click.option("--bad-share", type=click.FloatRange(0, 1), default=0.0, help="坏行的比例，例如 0.3")
@click.option("--bank", "slug", default="", help="用这家银行的机构和员工（默认第一家演示银行的）")
@click.option("--seed", type=int, default=1, show_default=True)
def demo_data(
    out: Path, customers: int, items: int, *, bad_share: float, slug: str, seed: int
) -> None:
    """生成逼真的客户文件或内容表格，用来试导入。"""
    from contenthub import cli_demo_data

    if items:
        made = cli_demo_data.items_file(out, items, bad_share=bad_share, seed=seed)
        emit(made, f"已写入 {items} 条内容：{out}")
        return
    made = cli_demo_data.customers_file(
        settings(), out, customers, bad_share=bad_share, slug=slug, seed=seed
    )
    emit(made, f"已写入 {customers} 位客户：{out}")


cli.add_command(bank)
cli.add_command(cli_platform.operator)


@command(bank, "create")
@click.argument("slug")
@click.option("--name", required=True, help="简称，例如 北桥农商银行")
@click.option("--full-name", default="", help="全称（默认同简称）")
@click.option("--hotline", default="", help="客服电话")
@click.option("--admin", default="admin", show_default=True, help="管理员登录名")
@click.option("--starter", is_flag=True, help="导入起步内容包：标签和草稿，填好本行要素再提交")
def bank_create(slug: str, name: str, *, admin: str, starter: bool, **said: str) -> None:
    """开设一家银行，并生成管理员账号。"""
    from contenthub import cli_operate

    new = cli_operate.NewBank(slug, name, said["full_name"], said["hotline"], admin, starter)
    made = asyncio.run(cli_operate.create_bank(settings(), new))
    emit(
        made, f"已开设 {name}（{made['slug']}）", f"管理员 {made['login']}，密码 {made['password']}"
    )


@command(bank, "list")
def bank_list() -> None:
    """列出全部银行。"""
    from contenthub import cli_operate

    rows = asyncio.run(cli_operate.list_banks(settings()))
    emit(rows, *(f"{r['slug']:20}{r['state']:10}{r['name']}" for r in rows))


@command(bank, "show")
@click.argument("slug")
def bank_show(slug: str) -> None:
    """显示一家银行生效的设置（发送时段、触达上限等）。"""
    from contenthub import cli_banks

    shown = asyncio.run(cli_banks.show(settings(), slug))
    emit(shown, *cli_banks.lines(shown))


@command(bank, "set")
@click.argument("slug")
@click.argument("changes", metavar="KEY=VALUE…", nargs=-1)
def bank_set(slug: str, changes: tuple[str, ...]) -> None:
    """修改一家银行的设置，例如 bank set qingyuan send_from=09:00 cap_times=3。"""
    from contenthub import cli_banks

    shown = asyncio.run(cli_banks.change(settings(), slug, changes))
    emit(shown, "已修改，立即生效", *cli_banks.lines(shown))


@cli.group("staff", cls=Commands)
def staff() -> None:
    """管理员工账号。"""


@command(staff, "invite")
@click.option("--bank", "slug", required=True, help="银行简码")
@click.option("--login", required=True)
@click.option("--name", required=True, help="姓名")
@click.option("--roles", required=True, help="逗号分隔，例如 author,employee")
@click.option("--branch", default="0000", show_default=True, help="机构号")
@click.option("--staff-no", default="", help="工号（默认同登录名）")
def staff_invite(slug: str, **said: str) -> None:
    """新增一位员工，并生成密码。"""
    from contenthub import cli_operate

    roles = [role.strip() for role in said["roles"].split(",") if role.strip()]
    new = cli_operate.NewStaff(said["login"], said["name"], roles, said["branch"], said["staff_no"])
    made = asyncio.run(cli_operate.invite_staff(settings(), slug, new))
    emit(made, f"已新增 {made['login']}，密码 {made['password']}")


@command(staff, "reset-login")
@click.argument("login")
@click.option("--bank", "slug", required=True, help="银行简码")
@click.option("--reason", required=True, help="原因，记入本行操作留痕")
def staff_reset_login(login: str, slug: str, reason: str) -> None:
    """给丢了密码、手机和恢复码的员工新的初始密码（动态验证码移除，登录全部退出）。"""
    from contenthub import cli_logins

    made = asyncio.run(cli_logins.reset_login(settings(), slug, login, reason=reason))
    emit(made, f"{login} 的新密码 {made['password']}（只显示这一次，72 小时内有效）")


cli.add_command(cli_datakeys.keys)
cli.add_command(cli_assets.assets)


@cli.group("key", cls=Commands)
def key() -> None:
    """管理接口密钥。"""


@command(key, "create")
@click.option("--bank", "slug", required=True, help="银行简码")
@click.option("--login", required=True, help="以哪位员工的身份调用")
@click.option("--name", default="", help="用途说明")
@click.option("--scope", "scopes", multiple=True, help="只给这项权限，可写多次；不写则为全部")
@click.option("--ip", "networks", multiple=True, help="允许的来源地址或网段，可写多次")
@click.option(
    "--per-minute",
    type=click.IntRange(1, 60_000),
    default=1200,
    show_default=True,
    help="每分钟最多调用次数",
)
@click.option("--days", type=click.IntRange(1, 3660), help="多少天后到期；不写则长期有效")
def key_create(slug: str, login: str, name: str, **said: Any) -> None:
    """生成接口密钥，只显示这一次。"""
    from contenthub import cli_operate

    terms = cli_operate.key_terms(**said)
    made = asyncio.run(
        cli_operate.create_key(settings(), slug, login=login, name=name, terms=terms)
    )
    emit(made, f"密钥（请立即保存，不会再显示）：{made['key']}")


@command(cli, "import")
@click.argument("kind", type=click.Choice(["customers", "staff"]))
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--bank", "slug", required=True, help="银行简码")
@click.option("--dry-run", is_flag=True, help="只检查，不写入")
@click.option(
    "--photos",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="员工照片包：ZIP，每张以工号命名（只用于 staff）",
)
def import_file(kind: str, file: Path, slug: str, dry_run: bool, photos: Path | None) -> None:
    """导入客户或员工的 CSV、xlsx（与网页和接口是同一个导入程序）。"""
    from contenthub import cli_import

    steps = Steps()
    result = cli_import.run(
        settings(), kind, file, bank=slug, dry_run=dry_run, progress=steps, photos=photos
    )
    steps.done()
    emit(result, *(f"{name}：{value}" for name, value in result.items()))


@cli.group("audience", cls=Commands)
def audience() -> None:
    """客群索引。"""


@command(audience, "check")
@click.option("--bank", "slug", help="只核对这家银行（默认全部）")
@click.option("--mend", is_flag=True, help="把不一致的改正过来（不用停机）")
def audience_check(slug: str | None, mend: bool) -> None:
    """逐位核对客群索引和客户数据是否一致；不一致且没有改正时退出码为 1。"""
    from contenthub import cli_operate

    rows = asyncio.run(cli_operate.check_audience(settings(), slug, mend=mend))
    is_right = all(row["ok"] for row in rows)
    emit(
        {"ok": is_right, "banks": rows},
        *(f"{'✓' if row['ok'] else '✗'} {row['bank']}：{row['detail']}" for row in rows),
        *(f"  {wrong}" for row in rows for wrong in row["wrong"]),
    )
    if not is_right:
        raise click.exceptions.Exit(1)


@cli.group("audit", cls=Commands)
def audit() -> None:
    """审计。"""


@command(audit, "verify")
@click.option("--bank", "slug", help="只核对这家银行（默认全部）")
def audit_verify(slug: str | None) -> None:
    """核对审计记录的哈希链，发现改动即报告。"""
    from contenthub import cli_operate

    rows = asyncio.run(cli_operate.verify_audit(settings(), slug))
    broken = [row for row in rows if not row["ok"]]
    emit(
        {"ok": not broken, "banks": rows},
        *(f"{'✓' if r['ok'] else '✗'} {r['bank']}：{r['entries']} 条，{r['detail']}" for r in rows),
    )
    if broken:
        raise click.exceptions.Exit(1)


@command(cli, "backup")
@click.option("--out", type=FILE, required=True, help="备份文件，例如 backup.tar")
def backup(out: Path) -> None:
    """备份数据库、文件和主密钥到一个文件（可在运行中执行）。"""
    from contenthub import cli_backup

    steps = Steps()
    manifest = cli_backup.backup(settings(), out.absolute(), steps)
    steps.done()
    rows, objects = sum(manifest["rows"].values()), manifest["objects"]
    result = {**manifest, "sha256": None, "file": out, "bytes": out.stat().st_size}
    emit(result, f"已备份 {rows} 行、{objects} 个文件：{out}", "文件内含主密钥，请妥善保管")


@command(cli, "restore")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--replace", is_flag=True, help="目录里已有数据时也恢复（旧库改名保留）")
def restore(file: Path, replace: bool) -> None:
    """把备份恢复到数据目录（先停止 contenthub up）。"""
    from contenthub import cli_backup

    steps = Steps()
    manifest = cli_backup.restore(settings(), file.absolute(), replace=replace, progress=steps)
    steps.done()
    kept = manifest["kept_database"]
    lines = [f"已恢复 {manifest['created_at']} 的备份，行数核对一致"]
    emit({**manifest, "sha256": None}, *lines, *([f"原数据库保留为 {kept}"] if kept else []))


def main() -> None:
    """Run the command line."""
    readable_output()
    os.environ.setdefault("PYTHONUTF8", "1")  # for the programs we start
    cli()
