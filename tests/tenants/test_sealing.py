"""Sealed data opens only in its own place, for its own bank, unchanged."""

from uuid import UUID

import pytest

from contenthub.errors import Invalid
from contenthub.tenants.sealing import Keyring

OURS, THEIRS = UUID(int=1), UUID(int=2)
PLACE = "customers.phone:1"
RING = Keyring("11" * 32)


def test_what_is_sealed_opens_in_its_place() -> None:
    sealed = RING.seal(OURS, PLACE, "13812345678")
    assert b"13812345678" not in sealed
    assert RING.open(OURS, PLACE, sealed) == "13812345678"


def test_the_same_text_is_sealed_differently_each_time() -> None:
    assert RING.seal(OURS, PLACE, "x") != RING.seal(OURS, PLACE, "x")


@pytest.mark.parametrize(
    ("bank", "place"),
    [(THEIRS, PLACE), (OURS, "customers.phone:2"), (OURS, "customers.name:1")],
)
def test_it_opens_for_no_other_bank_row_or_column(bank: UUID, place: str) -> None:
    sealed = RING.seal(OURS, PLACE, "13812345678")
    with pytest.raises(Invalid, match="改动"):
        RING.open(bank, place, sealed)


@pytest.mark.parametrize("at", [0, 5, 20, -1])
def test_a_changed_byte_is_noticed(at: int) -> None:
    sealed = bytearray(RING.seal(OURS, PLACE, "13812345678"))
    sealed[at] ^= 1
    with pytest.raises(Invalid):
        RING.open(OURS, PLACE, bytes(sealed))


@pytest.mark.parametrize("rubbish", [b"", b"\x01", b"\x01short", b"\x01" + b"0" * 12])
def test_bytes_too_short_to_be_sealed_are_refused_not_a_crash(rubbish: bytes) -> None:
    with pytest.raises(Invalid):
        RING.open(OURS, PLACE, rubbish)


def test_another_master_key_opens_nothing() -> None:
    with pytest.raises(Invalid):
        Keyring("22" * 32).open(OURS, PLACE, RING.seal(OURS, PLACE, "x"))


def test_the_index_finds_the_same_text_in_one_bank_only() -> None:
    assert RING.index(OURS, "138") == RING.index(OURS, "138")
    assert len({RING.index(OURS, "138"), RING.index(OURS, "139"), RING.index(THEIRS, "138")}) == 3


def test_a_signature_holds_for_its_purpose_and_bank() -> None:
    signature = RING.sign(OURS, "page", b"data")
    assert RING.check(OURS, "page", b"data", signature=signature)
    assert not RING.check(OURS, "audit", b"data", signature=signature)
    assert not RING.check(THEIRS, "page", b"data", signature=signature)
    assert not RING.check(OURS, "page", b"date", signature=signature)


@pytest.mark.parametrize("key", ["", "11", "zz" * 32, "11" * 33])
def test_a_master_key_of_the_wrong_shape_names_its_setting(key: str) -> None:
    with pytest.raises(Invalid) as caught:
        Keyring(key)
    assert "CONTENTHUB_MASTER_KEY" in caught.value.fields
