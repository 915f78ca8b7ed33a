"""首次设置: the first bank and its administrator of a new installation; afterwards 404."""

from dataclasses import asdict, dataclass
from typing import Any

from litestar import Request, Response, get, post
from litestar.params import FromQuery, URLEncodedBody
from litestar.response import Template

from contenthub import log
from contenthub.errors import Conflict, ContentHubError, Invalid, NotFound
from contenthub.tenants import actions_setup
from contenthub.tenants.actions_setup import FirstBank
from contenthub.web import firststart
from contenthub.web.api.session import session_cookie, visitor_of
from contenthub.web.deps import Now, TheHouse
from contenthub.web.pages import go, new_csrf_cookie, page
from contenthub.web.sessions import open_session, proof_of
from contenthub.web.tries import Tries

NEXT_PAGE = "/account/totp"
WRONG_LINK = (
    "设置链接不对或已失效：请用 contenthub up 启动时打印的“首次设置”链接打开；"
    "找不到时重新启动一次，会打印新的链接"
)


@dataclass
class SetupForm:
    """What the form sends."""

    token: str = ""
    name: str = ""
    full_name: str = ""
    slug: str = ""
    hotline: str = ""
    admin_name: str = ""
    login: str = ""
    password: str = ""
    again: str = ""


@get("/setup", opt={"public": True}, include_in_schema=False)
async def setup_page(
    request: Request[Any, Any, Any], house: TheHouse, token: FromQuery[str] = ""
) -> Template:
    """Show the form to whoever brings the token, and to others where it is printed."""
    if not await firststart.is_open(house):
        raise NotFound()
    is_right = bool(token) and await firststart.is_right(house, token)
    return _form(request, SetupForm(token=token if is_right else ""), is_open=is_right)


def _form(
    request: Request[Any, Any, Any],
    data: SetupForm,
    *,
    is_open: bool,
    errors: dict[str, str] | None = None,
) -> Template:
    kept = asdict(data)
    del kept["password"], kept["again"]
    return page(
        request,
        "console/setup.html",
        status=422 if errors else 200,
        said=kept,
        is_open=is_open,
        errors=errors or {},
    )


@post("/setup", opt={"public": True}, include_in_schema=False)
async def set_up(
    request: Request[Any, Any, Any], data: URLEncodedBody[SetupForm], house: TheHouse, now: Now
) -> Response[Any] | Template:
    """Open the first bank, sign its administrator in and go on to the one-time codes."""
    if not await firststart.is_open(house):
        raise NotFound()
    visitor = visitor_of(request)
    if not await firststart.is_right(house, data.token):
        # Only a guess is a try: who holds the token may mistype as often as need be.
        await Tries(house.redis, "setup", visitor.address).count()
        return _form(request, data, is_open=False, errors={"token": WRONG_LINK})
    said = asdict(data)
    del said["token"], said["again"]
    new = FirstBank(**said)
    try:
        _check(new, data.again)
        if not await firststart.take(house, data.token):
            raise Conflict("系统正在由另一个页面设置，请稍后直接登录")
        try:
            tenant, staff = await actions_setup.open_first_bank(house.database, new, at=now)
        except ContentHubError:
            await firststart.give_back(house, data.token)
            raise
    except Invalid as wrong:
        return _form(request, data, is_open=True, errors=wrong.fields)
    log.event("setup.done", bank=new.slug, address=visitor.address)
    sid = await open_session(
        house.redis,
        house.settings,
        tenant,
        staff.id,
        proof=proof_of(staff),
        place=visitor.place,
    )
    answer = go(request, NEXT_PAGE)
    answer.set_cookie(session_cookie(house.settings, sid))
    answer.set_cookie(new_csrf_cookie(request))
    return answer


def _check(new: FirstBank, again: str) -> None:
    """Raise Invalid naming everything that is wrong with the form, in one go."""
    wrong: dict[str, str] = {}
    try:
        actions_setup.check(new)
    except Invalid as error:
        wrong |= error.fields
    if new.password != again:
        wrong["again"] = "两次输入的密码不一样，请重新输入"
    if wrong:
        raise Invalid(fields=wrong)


HANDLERS = [setup_page, set_up]
