"""Idea: the figures on a poster against the content it shows: no other rate, term, amount or day.

A poster says nothing that its approved content does not (316号): each figure on it (figures.py of
the library) is to be in the content's fields or text, and a rate beside a term is to be the rate
of that term. An eye also reads 年利率 in small letters over 2.6% in large ones, and 2 beside .6%.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from contenthub.library import figures, itemfields
from contenthub.library.factsaid import contradictions
from contenthub.library.figures import Claim, Key, Kind, rates_of
from contenthub.library.folding import fold
from contenthub.library.kinds import field
from contenthub.posters import (
    adjoining,
    conditions,
    counting,
    occasions,
    promises,
    unlabelled,
    vouchers,
)
from contenthub.posters.held import Held, Places, alike
from contenthub.posters.layers import DisclosureLayer, TextLayer, filled, walk
from contenthub.posters.template import Template

RULE = "FACT-01"
WIDE_RATIO = 8.0
"""A figure is set in letters many times as large as what names it."""
_RATES = (
    *("rate", "annual_rate", "annual_rate_max", "benchmark", "comprehensive_cost_rate"),
    *("instalment_rate", "revolving_rate", "rate_table"),
)
_AMOUNTS = ("minimum_fen", "purchase_minimum_fen", "amount_max_fen", "face_value_fen", "prizes")
_DAYS = (
    *("starts_at", "ends_at", "signup_until", "draw_at", "prize_until"),
    *("redeem_from", "redeem_until", "raise_from", "raise_until"),
)
_COUNTS = ("capacity", "stock", "per_person", "monthly_stock", "monthly_per_person", "prizes")
_INTEREST = ("interest_paid", "repayment")
_OFFER = re.compile(r"满.*[减返]")
_OF_WHAT = (
    (re.compile(r"提前(?:还|结清)"), ("prepayment",)),
    (re.compile(r"逾期|罚息"), ("penalty", "late_fee")),
    (re.compile(r"抵押|质押|担保|信用[方贷放发]|房本"), ("guarantee",)),
    (re.compile(r"[购买住]房|装修|婚|彩礼|炒股|理财$"), ("loan_use",)),
    (re.compile(r"答复|审批|放款|到账|办[结好完]|材料|资料|证明"), ("settlement", "materials")),
    (re.compile(r"赎回|\d:\d\d(?:之?前|截止)"), ("redemption", "signup_until")),
    (
        re.compile(r"企业|公司也?[可能]|户[口籍]|居民|新客户|客户[^,，]{0,2}[可能]"),
        ("for_whom", "conditions"),
    ),
    (re.compile(r"主讲|[主承协]办"), ("organiser", "agenda")),
    (re.compile(r"\d路"), ("getting_there",)),
    (re.compile(r"中奖|抽|到场"), ("draw_rule", "prizes")),
    (re.compile(r"现金?$|找零|转[让赠送]|余额|剩余|在线|手机银行"), ("how_to_redeem",)),
    (re.compile(r"信用卡|借记卡|社保卡"), ("for_whom",)),
    (re.compile(r"座"), ("spec", "merchant")),
    (re.compile(r"首年|次年|终身"), ("annual_fee",)),
    (re.compile(r"支取|随取"), ("early_withdrawal",)),
    (re.compile(r"自营|自主|自研|发行(?![期日])"), ("issuer", "seller")),
    (re.compile(r"费"), ("fees", "annual_fee")),
    (
        re.compile(r"免|[零0]利|不[收要付]利|[付派结返领给拿发还]?[利本]?息(?!率)|等额|先息"),
        _INTEREST,
    ),
    (re.compile(r"固定|不变|锁定|恒定"), ("rate", "annual_rate", "annual_rate_max", "benchmark")),
    (re.compile(r"全体|所有|人人|不限(?!时|期)"), ("for_whom",)),
    (re.compile(r"有效|过期|不限|月[底末初]|旬|[日号](?:起|开|后)"), _DAYS),
    (re.compile(r"店|网点|商|地[点址]|会场|站点"), ("place",)),
    (re.compile(r"持续|为期|历时|连[续办开]"), ("starts_at", "ends_at")),
    (re.compile(r"奖|[送赠领](?!\d)|手|礼"), ("prizes", "per_person")),
    (re.compile(r"岁"), ("for_whom", "conditions")),
    (re.compile(r"[人名份张台件次]|\d个(?!月|点|百)"), _COUNTS),
    (re.compile(r"每.*(?:开放|赎回)|授信|单笔|循环"), ("term", "redemption")),
    (re.compile(r"周[一二三四五六日末天]|[星礼]|[上下中]午|\d:\d\d|\d点(?!\d)|\d/\d"), _DAYS),
    (re.compile(r"\d\s?月\s?\d|\d\.\d+\s?[-—~至]"), _DAYS),
    (re.compile(r"%|％|个点|百分之|[厘‰点]|利率|年化|收益|\d\.\d"), _RATES),
    (re.compile(r"[rR][1-5]|风险|型|[cC][1-5]"), ("risk_level",)),
    (re.compile(r"[天日年](?!化)|个月|期限"), ("term",)),
)
_FIELDS_OF: dict[Kind, tuple[str, ...]] = {
    "rate": _RATES,
    "term": ("term", "rate_table"),
    "money": _AMOUNTS,
    "day": _DAYS,
}
_BOUND_BY = (
    (re.compile("报名"), ("signup_until",)),
    (re.compile("兑换|领取|有效"), ("redeem_from", "redeem_until")),
    (re.compile("募集|认购|发行"), ("raise_from", "raise_until")),
    (re.compile("活动"), ("starts_at", "ends_at")),
)
"""What a day bounds, by the word before it, and the fields that say when that is."""
_DATED = ("product", "right", "activity")
"""What begins and ends; a question or an article only tells of days."""
_READERS = (
    *(occasions.strange, counting.strange, unlabelled.strange),
    *(promises.strange, conditions.strange),
)
_PUT_IN = "，利率可以用变量 {{ item.rate }} 写"
_OWN_MAX = 4
_EDGES = " \n,，。、"
_RATE_VARIABLE = "item.rate"
_FIGURE = re.compile(r"[^利息年化收益低高至达到起%％]*(?:[%％]|个点|百分点)?")
"""A rate that is written without its name: only the figure gives way to the variable."""


def own(
    *,
    kind: str,
    topic: str,
    fields: Mapping[str, Any],
    said: Sequence[str],
    values: Mapping[str, str],
) -> Held:
    """Return what a content is held to: `said` is all that it says, `values` its variables'."""
    kept = (itemfields.show(field(kind, topic, name), value) for name, value in fields.items())
    told = [*said, *values.values(), *kept]
    return Held(
        kind,
        topic,
        fields,
        said=figures.closed("\n".join(told)).text,
        known=figures.known(told),
        rates_of=frozenset(rates_of(fields)),
        vouchers=vouchers.worth(told, fields.get("face_value_fen") if kind == "right" else None),
        has_rates=any(fields.get(name) for name in _RATES),
    )


def untrue(template: Template, mine: Held, values: Mapping[str, str]) -> dict[str, str]:
    """Return field → fix of figures that are not those of the content (`own`).

    `values` are the variables' (values.py).
    """
    shown = dict(values)
    wrong: dict[str, str] = {}
    joined: dict[str, list[str]] = {}
    for phrase in adjoining.phrases(template.layers, ratio=WIDE_RATIO):
        pieces = [f"{filled(layer.words, shown)} " for layer in phrase.layers]
        text = "".join(pieces)
        for path, piece in _parts_of_figures(text, pieces, phrase.paths, mine):
            joined.setdefault(path, []).append(piece)
        for low, high in strange(text, mine):
            if adjoining.crosses(low, high, pieces):
                called = "和".join(layer.called for layer in phrase.layers)
                told = text[low:high].strip(_EDGES)
                at = f"{phrase.paths[-1]}.text"
                wrong.setdefault(at, f"{called}连着读成“{told}”，{fix(told, mine)}")
    for path, layer in walk(template.layers):
        if isinstance(layer, TextLayer | DisclosureLayer):
            text = filled(layer.words, shown)
            for low, high in strange(text, mine):
                told = text[low:high].strip(_EDGES)
                if not any(told in piece for piece in joined.get(path, ())):
                    wrong.setdefault(
                        f"{path}.text", f"{layer.called}里的“{told}”，{fix(told, mine)}"
                    )
    return wrong


def strange(text: str, mine: Held) -> list[tuple[int, int]]:
    """Return the places of a text, as it is written, of figures that its content does not say."""
    said = figures.claims(text, has_rates=mine.has_rates)
    found = [
        (one.start, one.end)
        for one in said
        if text[one.start : one.end].strip(_EDGES)
        and not (
            (_is_known(one, mine) or _is_total(one, text, mine)) and _is_its_day(one, text, mine)
        )
    ]
    found += _of_another_term(said, text, mine)
    found += _of_another_worth(said, text, mine)
    if mine.kind == "product":
        folded = fold(text)
        found += [folded.span(*place) for place in contradictions(folded.text, mine.fields)]
    closed = figures.closed(text)
    for read in _READERS:
        found += [closed.span(*place) for place in read(closed.text, mine)]
    return found


def fix(text: str, mine: Held) -> str:
    """Return what the content says instead of a figure, and how to make both agree."""
    said = figures.claims(text, has_rates=mine.has_rates)
    names: tuple[str, ...] = _FIELDS_OF[said[0].kind] if said else ()
    if _OFFER.search(text):
        names = ("summary", "selling_points")
    elif not names:
        names = next((names for about, names in _OF_WHAT if about.search(text)), ())
    told = "、".join(list(_facts(names, mine))[:_OWN_MAX])
    differs = f"与内容不一致，内容里是{told}" if told else "在内容里没有"
    is_variable = names == _RATES and _has_variable(mine.fields)
    put_in = _PUT_IN if is_variable else ""
    return f"{differs}：请改成与内容一致{put_in}，或删去；内容写错了、漏了就先改内容并通过审核"


def by_variable(template: Template, mine: Held, values: Mapping[str, str]) -> dict[str, str]:
    """Return layer id → its text with the variable of the rate in place of figures set by hand.

    Only where the text then says nothing that the content does not: a rate of another term is
    no matter of a variable.
    """
    rate = values.get(_RATE_VARIABLE, "")
    if len(list(figures.claims(rate))) != 1:
        return {}  # a range is set as one
    found: dict[str, str] = {}
    for _, layer in walk(template.layers):
        if isinstance(layer, TextLayer) and layer.text:
            text = layer.text
            for one in reversed(figures.claims(text, has_rates=True)):
                is_figure = _FIGURE.fullmatch(text[one.start : one.end])
                if one.kind == "rate" and one.key != figures.WHOLLY and is_figure:
                    text = f"{text[: one.start]}{{{{ {_RATE_VARIABLE} }}}}{text[one.end :]}"
            if text != layer.text and not strange(filled(text, dict(values)), mine):
                found[layer.id] = text
    return found


def _has_variable(fields: Mapping[str, Any]) -> bool:
    return bool(fields.get("rate") or fields.get("annual_rate"))


def _facts(names: Sequence[str], mine: Held) -> Iterator[str]:
    for name in names:
        if mine.fields.get(name) not in (None, "", []):
            declared = field(mine.kind, mine.topic, name)
            told = " ".join(itemfields.show(declared, mine.fields[name]).split())
            yield f"{declared.label} {told}"


def _is_known(one: Claim, mine: Held) -> bool:
    if one.kind == "day" and mine.kind not in _DATED:
        return True
    if one.key in mine.known[one.kind]:
        return True
    if one.kind == "term" and alike((str(one.key[0]), float(one.key[1]))) & mine.known["term"]:
        return True
    days = mine.known["day"]
    # A content that names the day without a year holds for a poster that adds one.
    return one.kind == "day" and (0, *one.key[1:]) in days and not _has_years(days, one.key)


def _is_its_day(one: Claim, text: str, mine: Held) -> bool:
    """Return whether a day that bounds something is the one that the content's field says."""
    line = text[: one.start].rpartition("\n")[2]
    words = [(found.end(), names) for about, names in _BOUND_BY for found in about.finditer(line)]
    names = max(words, default=(0, ()))[1] if one.kind == "day" else ()
    told = [str(mine.fields[name])[:10] for name in names if mine.fields.get(name)]
    return not told or one.key[1:] in {key[1:] for key in figures.known(told)["day"]}


def _is_total(one: Claim, text: str, mine: Held) -> bool:
    return vouchers.is_total(one, text, mine.fields.get("prizes"))


def _has_years(days: set[Key], day: Key) -> bool:
    return any(other[0] and other[1:] == day[1:] for other in days)


def _of_another_term(said: Sequence[Claim], text: str, mine: Held) -> Places:
    """Yield a rate with the term beside it where the content gives that term another rate."""
    before, behind = figures.pairs(said, text)
    wrong = [pair for pair in before if _is_misplaced(pair, mine)]
    others = [pair for pair in behind if _is_misplaced(pair, mine)]
    # A table says the term before each rate or behind each: one reading is to be right.
    if wrong and (others or not behind):
        yield from ((term.start, rate.end) for term, rate in wrong)
    elif others and not before:
        yield from ((rate.start, term.end) for term, rate in others)


def _of_another_worth(said: Sequence[Claim], text: str, mine: Held) -> Places:
    """Yield what a text says of a voucher's worth where the right is worth another sum."""
    for one in said if mine.vouchers else ():
        place = vouchers.place(one, text)
        if place and one.key not in mine.vouchers and _is_known(one, mine):
            yield place


def _is_misplaced(pair: tuple[Claim, Claim], mine: Held) -> bool:
    term, rate = (one.key for one in pair)
    terms = {known for known, _ in mine.rates_of}
    rates = {known for _, known in mine.rates_of}
    lengths = alike((str(term[0]), float(term[1])))
    is_told = bool(lengths & terms) or rate in rates
    return is_told and not any((one, rate) in mine.rates_of for one in lengths)


def _parts_of_figures(
    text: str, pieces: Sequence[str], paths: Sequence[str], mine: Held
) -> Iterator[tuple[str, str]]:
    """Yield (path, piece) of layers that hold a part of a figure which they make together."""
    for one in figures.claims(text, has_rates=mine.has_rates):
        at = 0
        for path, piece in zip(paths, pieces, strict=True):
            low, high = max(one.start, at), min(one.end, at + len(piece))
            is_part = low < high and (one.start < at or one.end > at + len(piece))
            # All prizes together are said in one layer, the sum in the next.
            if is_part or (low < high and _is_total(one, text, mine)):
                yield path, text[low:high].strip()
            at += len(piece)
