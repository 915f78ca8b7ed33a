"""A bank's look for pages of every kind: its colours as CSS, its logo, both public.

Like the sign above a bank's door: nothing here is a secret, and a bank that does not exist
gets the plain look, so that the addresses tell no more than the log-in page does.
"""

import time

from litestar import Request, Response, Router, get
from litestar.params import FromPath

from contenthub.db import TenantId
from contenthub.errors import NotFound
from contenthub.tenants import bankbrand, queries, queries_banks
from contenthub.tenants.models import Bank
from contenthub.tenants.queries_banks import Brand
from contenthub.web.deps import TheHouse
from contenthub.web.house import House

CACHE_SECONDS = 10.0
_CACHE_SIZE = 2000
PLAIN = Brand("", "contenthub", "", "#1a56b8", "#c3272b")
_known: dict[object, tuple[float, Brand]] = {}


async def brand_by_slug(house: House, slug: str) -> Brand:
    """Return the look of the bank with this slug; the plain one when there is none."""
    wanted = slug.strip().lower()[:60]
    if not wanted.isascii():
        return PLAIN
    key = (id(house), wanted)
    if (hit := _known.get(key)) is not None and hit[0] > time.monotonic():
        return hit[1]
    async with house.database.unscoped_reading() as session:
        found = await queries_banks.find_bank_state(session, wanted) if wanted else None
    brand = PLAIN if found is None else await _brand(house, found[0])
    if len(_known) >= _CACHE_SIZE:
        _known.clear()
    _known[key] = (time.monotonic() + CACHE_SECONDS, brand)
    return brand


async def brand_by_host(house: House, host: str) -> Brand:
    """Return the look of the bank whose own domain a browser asked; the plain one without."""
    domain = host.split(":")[0].strip().lower()
    try:
        async with house.database.unscoped_reading() as session:
            found = await queries.find_in_directory(session, "domain", domain)
    except NotFound:
        return PLAIN
    return await _brand(house, TenantId(found.bank_id))


async def _brand(house: House, tenant: TenantId) -> Brand:
    async with house.database.reading(tenant) as db:
        return queries_banks.brand_of(await db.get_one(Bank, tenant))


def forget(house: House, slug: str) -> None:
    """Let this process look up a bank's brand anew, after it was changed."""
    _known.pop((id(house), slug), None)


def _headers(tag: str, *, is_named: bool) -> dict[str, str]:
    # With its version in the URL a look never changes; without, it is asked for each time.
    kept = "public, max-age=31536000, immutable" if is_named else "public, no-cache"
    return {"ETag": f'"{tag}"', "Cache-Control": kept}


@get("/{slug:str}/look.css", opt={"public": True}, include_in_schema=False)
async def look(
    request: Request,  # type: ignore[type-arg]  # any request
    slug: FromPath[str],
    house: TheHouse,
) -> Response[str]:
    """Return a bank's colours as a stylesheet."""
    brand = await brand_by_slug(house, slug)
    css = bankbrand.stylesheet(brand.colour_main, brand.colour_accent)
    tag = bankbrand.version(css)
    headers = _headers(tag, is_named=request.query_params.get("v") == brand.version)
    if f'"{tag}"' in request.headers.get("if-none-match", ""):
        return Response("", status_code=304, headers=headers, media_type="text/css")
    return Response(css, headers=headers, media_type="text/css")


@get("/{slug:str}/logo", opt={"public": True}, include_in_schema=False)
async def logo(
    request: Request,  # type: ignore[type-arg]  # any request
    slug: FromPath[str],
    house: TheHouse,
) -> Response[bytes]:
    """Return a bank's logo as a PNG; raises NotFound when it has none."""
    brand = await brand_by_slug(house, slug)
    if not brand.logo_key:
        raise NotFound("没有这个图标")
    headers = _headers(brand.version, is_named=request.query_params.get("v") == brand.version)
    if f'"{brand.version}"' in request.headers.get("if-none-match", ""):
        return Response(b"", status_code=304, headers=headers, media_type="image/png")
    data = await house.storage.get(brand.logo_key)
    return Response(data, headers=headers, media_type="image/png")


HANDLERS = [Router("/brand", route_handlers=[look, logo])]
