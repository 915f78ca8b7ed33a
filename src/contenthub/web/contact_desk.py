"""What the pages of customers, leads and sign-ups share: their forms, and a number in clear."""

from dataclasses import dataclass
from typing import Any

from litestar import Request
from litestar.response import Template

from contenthub.web.pages import fragment_headers, is_fragment, page


@dataclass
class ReasonForm:
    """Why a name and phone are looked at."""

    reason: str = ""


@dataclass
class StateForm:
    """What a state button sends."""

    state: str = ""


def in_clear(request: Request[Any, Any, Any], whole: str, values: dict[str, Any]) -> Template:
    """Return the call card of a phone page, kept by nobody; without htmx all of `whole`."""
    answer = page(request, "h5/_lead_call.html" if is_fragment(request) else whole, **values)
    answer.headers.update(fragment_headers())
    return answer
