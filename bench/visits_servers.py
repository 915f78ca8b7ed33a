"""The three servers of bench/visits.py: `python -m bench.visits_servers NAME PORT`."""

import sys
from datetime import UTC, datetime
from typing import Any

import uvicorn
from litestar import Litestar, Response, get
from litestar.params import FromPath
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker, create_async_engine

from contenthub import log
from contenthub.app import create_app
from contenthub.db import new_id
from contenthub.settings import Settings
from contenthub.sharing.models import Link, Visit
from contenthub.web.deadlines import DeadlineProtocol, body_deadline

PAGE_BYTES = 6000


def orm(settings: Settings) -> Litestar:
    """Return what one writes first: look the code up, add a row, commit, answer."""
    engine = create_async_engine(settings.platform_database_url, pool_size=20, max_overflow=0)
    sessions: async_sessionmaker[AsyncSession] = async_sessionmaker(engine, expire_on_commit=False)
    page = "<!doctype html>" + "x" * PAGE_BYTES

    @get("/s/{code:str}", media_type="text/html")
    async def visit(code: FromPath[str]) -> Response[str]:
        async with sessions() as session:
            link = (await session.execute(select(Link).where(Link.code == code))).scalar_one()
            session.add(
                Visit(
                    tenant_id=link.tenant_id,
                    id=new_id(),
                    at=datetime.now(UTC),
                    kind="fetch",
                    link_id=link.id,
                    item_id=link.item_id,
                    employee_id=link.employee_id,
                    dwell_ms=1,  # tells the baseline's rows from ours
                )
            )
            await session.commit()
        return Response(page, media_type="text/html")

    return Litestar([visit], openapi_config=None, logging_config=None)


async def hello(scope: Any, receive: Any, send: Any) -> None:
    """Answer the same number of bytes to everything."""
    if scope["type"] != "http":
        return
    headers = [(b"content-type", b"text/html"), (b"content-length", b"%d" % PAGE_BYTES)]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": b"x" * PAGE_BYTES})


def main(name: str, port: int) -> None:
    """Serve until killed; the product is served exactly as `contenthub web` does."""
    settings = Settings.from_env()
    log.configure(settings.log_level)
    app: Any = hello
    extra: dict[str, Any] = {"lifespan": "off"}
    if name == "ours":
        app = body_deadline(create_app(settings))
        extra = {"http": DeadlineProtocol, "lifespan": "on"}
    elif name == "orm":
        app, extra = orm(settings), {"lifespan": "on"}
    uvicorn.run(
        app, host="127.0.0.1", port=port, ws="none", access_log=False, log_config=None, **extra
    )


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]))
