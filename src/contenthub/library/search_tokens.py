"""Idea: the words an item is found by: Chinese words, pairs of characters, pinyin, initials.

Tokens are compared with `=` and, for Latin letters, by how they begin (both stay indexed under
row-level security). Pinyin and initials are kept from each character of the title on, so that
"cqyh", "存单", "dae" and "cund" all find 重庆银行大额存单.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from contenthub.library.folding import fold_text, is_han

TOKEN_MAX_CHARS = 40
_TEXT_TOKENS_MAX = 500
_TEXT_CHARS_MAX = 4_000
_PREFIX_CHARS = 2
_DIGITS_PREFIX = 3
"""Fewer letters or digits are a whole word: they would find half of everything."""
_TITLE_CHARS_MAX = 60
_PRINTED = re.compile(r"(?:内容编号[:：\s]*)?\b([a-z]{1,3}-?\d{4,})[-·.\s]*v\d{1,5}\b")
"""A code as pages print it for customers, "内容编号 Q-1009-v1", or as lists do, "Q-1009·v1"."""
_CODE = re.compile(r"([a-z]{1,3})-?(\d{4,})")
_WORD = re.compile(r"[a-z0-9]+(?:[.\-_][a-z0-9]+)*")


def tokens(title: str, text: str) -> set[str]:
    """Return the tokens of an item: all of its title, the first ~500 of its text.

    Lower case, NFKC, simplified characters; pinyin and initials for the title only.
    """
    name = fold_text(title)[:_TITLE_CHARS_MAX]
    found = {*_latin(name), *_han_tokens(name), *_pinyin_tokens(name)}
    found.update(char for char in name if is_han(char))
    rest: dict[str, None] = {}
    words = fold_text(text[:_TEXT_CHARS_MAX])
    # Latin words first: an item's code must not fall behind the cap.
    for token in (*_latin(words), *_han_tokens(words)):
        if len(rest) >= _TEXT_TOKENS_MAX:
            break
        rest[token] = None
    return {token[:TOKEN_MAX_CHARS] for token in found | set(rest)}


@dataclass(frozen=True, slots=True)
class Asked:
    """One token that an item must have, or one that must begin so."""

    token: str
    is_prefix: bool = False

    @property
    def after(self) -> str:
        """Return the first text that sorts after everything that begins so."""
        return self.token[:-1] + chr(ord(self.token[-1]) + 1)

    def fits(self, token: str) -> bool:
        """Return whether an item's token is one that was asked for."""
        return token.startswith(self.token) if self.is_prefix else token == self.token


def asked_code(q: str) -> str:
    """Return the item's code that a query is, as items carry it, or nothing."""
    asked = _PRINTED.sub(r" \1 ", fold_text(q[:200])).strip()
    found = _CODE.fullmatch(asked)
    return f"{found[1]}-{found[2]}".upper() if found else ""


def query_tokens(q: str) -> list[Asked]:
    """Return the tokens that an item must all have to be found by `q`, each once.

    A text without a letter, digit or Chinese character comes back as itself and finds
    nothing; an empty one gives []. Of a printed code, the item counts and not the version.
    """
    asked = _PRINTED.sub(r" \1 ", fold_text(q[:200])).strip()
    found = dict.fromkeys(map(_typed, _whole_words(asked)))
    for run in _han_runs(asked):
        if len(run) == 1:
            found[Asked(run)] = None
            continue
        words = [word for word in cut(run) if len(word) > 1] or [run]
        for word in words:
            found.update(dict.fromkeys(map(Asked, _pairs(word))))
    if asked and not found:
        found[Asked(asked[:TOKEN_MAX_CHARS])] = None
    return list(found)


def _typed(word: str) -> Asked:
    word = word[:TOKEN_MAX_CHARS]
    least = _DIGITS_PREFIX if word.isdigit() else _PREFIX_CHARS
    return Asked(word, is_prefix=len(word) >= least)


def _whole_words(asked: str) -> list[str]:
    # "da e cun dan" and "cq yh" are typed with spaces: joined pinyin is what is stored.
    words = _WORD.findall(asked)
    if len(words) > 1 and all(len(word) <= 6 and word.isalpha() for word in words):
        joined = "".join(words)
        return [joined] if any(map(_looks_short, words)) else words
    return words


def _looks_short(word: str) -> bool:
    return len(word) <= 2


def _latin(text: str) -> Iterator[str]:
    for word in _WORD.findall(text):
        yield word
        parts = re.split(r"[.\-_]", word)
        if len(parts) > 1:
            yield from parts
            yield "".join(parts)


def _han_runs(text: str) -> Iterator[str]:
    run = ""
    for char in text:
        if is_han(char):
            run += char
        elif run:
            yield run
            run = ""
    if run:
        yield run


def _han_tokens(text: str) -> Iterator[str]:
    for run in _han_runs(text):
        yield from (word for word in cut(run) if len(word) > 1)
        yield from _pairs(run)


def _pairs(run: str) -> Iterator[str]:
    yield from (run[i : i + 2] for i in range(len(run) - 1))


def cut(run: str) -> list[str]:
    """Return the words of a run of Chinese, in their order."""
    # Here and below: half a second and 90 MB of dictionaries, for the first who needs them.
    import rjieba

    words: list[str] = rjieba.cut(run)
    return words


def _pinyin_tokens(name: str) -> Iterator[str]:
    """Yield the title's syllables, joined, and its initials, from each of its characters on.

    Both run across punctuation, as people skip it when they type.
    """
    syllables = list(_syllables(name))
    initials = "".join(syllable[0] for syllable in syllables)
    for start in range(len(syllables)):
        yield "".join(syllables[start:])[:TOKEN_MAX_CHARS]
        yield initials[start:][:TOKEN_MAX_CHARS]


def _syllables(name: str) -> Iterable[str]:
    from pypinyin import lazy_pinyin

    # The whole run goes in at once: 重 is chong in 重庆 and zhong elsewhere.
    for run in _han_runs(name):
        for syllable in lazy_pinyin(run, errors="ignore"):
            if syllable.isascii() and syllable:
                yield syllable
