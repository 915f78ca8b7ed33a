"""Idea: how one value is sealed by a data key, and how a data key is wrapped by the master key.

A sealed value: 0x02, the key's number (2 bytes), nonce (12), ciphertext and tag (16). What it
is bound to (bank, table, column, row) is authenticated with it, so it opens nowhere else.
A wrapped key: 0x01, the master key's id (4), nonce (12), ciphertext and tag. Values of the
first format (0x01, nonce, ciphertext and tag) stay readable.
"""

from collections.abc import Callable
from hashlib import sha256
from typing import Protocol
from uuid import UUID

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers import Cipher, modes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.ciphers.algorithms import SM4
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF, HKDFExpand

FIRST, ENVELOPE, WRAPPED = b"\x01", b"\x02", b"\x01"
NONCE_BYTES, TAG_BYTES, ID_BYTES = 12, 16, 4
_BLOCK_BYTES = 64
ROOT = 0
"""The number under which a bank's root is kept: parent of its index and signing keys."""
KEY_BYTES = {"aes-gcm": 32, "sm4-gcm": 16}
"""How long a data key is: AES-256 and SM4 (GB/T 32907, 128 bits)."""


class Aead(Protocol):
    """An authenticated cipher with its key."""

    def encrypt(self, nonce: bytes, data: bytes, associated_data: bytes | None, /) -> bytes:
        """Return ciphertext and tag."""

    def decrypt(self, nonce: bytes, data: bytes, associated_data: bytes | None, /) -> bytes:
        """Return the plain text; raises InvalidTag for anything changed."""


class Sm4Gcm:
    """SM4 (GB/T 32907) in GCM (RFC 8998), shaped as the library's AESGCM."""

    def __init__(self, key: bytes) -> None:
        """Raise ValueError unless the key is 16 bytes."""
        self._sm4 = SM4(key)

    def encrypt(self, nonce: bytes, data: bytes, associated_data: bytes | None) -> bytes:
        """Return ciphertext and 16-byte tag."""
        sealing = Cipher(self._sm4, modes.GCM(nonce)).encryptor()
        sealing.authenticate_additional_data(associated_data or b"")
        return sealing.update(data) + sealing.finalize() + sealing.tag

    def decrypt(self, nonce: bytes, data: bytes, associated_data: bytes | None) -> bytes:
        """Return the plain text; raises InvalidTag when text, nonce or data were changed."""
        if len(data) < TAG_BYTES:
            raise InvalidTag
        body, tag = data[:-TAG_BYTES], data[-TAG_BYTES:]
        opening = Cipher(self._sm4, modes.GCM(nonce, tag)).decryptor()
        opening.authenticate_additional_data(associated_data or b"")
        return opening.update(body) + opening.finalize()


class Mac:
    """HMAC-SHA256 (RFC 2104) by one key, whose two blocks are hashed once and not per value."""

    def __init__(self, key: bytes) -> None:
        """Take a key of at most 64 bytes; raises ValueError for a longer one."""
        if len(key) > _BLOCK_BYTES:
            raise ValueError("a key longer than a block is none of ours")
        block = key.ljust(_BLOCK_BYTES, b"\0")
        self._inner = sha256(bytes(byte ^ 0x36 for byte in block))
        self._outer = sha256(bytes(byte ^ 0x5C for byte in block))

    def digest(self, data: bytes) -> bytes:
        """Return the 32 bytes that `hmac.digest` returns, in a third of the time."""
        inner, outer = self._inner.copy(), self._outer.copy()
        inner.update(data)
        outer.update(inner.digest())
        return outer.digest()


def aead(cipher: str, key: bytes) -> Aead:
    """Return the cipher named in bank_keys.cipher; raises KeyError for another name."""
    makers: dict[str, Callable[[bytes], Aead]] = {"aes-gcm": AESGCM, "sm4-gcm": Sm4Gcm}
    return makers[cipher](key)


def header(no: int) -> bytes:
    """Return the three bytes that every value sealed by key `no` begins with."""
    return ENVELOPE + no.to_bytes(2, "big")


def key_no(sealed: bytes) -> int | None:
    """Return the number of the key that sealed a value; None for the first format."""
    if sealed[:1] != ENVELOPE or len(sealed) < 3:
        return None
    return int.from_bytes(sealed[1:3], "big")


class MasterKey:
    """A key-encryption key (KEK): wraps the keys of every bank, and has an id of its own."""

    def __init__(self, secret: bytes) -> None:
        """Take the 32 bytes of CONTENTHUB_MASTER_KEY."""
        self._secret = secret
        self._wrapping = AESGCM(HKDF(SHA256(), 32, salt=None, info=b"wrap/v1").derive(secret))
        self.id = sha256(HKDF(SHA256(), 32, salt=None, info=b"id/v1").derive(secret)).digest()[:4]

    def root(self, bank: UUID) -> bytes:
        """Return the root of a bank that has none wrapped yet: HKDF-Extract (RFC 5869)."""
        return HKDF.extract(SHA256(), bank.bytes, self._secret)

    def wrap(self, key: bytes, place: bytes, *, nonce: bytes) -> bytes:
        """Return `key` wrapped for one place (bank and number)."""
        return WRAPPED + self.id + nonce + self._wrapping.encrypt(nonce, key, place)

    def unwrap(self, wrapped: bytes, place: bytes) -> bytes:
        """Return the key again; raises InvalidTag for another place or a changed byte."""
        start = 1 + ID_BYTES
        nonce = wrapped[start : start + NONCE_BYTES]
        return self._wrapping.decrypt(nonce, wrapped[start + NONCE_BYTES :], place)


def wrapped_by(wrapped: bytes) -> bytes:
    """Return the id of the master key that wrapped a key."""
    return wrapped[1 : 1 + ID_BYTES]


def wrapping_place(bank: UUID, no: int, cipher: str) -> bytes:
    """Return what a wrapped key is bound to."""
    return b"bank-key" + bank.bytes + no.to_bytes(2, "big") + cipher.encode()


def derived(root: bytes, purpose: str) -> bytes:
    """Return a bank's 32-byte key for one purpose (seal/v1, index/v1, sign/v1)."""
    return HKDFExpand(SHA256(), 32, info=purpose.encode()).derive(root)
