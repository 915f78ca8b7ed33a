"""Idea: guarded words behind a disguise (宝本, bao本, 亻呆本, 保，本) read as what they say.

Every Chinese character and every pinyin syllable in Latin letters becomes one sound; a
guarded word is looked for by its sounds. What is found counts only when ordinary reading
does not explain it: no dictionary word reaches into it, and the characters put in place of
others are not everyday words of their own (他刚对我说 is not 刚兑).
"""

import re
import tomllib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache, lru_cache
from importlib import resources

import ahocorasick_rs

from contenthub.library.folding import Folded, is_han

_BREAK = "\x00"
_GAP_MAX = 2
_AROUND = 6
_DATA = tomllib.loads(
    resources.files("contenthub.library").joinpath("disguises.toml").read_text("utf-8")
)
_SPLIT: dict[str, str] = _DATA["parts"]
_ALIKE: dict[str, str] = _DATA["alike"]
_STAND_INS: dict[str, str] = _DATA["stand_ins"]
_EVERYDAY = frozenset("".join(_DATA["everyday"].split()))
_NATURAL_GAPS = frozenset(",、。:;!?\n%")
_SYLLABLES = frozenset(
    "ai an ang ao ba bai ban bang bao bei ben beng bi bian biao bie bin bing bo bu ca cai can "
    "cang cao ce cen ceng cha chai chan chang chao che chen cheng chi chong chou chu chua chuai "
    "chuan chuang chui chun chuo ci cong cou cu cuan cui cun cuo da dai dan dang dao de den "
    "deng di dian diao die ding diu dong dou du duan dui dun duo ei en eng er fa fan fang fei "
    "fen feng fo fou fu ga gai gan gang gao ge gei gen geng gong gou gu gua guai guan guang gui "
    "gun guo ha hai han hang hao he hei hen heng hong hou hu hua huai huan huang hui hun huo ji "
    "jia jian jiang jiao jie jin jing jiong jiu ju juan jue jun ka kai kan kang kao ke ken keng "
    "kong kou ku kua kuai kuan kuang kui kun kuo la lai lan lang lao le lei leng li lia lian "
    "liang liao lie lin ling liu lo long lou lu luan lun luo lv lve ma mai man mang mao me mei "
    "men meng mi mian miao mie min ming miu mo mou mu na nai nan nang nao ne nei nen neng ni "
    "nian niang niao nie nin ning niu nong nou nu nuan nun nuo nv nve ou pa pai pan pang pao "
    "pei pen peng pi pian piao pie pin ping po pou pu qi qia qian qiang qiao qie qin qing qiong "
    "qiu qu quan que qun ran rang rao re ren reng ri rong rou ru rua ruan rui run ruo sa sai "
    "san sang sao se sen seng sha shai shan shang shao she shen sheng shi shou shu shua shuai "
    "shuan shuang shui shun shuo si song sou su suan sui sun suo ta tai tan tang tao te teng ti "
    "tian tiao tie ting tong tou tu tuan tui tun tuo wa wai wan wang wei wen weng wo wu xi xia "
    "xian xiang xiao xie xin xing xiong xiu xu xuan xue xun ya yan yang yao ye yi yin ying yo "
    "yong you yu yuan yue yun za zai zan zang zao ze zei zen zeng zha zhai zhan zhang zhao zhe "
    "zhen zheng zhi zhong zhou zhu zhua zhuai zhuan zhuang zhui zhun zhuo zi zong zou zu zuan "
    "zui zun zuo".split()
)  # every syllable of pinyin of two letters or more
_INSIDE = re.compile(r"[\u4e00-\u9fff][a-z0-9][\u4e00-\u9fff]")
_SPACED = re.compile(r"[a-z]{1,6}(?: [a-z]{1,6})+(?![a-z])")
_RUN_MAX = 40


@dataclass(frozen=True, slots=True)
class Guard:
    """Guarded words by their sounds; made once for a list of words."""

    words: tuple[str, ...]
    sounds: dict[str, str]
    finder: ahocorasick_rs.AhoCorasick

    def undisguised(self, folded: Folded) -> Folded:
        """Return the text with every disguised guarded word spelt out, places kept."""
        whole = self._spelt(_joined(folded), is_loose=False)
        # 保a本, 收1益: one letter or digit inside a word; looked at only where there is one.
        return self._spelt(whole, is_loose=True) if _INSIDE.search(whole.text) else whole

    def _spelt(self, whole: Folded, *, is_loose: bool) -> Folded:
        text = whole.text
        sounds, starts, ends = self._heard(text, is_loose=is_loose)
        found = [
            (starts[low], ends[high - 1], self.words[number], low)
            for number, low, high in self.finder.find_matches_as_indexes(sounds, overlapping=True)
        ]
        accepted = [
            (start, end, word, low)
            for start, end, word, low in found
            if text[start:end] != word
            and _is_disguise(
                text, word, starts=starts[low : low + len(word)], ends=ends[low : low + len(word)]
            )
        ]
        return _spelt_out(whole, accepted, starts=starts, ends=ends) if accepted else whole

    def _heard(self, text: str, *, is_loose: bool) -> tuple[str, list[int], list[int]]:
        """Return the sounds of a text, and where each begins and ends in it."""
        heard: list[str] = []
        starts: list[int] = []
        ends: list[int] = []
        known = self.sounds
        index, length = 0, len(text)
        while index < length:
            char = text[index]
            after = index + 1
            if is_loose and _is_inside(text, index):
                index = after
                continue
            if "a" <= char <= "z":
                after = _run_end(text, index)
                letters = [at for at in range(index, after) if text[at] != " "]
                run = "".join(text[at] for at in letters)
                pieces = _syllables(run) if len(run) < _RUN_MAX else ()
                at = 0
                for piece in pieces:
                    heard.append(known.get(piece, _BREAK))
                    starts.append(letters[at])
                    at = min(at + len(piece), len(letters))
                    ends.append(letters[at - 1] + 1)
                if not pieces:
                    heard.append(_BREAK)
                    starts.append(index)
                    ends.append(after)
            else:
                sound = _sound(char)
                if sound:
                    heard.append(known.get(sound, _BREAK))
                    starts.append(index)
                    ends.append(after)
            index = after
        return "".join(heard), starts, ends


@cache
def guard(words: tuple[str, ...]) -> Guard:
    """Return the guard of a list of words."""
    spoken = [[_sound(char) for char in word] for word in words]
    names = sorted({sound for row in spoken for sound in row})
    sounds = {name: chr(0xE000 + number) for number, name in enumerate(names)}
    patterns = ["".join(sounds[sound] for sound in row) for row in spoken]
    return Guard(words, sounds, ahocorasick_rs.AhoCorasick(patterns))


@cache
def _pinyin() -> Callable[[str], list[str]]:
    # Imported when first asked: its tables are large, and most processes never lint.
    from pypinyin import lazy_pinyin

    return lazy_pinyin


@cache
def _words() -> Callable[[str], list[str]]:
    import rjieba  # as above: its dictionary is large

    return lambda text: rjieba.cut(text, False)


@lru_cache(maxsize=20_000)
def _sound(char: str) -> str:
    """Return the sound of a character; "" for marks that may stand between two of a word."""
    if is_han(char):
        return "ling" if char == "〇" else _pinyin()(_ALIKE.get(char, char))[0]
    if char == "0":
        return "ling"
    return char if char.isalnum() else ""


def _is_inside(text: str, index: int) -> bool:
    """Return whether one letter or digit stands alone between two Chinese characters."""
    return (
        0 < index < len(text) - 1
        and text[index].isascii()
        and text[index].isalnum()
        and is_han(text[index - 1])
        and is_han(text[index + 1])
    )


def _run_end(text: str, index: int) -> int:
    """Return where a run of letters ends; letters set apart by spaces (b a o) are one run."""
    after = index
    while after < len(text) and "a" <= text[after] <= "z":
        after += 1
    spaced = _SPACED.match(text, index)
    if spaced is None or not _syllables(spaced[0].replace(" ", "")[:_RUN_MAX]):
        return after
    return spaced.end()


@lru_cache(maxsize=4_000)
def _syllables(letters: str) -> tuple[str, ...]:
    """Return a run of letters as pinyin syllables, () when it is not pinyin throughout."""
    if letters == "o":
        return ("ling",)
    # The longest syllable first, one step back when the rest does not work out.
    for size in range(min(6, len(letters)), 1, -1):
        if letters[:size] in _SYLLABLES:
            if size == len(letters):
                return (letters,)
            rest = _syllables(letters[size:]) if letters[size:] != "o" else ()
            if rest:
                return (letters[:size], *rest)
    return ()


def _joined(folded: Folded) -> Folded:
    """Return the text with characters written in parts put together."""
    text = folded.text
    found = [
        (at, at + len(parts), whole)
        for parts, whole in _SPLIT.items()
        if parts in text
        for at in _places(text, parts)
    ]
    return (
        _replaced(folded, [(s, e, w, [s], [e]) for s, e, w in sorted(found)]) if found else folded
    )


def _places(text: str, part: str) -> Iterator[int]:
    at = text.find(part)
    while at >= 0:
        yield at
        at = text.find(part, at + len(part))


def _is_disguise(text: str, word: str, *, starts: list[int], ends: list[int]) -> bool:
    spelt = [text[start:end] for start, end in zip(starts, ends, strict=True)]
    gaps = [text[end:start] for end, start in zip(ends, starts[1:], strict=False)]
    if any(len(gap) > _GAP_MAX for gap in gaps):
        return False
    swapped = [at for at, (one, meant) in enumerate(zip(spelt, word, strict=True)) if one != meant]
    if not all(_may_stand(spelt[at], word[at]) for at in swapped):
        return False
    if len(word) == 1 and not spelt[0].isascii():
        return False
    if (
        spelt[0] in ("0", "o")
        and starts[0]
        and text[starts[0] - 1].isalnum()
        and (text[starts[0] - 1].isascii())
    ):
        return False
    if not swapped and not _is_split_up(text, gaps, start=starts[0], end=ends[-1]):
        return False
    return _stands_alone(text, spelt, swapped, start=starts[0], end=ends[-1])


def _may_stand(written: str, meant: str) -> bool:
    if written in _STAND_INS.get(meant, "") or _ALIKE.get(written) == meant:
        return True
    if written.isascii():
        return written.replace(" ", "").isalpha()
    return written not in _EVERYDAY


def _is_split_up(text: str, gaps: list[str], *, start: int, end: int) -> bool:
    """Return whether marks inside a word are a disguise and not the punctuation of a sentence."""
    if any(gap and not set(gap) <= _NATURAL_GAPS for gap in gaps):
        return True
    if not all(gaps):
        return False
    before, after = text[start - 1 : start], text[end : end + 1]
    return len(gaps) > 1 or before == gaps[0][:1] or after == gaps[0][:1]


def _stands_alone(text: str, spelt: list[str], swapped: list[int], *, start: int, end: int) -> bool:
    """Return whether no dictionary word explains a swapped character or reaches over an edge."""
    low, high = start, end
    while low > 0 and start - low < _AROUND and is_han(text[low - 1]):
        low -= 1
    while high < len(text) and high - end < _AROUND and is_han(text[high]):
        high += 1
    inside = "".join(spelt)
    line = text[low:start] + inside + text[end:high]
    first, last = start - low, start - low + len(inside)
    places, at = set(), first
    for number, part in enumerate(spelt):
        if number in swapped and not part.isascii():
            places.add(at)
        at += len(part)
    at = 0
    for token in _words()(line):
        begin, at = at, at + len(token)
        if begin < first < at or begin < last < at:
            return False
        if len(token) > 1 and places & set(range(begin, at)):
            return False
    return True


def _spelt_out(
    folded: Folded,
    accepted: list[tuple[int, int, str, int]],
    *,
    starts: list[int],
    ends: list[int],
) -> Folded:
    kept: list[tuple[int, int, str, list[int], list[int]]] = []
    # The longest word at a place wins; others that overlap it are part of it.
    for start, end, word, low in sorted(accepted, key=lambda row: (row[0], -row[1])):
        if not kept or start >= kept[-1][1]:
            spans = slice(low, low + len(word))
            kept.append((start, end, word, starts[spans], ends[spans]))
    return _replaced(folded, kept)


def _replaced(folded: Folded, parts: list[tuple[int, int, str, list[int], list[int]]]) -> Folded:
    """Return the text with each (start, end) set to a word, whose characters keep their places."""
    text, origins = folded.text, folded.origins
    stops = folded.ends or tuple(origin + 1 for origin in origins)
    words: list[str] = []
    back: list[int] = []
    last: list[int] = []
    at = 0
    for start, end, word, lows, highs in parts:
        if start < at:
            continue
        words += [text[at:start], word]
        back += [*origins[at:start], *(origins[low] for low in lows)]
        last += [*stops[at:start], *(stops[high - 1] for high in highs)]
        at = end
    words.append(text[at:])
    return Folded("".join(words), (*back, *origins[at:]), (*last, *stops[at:]))
