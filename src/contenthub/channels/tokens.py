"""Where access tokens rest between calls, so that gettoken is asked once per life."""

from dataclasses import dataclass, field
from typing import Protocol

_REFRESH_AT = 0.9
"""A token is replaced after this part of its life, before WeCom refuses it."""


@dataclass(frozen=True, slots=True)
class Token:
    """An access token and its life in epoch seconds; its value never shows in a repr."""

    value: str = field(repr=False)
    issued_at: float
    expires_at: float

    def is_fresh(self, at: float) -> bool:
        """Tell whether the token has used less than 90 % of its life at epoch second `at`."""
        return at < self.issued_at + _REFRESH_AT * (self.expires_at - self.issued_at)


class TokenStore(Protocol):
    """A place for tokens; one shared by several processes saves gettoken calls, no more."""

    async def read(self, key: str) -> Token | None:
        """Return the token kept under `key`, fresh or not; None when there is none."""
        ...

    async def write(self, key: str, token: Token) -> None:
        """Keep `token` under `key`, in place of what was there."""
        ...


class MemoryTokens:
    """A TokenStore of one process; WeCom hands every process the same token while it lives."""

    def __init__(self) -> None:
        self._tokens: dict[str, Token] = {}

    async def read(self, key: str) -> Token | None:
        """Return the token kept under `key`."""
        return self._tokens.get(key)

    async def write(self, key: str, token: Token) -> None:
        """Keep `token` under `key`."""
        self._tokens[key] = token
