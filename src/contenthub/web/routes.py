"""Every handler of the house, room by room; a module not listed here does not exist."""

from typing import Any

from contenthub.web.api import health
from contenthub.web.api import session as api_session
from contenthub.web.console import session as console_session
from contenthub.web.landing import lead as landing_lead
from contenthub.web.landing import pictures as landing_pictures
from contenthub.web.landing import share as landing_share

MODULES = (
    health,
    api_session,
    console_session,
    landing_lead,
    landing_pictures,
    landing_share,
)


def handlers() -> list[Any]:
    """Return the handlers and routers of all modules."""
    return [handler for module in MODULES for handler in module.HANDLERS]
