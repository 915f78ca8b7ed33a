"""Share codes."""

import os

import pytest

from contenthub.sharing.codes import ALPHABET, LENGTH, code_from, normalise


def test_a_code_is_twelve_crockford_characters() -> None:
    codes = {code_from(os.urandom(8)) for _ in range(2000)}
    assert len(codes) == 2000
    assert {len(c) for c in codes} == {LENGTH}
    assert set("".join(codes)) == set(ALPHABET)
    assert not set("ILOU") & set(ALPHABET)


def test_every_one_of_sixty_bits_changes_the_code() -> None:
    zero = code_from(bytes(8))
    assert zero == "0" * LENGTH
    assert len({code_from((1 << n).to_bytes(8)) for n in range(60)} | {zero}) == 61


def test_a_code_from_too_few_bytes_is_a_bug() -> None:
    with pytest.raises(ValueError):
        code_from(b"1234567")


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("0123456789AB", "0123456789AB"),
        ("o123456789ab", "0123456789AB"),
        ("Il23456789aB", "1123456789AB"),
        ("0123456789A", None),
        ("0123456789ABC", None),
        ("0123456789AU", None),
        ("０123456789AB", None),
        ("../../etc/pw", None),
        ("", None),
    ],
)
def test_people_may_mistake_look_alikes_and_case(typed: str, meant: str | None) -> None:
    assert normalise(typed) == meant
