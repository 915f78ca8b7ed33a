"""Idea: share codes, 12 Crockford base32 characters that name a link and authorise nothing.

60 random bits: with 10⁸ live codes one guess hits with 9e-11 (reliability A2). Upper
case, so that a QR code may use its alphanumeric mode.
"""

ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
LENGTH = 12
RANDOM_BYTES = 8
_READ_AS = {**{c: c for c in ALPHABET}, **{c.lower(): c for c in ALPHABET}}
_READ_AS |= {"I": "1", "i": "1", "L": "1", "l": "1", "O": "0", "o": "0"}


def code_from(random: bytes) -> str:
    """Return the code made of 60 of the 64 bits of `random` (8 bytes from `secrets`).

    Raises:
        ValueError: `random` is not 8 bytes long.
    """
    if len(random) != RANDOM_BYTES:
        raise ValueError(f"a code needs {RANDOM_BYTES} random bytes")
    bits = int.from_bytes(random)
    return "".join(ALPHABET[bits >> (5 * n) & 31] for n in reversed(range(LENGTH)))


def normalise(text: str) -> str | None:
    """Return the code a person meant (any case, I and L for 1, O for 0), or None."""
    if len(text) != LENGTH:
        return None
    read = [_READ_AS.get(c) for c in text]
    return None if None in read else "".join(c for c in read if c)
