"""What a PATCH leaves out stays as it is."""

from typing import TypeVar

import msgspec

Said = TypeVar("Said")


def sent_or(sent: Said | msgspec.UnsetType, held: Said) -> Said:
    """Return what a field of a PATCH says, or what is held where it was left out."""
    return held if isinstance(sent, msgspec.UnsetType) else sent
