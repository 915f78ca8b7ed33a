"""Idea: what a product's text says of its figures, against the product's own fields.

Only what is said of this product counts: not another term or product, what was once, an
example, a bound of the law. A figure that promises less than the fields do harms nobody.
"""

import re
from collections.abc import Iterator, Mapping

from contenthub.library.itemfields import rows_of
from contenthub.library.ratesaid import rates
from contenthub.library.saidnumbers import NUMBER, apart, clause, months_of, yuan_of

Found = Iterator[tuple[int, int]]
_LEVEL = re.compile(
    r"(?:风险等级|风险评级|产品风险|本产品|风险级别|属于?)[^。!?;,\n]{0,8}?(?<![至到~、-])r([1-5])(?![\d至到~、-])"
)
_LEVEL_WORD = re.compile(
    r"(?:风险等级|风险评级|本产品|属于?|产品)[^。!?;,\n]{0,6}?(?<![中较])(中低|中高|低|中等|高)风险(?!承受|客户|投资者|偏好)"
)
_BARE_LEVEL = re.compile(
    r"(?<![a-z\d至到~、/-])r([1-5])(?![\d至到~、/a-z-])(?!(?:及|或|和|与|以)[以r下上])"
)
_BARE_WORD = re.compile(
    r"(?<![降减最中较更])(中低|低|中等|(?<![资其程])中(?=风险(?:[,。;!?\n、的]|r\d|产品|等级|$)))风险(?!承受|客户|投资者|偏好|人群|等级|客群|的?投资者|的?客户|资产|行业|地区)"
)
_ANY_LEVEL = re.compile(r"(?<![a-z\d])r[1-5](?!\d)")
_SUITS = re.compile(
    r"(?<![不否])(?:适合|适用于?|面向|推荐给)[^。!?;,\n不]{0,8}?(?:(保守|谨慎|稳健|平衡|成长|积极|进取|激进)型|c([1-5]))"
)
_TYPES = {
    "保守": "1",
    "谨慎": "1",
    "稳健": "2",
    "平衡": "3",
    "成长": "4",
    "积极": "4",
    "进取": "5",
    "激进": "5",
}
_NAMED_TYPE = re.compile(
    r"(保守|谨慎|稳健|平衡|成长|积极|进取|激进)(?:型|(?=[、和及与或/][^,。;、]{0,4}[、和及与或/]?[^,。;、]{0,4}型))"
    r"|(?<![a-z\d])c([1-5])(?!\d)"
)
_ANYBODY = re.compile(
    r"(?:所有|全体|全部|任何|一切|各类|各年龄段?)的?(?:客户|人群?|投资者|居民|储户)|老年|老人|长者|银发|人人|谁都|不限(?:客户|人群|年龄)?"
)
_ABLE = re.compile(
    r"(?<![a-z\d])[cr][45]|成长型|积极型|进取型|激进型|合格投资者|匹配|相适应|相符|风险承受能力[较很]?[高强]"
)
"""What narrows a word for anybody down to those whom a risky product suits."""
_RISKY = "4"
_NOT_FOR = re.compile(r"不(?![限仅论管但分])|非|除|禁|勿|以外|之外|慎(?!型|、)")
_LEVELS = {"低": "1", "中低": "2", "中": "3", "中等": "3", "中高": "4", "高": "5"}
_NOT_ITS_LEVEL = re.compile(
    r"不是|并非|而非|不属于|不等于|不同于|区别|相比|比较|对比|其[他它]|别的|另[一外]|不如|比|想要|如果|若|偏好|只能"
    r"|原|此前|以前|曾|有的|部分|未必|误"
)
_MONTHS = re.compile(
    rf"(?:期限|存期|封闭期)(?:为|是|:)?\s?({NUMBER})个?(年|月)(?!以内|以下|至|到|-|、|或)"
)
_LONGEST = re.compile(
    rf"(?:最长|最久|最多|可[借贷用]|能[借贷用])[可以能借贷款用达为是至到期限:给您长\s]{{0,6}}({NUMBER})个?(年|月)(?!\d*(?:利息|的?利率))"
)
_NOT_ITS_TERM = re.compile(
    r"展期|授信|有效|其[他它]|另[一外有]|别的|房贷|按揭|抵押贷|原|以前|经营|会员|比如|例如"
)
_MONEY = rf"({NUMBER})\s?(万|w|千|百|亿)?\s?(?:元|块钱?)?"
_MINIMUM = re.compile(
    rf"({NUMBER})\s?(万|w|千|百|亿)?(?:元|块钱?)?(?:人民币)?(?:即可|就能|就可以?)?起[存购投买]"
    rf"|(?:起[存购投买](?:金额|门槛|点)?)(?:为|是|:|仅|只要|只需|低至)*\s?{_MONEY}"
)
_NOT_ITS_MINIMUM = re.compile(
    r"追加|递增|定投|每月|其[他它]|另[一外有]|别的|原|以前|曾|此前|整数倍|留存"
)
_MOST = re.compile(
    rf"(?:最高|额度|可[贷借]|能[贷借]|授信|最多|至多)[可以能借贷款额度达为是至到高:获批授信申请给您\s]{{0,8}}{_MONEY}"
    rf"|{_MONEY}(?:人民币)?的?(?:信用|贷款|授信|最高)?额度"
)
_NOT_ITS_AMOUNT = re.compile(
    r"其[他它]|另[一外有]|别的|原|以前|曾|抵押|房贷|按揭|保额|赔|奖|补|存款保险|单笔|单日|每日|每[天月笔]|转账|消费满"
)


def contradictions(text: str, fields: Mapping[str, object]) -> Found:
    """Yield the (start, end) of statements in folded text that kept `fields` contradict."""
    taken: list[tuple[int, int]] = []
    text = apart(text)
    for start, end in (
        *rates(text, fields),
        *_levels(text, str(fields.get("risk_level") or "")),
        *_terms(text, str(fields.get("term") or "")),
        *_minimums(text, fields),
        *_amounts(text, fields),
    ):
        if not any(low < end and start < high for low, high in taken):
            taken.append((start, end))
            yield start, end


def _levels(text: str, level: str) -> Found:
    found = re.search(r"[1-5]", level)
    if found is None:
        return
    own = found[0]
    said = [(match, match[1]) for match in _LEVEL.finditer(text)]
    said += [(match, _LEVELS[match[1]]) for match in _LEVEL_WORD.finditer(text)]
    for match, one in said:
        if one != own and not _is_apart(match, _NOT_ITS_LEVEL):
            yield match.span()
    # What stands without "this product" may be said of any; a level above its own warns only.
    lower = [(match, match[1]) for match in _BARE_LEVEL.finditer(text)]
    lower += [(match, _LEVELS[match[1]]) for match in _BARE_WORD.finditer(text)]
    # The levels are explained one by one.
    is_list = len({one for _, one in lower}) > 2 or len(set(_ANY_LEVEL.findall(text))) > 2
    lower = [] if is_list else lower
    lower += [
        (match, match[2] or _TYPES[match[1]])
        for match in _SUITS.finditer(text)
        if not text[: match.start()].endswith(("不", "否", "不太", "并不"))
    ]
    for match, one in lower:
        if one < own and not _is_apart(match, _NOT_ITS_LEVEL):
            yield match.span()


def unsuited(text: str, level: str) -> Found:
    """Yield whom folded text offers a product of this risk level to and whom it does not suit.

    For a text that only says for whom a product is; a customer's type is to reach its level.
    """
    found = re.search(r"[1-5]", level)
    if found is None:
        return
    said = [(match, match[2] or _TYPES[match[1]]) for match in _NAMED_TYPE.finditer(text)]
    if found[0] >= _RISKY:
        said += [(match, "0") for match in _ANYBODY.finditer(text) if not _is_apart(match, _ABLE)]
    for match, one in said:
        if one < found[0] and not _is_apart(match, _NOT_FOR):
            yield match.span()


def _terms(text: str, term: str) -> Found:
    own = [months_of(one[1], one[2]) for one in re.finditer(rf"({NUMBER})\s?个?(年|月)", term)]
    if not own:
        return
    said = [(match, months_of(match[1], match[2])) for match in _MONTHS.finditer(text)]
    if len({one for _, one in said}) == 1 and len(re.findall(r"年|月", term)) == 1:
        for match, one in said:
            if one != own[0]:
                yield match.span()
    for match in _LONGEST.finditer(text):
        if months_of(match[1], match[2]) > max(own) and not _is_apart(match, _NOT_ITS_TERM):
            yield match.span()


def _minimums(text: str, fields: Mapping[str, object]) -> Found:
    kept = kept_yuan(fields, "minimum_fen", "purchase_minimum_fen")
    rows = rows_of(fields, "rate_table")
    tiers = [yuan for row in rows for yuan in kept_yuan(row, "minimum_fen")]
    for match in _MINIMUM.finditer(text) if kept else ():
        number, unit = (match[1], match[2]) if match[1] else (match[3], match[4])
        if yuan_of(number, unit) not in (*kept, *tiers) and not _is_apart(match, _NOT_ITS_MINIMUM):
            yield match.span()


def _amounts(text: str, fields: Mapping[str, object]) -> Found:
    kept = kept_yuan(fields, "amount_max_fen")
    for match in _MOST.finditer(text) if kept else ():
        number, unit = (match[1], match[2]) if match[1] else (match[3], match[4])
        said = match[0].removesuffix("额度")
        # 最高 5 人 is no amount of money.
        is_money = bool(unit) or "元" in said or "块" in said
        if is_money and yuan_of(number, unit) > max(kept) and not _is_apart(match, _NOT_ITS_AMOUNT):
            yield match.span()


def kept_yuan(fields: Mapping[str, object], *names: str) -> list[float]:
    """Return the amounts that fields keep in fen, in yuan."""
    values = (fields.get(name) for name in names)
    return [value / 100 for value in values if isinstance(value, int)]


def _is_apart(match: re.Match[str], words: re.Pattern[str]) -> bool:
    """Return whether the clause says that a figure is of something else."""
    low, high = clause(match.string, *match.span())
    return words.search(match.string, low, high) is not None
