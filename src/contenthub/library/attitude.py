"""Idea: whether a text offers what it says or holds it up for judgement, by word classes.

stance.py reads the grammar right around a match; here the whole discourse counts: what stands
in quotation marks is judged by its sentence and the next one (a warning, a ban, a verdict,
ridicule, pastness: attitudes.toml), what stands bare only by a verdict right behind it, by the
heading above it, or as the condition of a refusal (不查征信办不了). The bank's own voice offering
(欢迎来办) takes the judgement back. What only hints at a distance makes a person look.
"""

import re
from bisect import bisect_left
from dataclasses import dataclass
from enum import IntEnum

from contenthub.library.frames import Met, Span
from contenthub.library.sentences import SENTENCE_ENDS, before_first, behind_last
from contenthub.library.stance import PIVOT, speaks_against

CLASSES = ("condemned", "shunned", "denied", "hinted", "offered", "strangers", "bad_examples")
_REACH = 90
_BARE_REACH = 20
_DENIED_REACH = 12
_NEXT_REACH = 50
_SEEN_ON = 6
_BUTTON = 10
"""The longest name of a button, longer quotations are said, not pressed."""
_CLAUSE = r"[^,。!?;\n]"
_NEGATED = re.compile(
    r"(?:(?<!是)不(?:是|会|曾|算|属|存在)?|(?<!有)没有?|(?<!有)无|绝非|并非|难道是?|岂是?|哪里?是|怎[么会]是?|谁说是?|毫不|告别|杜绝|零)"
    r"(?:任何|什么|半点|一点|所谓的?|在|再|被|用|必|要|带|搞|怕|说)?$"
)
_RHETORIC = re.compile(
    r"谁说|难道|莫非|岂[是会能]|怎么(?:会|能|可能)|凭什么说|别说|别以为|不是只有"
)
_OWN = re.compile(
    r"(?:我行|本行|我们|咱们?|咱行|俺们?|本(?:理财|产品|款|基金|保险|贷款|期)|这(?:款|只|支|期|张)|该款|本店|本网点)"
    r"(?!客服|电话|热线|官方|公众号|投诉|监督|提醒|提示|郑重|声明|员工|工作人员|没|不|未|从|也不|都不|可不|绝|严|禁|规定|纪律|要求|的?规矩|守则)"
)
_CALLED = re.compile(
    rf"^{_CLAUSE}{{0,10}}?(?:字|词|话|说法|表述|言论|内容|材料|描述|活动|事儿?|承诺|做法|业务|招数|标语|宣传|广告|标签|[这那]种?|我行|本行|我们|咱们?|监管|银行|法律|规定|文件|央行|正规|机构){_CLAUSE}{{0,8}}?$"
)
_LEADS_ON = re.compile(
    r"[\s,:]*(?:这|那|此|其|别|莫|勿|都|全|皆|答|真相|骗|假|错|不|没|请|一律|一概|小心|当心|谨防|警惕|纯属|天下|世上|哪|记住|遇|如|若|凡|谁|听|见|看|先|快|您|你|监管|银行|央行|人民银行|法律|警方|今年|去年|前年|如今|现在|早|已|从|自|后来|最后|结果|\d{4}年|属|是|就|轻则|重则|前(?:几|些|两)?年|早年|往年|当年|文件|上面|上头|(?:理财|基金|保险|股票)(?:不|就别|没)|容易|醒醒|拉倒|得了|可拉|想得|谣言|×|✗)"
)
_REFUSED_CONDITION = re.compile(
    r"^(?:的话|的|就|那|去|而?想)*[^,。!?;\n]{0,6},?(?:那|就|可|是|根本|肯定|绝对|一律|全|都|也|万万|断然|怎么(?:说)?都|咱|咱们|我行|我们|银行|本行|您|你|谁也|说什么也|原则上)*"
    r"(?:(?:办|批|贷|过|放|借|签|做|开|发|走|保|赔|投|受理|审|通过|拿|申请|给)不(?:了|下来?|成|动|到|出|来|过|得)|(?:办|批|贷|过|放|借)[^,。!?;\n]{0,4}不(?:了|下来?|成)|不行|不可(?!思议|多得|错过)|不成(?!功|问题)|不可以|不能|不给|不予|不会|不得|不受理|不放款|不批|没门|没戏|没法|哪成|哪行|哪能|怎么行|怎么成|怎么能|那怎么|免谈|行不通|走不通|使不得|要不得|的?我?们?行?没有|的?不存在|违规|违反)"
    r"(?!人|问题|的理由|不)(?=[^?]{0,12}(?:[,。!;\n]|$))"
)
_CONDITION = re.compile(r"(?:不|没|无|免|未|跳过|绕过|省|少|漏|瞒|隐|缺)")
_DOUBLE = re.compile(r"(?:没有?|无|哪有|岂有|从不|不会)(?:人|谁|哪[个位家]|什么)?$")
_PRESSED = re.compile(
    r"(?<![不别勿莫甭要])(?<!轻易)(?<!随[意便])(?:点|点击|点一下|点一点|点按|按|按下|按一下|戳|戳一下)$"
)
_MARKED_WRONG = re.compile(
    r"^[^\n]{0,80}?(?:答案?(?:是|为)?[:(]?\s*(?:错|误|不对|不正确|否|f(?![a-z])|×|✗)|[(\[](?:错|误|不对|×|✗|x|f)(?:误)?[)\]。]|×|✗|✘|❌)"
)
_QUIZ = re.compile(r"判断|对还是错|对错|是非题|对吗|正确吗|是否正确|下列|以下")
_REFUSES = re.compile(
    r"^\s*(?:简?答(?:复|案)?\s?[:是]?)?\s*(?:不(?!错|仅|止|但|看|查|用|需|收|要(?!信|轻信))|没(?!问题|错|事)|别(?!担心|怕|急)|错(?!过)|假|否|×|✗|无(?!需|须)|谣言|骗|禁|严|违|千万|切|未|休|请(?:勿|不)|一律不|一概不|完全不|当然不|绝对不(?!会亏|会跌|亏)|肯定不|都不|并不|并非)"
)


class Stance(IntEnum):
    """Whether a finding stands, only makes a person look, or is lifted."""

    STANDS = 0
    DOUBTFUL = 1
    LIFTED = 2


@dataclass(frozen=True, slots=True)
class Discourse:
    """A text with the places of the words by which it takes its stand; `next` follows it.

    `is_lesson` tells that whole paragraphs teach (items about financial knowledge), `next`
    is the answer that another field gives to this one.
    """

    text: str
    met: Met
    next: str = ""
    is_lesson: bool = False

    def of(self, start: int, end: int, *, quote: Span | None = None, tail: int = -1) -> Stance:
        """Return how the text stands to the match at start..end, inside `quote` when given.

        `tail` is where the telling part of a long match begins, -1 when it has none.
        """
        telling = tail if tail >= 0 else None
        if speaks_against(self.text, start, end, tail=telling):
            return Stance.LIFTED
        if self._is_bad_example(start, end) or self._is_refused_question(end):
            return Stance.LIFTED
        if quote is not None and not self._is_button(quote):
            return self._of_quoted(quote)
        is_judged = self._is_condemned_bare(start, end, tail) or self._is_told_of(start, end, tail)
        if is_judged:
            return Stance.LIFTED
        return Stance.DOUBTFUL if self._is_doubtful_bare(start, end) else Stance.STANDS

    def _is_bad_example(self, start: int, end: int) -> bool:
        """Return whether a heading above or a mark behind gives the sentence as a wrong one."""
        text = self.text
        low = _sentence_start(text, start)
        line = text.rfind("\n", 0, start) + 1
        for at, stop in self._met("bad_examples", line, start):
            # A list under a heading is read to the end of its line, other examples of a sentence.
            if stop > low or text[stop - 1] == ":" or _QUIZ.search(text, line, stop):
                if not self._is_own(stop, start) and "真相" not in text[at:start]:
                    return True
        if not _QUIZ.search(text, line, start) and not text[:low].endswith("?"):
            return False
        return _MARKED_WRONG.match(text[end : end + _REACH]) is not None

    def _is_refused_question(self, end: int) -> bool:
        """Return whether another field answers this one's question with a refusal."""
        if not self.next or not _REFUSES.match(self.next):
            return False
        return not self._met("offered", _sentence_start(self.text, end), len(self.text))

    def _is_button(self, quote: Span) -> bool:
        """Return whether the quotation is the name of a button that the text itself has pressed."""
        low, high = quote
        if high - low > _BUTTON or not _PRESSED.search(self.text[max(0, low - _SEEN_ON) : low]):
            return False
        return not self._met("strangers", _sentence_start(self.text, low), low)

    def _of_quoted(self, quote: Span) -> Stance:
        text = self.text
        low, high = _sentence_start(text, quote[0]), _sentence_end(text, quote[1])
        before, after = (low, quote[0]), (quote[1], high)
        if _RHETORIC.search(text, low, quote[0]):
            return Stance.STANDS
        is_offered = self._is_offered(before) or self._is_offered(after)
        is_own = self._is_own(_clause_start(text, quote[0]), quote[0])
        judged = self._judged_after(after, is_own=is_own)
        if judged is None and not is_own:
            judged = self._judged_next(high, is_offered=is_offered)
        if judged is not None:
            is_taken_back = self._is_offered((judged, high)) or self._is_own(judged, high)
            return Stance.DOUBTFUL if is_taken_back else Stance.LIFTED
        if is_offered or is_own:
            return Stance.STANDS
        if self._is_judged_before(before) or self._is_lesson_warning(quote):
            return Stance.LIFTED
        told = any(self._met(name, low, high) for name in ("strangers", "hinted"))
        told = told or bool(self._met("denied", _clause_start(text, quote[0]), quote[0]))
        is_lesson = self.is_lesson and not _SALE.search(text, low, high)
        return Stance.DOUBTFUL if told or is_lesson else Stance.STANDS

    def _judged_after(self, after: Span, *, is_own: bool) -> int | None:
        """Return where a judgement behind the quotation ends, None without one."""
        text, (low, high) = self.text, after
        names = ("condemned",) if is_own else ("condemned", "shunned")
        found = [cue for name in names for cue in self._cues(name, low, high)]
        for start, end in sorted(found):
            if not self._is_offered((low, start)):
                return end
        for start, end in self._met("denied", low, min(high, low + 2 * _DENIED_REACH)):
            if "," not in text[low:start] and _CALLED.match(text[low:start]):
                return end
        return None

    def _judged_next(self, high: int, *, is_offered: bool) -> int | None:
        text = self.text
        mark = text[high : high + 1]
        start = high + 1
        if is_offered or not (mark in "?!" or _LEADS_ON.match(text, start)):
            return None
        end = min(_sentence_end(text, start), start + _NEXT_REACH)
        names = ("condemned", "shunned", "denied") if mark == "?" else ("condemned", "shunned")
        for name in names:
            cues = self._cues(name, start, end)
            if cues and not self._is_offered((start, cues[0][0])):
                return end if self._is_offered((cues[0][1], end)) else high
        return None

    def _is_judged_before(self, before: Span) -> bool:
        text, (low, high) = self.text, before
        clause = _clause_start(text, high)
        for name in ("condemned", "shunned"):
            for _, end in self._cues(name, low, high):
                if not PIVOT.search(text, end, high):
                    return True
        return any(
            start >= clause and high - end <= _DENIED_REACH and not PIVOT.search(text, end, high)
            for start, end in self._cues("denied", clause, high)
        )

    def _is_lesson_warning(self, quote: Span) -> bool:
        """Return whether the paragraph of a lesson warns and offers nothing."""
        if not self.is_lesson:
            return False
        text = self.text
        low = text.rfind("\n", 0, quote[0]) + 1
        high = text.find("\n", quote[1])
        high = high if high >= 0 else len(text)
        if self._is_offered((low, high)) or self._is_own(low, high):
            return False
        return any(self._cues(name, low, high) for name in ("condemned", "shunned"))

    def _is_condemned_bare(self, start: int, end: int, tail: int) -> bool:
        """Return whether a verdict right behind words without quotation marks condemns them."""
        text = self.text
        low, high = _sentence_start(text, start), _sentence_end(text, end)
        if self._is_offered((low, high)) or _RHETORIC.search(text, low, start):
            return False
        if self._is_condition(start, end, tail):
            return True
        if _UNEQUAL.match(text[end:high]) or _WHETHER.match(text, end):
            return True
        telling = tail if tail >= 0 else max(start, end - 2)
        for at in (telling, end - 1):
            clause = next((place for place in range(at, high) if text[place] == ","), high)
            for first, _ in self._cues("condemned", telling + 1, min(high, end + _BARE_REACH)):
                is_near = first < clause or _LEADS_ON.match(text, clause + 1)
                if is_near and not self._is_own(clause, first):
                    return True
        return text[high : high + 1] == "?" and self._is_condemned_next(high + 1)

    def _is_doubtful_bare(self, start: int, end: int) -> bool:
        """Return whether the sentence around bare words judges something and offers nothing."""
        low, high = _sentence_start(self.text, start), _sentence_end(self.text, end)
        if self._is_offered((low, high)) or self._is_own(low, high):
            return False
        return any(self._cues(name, end, high) for name in ("condemned", "shunned"))

    def _is_condemned_next(self, start: int) -> bool:
        """Return whether the sentence behind a question condemns what it asks about."""
        end = min(_sentence_end(self.text, start), start + _NEXT_REACH)
        if self._is_offered((start, end)) or self._is_own(start, end):
            return False
        return bool(self._cues("condemned", start, end))

    def _is_told_of(self, start: int, end: int, tail: int) -> bool:
        """Return whether a stranger's pitch (发现…的, 有人劝您…) leads to what to do about it."""
        text = self.text
        low, high = _sentence_start(text, start), _sentence_end(text, end)
        if any(map(self._is_offered, ((low, start), (end, high)))) or self._is_own(low, start):
            return False
        if not (self._met("strangers", low, start) or _FOUND.search(text, low, start)):
            return False
        telling = tail if tail >= 0 else end - 2
        return any(self._cues(name, telling + 1, high) for name in ("condemned", "shunned"))

    def _is_condition(self, start: int, end: int, tail: int) -> bool:
        """Return whether a pitch that leaves out a check is the reason of a refusal."""
        text = self.text
        if not (_CONDITION.match(text, start) or (tail >= 0 and _CONDITION.match(text, tail))):
            return False
        if _DOUBLE.search(text[max(0, start - 6) : start]) or not _SKIPPED.search(
            text, start, end + 4
        ):
            return False
        return any(
            _REFUSED_CONDITION.match(text[at : at + 40]) is not None
            for at in {end, *(m.end() for m in _SKIPPED.finditer(text, start, end))}
        )

    def _met(self, name: str, low: int, high: int) -> list[Span]:
        spans = self.met.get(name, [])
        near = spans[bisect_left(spans, (low, low)) : bisect_left(spans, (high, high))]
        return [span for span in near if span[1] <= high]

    def _cues(self, name: str, low: int, high: int) -> list[Span]:
        """Return words of a class that nothing right before them denies."""
        return [
            span
            for span in self._met(name, low, high)
            if not _NEGATED.search(self.text[max(low, span[0] - 6) : span[0]])
        ]

    def _is_own(self, low: int, high: int) -> bool:
        """Return whether the bank speaks of itself there, and not to deny or to warn."""
        found = _OWN.finditer(self.text, low, min(len(self.text), high + _SEEN_ON))
        return any(match.start() < high for match in found)

    def _is_offered(self, place: Span) -> bool:
        return bool(self._met("offered", *place))


_UNEQUAL = re.compile(
    r"^(?:贷款|产品|服务|分期|额度|的|也|并|可|都|绝|从来)*(?:不等于|不等同于?|不代表|不意味着|不是|并非|≠|不见得|未必)(?:就|说|真)?(?:是|有|等于)?"
    r"(?:零|无|没(?!可能|道理)|免费|免(?=手续|利|息|单)|不(?!可能|骗|是)|保|稳|一定|必|人人|白|随便|安全|存款|高|真|永远|全)"
)
_WHETHER = re.compile(r"与否|不保本|还是不|或不")
_FOUND = re.compile(
    r"发现|查到|查出|要求|凡|若(?!干)|如果|如有|谁|哪家|哪个|有的(?=人|网|平台|中介|机构|店|主播)|见到|拿(?=[“\"着])|以(?=[“\"此这])|[靠用](?=[“\"])"
)
_SALE = re.compile(
    r"[“”\"」』】]?(?:的)?(?:理财|产品|贷款|快贷|贷(?=[,。!]|$)|基金|保险|存款|存单|定期|信用卡|计划|专享|权益|服务|活动|好礼|福利)|!|~|(?:您|你)(?:就|也|都|能|可|只管|尽管|买|拿|赚|存|贷|借|得|放心)"
    r"|\d|[一二三四五六七八九十百千万两几半](?:元|块|万|个|天|分钟|秒|年|月|折)"
)
"""Signs that what is quoted is for sale: its product, the reader's gain, figures, a cry."""
_SKIPPED = re.compile(
    r"征信|流水|负债|信用记录|收入证明|体检|病史|健康|住院|审核|资料|材料|告知|条件|手续|证明|门槛|抵押|担保|资质|用途|身份证"
)


def _sentence_start(text: str, at: int) -> int:
    return behind_last(text, SENTENCE_ENDS, max(0, at - _REACH), at)


def _sentence_end(text: str, at: int) -> int:
    return before_first(text, SENTENCE_ENDS, at, min(len(text), at + _REACH))


def _clause_start(text: str, at: int) -> int:
    return max(_sentence_start(text, at), text.rfind(",", max(0, at - _REACH), at) + 1)
