"""Idea: what rules find without a phrase: numbers, sizes of type, missing parts, other facts."""

import re
from collections.abc import Callable, Iterator

from contenthub.library import messagetext, numbers_found, offers
from contenthub.library.attitude import Stance
from contenthub.library.kinds import field, fields_of
from contenthub.library.lint_facts import event_facts, facts_in_doubt, product_facts
from contenthub.library.lint_parts import Part, Wording, sentence
from contenthub.library.lint_places import stance_of

_REWARDED = frozenset({"life", "education", "rights"})
_BY_AMOUNT = re.compile(r"存款|存入|储蓄|开户|金额|比例|按[^,。]{0,4}额|千分之|百分之|%")
Found = Iterator[tuple[Part, int, int]]

_CATEGORIES = {
    "存款": r"存款(?!类|保险|利率|账户)|大额存单|定期存",
    "贷款": r"贷款?(?!保险)",
    "理财": r"理财(?!非存款|经理|师|知识|观)",
    "基金": r"基金(?!会|销售)",
    "保险": r"(?<!存款)保险(?!公司|柜|条例|标识)",
}
_OFFERED = re.compile(
    r"\d%|起[存购投]|申购|认购|热销|在售|主推|推荐购买|专享|一站式|任选|随心选|都能买|都有卖"
)
_DRAWS = frozenset({"activity", "right"})
"""Kinds whose every large sum beside a prize is one."""
_PRIZE = re.compile(
    r"[特一二三头]等奖|[大头首终]奖|奖品|奖金|中奖|[抽摇开]奖|抽[中取大]|摇[中号出]|砸金蛋|锦鲤|头名|冠军"
)
_NO_PRIZE = re.compile(
    r"贷|授信|额度|保额|保费|赔|存款|起存|存单|资产|补贴|补助|奖补|产值|收入|元以[下内]"
)
_AWARDED = re.compile(
    r"荣获|获评|授予|评为|表彰|见义勇为|科技|劳模|创业大赛|政府|全国|全省|[县市省][里委]|不(?:得|能|可|应)?超过?"
)
"""Prizes that others gave to somebody, and the limit itself."""
_DRAW_PARTS = (
    r"开奖|抽取|摇奖|公布|抽奖时间|现场抽",
    r"兑奖|领奖|兑换|领取|发放|寄送",
    r"逾期|过期|弃奖|放弃|未领|作废|视为",
)
_PRODUCT = re.compile(r"P-\d+")
_WHOLE_PPM = 1_000_000
_COOLING_OFF_DAYS = 15
_SHORT_TERM = frozenset({"accident", "property"})
_LONG_TERM = re.compile(
    r"终身|长期|至\s*\d+\s*(?:周?岁)|(?<![\d.])(?:[2-9]|[1-9]\d)\s*年|[二两三五十][十]?年"
)


def personal_numbers(wording: Wording) -> Found:
    """Yield mobile, ID and card numbers (PI-03)."""
    for part in wording.parts:
        for start, end in numbers_found.personal_numbers(part.text):
            yield part, start, end


def named_amounts(wording: Wording) -> Found:
    """Yield what tells how much a person named there has or owes (PI-04)."""
    for part in wording.parts:
        for start, end in numbers_found.named_amounts(part.text):
            yield part, start, end


def prizes_over_limit(wording: Wording) -> Found:
    """Yield prizes over 50,000 yuan, in words and in the prizes table (PRIZE-01)."""
    rows = list(numbers_found.prize_rows_over_limit(wording.fields.get("prizes")))
    for part in wording.parts:
        # A table that could be read by its rows is not read by its words as well.
        if not (rows and part.name == "fields.prizes"):
            for start, end in numbers_found.prizes_over_limit(part.text):
                if wording.kind in _DRAWS or _is_own_prize(part, start, end, wording):
                    yield part, start, end
    for row in rows:
        yield _whole("prizes", row, wording)


def _is_own_prize(part: Part, start: int, end: int, wording: Wording) -> bool:
    """Return whether a sum in content that is no activity is of a prize that is offered there."""
    said = sentence(part.text, start, end)
    near = part.text[max(0, start - 4) : end + 6]
    if not _PRIZE.search(said) or _NO_PRIZE.search(near) or _AWARDED.search(said):
        return False
    stance = stance_of(part, wording, (start, end, -1), quote=part.quotation(start))
    return stance is Stance.STANDS


def nothing_said(wording: Wording) -> Found:
    """Yield the empty body of an item that shows a customer nothing but its title (EMPTY-01)."""
    if any(part.original.strip() for part in wording.parts if part.name != "title"):
        return
    seen = {one.name for one in fields_of(wording.kind, wording.topic) if one.place != "off"}
    if seen.isdisjoint(wording.shown):
        yield wording.part("body"), 0, 0


def draw_rule_parts(wording: Wording) -> Found:
    """Yield a draw rule that leaves out how to draw, how to redeem, or what lapses (PRIZE-04)."""
    part = wording.part("fields.draw_rule")
    if part.text and not all(re.search(words, part.text) for words in _DRAW_PARTS):
        yield part, 0, len(part.text)


def mixed_products(wording: Wording) -> Found:
    """Yield paragraphs that offer products of several categories at once (ZONE-01)."""
    if wording.topic == "education" or wording.kind in ("faq", "script"):
        return
    part = wording.part("body")
    at = 0
    for line in part.text.split("\n"):
        named = sum(re.search(words, line) is not None for words in _CATEGORIES.values())
        if named > 1 and _OFFERED.search(line) and not offers.APART.search(line):
            yield part, at, at + len(line)
        at += len(line) + 1


def another_topics_offer(wording: Wording) -> Found:
    """Yield sentences that offer a loan or investment in an item of no such topic (TOPIC-01)."""
    if not offers.is_asked(wording.kind, wording.topic):
        return
    for name in ("title", "body", "fields.summary"):
        part = wording.part(name)
        for place in dict.fromkeys((low, high) for _, low, high in offers.offered(part.text)):
            yield part, *place


def _names_product(wording: Wording) -> bool:
    """Return whether a field refers to a product, one that is still being written included."""
    return any(isinstance(v, str) and _PRODUCT.fullmatch(v) for v in wording.fields.values())


def risk_not_stated(wording: Wording) -> Found:
    """Yield the risk of content that names no product and is no mere knowledge (SUIT-02)."""
    said = ("risk_level", "knowledge_only")
    if not any(name in wording.shown for name in said) and not _names_product(wording):
        yield wording.part("fields.risk_level"), 0, 0


def taught_yet_offered(wording: Wording) -> Found:
    """Yield what offers a product in content that is declared to be knowledge only (SUIT-03)."""
    if "knowledge_only" not in wording.shown:
        return
    for part in wording.parts:
        for _, low, high in offers.investments(part.text):
            yield part, low, high


def small_disclosure(wording: Wording) -> Found:
    """Yield words of the body nobody can see, and mandatory ones too small or faint (DISC-04).

    Places count in the author's own text: what is hidden is not among the words rules read.
    """
    for low, high in sorted((*wording.page.hidden, *wording.page.weak)):
        yield wording.part("body"), low, high
    # Signs that turn the reading direction show other words than the rules read.
    for part in wording.parts:
        for match in _TURNED.finditer(part.original):
            yield part, *match.span()


_TURNED = re.compile("[\u202a-\u202e\u2066-\u2069]+[^\n]{0,8}")


def links_away(wording: Wording) -> Found:
    """Yield the words that lead to another site (LINK-01); places as for `small_disclosure`."""
    for low, high, _ in wording.page.links:
        yield wording.part("body"), low, high


def unknown_variables(wording: Wording) -> Found:
    """Yield what is written like a variable and is none, in all that customers read (VAR-01).

    Places count in the author's own text: braces are no letters to the rules.
    """
    specs = fields_of(wording.kind, wording.topic)
    messages = {f"fields.{spec.name}" for spec in specs if spec.type == "message"} | {"script"}
    unseen = {f"fields.{spec.name}" for spec in specs if spec.place == "off"}
    for part in wording.parts:
        if part.name in messages:
            found = messagetext.unknown(part.original)
        else:
            known = messagetext.OF_PAGES if part.name == "body" else ()
            found = messagetext.unfilled(part.original, known=known)
        if part.name not in unseen:
            for start, end in found:
                yield part, start, end


def cost_below_rate(wording: Wording) -> Found:
    """Yield a comprehensive cost of a loan under its highest interest rate (LOAN-02).

    Interest is a part of the cost; the words name both figures.
    """
    cost = _number(wording.fields.get("comprehensive_cost_rate"))
    rates = [
        (number, name)
        for name in ("annual_rate", "annual_rate_max")
        if (number := _number(wording.fields.get(name))) is not None
    ]
    if cost is None or not rates or cost >= max(rates)[0]:
        return
    rate, name = max(rates)
    label = field(wording.kind, wording.topic, name).label
    said = f"{cost / 100:.2f}%，低于{label} {rate / 100:.2f}%"
    yield _whole("comprehensive_cost_rate", said, wording)


def odds_over_all(wording: Wording) -> Found:
    """Yield the odds of a draw's prizes when they add up to more than 100 % (PRIZE-05).

    All rows of the table are of one draw: an activity has one rule and one time to draw.
    """
    rows = wording.column("prizes", "odds_ppm")
    total = sum(odds for _, odds in rows)
    if total > _WHOLE_PPM:
        named = "、".join(f"{row.get('prize', '')} {odds / 10_000:g}%" for row, odds in rows)
        yield _whole("prizes", f"{named}，合计 {total / 10_000:g}%", wording)


def short_cooling_off(wording: Wording) -> Found:
    """Yield a cooling-off period under 15 days of a long-term policy (INS-05).

    Life, annuity and endowment policies are long-term; one for health is by its term, and a
    product that does not say its type may be any of them.
    """
    found = re.search(r"\d+", str(wording.fields.get("cooling_off_days", "")))
    if found is None or int(found[0]) >= _COOLING_OFF_DAYS:
        return
    sort = wording.fields.get("insurance_type") or ""
    term = str(wording.fields.get("term") or "")
    if sort in _SHORT_TERM or (sort == "health" and not _LONG_TERM.search(term)):
        return
    yield _whole("cooling_off_days", f"犹豫期 {found[0]} 天", wording)


def _whole(name: str, said: str, wording: Wording) -> tuple[Part, int, int]:
    """Return all of what is said of a field, as a place."""
    part = Part(f"fields.{name}", "", said, wording.parts[0].guard)
    return part, 0, len(part.text)


def _number(value: object) -> float | None:
    """Return a kept rate, or one as people type it, as a number to compare with its like."""
    if isinstance(value, int) and not isinstance(value, bool):
        return float(value)
    found = re.search(r"\d+(?:\.\d+)?", value) if isinstance(value, str) else None
    return None if found is None else float(found[0]) * 100


def rewards_on_products(wording: Wording) -> Found:
    """Yield reward settings on what is, or speaks of, a financial product (SHARE-03)."""
    if wording.kind != "product" and wording.topic in _REWARDED:
        return
    for name, text in wording.shown.items():
        if name.startswith("referral_reward"):
            yield _whole(name, text, wording)


def rewards_for_deposits(wording: Wording) -> Found:
    """Yield reward settings that hang on money deposited or on an amount (DEP-03)."""
    for name, text in wording.shown.items():
        if re.search("reward|奖励|佣金", name) and _BY_AMOUNT.search(text):
            yield _whole(name, text, wording)


FINDERS: dict[str, Callable[[Wording], Found]] = {
    "personal_numbers": personal_numbers,
    "named_amounts": named_amounts,
    "prize_over_limit": prizes_over_limit,
    "empty": nothing_said,
    "other_topic": another_topics_offer,
    "draw_rule_parts": draw_rule_parts,
    "mixed_products": mixed_products,
    "product_facts": product_facts,
    "facts_in_doubt": facts_in_doubt,
    "event_facts": event_facts,
    "cost_below_rate": cost_below_rate,
    "odds_over_all": odds_over_all,
    "short_cooling_off": short_cooling_off,
    "risk_not_stated": risk_not_stated,
    "taught_yet_offered": taught_yet_offered,
    "rewards_on_products": rewards_on_products,
    "rewards_for_deposits": rewards_for_deposits,
}
"""Finders whose places count in the text as rules read it, by the name rules use."""

IN_ONE_PIECE = frozenset({"personal_numbers", "named_amounts", "prize_over_limit"})
"""Finders that a line break inside what they look for would blind."""

SEERS: dict[str, Callable[[Wording], Found]] = {
    "small_disclosure": small_disclosure,
    "links_away": links_away,
    "unknown_variables": unknown_variables,
}
"""Finders whose places count in the author's own text."""
