"""A form of a landing page that was refused: the same page again, with what was typed kept.

It works without script: the wrong field says what to change, and the form's address ends in
its own anchor, so that the browser comes back to it.
"""

from typing import Any

from litestar import Request
from litestar.response import Template

from contenthub.db import new_id
from contenthub.errors import Conflict, ContentHubError, Invalid, TooMany
from contenthub.library.queries import NotLive
from contenthub.sharing.signupform import ASKED
from contenthub.sharing.tokens import microseconds, token
from contenthub.sharing.window import TAKES_SIGNUPS
from contenthub.web.house import House
from contenthub.web.landing import forms
from contenthub.web.landing.targets import shown_by
from contenthub.web.landing.words import page_of
from contenthub.web.pages import page
from contenthub.web.problems import problem_of

_CONTACT = ("name", "phone", "consent")
FIELDS = {"lead": _CONTACT, "signup": (*_CONTACT, *ASKED)}
"""The fields a form shows; what is wrong with any other is said above them."""
_STALE = "页面打开太久了，请核对后再提交一次"


async def shown_again(
    request: Request[Any, Any, Any],
    house: House,
    sent: forms.Sent,
    *,
    form: str,
    error: ContentHubError,
) -> Template:
    """Return the page with the refused form filled in; a script gets the error itself.

    Raises:
        ContentHubError: `error`, where no form is left to fill in.
    """
    mendable = isinstance(error, Invalid | TooMany | Conflict) and not isinstance(error, NotLive)
    if forms.wants_json(request) or not mendable:
        raise error
    async with house.database.reading(sent.tenant) as db:
        shown = await shown_by(db, sent.link_id, at=sent.at)
    request.scope["state"]["landing_bank"] = shown.bank
    if shown.revision is None or (form == "signup" and shown.revision.kind not in TAKES_SIGNUPS):
        raise error
    mark, is_new = _token(sent, house)
    fields = dict(error.fields) if isinstance(error, Invalid) else {}
    if is_new and "token" in fields:
        fields["token"] = _STALE
    answer = page(
        request,
        "landing/page.html",
        status=error.status,
        **page_of(shown, at=sent.at),
        code=sent.code,
        token=mark,
        refused={
            "form": form,
            "errors": {name: fields[name] for name in FIELDS[form] if name in fields},
            "alert": _alert(request, error, fields, form),
            "typed": {
                name: sent.values.get(name, "")
                for name in FIELDS["signup"]
                # Ticked beside other words than these, it is no consent to them.
                if not (name == "consent" and name in fields)
            },
        },
    )
    answer.headers["Cache-Control"] = "no-store"
    if isinstance(error, TooMany):
        answer.headers["Retry-After"] = str(error.retry_after_seconds)
    return answer


def _alert(
    request: Request[Any, Any, Any], error: ContentHubError, fields: dict[str, str], form: str
) -> str:
    """Return what is said above the form's fields, or an empty string."""
    if not fields:
        return problem_of(request, error).detail
    return "；".join(text for name, text in fields.items() if name not in FIELDS[form])


def _token(sent: forms.Sent, house: House) -> tuple[str, bool]:
    """Return the page's token: the one that came while it is good, else a new one."""
    try:
        forms.page_told(sent, house)
    except Invalid:
        fresh = token(
            new_id().bytes,
            microseconds(sent.at),
            link_id=sent.link_id.bytes,
            browser=sent.browser,
            sign=forms.signer(sent, house),
        )
        return fresh, True
    return sent.values["token"], False
