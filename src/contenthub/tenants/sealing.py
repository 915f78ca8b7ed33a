"""Sealing of personal data and secrets, and the blind index that finds a phone again.

Envelope encryption (docs/decisions/0022): each bank has data keys of its own, wrapped by the
master key and kept in bank_keys; a root per bank is the parent of its index and signing keys,
so that a leaked index key opens nothing (reliability S6, S7). Values of before (format 0x01,
a key derived from the root) stay readable and are sealed anew by a rotation.
"""

import hmac
import secrets
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from uuid import UUID

from cryptography.exceptions import InvalidTag
from sqlalchemy import Row, Uuid, bindparam, select
from sqlalchemy.ext.asyncio import AsyncSession

from contenthub.db import Read
from contenthub.errors import Invalid, Unavailable
from contenthub.settings import Settings
from contenthub.tenants import bankkeys, envelope, sealer
from contenthub.tenants.envelope import Aead, Mac, MasterKey
from contenthub.tenants.models_security import BankKey
from contenthub.tenants.sealer import SealingKeys

NO_BANK = UUID(int=0)
"""What belongs to the platform itself is sealed for this: operators' one-time codes."""
RECHECK_SECONDS = 10.0
"""How old a process's knowledge of a bank's keys may be; a new key waits longer than this."""
BANK = bindparam("bank", type_=Uuid())
"""The bank (`bank_id`) in a statement that is written once: to write it anew takes longer than to
ask it."""
_COLUMNS = (BankKey.no, BankKey.cipher, BankKey.wrapped, BankKey.state)
_Found = Row[int, str, bytes, str]


class KeyNotHere(Unavailable):
    """A value was sealed by a data key that this process cannot open (yet)."""

    title = "数据密钥暂时不可用，请稍后重试；一直出现请联系管理员核对主密钥"


@dataclass(frozen=True, slots=True)
class BankKeys:
    """What a process holds of one bank's keys, unwrapped."""

    root: bytes
    active: int | None
    """The data key that seals; None: the first format, by a key of the root."""
    checked_seconds: float
    ciphers: dict[int, Aead] = field(repr=False)
    purposes: dict[str, bytes] = field(default_factory=dict, repr=False)
    sealers: dict[str, Aead] = field(default_factory=dict, repr=False)
    """Ciphers of the purposes' keys: made once, as a file seals a million values."""
    indexers: list[Mac] = field(default_factory=list, repr=False)
    """The one that makes the blind index, once it was needed."""
    wrapped: dict[int, bytes] = field(default_factory=dict, repr=False)
    opened: dict[int, tuple[str, bytes]] = field(default_factory=dict, repr=False)
    """Cipher and bytes of each data key, for who seals the rows of a file."""


class Keyring:
    """The keys of every bank: loaded by `ready` when a session is opened, then used at once."""

    def __init__(self, master_key_hex: str, old_master_key_hex: str = "") -> None:
        """Take the master key, and the one before while keys are being wrapped anew.

        Raises:
            Invalid: a key is not 32 bytes as 64 hex digits.
        """
        self.master = MasterKey(_secret("CONTENTHUB_MASTER_KEY", master_key_hex))
        self._old = (
            MasterKey(_secret("CONTENTHUB_MASTER_KEY_OLD", old_master_key_hex))
            if old_master_key_hex
            else None
        )
        self._banks: dict[UUID, BankKeys] = {}

    async def ready(self, db: AsyncSession, bank: UUID, *, at_seconds: float) -> None:
        """Load the bank's keys if what is known of them is older than RECHECK_SECONDS.

        Raises:
            KeyNotHere: a key was wrapped by a master key that this process was not given.
        """
        held = self._banks.get(bank)
        if held is not None and at_seconds - held.checked_seconds < RECHECK_SECONDS:
            return
        rows = await db.execute(select(*_COLUMNS).where(BankKey.tenant_id == bank))
        self._banks[bank] = self._loaded(bank, rows.all(), held, at_seconds=at_seconds)

    async def reload(self, db: AsyncSession, bank: UUID) -> None:
        """Load the bank's keys as this session sees them now."""
        held = self._of(bank)
        rows = await db.execute(select(*_COLUMNS).where(BankKey.tenant_id == bank))
        checked = held.checked_seconds
        self._banks[bank] = self._loaded(bank, rows.all(), held, at_seconds=checked)

    def _loaded(
        self, bank: UUID, rows: Iterable[_Found], held: BankKeys | None, *, at_seconds: float
    ) -> BankKeys:
        known = held or self._unloaded(bank)
        root, active, ciphers, wrapped = known.root, None, {}, {}
        opened: dict[int, tuple[str, bytes]] = {}
        for no, cipher, packed, state in rows:
            wrapped[no] = packed
            if no == envelope.ROOT:
                root = self.unwrap(bank, no, cipher, packed)
                continue
            if known.wrapped.get(no) == packed:
                ciphers[no], opened[no] = known.ciphers[no], known.opened[no]
            else:
                opened[no] = cipher, self.unwrap(bank, no, cipher, packed)
                ciphers[no] = envelope.aead(*opened[no])
            if state == bankkeys.ACTIVE:
                active = no
        same = root == known.root
        made = (known.purposes, known.sealers, known.indexers) if same else ({}, {}, [])
        return BankKeys(root, active, at_seconds, ciphers, *made, wrapped, opened)

    def _unloaded(self, bank: UUID) -> BankKeys:
        # Before its first key a bank's root comes from the master key: the old one, as long as
        # there is one, since `keys rewrap` wraps exactly this root (docs/decisions/0022).
        master = self._old if self._old is not None and bank != NO_BANK else self.master
        return BankKeys(master.root(bank), None, float("-inf"), {})

    def _of(self, bank: UUID) -> BankKeys:
        held = self._banks.get(bank)
        if held is None:
            held = self._banks[bank] = self._unloaded(bank)
        return held

    def unwrap(self, bank: UUID, no: int, cipher: str, packed: bytes) -> bytes:
        """Return a wrapped key in the clear; raises KeyNotHere without its master key."""
        place = envelope.wrapping_place(bank, no, cipher)
        for master in (self.master, self._old):
            if master is not None and master.id == envelope.wrapped_by(packed):
                try:
                    return master.unwrap(packed, place)
                except (InvalidTag, ValueError) as error:
                    raise KeyNotHere(f"第 {no} 号数据密钥校验失败，可能被改动过") from error
        raise KeyNotHere("数据密钥是用另一把主密钥包裹的：请核对 CONTENTHUB_MASTER_KEY")

    def wrap(self, bank: UUID, no: int, cipher: str, key: bytes) -> bytes:
        """Return a key wrapped by the present master key, for bank_keys.wrapped."""
        place = envelope.wrapping_place(bank, no, cipher)
        return self.master.wrap(key, place, nonce=secrets.token_bytes(envelope.NONCE_BYTES))

    def new_key(self, cipher: str) -> bytes:
        """Return a fresh random data key for a cipher of bank_keys."""
        return secrets.token_bytes(envelope.KEY_BYTES[cipher])

    def root(self, bank: UUID) -> bytes:
        """Return the bank's root, to be wrapped once."""
        return self._of(bank).root

    def _derived(self, bank: UUID, purpose: str) -> bytes:
        held = self._of(bank)
        key = held.purposes.get(purpose)
        if key is None:
            key = held.purposes[purpose] = envelope.derived(held.root, purpose)
        return key

    def seal(self, bank: UUID, place: str, text: str) -> bytes:
        """Return `text` sealed for one place (`customers.phone:<id>`); elsewhere it won't open."""
        return self.seal_all(bank, [(place, text)])[0]

    def seal_all(self, bank: UUID, cells: Sequence[tuple[str, str]]) -> list[bytes]:
        """Return texts sealed, (place, text) each: a file has a million."""
        held = self._of(bank)
        cipher = None if held.active is None else held.ciphers[held.active]
        return sealer.seal_all(cipher or self._first(bank), self.current(bank), bank, cells)

    def for_files(self, bank: UUID) -> SealingKeys:
        """Return what who reads the bank's files seals and indexes by."""
        held = self._of(bank)
        cipher, key = "aes-gcm", b""
        if held.active is None:
            key = self._derived(bank, "seal/v1")
        else:
            cipher, key = held.opened[held.active]
        index_key = self._derived(bank, "index/v1")
        return SealingKeys(bank, self.current(bank), cipher, key, index_key)

    def _first(self, bank: UUID) -> Aead:
        sealers = self._of(bank).sealers
        if "seal/v1" not in sealers:
            sealers["seal/v1"] = envelope.aead("aes-gcm", self._derived(bank, "seal/v1"))
        return sealers["seal/v1"]

    def open(self, bank: UUID, place: str, sealed: bytes) -> str:
        """Return the text sealed for this bank and place.

        Raises:
            Invalid: the bytes were changed, or sealed for another bank, row or column.
            KeyNotHere: the data key that sealed them is not there.
        """
        no = envelope.key_no(sealed)
        if no is None:
            head, cipher = sealed[:1], self._first(bank)
        else:
            head = sealed[:3]
            known = self._of(bank).ciphers.get(no)
            if known is None:
                raise KeyNotHere(f"第 {no} 号数据密钥不在，无法解密；请稍后重试")
            cipher = known
        nonce = sealed[len(head) : len(head) + envelope.NONCE_BYTES]
        body = sealed[len(head) + envelope.NONCE_BYTES :]
        for one in (cipher, *self._older(bank)):
            try:
                return one.decrypt(nonce, body, head + bank.bytes + place.encode()).decode()
            except (InvalidTag, ValueError) as error:  # too short to hold even a nonce
                refused = error
        raise Invalid.of(place.split(":")[0], "加密数据校验失败，可能被改动过") from refused

    def _older(self, bank: UUID) -> list[Aead]:
        if bank != NO_BANK or self._old is None:
            return []
        return [envelope.aead("aes-gcm", envelope.derived(self._old.root(bank), "seal/v1"))]

    def current(self, bank: UUID) -> bytes:
        """Return what a value sealed by the bank's present key begins with."""
        active = self._of(bank).active
        return envelope.FIRST if active is None else envelope.header(active)

    def index(self, bank: UUID, text: str) -> bytes:
        """Return the blind index of `text` (16 bytes of HMAC-SHA256), the same each time.

        Its key is the root's, never a data key: a search must find what was sealed by any.
        """
        return self.index_all(bank, [text])[0]

    def index_all(self, bank: UUID, texts: Iterable[str]) -> list[bytes]:
        """Return the blind index of each text."""
        indexers = self._of(bank).indexers
        if not indexers:
            indexers.append(Mac(self._derived(bank, "index/v1")))
        return sealer.index_all(indexers[0], texts)

    def sign(self, bank: UUID, purpose: str, data: bytes) -> bytes:
        """Return a 16-byte signature of `data` for a purpose (page tokens, URLs)."""
        key = self._derived(bank, "sign/v1")
        return hmac.digest(key, purpose.encode() + b"\x00" + data, "sha256")[:16]

    def check(self, bank: UUID, purpose: str, data: bytes, *, signature: bytes) -> bool:
        """Return whether `signature` is ours, in constant time."""
        return hmac.compare_digest(self.sign(bank, purpose, data), signature)


def _secret(name: str, hex_digits: str) -> bytes:
    try:
        secret = bytes.fromhex(hex_digits)
    except ValueError as error:
        raise Invalid.of(name, "应为 64 位十六进制数字") from error
    if len(secret) != 32:
        raise Invalid.of(name, "应为 64 位十六进制数字（32 字节）")
    return secret


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
