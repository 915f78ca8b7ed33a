"""The only place that assembles HTTP."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any
from uuid import UUID

import httpx
from arq.connections import ArqRedis
from litestar import Litestar
from litestar.config.csrf import CSRFConfig
from litestar.datastructures import CacheControlHeader
from litestar.middleware import DefineMiddleware
from litestar.openapi import OpenAPIConfig
from litestar.plugins.jinja import JinjaTemplateEngine
from litestar.static_files import create_static_files_router
from litestar.template import TemplateConfig
from redis.asyncio import ConnectionPool

from contenthub.channels.pace import RedisPace, Window
from contenthub.db import Database
from contenthub.queue import Doorbell, decode, encode
from contenthub.settings import Settings
from contenthub.storage import open_storage
from contenthub.tenants.sealing import Keyring
from contenthub.web import routes
from contenthub.web.deps import DEPENDENCIES
from contenthub.web.edge import Edge
from contenthub.web.house import House
from contenthub.web.hygiene import refuse_unfit
from contenthub.web.openapi import ApiDocument
from contenthub.web.pages import STATIC, environment
from contenthub.web.problems import HANDLERS
from contenthub.web.signin import SignIn
from contenthub.web.traffic import Traffic


def make_house(settings: Settings) -> House:
    """Return the parts of one process; nothing connects before it is used."""
    pool = ConnectionPool.from_url(
        settings.redis_url, socket_connect_timeout=2, socket_timeout=5, max_connections=50
    )
    redis = ArqRedis(pool, job_serializer=encode, job_deserializer=decode)
    storage = open_storage(
        settings.storage_url or (Path(settings.data_dir).resolve() / "objects").as_uri(),
        access_key=settings.storage_access_key,
        secret_key=settings.storage_secret_key,
    )
    keyring = Keyring(settings.master_key)
    http = httpx.AsyncClient(timeout=httpx.Timeout(15, connect=5), follow_redirects=False)
    limits = (Window(60, settings.wecom_minute_calls), Window(3600, settings.wecom_hour_calls))
    database = Database(
        settings.database_url,
        platform_url=settings.platform_database_url,
        pool_size=settings.pool_size,
        after_commit=Doorbell(redis).ring,
        resources={
            "keyring": keyring,
            "storage": storage,
            "settings": settings,
            "http": http,
            "pace": RedisPace(redis, limits),
        },
    )
    return House(settings, database, storage, keyring, redis, http)


async def close_house(house: House) -> None:
    """Give back what the house holds."""
    await house.http.aclose()
    await house.redis.aclose(close_connection_pool=True)
    await house.database.close()


def create_litestar(house: House) -> Litestar:
    """Return the Litestar application of a house, without the layers before it."""

    @asynccontextmanager
    async def lifespan(_app: Litestar) -> AsyncIterator[None]:
        await house.database.check_role()
        yield
        await close_house(house)

    app = Litestar(
        route_handlers=[
            *routes.handlers(),
            create_static_files_router(
                path="/static",
                directories=[STATIC],
                cache_control=CacheControlHeader(max_age=31536000, public=True, immutable=True),
                include_in_schema=False,
                opt={"public": True, "exclude_from_csrf": True},
            ),
        ],
        dependencies=dict(DEPENDENCIES),
        exception_handlers=dict(HANDLERS),
        before_request=refuse_unfit,
        middleware=[DefineMiddleware(SignIn, exclude=["^/static/", "^/livez", "^/readyz"])],
        csrf_config=CSRFConfig(
            secret=house.keyring.sign(UUID(int=0), "csrf", b"").hex(),
            cookie_secure=house.settings.secure_cookies,
            exclude=["^/api/", "^/s/", "^/S/", "^/wecom/", "^/static/", "^/livez", "^/readyz"],
        ),
        template_config=TemplateConfig(engine=JinjaTemplateEngine.from_environment(environment())),
        openapi_config=OpenAPIConfig(
            title="contenthub",
            version="1",
            description="农商银行内容库与定时推送 API。错误一律为 application/problem+json。",
            path="/schema",
            render_plugins=[ApiDocument()],
        ),
        request_max_body_size=house.settings.upload_max_bytes + 1024 * 1024,
        lifespan=[lifespan],
        logging_config=None,
        debug=False,
    )
    app.state["house"] = house
    return app


def create_app(settings: Settings, house: House | None = None) -> Any:
    """Return the whole ASGI application: edge → share traffic → Litestar."""
    house = house or make_house(settings)
    litestar = create_litestar(house)
    return Edge(Traffic(litestar, house), secure=settings.secure_cookies)
