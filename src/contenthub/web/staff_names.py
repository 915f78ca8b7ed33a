"""A person's name at the doors of the web: held to what posters can draw, when it is new."""

from typing import Any

from contenthub.errors import Invalid
from contenthub.posters import names


def checked(facts: dict[str, Any], *, known: str = "") -> dict[str, Any]:
    """Return the facts of a person; raises Invalid (`name`) for one no poster can draw.

    `known` is the name that stands already: it stays, so that other facts can be changed.
    """
    name = str(facts.get("name", "")).strip()
    if name != known and (why := names.flaw(name)):
        raise Invalid.of("name", why)
    return facts
