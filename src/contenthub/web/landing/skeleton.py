"""A page rendered once and cut where each answer differs, so that a visit costs no template."""

import re
import secrets
from typing import Any

import jinja2

from contenthub.web.pages import environment

SLOTS = ("code", "token", "nonce")
"""What is spliced in per answer."""


class Skeleton:
    """The fixed bytes of a page, and the slots between them."""

    def __init__(self, html: str, marks: dict[str, str]) -> None:
        pattern = "|".join(re.escape(mark) for mark in marks.values())
        names = {mark: name for name, mark in marks.items()}
        pieces = re.split(f"({pattern})", html)
        self._fixed = [piece.encode() for piece in pieces[0::2]]
        self._slots = [SLOTS.index(names[mark]) for mark in pieces[1::2]]

    def fill(self, *values: bytes) -> bytes:
        """Return the page with `values` (already safe in HTML) in the order of SLOTS."""
        parts = [self._fixed[0]]
        for slot, fixed in zip(self._slots, self._fixed[1:], strict=True):
            parts.append(values[slot])
            parts.append(fixed)
        return b"".join(parts)


def skeleton(template: str, **values: Any) -> Skeleton:
    """Return `templates/{template}` rendered with `values` and the slots left open.

    The marks are random, so no author's text can name one.
    """
    marks = {name: f"{name}-{secrets.token_hex(8)}" for name in SLOTS}
    context = {
        "csrf_token": "",
        "csp_nonce": marks["nonce"],
        "me": None,
        "nav": [],
        "is_fragment": False,
        "path": "/s",
        "bank": None,
        "code": marks["code"],
        "token": marks["token"],
        **values,
    }
    found: jinja2.Template = environment().get_template(template)
    return Skeleton(found.render(context), marks)
