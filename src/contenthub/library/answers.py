"""Idea: what a question and its short answer say together (保本吗？是的 = 保本).

Rules read sentences; a question alone promises nothing and 「是的」 alone neither. A question
that can be answered by yes, no or a figure is put together with such an answer into the plain
statement that it makes, for the rules to read like any other sentence.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from contenthub.library.sentences import SENTENCE_ENDS, behind_last

_ASKED_MAX = 60
_ANSWER = re.compile(
    r"(?:\?+[\s\"]*|(?<=[吗么])[\s:]+)"
    r"(?:(?:简?答(?:复|案)?|回答|回复|客服|a)\s?[:是])?\s*(?P<answer>[^。!?;\n]{1,30})"
)
_OPENING = re.compile(
    r"^[^:]{0,4}(?:问|q\d*|问题\d*|客户)\s?:|^(?:请问|想问(?:一下)?|我想知道|想知道|您问|你问|有人问|客户问|常有人问|问一下|听说)"
)
_FILLER = re.compile(
    r"^(?:(?:您|你|请|请您|尽管|可以|大可)?放心(?:吧|好了)?|当然(?!不|没)|没错|没关系|没事儿?|不要紧|不打紧|不碍事|无妨|(?:您|你)?(?:就|尽管)?放(?:一[百万千]个|宽|个)心(?:吧|好了)?|是的|对的?|嗯+|您好|亲|不用担心|别担心|一般(?:来说|情况下)?|基本上?|其实|肯定|绝对|完全|通常|目前|现在|我行|我们|本行|咱们?|这个?|都|也|就|真的?)[,\s]*"
)
_EASED = re.compile(
    r"^(?:(?:您|你|请|请您|尽管|可以|大可)?放心(?:吧|好了|买)?|(?:您|你)?(?:就|尽管)?放(?:一[百万千]个|宽|个)心(?:吧|好了)?|不用担心|别担心|没关系|没事儿?|不要紧|不打紧|不碍事|不妨事|无妨)$"
)
_YES = re.compile(
    r"^(?:是|对|对头|没错|不错|当然|嗯|能|可以|可|行|中|得行|好|好使|会|有|要|需要|没问题|没事|千真万确|可信|靠谱|当真|真的|是真的|送|给|返|发|包|保|看|查|担保|肯定|必须|随您用|随便用|ok|yes|那是|那还用说)"
    r"(?:能|会|有|办理?|申请|贷|借|拿|领|用|买|炒|做|保|送|给|送一\S|给一\S|过|批|谈|商量|投|试试|办得?下来|贷得?下来)?(?:的|滴|呀|啊|哦|呢|了|哈|嘛|吧)*$"
)
_NO = re.compile(
    r"^(?:(?:从来?|绝|决|几乎|基本上?|完全|当然|肯定|都|也|可|根本|压根|一般|一律|一概|统统|通通)*(?:不|没有?|无|未|免)(?!错|问题|关系|事儿?$|清楚|好说|确定|一定|知道|同|少))[^,]{0,6}$|^(?:否|no)$"
)
_GIVEN = re.compile(r"^[送给返赠发领拿奖补有]{1,2}(?:您|你)?[^,]{1,6}$")
_ENDING = re.compile(r"(?:的|滴|呀|啊|哦|呢|了|哈|嘛|吧)+$")
_FIGURE = re.compile(
    r"^(?:大约|大概|约莫|约|差不多|大致|能?有|能到|在|是|为|年化|预计|平均|一年|每年)*"
    r"(?:百分之[一二三四五六七八九十两点半\d.]+|[一二三四五六七八九十两半点\d.]+(?:个(?:多|半|来)?(?:百分)?点|%|厘|分|块|元))(?:钱)?(?:多|出头|左右|上下|以上)?$"
)
_HOW_MUCH = re.compile(r"(?:多少(?:个点|个百分点|钱)?|几个(?:百分)?点|多高|百分之几|几个点)")
_BOTH_WAYS = re.compile(
    r"真的假的|是真是假|有没有|有无|是不是|需不需要|可不可以|能不能够|(?P<same>[\u4e00-\u9fff])不(?P=same)|是否|能否|可否|会否"
)
_POSITIVE = {
    "真的假的": "真的",
    "是真是假": "是真",
    "有没有": "有",
    "有无": "有",
    "是不是": "是",
    "需不需要": "需要",
    "可不可以": "可以",
}
_POSITIVE |= {"能不能够": "能", "是否": "", "能否": "能", "可否": "可", "会否": "会"}
_NEGATED = {"需要": "不用", "必须": "不用", "要": "不用", "得": "不用", "用": "不用", "有": "没有"}
_VERB = re.compile(
    r"需要|必须|可以|要(?!求)|会(?!员)|能|有(?!的)|影响|是|看|查|审|问|收|押|送|给|返|用(?=做|看|查|交|填|提供)"
)


@dataclass(frozen=True, slots=True)
class Claim:
    """What a question and its answer say; `start`, `end` are their place in the text.

    `opposite` is what the other answer would have said, for a `said` that denies.
    """

    start: int
    end: int
    said: str
    opposite: str = ""


def claims(text: str) -> Iterator[Claim]:
    """Yield the statements that questions with a short answer right behind them make."""
    if "?" not in text and "吗" not in text:
        return
    at = 0
    while (found := _ANSWER.search(text, at)) is not None:
        end = found.start()
        at = found.start("answer")  # the answer may itself be the next question
        start = behind_last(text, SENTENCE_ENDS, 0, end)
        if 2 <= end - start <= _ASKED_MAX:
            for said, opposite in _statements(text[start:end], found["answer"]):
                yield Claim(start, found.end(), said, opposite)


def answered(question: str, answer: str) -> Iterator[Claim]:
    """Yield the statements of a question and an answer kept in two fields; places of the answer."""
    asked = re.split(r"[。!;\n]", question.rstrip("?\n 。"))[-1].rpartition("?")[2]
    first = re.match(r"\s*(?:简?答(?:复|案)?\s?:)?\s*([^。!?;\n]{1,30})", answer)
    if first is not None and len(asked) >= 2:
        for said, opposite in _statements(asked[-60:], first[1]):
            yield Claim(first.start(1), first.end(1), said, opposite)


def _statements(asked: str, answer: str) -> Iterator[tuple[str, str]]:
    asked = _OPENING.sub("", asked).strip()
    if _HOW_MUCH.search(asked):
        figure = answer.partition(",")[0].strip()
        if _FIGURE.match(figure):
            yield _HOW_MUCH.sub(figure, asked, count=1), ""
        return
    positive = _positive(asked)
    if positive is None:
        return
    says = _polarity(positive, answer)
    if says is None:
        return
    if says != "no":
        yield positive, ""
    if says != "yes":
        negative = _negative(positive)
        if negative:
            yield negative, positive


def _positive(asked: str) -> str | None:
    """Return the statement that a yes would make; None for a question that takes no yes or no."""
    bare = re.sub(r"(?:吗|么|不|不呢|没有|没|吧|呢)+$", "", asked)
    both = _BOTH_WAYS.search(bare)
    if both is None:
        return bare if bare != asked else None
    one = _POSITIVE.get(both[0], both["same"] or "")
    return bare[: both.start()] + one + bare[both.end() :]


def _polarity(positive: str, answer: str) -> str | None:
    """Return yes, no, or both for words that only calm (放心); None for any other answer."""
    eased = False
    rest = answer.strip()
    while rest:
        clause = rest.partition(",")[0].strip()
        echoed = _ENDING.sub("", clause)
        if echoed and (f"不{echoed}" in positive or f"没{echoed}" in positive):
            return None  # 没有门槛吗？有: the answer takes back what the question denies
        if _EASED.match(clause):
            eased = True
        elif len(echoed) >= 2 and (echoed in positive or echoed.removeprefix("就是") in positive):
            return "yes"
        elif echoed in ("高", "多", "快", "稳", "好") and positive.endswith(echoed):
            return "yes"
        elif _NO.match(clause):
            return "no"
        elif _YES.match(clause):
            return "yes"
        elif _GIVEN.match(clause) and clause[0] in positive:
            return "yes"
        filler = _FILLER.match(rest)
        if filler is None or filler.end() == 0:
            break
        rest = rest[filler.end() :]
    return "both" if eased else None


def _negative(positive: str) -> str:
    verb = _VERB.search(positive)
    if verb is None:
        return (
            re.sub(r"^(.*?)([\u4e00-\u9fff]过?)$", r"\1没\2", positive) if "过" in positive else ""
        )
    denied = _NEGATED.get(verb[0], "不" + verb[0])
    return positive[: verb.start()] + denied + positive[verb.end() :]
