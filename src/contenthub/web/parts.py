"""The parts of pages (templates/ui): compiled once a process, bound to each page.

A page writes `{% import "ui/macros.html" as ui with context %}`. Rendered anew for every import
of every fragment, those macros would cost a page milliseconds; here an import is one small
object that names them all, with the few that need a request (its token, nonce and clock) bound
to it. What gives the same markup for the same words is kept by `memo`: marks and icons, never
what a bank or a person wrote.
"""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from functools import cache, lru_cache, partial
from types import SimpleNamespace
from typing import Any
from zoneinfo import ZoneInfo

import jinja2
from markupsafe import Markup

MACROS = "ui/macros.html"
ZONE = "Asia/Shanghai"
_TOKEN = ("csrf", "form", "post_button", "confirm")
"""Macros that write the form's token."""
_NONCE = ("rich_assets",)
"""Macros that load scripts."""
_KEPT = 2_048
_NEVER = datetime(1, 1, 2, tzinfo=UTC)


def memo(macro: Callable[..., Markup]) -> Callable[..., Markup]:
    """Return a macro that draws each of its arguments once (a filter): for marks and icons."""
    return lru_cache(maxsize=_KEPT, typed=True)(macro)


class PartTemplate(jinja2.Template):
    """A template of ours: importing the parts with a page's context binds them to the page."""

    def make_module(
        self,
        vars: dict[str, Any] | None = None,  # jinja's own name
        shared: bool = False,
        locals: Mapping[str, Any] | None = None,  # jinja's own name
    ) -> Any:  # a module, or the parts
        """Return the module that an import gets."""
        if self.name == MACROS and vars is not None:
            return _bound(self.module, vars)
        return super().make_module(vars, shared, locals)


def _bound(module: Any, page: Mapping[str, Any]) -> SimpleNamespace:
    """Return all parts, those that need a request bound to a page's context."""
    named = dict(_names(module))
    token, nonce = page.get("csrf_token", ""), page.get("csp_nonce", "")
    named |= {name: partial(named[name], token=token) for name in _TOKEN}
    named |= {name: partial(named[name], nonce=nonce) for name in _NONCE}
    bank = page.get("bank")
    named["when"] = partial(when, now=page.get("now"), zone=bank.zone if bank else ZONE)
    return SimpleNamespace(**named)


@cache
def _names(module: Any) -> dict[str, Any]:
    return {name: value for name, value in vars(module).items() if name[0] != "_"}


def when(at: datetime | None, *, now: datetime | None, zone: str) -> Markup:
    """Return an instant on the bank's clock: 今天 10:12, 11-24 09:00, or with another year.

    A page that knows no `now` shows the year.
    """
    if at is None:
        return Markup("—")
    there, today = at.astimezone(ZoneInfo(zone)), (now or _NEVER).astimezone(ZoneInfo(zone))
    if there.date() == today.date():
        shown = f"今天 {there:%H:%M}"
    else:
        shown = format(there, "%m-%d %H:%M" if there.year == today.year else "%Y-%m-%d")
    return Markup('<time datetime="{}" title="{}">{}</time>').format(
        at.isoformat(), f"{there:%Y-%m-%d %H:%M}", shown
    )
