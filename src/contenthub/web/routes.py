"""Every handler of the house, room by room; a module not listed here does not exist."""

from typing import Any

from contenthub.web.api import audit as api_audit
from contenthub.web.api import branches as api_branches
from contenthub.web.api import health
from contenthub.web.api import jobs as api_jobs
from contenthub.web.api import keys as api_keys
from contenthub.web.api import session as api_session
from contenthub.web.api import staff as api_staff
from contenthub.web.console import session as console_session
from contenthub.web.landing import lead as landing_lead
from contenthub.web.landing import pictures as landing_pictures
from contenthub.web.landing import share as landing_share

MODULES = (
    health,
    api_session,
    api_audit,
    api_branches,
    api_jobs,
    api_keys,
    api_staff,
    console_session,
    landing_lead,
    landing_pictures,
    landing_share,
)


def handlers() -> list[Any]:
    """Return the handlers and routers of all modules."""
    return [handler for module in MODULES for handler in module.HANDLERS]
