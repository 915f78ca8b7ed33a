"""Idea: how words are taken out of a sentence, or others put in, so that it can still be read.

What would leave a fragment, doubled words or loose punctuation is not offered at all: a person
mends that.
"""

import re
from dataclasses import dataclass

from contenthub.library.search_tokens import cut

_ENDS = "。！？!?；;\n"
_SOFT = "，、,：:"
_MARKS = _ENDS + _SOFT
_PAIRS = ("“”", "‘’", "（）", "()", "《》", "【】", "「」", "[]")
_HAN = re.compile(r"[\u4e00-\u9fff]")
_LOOSE = re.compile(
    rf"[{_SOFT}{_ENDS}]\s*[{_SOFT}{_ENDS}]|^\s*[{_SOFT}。！？!?；;]|[{_SOFT}]\s*[”’）)》】」\]]"
    rf"|[“‘（(《【「\[]\s*[{_SOFT}。！？!?；;”’）)》】」\]]|^\s*(?:——?|…)|(?:——?|[{_SOFT}])\s*$"
)
_CLAUSE_CHARS = 6
"""A replacement of so many characters says something by itself; a shorter one is a word."""
_SHOWN_CHARS = 120

_NO_START = "的地得了着过之们和与及或吗呢吧啊也都就而且并但更还才把被给让"
_NO_END = "地得是为有最更很太比在和与及或把被将给让从向对以由跟同不没非可能会要应须需第"
_FOLLOWS = (*"就则才便那也都即还更而并但", "所以", "因此")
_OPENS = ("虽", "如果", "若", "因为", "由于", "只要", "只有", "即使", "除", "当", "不但", "不仅")
_BASIS = re.compile(r"以[^，。；\n]{0,2}?(审批|公告|合同|规则)[^，。；\n]{0,2}为准")
_SUBJECTS = re.compile(
    r"(?:产品|理财|存款|贷款|本行|我行|基金|保险|活动|业务|计划|服务|存单|申请|办理|[卡贷宝])$"
)


@dataclass(frozen=True, slots=True)
class Change:
    """Characters start..end of a field become `text`; the sentence reads `before`, then `after`.

    `nth` is how often the same `word` stands in the field before it.
    """

    start: int
    end: int
    text: str
    word: str
    before: str
    after: str
    nth: int = 0


def change_of(whole: str, start: int, end: int, text: str, *, is_word: bool) -> Change | None:
    """Return what puts `text` in the place of start..end, or None where nothing good comes of it.

    A clause (such as 以审批结果为准) stands behind a subject or in place of the whole clause
    that the words are in; `is_word` says that it is a word for a word. An empty text deletes.
    """
    low, high = _clause(whole, start, end)
    if not text:
        place = _deletion(whole, start, end, low=low, high=high)
    elif is_word or len(text) < _CLAUSE_CHARS:
        place = (start, end)
    else:
        place = _statement(whole, start, end, low=low, high=high)
    if place is None or (not is_word and _cuts_word(whole[low:high], place, low)):
        return None
    return _checked(whole, *place, text)


def sentence_of(whole: str, start: int, end: int) -> tuple[int, int]:
    """Return where the sentence around a place begins and where it ends, its mark included."""
    low = max((whole.rfind(mark, 0, start) + 1 for mark in _ENDS), default=0)
    high = min((at for mark in _ENDS if (at := whole.find(mark, end)) >= 0), default=len(whole))
    return low, min(high + 1, len(whole))


def without_clause(whole: str, start: int, end: int) -> Change | None:
    """Return what takes out the clause of a place; None for the first one, which the rest needs."""
    low, high = _clause(whole, start, end)
    first = sentence_of(whole, start, end)[0]
    if not whole[first:low].strip() or "、" in (whole[low - 1 : low], whole[high : high + 1]):
        return None
    place = _whole_clause(whole, low, high)
    return None if place is None else _checked(whole, *place, "")


def without_sentence(whole: str, start: int, end: int) -> Change | None:
    """Return what takes out the whole sentence; None where nothing to read would be left."""
    low, high = sentence_of(whole, start, end)
    leads = whole[:low].rstrip(" ")
    if leads.endswith(("；", ";")) and whole[high - 1 : high] not in ("；", ";"):
        # The mark before goes, the one that ends the whole stays: 甲；乙。 becomes 甲。
        low, high = len(leads) - 1, high - (whole[high - 1 : high] in _ENDS)
    before, rest = whole[low:high].strip(), whole[:low] + whole[high:]
    near = slice(max(0, low - 1), low), slice(high, high + 1)
    joint = f"{whole[near[0]]}{whole[near[1]]}"
    is_halved = any(before.count(pair[0]) != before.count(pair[1]) for pair in _PAIRS)
    if not _HAN.search(rest) or leads.endswith(("：", ":")) or is_halved:
        return None
    if len(joint) == 2 and joint[0] not in _ENDS and _LOOSE.search(joint):
        return None
    return _change(whole, low, high, "", before=before[:_SHOWN_CHARS], after="")


def _cuts_word(clause: str, place: tuple[int, int], low: int) -> bool:
    """Return whether a place inside a clause begins or ends within one of its words."""
    edges, at = {0, len(clause)}, 0
    for word in cut(clause):
        at += len(word)
        edges.add(at)
    inside = (edge - low for edge in place if 0 <= edge - low <= len(clause))
    return any(edge not in edges for edge in inside)


def _clause(whole: str, start: int, end: int) -> tuple[int, int]:
    low = max((whole.rfind(mark, 0, start) + 1 for mark in _MARKS), default=0)
    high = min((at for mark in _MARKS if (at := whole.find(mark, end)) >= 0), default=len(whole))
    while low < start and whole[low].isspace():
        low += 1
    return low, high


def _deletion(whole: str, start: int, end: int, *, low: int, high: int) -> tuple[int, int] | None:
    before, after = whole[low:start].strip(), whole[end:high].strip()
    if not before and not after:
        return _whole_clause(whole, low, high)
    starts_well = bool(after) and bool(_HAN.match(after)) and after[0] not in _NO_START
    ends_well = not before or before[-1] not in _NO_END
    return (start, end) if starts_well and ends_well and len(before + after) >= 4 else None


def _whole_clause(whole: str, low: int, high: int) -> tuple[int, int] | None:
    """Return a clause with the one mark that goes with it; None where another leans on it."""
    follows, mark = whole[high + 1 :].lstrip(), whole[high : high + 1]
    leads = whole[:low].rstrip(" ")
    if leads.endswith(("：", ":")) or whole[low:high].startswith(_OPENS):
        return None
    if mark and mark in _SOFT:
        return None if follows.startswith(_FOLLOWS) else (low, high + 1)
    if leads and leads[-1] in _SOFT:
        return (len(leads) - 1, high)
    return (low, min(high + 1, len(whole)))


def _statement(whole: str, start: int, end: int, *, low: int, high: int) -> tuple[int, int] | None:
    before, after = whole[low:start].strip(), whole[end:high].strip()
    if not after and (not before or _SUBJECTS.search(before)):
        return (start, end)
    if re.search(r"\d", before + after) or "、" in (whole[low - 1 : low], whole[high : high + 1]):
        return None  # a figure would go with the clause; in a list it is no statement
    return (low, high)


def _checked(whole: str, start: int, end: int, text: str) -> Change | None:
    left = max((whole.rfind(mark, 0, start) + 1 for mark in _ENDS), default=0)
    right = min((at for mark in _ENDS if (at := whole.find(mark, end)) >= 0), default=len(whole))
    right = max(end, min(right + 1, len(whole)))
    before = whole[left:right].strip()
    after = (whole[left:start] + text + whole[end:right]).strip()
    rest = (whole[:start] + text + whole[end:]).strip()
    beside = whole[left:start] + "\n" + whole[end:right]
    if not _HAN.search(rest) or _is_worse(before, after) or _is_doubled(whole, start, end, text):
        return None
    if set(_BASIS.findall(text)) & set(_BASIS.findall(beside)):
        return None  # 以审批为准，以审批结果为准: the sentence says it in other words
    if len(before) > _SHOWN_CHARS:
        near = slice(max(left, start - 40), start), slice(end, min(right, end + 40))
        before = whole[near[0].start : near[1].stop].strip()
        after = (whole[near[0]] + text + whole[near[1]]).strip()
    return _change(whole, start, end, text, before=before, after=after)


def _change(whole: str, start: int, end: int, text: str, *, before: str, after: str) -> Change:
    word = whole[start:end]
    return Change(start, end, text, word, before, after, whole.count(word, 0, start))


def _is_worse(before: str, after: str) -> bool:
    """Return whether a mark stands loose, or a bracket alone, that did not before."""
    if len(_LOOSE.findall(after)) > len(_LOOSE.findall(before)):
        return True
    return any(
        after.count(pair[0]) != after.count(pair[1])
        and before.count(pair[0]) == before.count(pair[1])
        for pair in _PAIRS
    )


def _is_doubled(whole: str, start: int, end: int, text: str) -> bool:
    """Return whether the text says again what stands beside it, or in the sentence already."""
    left, right = whole[:start].rstrip(), whole[end:].lstrip()
    sizes = range(2, len(text) + 1)
    if any(left.endswith(text[:n]) or right.startswith(text[-n:]) for n in sizes):
        return True
    return len(text) >= _CLAUSE_CHARS and text in left + right
