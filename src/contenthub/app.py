"""The only place that assembles HTTP."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any
from uuid import UUID

from litestar import Litestar
from litestar.config.csrf import CSRFConfig
from litestar.datastructures import CacheControlHeader
from litestar.middleware import DefineMiddleware
from litestar.openapi import OpenAPIConfig
from litestar.plugins.jinja import JinjaTemplateEngine
from litestar.static_files import create_static_files_router
from litestar.template import TemplateConfig

from contenthub.settings import Settings
from contenthub.storage_public import public_store_of
from contenthub.web import keysignin, routes
from contenthub.web.deps import DEPENDENCIES
from contenthub.web.edge import Edge
from contenthub.web.heads import Heads
from contenthub.web.house import House, close_house, make_house
from contenthub.web.hygiene import refuse_unfit
from contenthub.web.openapi import ApiDocument
from contenthub.web.pages import STATIC, environment
from contenthub.web.problems import HANDLERS
from contenthub.web.ratelimit import RateLimit
from contenthub.web.signin import SignIn
from contenthub.web.site import Site
from contenthub.web.traffic import Traffic


def create_litestar(house: House) -> Litestar:
    """Return the Litestar application of a house, without the layers before it."""

    @asynccontextmanager
    async def lifespan(_app: Litestar) -> AsyncIterator[None]:
        await house.database.check_role()
        yield
        await keysignin.settle()
        await close_house(house)

    app = Site(
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
            # Behind HTTPS bound to this host, so that no neighbour plants a token of its own.
            cookie_name="__Host-csrftoken" if house.settings.secure_cookies else "csrftoken",
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
    app.state["ratelimit"] = RateLimit(house.redis)
    return app


def create_app(settings: Settings, house: House | None = None) -> Any:
    """Return the whole ASGI application: edge → share traffic → HEAD → Litestar."""
    house = house or make_house(settings)
    return layered(create_litestar(house), house)


def layered(litestar: Litestar, house: House) -> Any:
    """Return a house's Litestar behind the layers that stand before it."""
    public = public_store_of(house.database.resources)
    return Edge(
        Traffic(Heads(litestar), house),
        secure=house.settings.secure_cookies,
        upload_origin=house.storage.upload_origin(),
        picture_origin=public.origin if public else "",
    )
