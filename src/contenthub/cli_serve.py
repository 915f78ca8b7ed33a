"""`contenthub web`, `worker` and `sandbox`: one process of that kind."""

import asyncio
import gc
import json
import logging
import os
import sys
from collections.abc import Iterable
from functools import partial
from pathlib import Path

import asyncpg
import uvicorn

from contenthub import log
from contenthub.cli_children import follow_parent, grace_seconds
from contenthub.errors import Invalid, Unavailable
from contenthub.settings import Settings
from contenthub.web.deadlines import DeadlineProtocol, body_deadline

NEEDED = ("database_url", "redis_url", "master_key")


def require_services(settings: Settings) -> None:
    """Refuse to run a single process without the services' addresses.

    Raises:
        Invalid: names each missing variable.
    """
    missing = [f"CONTENTHUB_{name.upper()}" for name in NEEDED if not getattr(settings, name)]
    if missing:
        advice = "单独启动一个进程时必须设置；只在这一台机器上使用请执行 contenthub up"
        raise Invalid(fields=dict.fromkeys(missing, advice))


def refuse_wrong_role(settings: Settings) -> None:
    """Refuse to start on a database that does not answer, or as a role above row-level security.

    Asked before the server starts, so that one line says it and not a trace.

    Raises:
        Unavailable: names the cause and the fix.
    """
    asyncio.run(_check_role(settings.database_url))


async def _check_role(url: str) -> None:
    # SQLAlchemy is not needed to show the help of `web`.
    from sqlalchemy.exc import SQLAlchemyError

    from contenthub.db import Database

    database = Database(url, pool_size=1)
    try:
        await database.check_role()
    except (OSError, TimeoutError, asyncpg.PostgresError, SQLAlchemyError) as error:
        cause = getattr(error, "orig", None) or error
        said = next(iter(str(cause).splitlines()), type(cause).__name__)
        raise Unavailable(
            f"连不上数据库（{said}）；"
            "请检查 CONTENTHUB_DATABASE_URL、网络和密码，contenthub doctor 逐项检查"
        ) from error
    finally:
        await database.close()


def refuse_forgetful_redis(settings: Settings) -> None:
    """Refuse to start on a Redis that may throw away what it was given to keep.

    A Redis that does not answer is no reason: the product works on without it, and a managed
    one that does not tell its settings is believed with a line in the log.

    Raises:
        Invalid: it may evict, with the fix.
    """
    asyncio.run(_check_redis(settings.redis_url))


async def _check_redis(url: str) -> None:
    from redis.asyncio import Redis
    from redis.exceptions import RedisError, ResponseError

    redis = Redis.from_url(url, socket_connect_timeout=2, socket_timeout=2, decode_responses=True)
    try:
        held = await redis.config_get("maxmemory*")
    except ResponseError as error:
        # Managed services rename or forbid CONFIG; ours is left to `doctor` and their console.
        log.event("redis.settings_unknown", level=logging.WARNING, error=str(error)[:200])
        return
    except (RedisError, OSError):
        return
    finally:
        await redis.aclose()
    policy = held.get("maxmemory-policy", "noeviction")
    if int(held.get("maxmemory", 0)) > 0 and policy != "noeviction":
        raise Invalid.of(
            "CONTENTHUB_REDIS_URL",
            f"这个 Redis 内存用满时会丢数据（maxmemory-policy {policy}），登录和提醒会悄悄消失；"
            "请执行 CONFIG SET maxmemory-policy noeviction 并写进它的配置文件，再启动",
        )


def await_settings() -> None:
    """Load the pages' code while `up` starts the engines, then take over the settings it tells.

    Raises:
        SystemExit: it gave up, or died.
    """
    follow_parent()
    import contenthub.app  # noqa: F401  # loading it is what takes the time

    told = sys.stdin.readline()
    if not told:
        raise SystemExit(0)
    os.environ.update(json.loads(told))


def _loaded() -> None:
    """Collect garbage from now on, and never look through what was loaded until here."""
    gc.freeze()
    gc.enable()


def web(settings: Settings) -> None:
    """Serve HTTP until a stop signal; requests in flight get ten seconds, below `up` one."""
    require_services(settings)
    follow_parent()
    log.configure(settings.log_level)
    refuse_wrong_role(settings)
    refuse_forgetful_redis(settings)
    from contenthub.app import create_app

    config = uvicorn.Config(
        body_deadline(create_app(settings)),
        host=settings.host,
        port=settings.port,
        # uvicorn calls it like the class.
        http=partial(DeadlineProtocol, secure=settings.secure_cookies),  # type: ignore[arg-type]
        ws="none",
        lifespan="on",
        access_log=False,
        log_config=None,
        server_header=False,
        # An address is believed only behind proxies the operator named (rate limits count by it).
        proxy_headers=bool(settings.trusted_proxies),
        forwarded_allow_ips=settings.trusted_proxies,
        timeout_keep_alive=20,
        timeout_graceful_shutdown=grace_seconds(10),
    )
    _loaded()
    uvicorn.Server(config).run()


def worker(settings: Settings) -> None:
    """Do due work until a stop signal."""
    require_services(settings)
    follow_parent()
    log.configure(settings.log_level)
    refuse_wrong_role(settings)
    refuse_forgetful_redis(settings)
    from contenthub.worker import run

    _loaded()
    run(settings, grace_seconds=grace_seconds(25))


def sandbox_options(chosen: Iterable[str]) -> dict[str, object]:
    """Return `NAME=VALUE` settings of the sandbox by name, each value read as JSON.

    Raises:
        Invalid: one has no `=`, or its value is no JSON.
    """
    options: dict[str, object] = {}
    for setting in chosen:
        name, _, value = setting.partition("=")
        try:
            options[name] = json.loads(value)
        except ValueError as error:
            advice = "应为 名称=值，例如 fault_rate=0.05 或 confirm_seconds=[3,20]"
            raise Invalid.of("--set", f"{advice}，现在是“{setting}”") from error
    return options


def sandbox(host: str, port: int, *, state_dir: Path, options: dict[str, object]) -> None:
    """Serve the stand-in for WeCom's HTTP API until a stop signal."""
    from contenthub.channels.sandbox.server import serve

    follow_parent()
    log.configure("INFO")
    serve(host, port, state_dir, options=options)
