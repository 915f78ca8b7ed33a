"""Sealing of personal data and secrets, and the blind index that finds a phone again.

One master key (settings) is the parent of three keys per bank, derived by HKDF with
different purposes, so that a leaked index key opens nothing (reliability S6, S7).
"""

import hmac
import secrets
from functools import lru_cache
from hashlib import sha256
from uuid import UUID

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from contenthub.db import Read
from contenthub.errors import Invalid
from contenthub.settings import Settings

VERSION = b"\x01"
NONCE_BYTES = 12
INDEX_BYTES = 16


class Keyring:
    """The keys of every bank, derived from the master key when first used."""

    def __init__(self, master_key_hex: str) -> None:
        """Raise Invalid unless the master key is 32 bytes as 64 hex digits."""
        try:
            self._master = bytes.fromhex(master_key_hex)
        except ValueError as error:
            raise Invalid.of("CONTENTHUB_MASTER_KEY", "应为 64 位十六进制数字") from error
        if len(self._master) != 32:
            raise Invalid.of("CONTENTHUB_MASTER_KEY", "应为 64 位十六进制数字（32 字节）")
        self._derived = lru_cache(maxsize=1024)(self._derive)

    def _derive(self, bank: UUID, purpose: str) -> bytes:
        return HKDF(SHA256(), 32, salt=bank.bytes, info=purpose.encode()).derive(self._master)

    def seal(self, bank: UUID, place: str, text: str) -> bytes:
        """Return `text` sealed for one place (`customers.phone:<id>`); elsewhere it won't open."""
        nonce = secrets.token_bytes(NONCE_BYTES)
        aad = VERSION + bank.bytes + place.encode()
        sealed = AESGCM(self._derived(bank, "seal/v1")).encrypt(nonce, text.encode(), aad)
        return VERSION + nonce + sealed

    def open(self, bank: UUID, place: str, sealed: bytes) -> str:
        """Return the text sealed for this bank and place.

        Raises:
            Invalid: the bytes were changed, or sealed for another bank, row or column.
        """
        nonce, body = sealed[1 : 1 + NONCE_BYTES], sealed[1 + NONCE_BYTES :]
        aad = sealed[:1] + bank.bytes + place.encode()
        try:
            return AESGCM(self._derived(bank, "seal/v1")).decrypt(nonce, body, aad).decode()
        except (InvalidTag, ValueError) as error:  # too short to hold even a nonce
            raise Invalid.of(place.split(":")[0], "加密数据校验失败，可能被改动过") from error

    def index(self, bank: UUID, text: str) -> bytes:
        """Return the blind index of `text` (16 bytes of HMAC-SHA256), the same each time."""
        mac = hmac.new(self._derived(bank, "index/v1"), text.encode(), sha256).digest()
        return mac[:INDEX_BYTES]

    def sign(self, bank: UUID, purpose: str, data: bytes) -> bytes:
        """Return a 16-byte signature of `data` for a purpose (page tokens, URLs)."""
        key = self._derived(bank, "sign/v1")
        return hmac.digest(key, purpose.encode() + b"\x00" + data, "sha256")[:16]

    def check(self, bank: UUID, purpose: str, data: bytes, *, signature: bytes) -> bool:
        """Return whether `signature` is ours, in constant time."""
        return hmac.compare_digest(self.sign(bank, purpose, data), signature)


def settings_of(db: Read) -> Settings:
    """Return the process's settings; raises TypeError for a session opened without them."""
    found = db.info["settings"]
    if not isinstance(found, Settings):
        raise TypeError("the session was opened without settings")
    return found


def keyring(db: Read) -> Keyring:
    """Return the keyring that travels with a session."""
    found = db.info["keyring"]
    if not isinstance(found, Keyring):
        raise TypeError("the session was opened without a keyring")
    return found


def bank_id(db: Read) -> UUID:
    """Return the bank a session was opened for."""
    found = db.info["tenant_id"]
    if not isinstance(found, UUID):
        raise TypeError("the session belongs to no bank")
    return found
