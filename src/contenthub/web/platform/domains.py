"""Domains that banks say are theirs: an operator checks the DNS record, confirms or refuses."""

from dataclasses import dataclass
from typing import Any

from litestar import Request, Response, get, post
from litestar.params import FromPath, URLEncodedBody
from litestar.response import Template

from contenthub.tenants import actions_domains, queries_platform
from contenthub.web import brand
from contenthub.web.deps import Now, OverBanks, TheHouse
from contenthub.web.pages import go, page
from contenthub.web.platform.signin import ForOperator, operator_of

OPERATOR = ForOperator("platform")


@dataclass
class DomainForm:
    """Which domain an operator judges, and why it is refused."""

    domain: str = ""
    reason: str = ""


@get("/platform/domains", guards=[OPERATOR], include_in_schema=False)
async def domains_page(request: Request[Any, Any, Any], platform: OverBanks) -> Template:
    """Show the domains that wait to be confirmed."""
    claims = await queries_platform.domain_claims(platform)
    return page(request, "platform/domains.html", operator=operator_of(request), claims=claims)


@post("/platform/domains/{slug:str}/confirm", guards=[OPERATOR], include_in_schema=False)
async def confirm_domain(
    request: Request[Any, Any, Any],
    slug: FromPath[str],
    data: URLEncodedBody[DomainForm],
    house: TheHouse,
    now: Now,
) -> Response[Any]:
    """Serve a bank under the domain it claimed."""
    # Committed before it is forgotten, or a page meanwhile would remember the old one.
    async with house.database.platform_unit_of_work() as db:
        await actions_domains.confirm(db, slug, data.domain, by=operator_of(request), at=now)
    brand.forget(house, slug)
    return go(request, "/platform/domains")


@post("/platform/domains/{slug:str}/refuse", guards=[OPERATOR], include_in_schema=False)
async def refuse_domain(
    request: Request[Any, Any, Any],
    slug: FromPath[str],
    data: URLEncodedBody[DomainForm],
    platform: OverBanks,
    now: Now,
) -> Response[Any]:
    """Refuse the domain a bank claimed, with a reason."""
    await actions_domains.refuse(
        platform, slug, data.domain, reason=data.reason, by=operator_of(request), at=now
    )
    return go(request, "/platform/domains")


HANDLERS = [domains_page, confirm_domain, refuse_domain]
