"""`contenthub up`: everything on this machine, looked after by one supervisor."""

import asyncio
import json
import os
import signal
import threading
import time
import urllib.error
import urllib.request
from contextlib import ExitStack
from dataclasses import dataclass, replace
from pathlib import Path
from types import FrameType
from typing import Any

import asyncpg

from contenthub import cli_running, engines
from contenthub import engines_host as host
from contenthub.cli_children import SANDBOX, Child, Children, EngineWatch, full
from contenthub.cli_terminal import Steps, emit
from contenthub.errors import Invalid
from contenthub.migrations import runner
from contenthub.settings import Settings

READY_SECONDS = 90
TELL_SECONDS = 3
"""How often a wait for the web process says that it goes on."""
GIVE_UP_DEATHS = 4
SEARCHED_PORTS = 200
DEMO_MARK = Path("run/demo-filling")
DEMO_OPEN = Path("run/demo-kept-open")
DEMO_SANDBOX = {"confirm_seconds": [30, 600], "fault_rate": 0.01, "unrelated_rate": 0.01}
"""A newcomer is to see a push move and a real day's accidents: employees confirm within ten
minutes, one call in a hundred fails and is recovered, customers block, are full, or strangers.
Who logs in as `employee1` finds their own task waiting: they confirm by hand.
"""
HEAR = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


class Stopped(BaseException):
    """A signal asked the supervisor to stop while it was starting."""


@dataclass(frozen=True, slots=True)
class Options:
    """What `up` was asked for."""

    demo: bool
    workers: int


class _Signals:
    """Turns the first stop signal into an exception while starting, into an event afterwards."""

    def __init__(self) -> None:
        self.stop = threading.Event()
        self.raising = True
        for number in HEAR:
            signal.signal(number, self._heard)

    def _heard(self, _number: int, _frame: FrameType | None) -> None:
        first = not self.stop.is_set()
        self.stop.set()
        if first and self.raising:
            raise Stopped


def run(settings: Settings, asked: Options) -> None:
    """Start engines, schema, demo and processes; look after them until a signal comes.

    Raises:
        AlreadyRunning: another `up` uses the data directory.
        EngineFailed: an engine or the web process did not come up.
        Invalid: the port is busy.
    """
    signals, steps, began = _Signals(), Steps(), time.monotonic()
    is_interrupted = False
    try:
        with ExitStack() as stack:
            try:
                children, started = _start(settings, asked, steps=steps, stack=stack)
            finally:
                signals.raising = False  # nothing may interrupt the clean-up
            steps.done()
            stack.callback(cli_running.forget, settings.data_dir)
            cli_running.tell(started.settings, os.getpid())
            _announce(started.settings, time.monotonic() - began)
            watch = EngineWatch(started, steps)
            while not signals.stop.wait(0.5):
                signals.raising = True  # a recovery may take minutes; Ctrl-C ends it
                try:
                    watch.tend()
                finally:
                    signals.raising = False
                steps.done()
                children.tend()
            steps("正在停止，已保存的数据不受影响")
    except Stopped:
        is_interrupted = True
    if is_interrupted:  # the frames of the interrupted start are gone, and their locks with them
        engines.stop_strays(settings.data_dir)
    steps.done()


def _start(
    settings: Settings, asked: Options, *, steps: Steps, stack: ExitStack
) -> tuple[Children, engines.Engines]:
    data = settings.data_dir
    host.engine_dir(data)
    run_dir = data / "run"
    for directory in (run_dir, data / "logs"):
        host.make_dir(directory, 0o700)
    stack.callback(host.Lock(run_dir / "up.lock", f"数据目录 {data} ").release)
    children = Children(run_dir)
    if left := children.stop_orphans():
        steps(f"清理上次被强行结束后留下的 {left} 个进程")
    settings = _addressed(settings)
    stack.callback(children.stop)
    web = children.add(_child("web", ["web"], env=_bare(data), data=data), is_held=True)
    try:
        started = engines.start(settings, steps)
    except host.EngineFailed as error:
        raise host.EngineFailed(full(data) or error.detail) from error
    stack.callback(started.stop)
    steps("升级数据库结构")
    runner.migrate(started.settings.owner_database_url)
    stack.callback(children.stop)  # before the engines
    settings = _with_demo(started.settings, asked, children=children, steps=steps)
    steps("启动网页服务和后台任务")
    env = _environment(settings)
    web.release(env)
    # One worker is as quick as the pages and enough to be ready; with more at once, all on two
    # processors wait for each other.
    workers = [
        _child(f"worker-{n}", ["worker"], env=env, data=data) for n in range(1, asked.workers + 1)
    ]
    children.add(workers[0])
    _await_ready(settings, web, children, steps=steps)
    for another in workers[1:]:
        children.add(another)
    started.settings = settings
    return children, started


def _addressed(settings: Settings) -> Settings:
    """Settle the port (0 = the first free one from 8080 on) and the public address."""
    port = settings.port
    if port == 0:
        free = (
            p for p in range(8080, 8080 + SEARCHED_PORTS) if host.port_is_free(p, settings.host)
        )
        port = next(free, 0)
    if port == 0 or not host.port_is_free(port, settings.host):
        raise Invalid.of(
            "--port",
            f"端口 {port} 已被占用；请换一个，例如 --port {port + 1}，或用 --port 0 自动挑选",
        )
    settings = replace(settings, port=port, platform_console=True)
    if "CONTENTHUB_PUBLIC_URL" not in os.environ:
        settings = replace(settings, public_url=f"http://127.0.0.1:{port}")
    return settings


def _child(name: str, arguments: list[str], *, env: dict[str, str], data: Path) -> Child:
    return Child(name, arguments, env, data / "logs" / f"{name}.log")


def _bare(data: Path) -> dict[str, str]:
    """Return the environment of a child that has no settings yet."""
    env = {k: v for k, v in os.environ.items() if not k.startswith("CONTENTHUB_")}
    return {**env, "PYTHONUTF8": "1", "CONTENTHUB_DATA_DIR": str(data)}


def _environment(settings: Settings) -> dict[str, str]:
    """Return the children's environment: all URLs but the schema owner's."""
    names = ["database_url", "platform_database_url", "redis_url", "storage_url", "data_dir"]
    names += ["host", "port", "public_url", "wecom_base_url", "platform_console"]
    names += ["cdn_url", "cdn_storage_url"]
    env = dict(os.environ, PYTHONUTF8="1")
    for name in names:
        variable = f"CONTENTHUB_{name.upper()}"
        env.pop(variable + "_FILE", None)
        env[variable] = str(getattr(settings, name))
    for variable in ("CONTENTHUB_OWNER_DATABASE_URL", "CONTENTHUB_OWNER_DATABASE_URL_FILE"):
        env.pop(variable, None)
    if not env.keys() & {"CONTENTHUB_MASTER_KEY", "CONTENTHUB_MASTER_KEY_FILE"}:
        env["CONTENTHUB_MASTER_KEY_FILE"] = str(engines.master_key_file(settings.data_dir))
    return env


def accounts_file(data_dir: Path) -> Path:
    """Return where the demo's generated log-ins are kept."""
    return data_dir / "demo-accounts.json"


def _with_demo(settings: Settings, asked: Options, *, children: Children, steps: Steps) -> Settings:
    """Run the sandbox for a demo directory and fill an empty one; return its settings.

    A directory that holds the demo keeps its sandbox on later starts without `--demo`,
    because the demo banks' pushes go there.
    """
    kept, begun = accounts_file(settings.data_dir), settings.data_dir / DEMO_MARK
    if not asked.demo and not kept.exists() and not begun.exists():
        return settings
    port = host.port_for(settings.data_dir / "engine", "sandbox")
    settings = _with_cdn(replace(settings, wecom_base_url=f"http://127.0.0.1:{port}"))
    steps("启动企业微信模拟服务")
    arguments = ["sandbox", "--port", str(port), "--state", str(settings.data_dir / "sandbox")]
    arguments += [f"--set={name}={json.dumps(value)}" for name, value in _demo_sandbox().items()]
    env = _environment(settings)
    children.add(_child(SANDBOX, arguments, env=env, data=settings.data_dir))
    if kept.exists():
        begun.unlink(missing_ok=True)
    elif begun.exists() or not asyncio.run(_has_banks(settings.platform_database_url)):
        from contenthub import cli_demo

        # The mark stays until the log-ins are kept: a start that finds it begins the demo again.
        accounts = cli_demo.fill(settings, steps, mark=begun)
        host.write_private(kept, json.dumps(accounts, ensure_ascii=False, indent=1) + "\n")
        begun.unlink(missing_ok=True)
    _keep_open(settings, kept)
    return settings


def _with_cdn(settings: Settings) -> Settings:
    """Let a demo's banks publish posters: to a directory of ours, at an address of ours."""
    if settings.cdn_url:
        return settings
    place = (settings.data_dir.resolve() / "published").as_uri()
    return replace(settings, cdn_url=f"{settings.public_url}/published", cdn_storage_url=place)


def _demo_sandbox() -> dict[str, Any]:
    from contenthub.cli_demo_roster import BANKS, HAND_LOGIN, roster, wecom_userid

    by_hand = [
        wecom_userid(bank, seat)
        for bank in BANKS
        for seat in roster(bank)
        if seat.login == HAND_LOGIN
    ]
    return {**DEMO_SANDBOX, "by_hand": by_hand}


def _keep_open(settings: Settings, kept: Path) -> None:
    """Once: a demo of an earlier version must not lock its own administrators out."""
    done = settings.data_dir / DEMO_OPEN
    if done.exists() or not kept.exists():
        return
    from contenthub import cli_logins

    slugs = {account["bank"] for account in json.loads(kept.read_text("utf-8"))}
    asyncio.run(cli_logins.keep_demo_open(settings, slugs))
    done.touch()


async def _has_banks(url: str) -> bool:
    connection = await asyncpg.connect(url.replace("+asyncpg", "", 1))
    try:
        return bool(await connection.fetchval("select exists (select from banks)"))
    finally:
        await connection.close()


def _await_ready(settings: Settings, web: Child, children: Children, *, steps: Steps) -> None:
    name = "127.0.0.1" if settings.host in ("0.0.0.0", "::", "") else settings.host  # noqa: S104
    url = f"http://{f'[{name}]' if ':' in name else name}:{settings.port}/readyz"
    began = time.monotonic()
    until, tell_at = began + READY_SECONDS, began + TELL_SECONDS
    while time.monotonic() < until and web.deaths < GIVE_UP_DEATHS:
        try:
            with urllib.request.urlopen(url, timeout=5):  # our own http address
                return
        except urllib.error.HTTPError as error:
            if _serves(error.read()):
                return
            time.sleep(0.1)
        except (urllib.error.URLError, OSError):
            time.sleep(0.1)
        children.tend()
        if time.monotonic() >= tell_at:
            steps.still(f"网页服务正在载入，已等 {time.monotonic() - began:.0f} 秒")
            tell_at += TELL_SECONDS
    tail = host.last_lines(web.log_path)
    raise host.EngineFailed(f"网页服务没有就绪，日志 {web.log_path} 的末尾：\n{tail}")


def _serves(told: bytes) -> bool:
    """Return whether pages can be used: work left waiting or a full disk is for /readyz to say."""
    try:
        parts = json.loads(told)["parts"]
    except (ValueError, KeyError):
        return False
    return all(parts.get(part) == "ok" for part in ("database", "redis", "storage"))


def _announce(settings: Settings, took_seconds: float) -> None:
    base, kept = settings.public_url, accounts_file(settings.data_dir)
    accounts: list[dict[str, Any]] = json.loads(kept.read_text("utf-8")) if kept.exists() else []
    lines = [
        "",
        f"contenthub 已就绪（{took_seconds:.1f} 秒）",
        f"  管理台   {base}/console",
        f"  员工端   {base}/m",
        f"  接口文档 {base}/schema/openapi.json",
        f"  数据目录 {settings.data_dir}",
    ]
    own = settings.wecom_base_url.startswith("http://127.0.0.1:")
    sandbox = settings.wecom_base_url if own else None
    if sandbox:
        lines.append(f"  模拟企微 {sandbox}（代替企业微信：员工收到的群发在这里看、在这里确认）")
    if accounts:
        lines += ["", f"演示账号（也在 {kept}）："]
        lines += _table(accounts)
        if any(a.get("totp_secret") for a in accounts):
            lines.append(
                f"  platform 的账号在 {base}/platform/login 登录，验证码："
                f"contenthub operator demo-code 登录名 --data {settings.data_dir}"
            )
    has_banks = bool(accounts) or asyncio.run(_has_banks(settings.platform_database_url))
    setup_url = "" if has_banks else asyncio.run(_offer_setup(settings))
    if setup_url:
        lines += ["", "还没有银行。请用浏览器打开这个链接完成首次设置（一次有效，请勿转发）："]
        lines.append(f"  首次设置 {setup_url}")
    lines += ["", "按 Ctrl-C 停止。"]
    result = {
        "event": "ready",
        "url": base,
        "sandbox_url": sandbox,
        "data_dir": settings.data_dir,
        "took_seconds": round(took_seconds, 1),
        "accounts_file": kept if accounts else None,
        "setup_url": setup_url or None,
    }
    emit(result, *lines)


def _table(accounts: list[dict[str, Any]]) -> list[str]:
    """Return one line for each log-in, in columns; roles in the words of the console."""
    from contenthub.tenants import access
    from contenthub.tenants.actions_operators import KINDS

    words = {**access.ROLES, **KINDS}
    wide = {key: max(len(a[key]) for a in accounts) for key in ("bank", "login", "password")}
    return [
        "  ".join(
            [
                "",
                *(a[key].ljust(width) for key, width in wide.items()),
                "、".join(words.get(role, role) for role in a["roles"]),
            ]
        )
        for a in accounts
    ]


async def _offer_setup(settings: Settings) -> str:
    """Return the link that opens the first bank, or '' when somebody works here already."""
    from contenthub.web import firststart
    from contenthub.web.house import close_house, make_house

    house = make_house(settings)
    try:
        if not await firststart.is_open(house):
            return ""
        return f"{settings.public_url}/setup?token={await firststart.offer(house)}"
    finally:
        await close_house(house)
