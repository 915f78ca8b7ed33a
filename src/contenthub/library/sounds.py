"""Idea: how a Chinese character, or a run of Latin letters as pinyin, sounds."""

import tomllib
from collections.abc import Callable
from functools import cache, lru_cache
from importlib import resources

from contenthub.library.folding import is_han

DATA = tomllib.loads(
    resources.files("contenthub.library").joinpath("disguises.toml").read_text("utf-8")
)
ALIKE: dict[str, str] = DATA["alike"]
"""Characters that look like another one, and this one."""
_SYLLABLES = frozenset(DATA["syllables"].split())


@cache
def _pinyin() -> Callable[[str], list[str]]:
    # Imported when first asked: its tables are large, and most processes never lint.
    from pypinyin import lazy_pinyin

    return lazy_pinyin


def plain(syllable: str) -> str:
    """Return a syllable as people write it who do not tell zh from z (zuan for zhuan)."""
    return syllable[0] + syllable[2:] if syllable[:2] in ("zh", "ch", "sh") else syllable


@lru_cache(maxsize=20_000)
def sound(char: str) -> str:
    """Return the sound of a character; "" for marks that may stand between two of a word."""
    if is_han(char):
        return "ling" if char == "〇" else plain(_pinyin()(ALIKE.get(char, char))[0])
    if char == "0":
        return "ling"
    return char if char.isalnum() else ""


@lru_cache(maxsize=4_000)
def syllables(letters: str) -> tuple[str, ...]:
    """Return a run of letters as pinyin syllables, () when it is not pinyin throughout."""
    if letters == "o":
        return ("ling",)
    # The longest syllable first, one step back when the rest does not work out.
    for size in range(min(6, len(letters)), 1, -1):
        if letters[:size] in _SYLLABLES:
            if size == len(letters):
                return (letters,)
            rest = syllables(letters[size:]) if letters[size:] != "o" else ()
            if rest:
                return (letters[:size], *rest)
    return ()
