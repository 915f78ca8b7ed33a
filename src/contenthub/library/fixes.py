"""Idea: what one click can do about a finding; None where only a person can mend it."""

import re
from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from contenthub.library import messagetext
from contenthub.library.mending import change_of

_MASK_KEPT = 3
_VARIABLES = {
    "body": messagetext.OF_PAGES,
    "script": tuple(messagetext.VARIABLES),
    "fields.text": tuple(messagetext.VARIABLES),
}
"""Which variables there are in a field; none in any other."""


def fix_of(
    rule_fix: Mapping[str, Any],
    field: str,
    text: str,
    *,
    start: int,
    end: int,
    shown: Mapping[str, str],
    whole: str = "",
) -> dict[str, Any] | None:
    """Return the fix of a finding in `field` at start..end, by what its rule allows.

    A replacement carries its own place and the sentence before and after it (mending.py).

    `shown` are the item's filled fields as text: a rate beside a loan is taken from there;
    `whole` is the field's text: what was appended once is for a person to fill in.
    """
    longer = _longer(rule_fix, text, start=start, whole=whole)
    text, end = longer, end + len(longer) - len(text)
    replaced = _replacement(rule_fix, text, field)
    if replaced is not None:
        is_word = "replace" not in rule_fix or bool(rule_fix.get("is_word"))
        made = change_of(whole or text, start, end, replaced, is_word=is_word)
        return None if made is None else {"action": "replace", "field": field, **asdict(made)}
    added = _addition(rule_fix, shown)
    if added and added in whole:
        return None
    if added:
        return {"action": "append", "field": field, "text": added}
    if "restyle" in rule_fix:
        return {"action": "restyle", "field": field}
    return None


def _longer(rule_fix: Mapping[str, Any], text: str, *, start: int, whole: str) -> str:
    """Return the longest word of the rule that begins where the finding does: 预期收益率."""
    words = rule_fix.get("replace_word", ())[::2]
    found = [w for w in words if w.startswith(text) and whole.startswith(w, start)]
    return max(found, key=len, default=text)


def _replacement(rule_fix: Mapping[str, Any], text: str, field: str) -> str | None:
    if "mask" in rule_fix:
        return _masked(text)
    if "variable" in rule_fix:
        return messagetext.meant(text, known=_VARIABLES.get(field, ()))
    if "replace_word" in rule_fix:
        pairs = rule_fix["replace_word"]
        for word, instead in zip(pairs[::2], pairs[1::2], strict=True):
            if word in text:
                return text.replace(word, instead)
        return None
    found = rule_fix.get("replace")
    return found if isinstance(found, str) else None


def _addition(rule_fix: Mapping[str, Any], shown: Mapping[str, str]) -> str:
    if "append" in rule_fix:
        return str(rule_fix["append"])
    rate = shown.get(str(rule_fix.get("append_rate", "")), "")
    return f"（年化利率 {rate}，单利）" if rate else ""


def _masked(text: str) -> str:
    """Return a number with its middle hidden: 138****8000."""
    plain = re.sub(r"[\s·.\-]", "", text)
    return f"{plain[:_MASK_KEPT]}****{plain[-4:]}" if len(plain) > 7 else "****"
