"""Idea: the mobile number a visitor typed, as eleven digits."""

import re
import unicodedata

from contenthub.errors import Invalid

_MOBILE = re.compile(r"(?:\+?86|0086)?(1[3-9]\d{9})")


def mobile(text: str) -> str:
    """Return the eleven digits of a mainland mobile number in any usual spelling.

    Raises:
        Invalid: it is no such number (field `phone`).
    """
    asked = unicodedata.normalize("NFKC", text)[:40]
    plain = re.sub(r"[\s\-–—()（）.]", "", asked)
    found = _MOBILE.fullmatch(plain)
    if found is None or not found[1].isascii():
        raise Invalid.of("phone", "请填写 11 位手机号，例如 13800000000")
    return found[1]
