"""Idea: of the changes that would mend a finding, the first that leaves a text the rules let pass.

A word taken out of a pitch often leaves the pitch (…，找我，三天就能拿钱), and then no rule finds
it any more. So what a change makes of the sentence is read again, and where something of the
pitch is left the clause goes with the word, or the sentence; else a person mends it.
"""

import re
from bisect import bisect_left
from collections.abc import Collection, Iterator, Mapping
from dataclasses import asdict, dataclass, replace
from typing import Any

from contenthub.library.lint_hits import Hit
from contenthub.library.lint_parts import Part, Wording
from contenthub.library.lint_places import places
from contenthub.library.lint_wholes import reads_forbidden
from contenthub.library.mending import Change, sentence_of, without_clause, without_sentence
from contenthub.library.rules import Book, Rule

_TRIED_MAX = 40
"""More findings than these in one item are no matter of single presses any more."""
_CLAUSES = re.compile(r"[，、,：:。！？!?；;\n]")
_PITCH = re.compile(
    r"(?<!可)(?<!寻)(?:找|联系|加|私聊|私信|微)我(?!行|们行|国)|私下|私底下|悄悄|偷偷|包在|交给我|内部|通道|门路|路子|门道|渠道|熟人|关系户|走后门|疏通"
    r"|下款|放款|到账|到手|到卡|拿钱|见钱|来钱|就有钱|钱就|照样|照给|照放|照批|一样(?:能|可以|给|办|批|贷)|也(?:能|可以|给)(?:办|批|贷|借|放|过)|都(?:能|可以|给)?(?:批|贷|借|放|过|办|买|挣)"
    r"|统统|通通|谁都|人人|个个|家家|说了算|随您|随便|任您|想怎么|爱怎么|没人管|不过问|放心(?:买|投|贷|借|存|办|用|跟|拿|来|花)|尽管(?:买|投|来|放心)|闭眼|稳|准能|准保|保准|保管|包您|包你"
    r"|绝对|肯定|百分百|100%|赚|挣|翻(?:了|一|两|几)?[倍番]|涨|躺|不亏|不赔|没风险|无风险|发财|暴富|说到做到|不骗|骗您|骗你|赶紧|抓紧|抢|告别|停售|最后|即将|当存款|秒杀|手慢|打听|没有?一家|莫属|稳定"
    r"|(?:\d|[一二三四五六七八九十两几半])(?:天|分钟|秒钟?|小时)(?:内|之内)?(?:就|即|必|准|包)"
)
"""What a sentence goes on promising by, whatever the rules know of it."""
_PLAIN = re.compile(
    r"欢迎|请|详询|详情|咨询|电话|网点|柜台|地址|营业时间|到店|办理|申请|先到先得|有限|名额|期限|起存|起购|为准|谨慎|风险|^$|^的?$"
)
"""What may stay beside a clause that took the place of a promise."""
_SCOPES = re.compile(
    r"(?:全[国省市县镇乡村城]|我[省市县]|当地|本地|业界|行业|世界|史上)[^，,]{0,2}$"
)
_QUALITY = re.compile(r"^(?:品质|水准|水平|标准|待遇|享受|礼遇|实力)")
_ADJECTIVE_CHARS = 5
_BY_WORD = {"mask", "variable", "is_word", "replace_word", "is_adjective"}
_ASKS = ("？", "?")


@dataclass(frozen=True, slots=True)
class _Trials:
    """One item's findings, and what is needed to read its texts again."""

    hits: list[Hit]
    asked: Book
    numbers: frozenset[int]
    wording: Wording
    rules: Mapping[str, Rule]

    def best(self, hit: Hit) -> dict[str, Any] | None:
        """Return the fix of a finding that leaves nothing forbidden, None without one."""
        whole = self.wording.part(hit.field).original
        low, high = sentence_of(whole, hit.start, hit.end)
        if whole[:low].rstrip().endswith(_ASKS) or whole[low:high].rstrip().endswith(_ASKS):
            return None  # a question and its answer hang together
        is_apt = self.wording.topic not in self.rules[hit.rule].fix.get("not_in", ())
        for change in _changes(hit, whole, is_apt=is_apt):
            is_whole = change.start <= low and change.end >= high
            if (is_whole or self._reads_on(hit, change, whole)) and self._passes(
                hit, change, whole
            ):
                return {"action": "replace", "field": hit.field, **asdict(change)}
        return None

    def _reads_on(self, hit: Hit, change: Change, whole: str) -> bool:
        """Return whether what a change leaves of a sentence is plain, and no pitch."""
        rule_fix = self.rules[hit.rule].fix
        if "mask" in rule_fix or "is_word" in rule_fix:
            return True
        low, high = sentence_of(whole, hit.start, hit.end)
        before, behind = whole[min(low, change.start) : change.start], whole[change.end : high]
        if _PITCH.search(f"{before}\n{behind}"):
            return False
        if "replace_word" in rule_fix:
            return True
        if "is_adjective" in rule_fix and len(hit.text) <= _ADJECTIVE_CHARS:
            return _SCOPES.search(before) is None and _QUALITY.search(behind) is None
        beside = _CLAUSES.split(behind)
        if not change.text and (_is_open(before[-1:]) and beside[0].strip()):
            return False  # inside of a clause only adjectives can go
        clauses = [*_CLAUSES.split(before)[: None if not change.text else -1], *beside]
        return all(_PLAIN.search(clause.strip()) for clause in clauses)

    def _passes(self, hit: Hit, change: Change, whole: str) -> bool:
        """Return whether a change mends a finding and brings no new one."""
        low, high = sentence_of(whole, hit.start, hit.end)
        low, high = min(low, change.start), max(high, change.end)
        # With its neighbours: where words are missing that lift a finding, no fix is offered.
        first = sentence_of(whole, max(0, low - 1), low)[0]
        last = sentence_of(whole, high, min(len(whole), high + 1))[1]
        text = whole[first : change.start] + change.text + whole[change.end : last]
        part = self.wording.part(hit.field)
        piece = Part(hit.field, part.label, text, part.guard, within=_changed(change, part))
        if reads_forbidden(piece.text, self.wording.topic):
            return False
        put = change.start + len(change.text)
        moved = change.end - put
        for place in places(self.asked, self.numbers, piece, self.wording):
            start, end = (first + at for at in piece.folded.span(place.start, place.end))
            start += moved if start >= put else 0
            end += moved if end > put else 0
            rule = self.asked.rules[place.number]
            if not self._was_found(rule, start, end, besides=hit):
                return False
            if rule.severity == "block" and start < high and low < end and not _is_cured(rule):
                return False
        return True

    def _was_found(self, rule: Rule, start: int, end: int, *, besides: Hit) -> bool:
        return any(
            one is not besides
            and one.rule == rule.id
            and one.field == besides.field
            and one.start < end
            and start < one.end
            for one in self.hits
        )


def with_sound_fixes(
    hits: list[Hit],
    asked: Book,
    numbers: frozenset[int],
    wording: Wording,
    *,
    by_hand: Collection[tuple[str, str]],
) -> list[Hit]:
    """Return the findings, each with a fix after which the rules let its sentence pass, or none.

    Where taking out the word leaves something forbidden, the fix takes out its clause or the
    whole sentence; `numbers` are the rules that read the item, `by_hand` the (rule, where) of
    findings that only a person can mend.
    """
    trials = _Trials(hits, asked, numbers, wording, {rule.id: rule for rule in asked.rules})
    left = _TRIED_MAX
    sound = []
    for hit in hits:
        if (
            hit.text
            and (hit.rule, hit.where) not in by_hand
            and _takes_out(hit, trials.rules[hit.rule])
        ):
            left -= 1
            hit = replace(hit, fix=trials.best(hit) if left >= 0 else None)
        sound.append(hit)
    return _one_a_sentence(sound, trials)


def _one_a_sentence(hits: list[Hit], trials: _Trials) -> list[Hit]:
    """Return the findings, with one fix for a sentence that several would change differently.

    The widest stays, by which most goes; where all of them only change or mask a word, all stay.
    """
    sentences: dict[tuple[str, int, int], list[Hit]] = {}
    for hit in hits:
        if hit.fix is not None and hit.fix["action"] == "replace":
            span = sentence_of(trials.wording.part(hit.field).original, hit.start, hit.end)
            sentences.setdefault((hit.field, *span), []).append(hit)
    dropped: set[int] = set()
    for those in sentences.values():
        if not all(_BY_WORD & trials.rules[hit.rule].fix.keys() for hit in those):
            kept = max(those, key=_width)
            dropped |= {id(hit) for hit in those if _change(hit) != _change(kept)}
    return [replace(hit, fix=None) if id(hit) in dropped else hit for hit in hits]


def _change(hit: Hit) -> tuple[object, ...]:
    """Return what a press on a finding's fix does to the text."""
    return tuple(hit.fix[name] for name in ("start", "end", "text")) if hit.fix else ()


def _width(hit: Hit) -> int:
    return int(hit.fix["end"]) - int(hit.fix["start"]) if hit.fix else 0


def _takes_out(hit: Hit, rule: Rule) -> bool:
    """Return whether what mends a finding is words that go, not a text that is added."""
    if hit.fix is not None:
        return str(hit.fix["action"]) == "replace"
    # What seems to be told, not said, is for a person to weigh.
    return hit.severity == rule.severity and "replace" in rule.fix


def _changes(hit: Hit, whole: str, *, is_apt: bool) -> Iterator[Change]:
    """Yield what could mend a finding: its own fix if apt, without its clause or its sentence."""
    if hit.fix is not None and is_apt:
        yield Change(**{k: v for k, v in hit.fix.items() if k not in ("action", "field")})
    for change in (
        without_clause(whole, hit.start, hit.end),
        without_sentence(whole, hit.start, hit.end),
    ):
        if change is not None:
            yield change


def _changed(change: Change, part: Part) -> str:
    """Return a field's text after a change: what explains a figure may stand anywhere in it."""
    origins = part.folded.origins
    low, high = bisect_left(origins, change.start), bisect_left(origins, change.end)
    return part.text[:low] + change.text + part.text[high:]


def _is_open(mark: str) -> bool:
    """Return whether a clause goes on at this character."""
    return bool(mark) and not _CLAUSES.match(mark)


def _is_cured(rule: Rule) -> bool:
    """Return whether a sentence may stay once the words that this rule asks for are added."""
    return not {"append", "append_rate"}.isdisjoint(rule.fix)
