"""Idea: the telephone number of a person of the bank, as posters and customers read it."""

import re

from contenthub.errors import Invalid

_MOBILE = re.compile(r"1[3-9]\d{9}")
_FIXED = re.compile(r"(?:0\d{2,3}-?\d{7,8}|400-?\d{3}-?\d{4}|9\d{4,5})(?:-\d{1,6})?")
_WIDE = str.maketrans("０１２３４５６７８９－　", "0123456789- ")


def checked(text: str) -> str:
    """Return a mobile number as 11 digits, a fixed one as written, or the empty text.

    Raises:
        Invalid: neither (field `phone`).
    """
    said = text.translate(_WIDE).replace(" ", "")
    bare = said.replace("-", "").removeprefix("+")
    mobile = bare.removeprefix("86") if len(bare) == 13 else bare
    if _MOBILE.fullmatch(mobile):
        return mobile
    if said and not _FIXED.fullmatch(said):
        raise Invalid.of(
            "phone", f"“{text[:20]}”不是电话号码；请填 11 位手机号，或 010-12345678 这样的座机号"
        )
    return said
