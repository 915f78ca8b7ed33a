"""Idea: a bank's cells sealed and blindly indexed by keys that are at hand; no database.

Who reads a file in a thread, ahead of who writes it, needs no session for it.
"""

import secrets
from collections.abc import Iterable, Sequence
from uuid import UUID

from msgspec import Struct

from contenthub.tenants import envelope
from contenthub.tenants.envelope import Aead, Mac

INDEX_BYTES = 16


class SealingKeys(Struct, frozen=True):
    """What seals and indexes for one bank now; handed to who reads a file, never kept or shown."""

    bank: UUID
    head: bytes
    """What a value sealed by this key begins with."""
    cipher: str
    key: bytes
    index_key: bytes

    def __repr__(self) -> str:
        """Return the bank alone."""
        return f"SealingKeys(bank={self.bank})"


class Sealer:
    """Seals and indexes as the bank's keyring does."""

    def __init__(self, keys: SealingKeys) -> None:
        """Take the keys; raises KeyError for a cipher that is none of ours."""
        self._bank, self._head = keys.bank, keys.head
        self._cipher = envelope.aead(keys.cipher, keys.key)
        self._mac = Mac(keys.index_key)

    def seal_all(self, cells: Iterable[tuple[str, str]]) -> list[bytes]:
        """Return texts sealed, (place, text) each, as `Keyring.seal_all`."""
        return seal_all(self._cipher, self._head, self._bank, list(cells))

    def index_all(self, texts: Iterable[str]) -> list[bytes]:
        """Return the blind index of each text."""
        return index_all(self._mac, texts)


def seal_all(
    cipher: Aead, head: bytes, bank: UUID, cells: Sequence[tuple[str, str]]
) -> list[bytes]:
    """Return texts sealed by a cipher whose values begin with `head`."""
    encrypt, before, length = cipher.encrypt, head + bank.bytes, envelope.NONCE_BYTES
    nonces = secrets.token_bytes(length * len(cells))
    return [
        head
        + (nonce := nonces[at * length : (at + 1) * length])
        + encrypt(nonce, text.encode(), before + place.encode())
        for at, (place, text) in enumerate(cells)
    ]


def index_all(mac: Mac, texts: Iterable[str]) -> list[bytes]:
    """Return the first INDEX_BYTES of each text's HMAC."""
    digest = mac.digest
    return [digest(text.encode())[:INDEX_BYTES] for text in texts]
