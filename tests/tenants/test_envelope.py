"""Ciphers against published vectors, and wrapping that opens in one place only."""

import hmac
from uuid import UUID

import pytest
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers import Cipher, modes
from cryptography.hazmat.primitives.ciphers.algorithms import SM4
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from hypothesis import given
from hypothesis import strategies as st

from contenthub.tenants import envelope
from contenthub.tenants.envelope import MasterKey, Sm4Gcm

BANK = UUID(int=7)
PLACE = envelope.wrapping_place(BANK, 1, "aes-gcm")
NONCE = b"n" * 12


def test_sm4_gives_the_block_of_the_standard() -> None:
    # GB/T 32907-2016, appendix A.1.
    block = bytes.fromhex("0123456789abcdeffedcba9876543210")
    cipher = Cipher(SM4(block), modes.ECB()).encryptor()  # one block of the standard
    assert cipher.update(block).hex() == "681edf34d206965e86b3e94f536e4246"


def test_sm4_gcm_gives_the_example_of_rfc_8998() -> None:
    # RFC 8998, appendix A.1.
    text = bytes.fromhex(
        "aaaaaaaaaaaaaaaabbbbbbbbbbbbbbbbccccccccccccccccdddddddddddddddd"
        "eeeeeeeeeeeeeeeeffffffffffffffffeeeeeeeeeeeeeeeeaaaaaaaaaaaaaaaa"
    )
    bound = bytes.fromhex("feedfacedeadbeeffeedfacedeadbeefabaddad2")
    nonce = bytes.fromhex("00001234567800000000abcd")
    cipher = Sm4Gcm(bytes.fromhex("0123456789abcdeffedcba9876543210"))
    sealed = cipher.encrypt(nonce, text, bound)
    assert sealed.hex() == (
        "17f399f08c67d5ee19d0dc9969c4bb7d5fd46fd3756489069157b282bb200735"
        "d82710ca5c22f0ccfa7cbf93d496ac15a56834cbcf98c397b4024a2691233b8d"
        "83de3541e4c2b58177e065a9bf7b62ec"
    )
    assert cipher.decrypt(nonce, sealed, bound) == text


@pytest.mark.parametrize("cipher", sorted(envelope.KEY_BYTES))
def test_a_changed_byte_or_another_place_opens_nothing(cipher: str) -> None:
    box = envelope.aead(cipher, b"k" * envelope.KEY_BYTES[cipher])
    sealed = box.encrypt(NONCE, b"13812345678", b"here")
    assert box.decrypt(NONCE, sealed, b"here") == b"13812345678"
    changed = bytes([sealed[0] ^ 1]) + sealed[1:]
    for nonce, data, place in (
        (NONCE, sealed, b"there"),
        (NONCE, changed, b"here"),
        (b"m" * 12, sealed, b"here"),
        (NONCE, b"short", b"here"),
    ):
        with pytest.raises(InvalidTag):
            box.decrypt(nonce, data, place)


def test_a_wrapped_key_opens_with_its_master_key_in_its_place_only() -> None:
    master, other = MasterKey(b"\x11" * 32), MasterKey(b"\x22" * 32)
    wrapped = master.wrap(b"d" * 32, PLACE, nonce=NONCE)
    assert b"d" * 32 not in wrapped
    assert master.unwrap(wrapped, PLACE) == b"d" * 32
    assert envelope.wrapped_by(wrapped) == master.id != other.id
    with pytest.raises(InvalidTag):
        other.unwrap(wrapped, PLACE)
    with pytest.raises(InvalidTag):
        master.unwrap(wrapped, envelope.wrapping_place(BANK, 2, "aes-gcm"))
    with pytest.raises(InvalidTag):
        master.unwrap(wrapped, envelope.wrapping_place(UUID(int=8), 1, "aes-gcm"))


def test_a_purpose_of_the_root_is_the_key_it_was_before_there_were_roots() -> None:
    master = b"\x11" * 32
    before = HKDF(SHA256(), 32, salt=BANK.bytes, info=b"index/v1").derive(master)
    assert envelope.derived(MasterKey(master).root(BANK), "index/v1") == before


def test_the_number_of_the_key_is_read_from_the_value() -> None:
    assert envelope.key_no(envelope.header(513) + b"rest") == 513
    assert envelope.key_no(b"\x01rest") is None
    assert envelope.key_no(b"") is None


@given(st.binary(max_size=64), st.binary(max_size=200))
def test_a_mac_is_hmac_sha256(key: bytes, data: bytes) -> None:
    assert envelope.Mac(key).digest(data) == hmac.digest(key, data, "sha256")


def test_a_mac_takes_no_key_longer_than_a_block() -> None:
    with pytest.raises(ValueError, match="longer"):
        envelope.Mac(bytes(65))
