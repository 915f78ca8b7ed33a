"""Writes of a bank's data keys: made, activated when everybody knows them, retired."""

from collections.abc import Mapping
from datetime import datetime

from sqlalchemy import select

from contenthub.db import Platform, Write, clock
from contenthub.tenants import actions as tenants
from contenthub.tenants import bankkeys, banksettings, envelope, queries_bankkeys
from contenthub.tenants.models import Bank, Staff
from contenthub.tenants.models_security import BankKey, Operator
from contenthub.tenants.sealing import NO_BANK, Keyring, bank_id, keyring

KIND = "data_key"


async def make_key(db: Write, *, by: Staff | None, at: datetime) -> BankKey:
    """Make the bank's next data key, of the cipher that the bank has set; it waits at first.

    Raises:
        KeyBusy: another key is waiting, or one before has not retired yet.
    """
    # The bank's row is locked, so that two people who press at once make one key.
    bank = await db.get_one(Bank, bank_id(db), with_for_update=True)
    held = await queries_bankkeys.data_keys(db, lock=True)
    if any(k.state in (bankkeys.WAITING, bankkeys.RETIRING) for k in held):
        raise bankkeys.KeyBusy()
    await _keep_root(db)
    cipher = str(banksettings.effective(bank.settings).get("cipher", "aes-gcm"))
    ring, no = keyring(db), held[0].no + 1 if held else 1
    key = BankKey(
        tenant_id=bank.id,
        no=no,
        cipher=cipher,
        wrapped=ring.wrap(bank.id, no, cipher, ring.new_key(cipher)),
        state=bankkeys.WAITING,
        created_at=await clock(db),
    )
    db.add(key)
    tenants.record(db, "data_key.made", KIND, None, by=by, at=at, no=no, cipher=cipher)
    await db.flush()
    return key


async def _keep_root(db: Write) -> None:
    """Wrap the bank's root once, so that the master key may be replaced (keys rewrap)."""
    bank, ring = bank_id(db), keyring(db)
    if await db.get(BankKey, (bank, envelope.ROOT)) is None:
        db.add(
            BankKey(
                tenant_id=bank,
                no=envelope.ROOT,
                cipher="aes-gcm",
                wrapped=ring.wrap(bank, envelope.ROOT, "aes-gcm", ring.root(bank)),
                state=bankkeys.ACTIVE,
                created_at=await clock(db),
            )
        )


async def activate_key(db: Write, *, at: datetime) -> BankKey | None:
    """Let the waiting key seal, if it has waited long enough; the one before retires."""
    held = await queries_bankkeys.data_keys(db, lock=True)
    waiting = next((k for k in held if k.state == bankkeys.WAITING), None)
    now = await clock(db)
    if waiting is None or not bankkeys.may_activate(waiting.created_at, at=now):
        return None
    for key in held:
        if key.state == bankkeys.ACTIVE:
            key.state = bankkeys.move(key.state, "replace")
    waiting.state, waiting.activated_at = bankkeys.move(waiting.state, "activate"), now
    tenants.record(
        db, "data_key.activated", KIND, None, by=None, at=at, no=waiting.no, cipher=waiting.cipher
    )
    await db.flush()
    return waiting


async def retire_keys(db: Write, *, at: datetime) -> None:
    """Retire the keys that seal nothing any more; they are kept, to open what a backup holds."""
    for key in await queries_bankkeys.data_keys(db, lock=True):
        if key.state == bankkeys.RETIRING:
            key.state, key.retired_at = bankkeys.move(key.state, "retire"), await clock(db)
            tenants.record(db, "data_key.retired", KIND, None, by=None, at=at, no=key.no)


async def reseal_operators(db: Platform, resources: Mapping[str, object]) -> int:
    """Seal the operators' one-time code secrets by the present master key; return how many."""
    ring, done = resources["keyring"], 0
    if not isinstance(ring, Keyring):
        raise TypeError("the database was opened without a keyring")
    for one in await db.scalars(select(Operator).where(Operator.totp_sealed != b"")):
        place = f"operators.totp:{one.id}"
        one.totp_sealed = ring.seal(NO_BANK, place, ring.open(NO_BANK, place, one.totp_sealed))
        done += 1
    return done


async def rewrap_keys(db: Write, *, at: datetime) -> int:
    """Wrap the bank's root and keys by the present master key; return how many were not yet."""
    await _keep_root(db)
    await db.flush()
    ring, bank, done = keyring(db), bank_id(db), 0
    root = await db.get_one(BankKey, (bank, envelope.ROOT), with_for_update=True)
    for key in (root, *await queries_bankkeys.data_keys(db, lock=True)):
        if envelope.wrapped_by(key.wrapped) != ring.master.id:
            clear = ring.unwrap(bank, key.no, key.cipher, key.wrapped)
            key.wrapped = ring.wrap(bank, key.no, key.cipher, clear)
            done += 1
    if done:
        tenants.record(db, "data_key.rewrapped", KIND, None, by=None, at=at, total=done)
    return done
