"""Idea: which column of a bank's own workbook is which: as chosen before, known, or guessed.

Our own headers are known; a bank's are guessed by the words banks use, and whoever imports sees
what was guessed before anything is written.
"""

import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from contenthub.errors import Invalid
from contenthub.library import itempages, kinds
from contenthub.library.fieldtypes import Field
from contenthub.library.itempages import FIELD, OWN
from contenthub.uploads import headers

Chosen = Mapping[str, Mapping[str, str]]
"""Kind -> folded header -> column name, "" for a column that is not read."""
_UNIT = re.compile(r"[(\[【]\s*(?:单位[::])?\s*(\S+?)\s*[)\]】]\s*$")
_NUMBER = re.compile(r"\d[\d,]*(?:\.\d+)?")
_UNITS = {
    "money_fen": {"元": "元", "万元": "万元", "万": "万元"},
    "text": {"月": "个月", "个月": "个月", "年": "年", "天": "天", "日": "天"},
}
_NEVER = ("‰", "bp", "bps", "亿元", "千元")
"""Units that our columns cannot be told in: such a column is not guessed."""
SHARED: dict[str, tuple[str, ...]] = {
    "topic": ("业务种类", "业务类型", "业务条线", "所属业务", "业务板块", "产品类别", "产品大类"),
    "labels": ("标签名称", "内容标签名称"),
    "valid_from": ("上架日期", "上线日期", "上架时间", "生效日"),
    "valid_until": ("下架日期", "下线日期", "下架时间", "失效日"),
}
WORDS: dict[str, dict[str, tuple[str, ...]]] = {
    "product": {
        "title": ("产品名称", "产品名", "产品标题", "业务名称", "理财名称", "保险名称", "基金名称"),
        "body": ("产品介绍", "产品说明", "详细介绍"),
        "fields.summary": ("产品简介", "简介", "一句话说明", "推荐语"),
        "fields.selling_points": ("产品卖点", "产品特点", "产品优势", "亮点"),
        "fields.rate": ("年利率", "利率", "执行利率", "挂牌利率", "存款利率"),
        "fields.annual_rate": ("贷款利率", "年化利率单利"),
        "fields.term": ("存期", "产品期限", "贷款期限", "投资期限", "存款期限"),
        "fields.minimum_fen": ("起存金额", "起存点", "最低金额", "起点金额", "最低起存"),
        "fields.purchase_minimum_fen": ("起购点", "最低起购", "认购起点"),
        "fields.amount_max_fen": ("最高贷款额度", "贷款额度", "额度上限", "授信额度"),
        "fields.guarantee": ("担保", "担保类型"),
        "fields.repayment": ("还款方法", "还款形式"),
        "fields.conditions": ("申请条件", "准入条件", "贷款条件"),
        "fields.materials": ("办理材料", "申请材料", "所需资料", "需提供资料"),
        "fields.risk_level": ("产品风险等级", "风险级别"),
        "fields.issuer": ("发行机构", "管理人", "承保机构", "承保公司", "管理机构"),
        "fields.seller": ("代销机构", "销售行"),
        "fields.registration_code": ("登记编码", "理财登记编码"),
        "fields.fund_code": ("基金编码",),
        "fields.how_to": ("办理渠道", "办理流程", "如何办理"),
        "fields.for_whom": ("适用对象", "目标客户", "适用人群", "客户群体"),
        "fields.contact": ("联系电话", "咨询热线", "客服电话"),
    },
    "right": {
        "title": ("权益名称", "权益标题", "礼品名称", "权益"),
        "body": ("权益介绍", "使用说明"),
        "fields.summary": ("权益简介", "简介"),
        "fields.stock": ("数量", "库存", "总份数", "发放数量"),
        "fields.per_person": ("每人限额", "单人限领", "每人限领份数"),
        "fields.face_value_fen": ("面额", "价值", "单价"),
        "fields.merchant": ("商户名称", "合作商户", "商家"),
        "fields.merchant_address": ("商家地址", "地址"),
        "fields.merchant_phone": ("商家电话",),
        "fields.redeem_until": ("兑换截止日期", "有效期"),
        "fields.for_whom": ("适用对象", "目标客户", "适用人群"),
        "fields.contact": ("联系电话", "咨询热线"),
    },
    "faq": {
        "title": ("问题标题", "常见问题"),
        "fields.question": ("问题", "标准问题", "问", "提问", "q"),
        "fields.variants": ("相似问", "相似问法", "其他问题"),
        "fields.answer": ("答案", "回答", "标准答案", "答", "回复", "a"),
        "fields.steps": ("步骤", "操作步骤"),
        "fields.source": ("来源", "文件依据", "制度依据"),
    },
    "activity": {
        "title": ("活动名称", "活动主题", "活动标题"),
        "body": ("活动内容", "活动介绍", "活动说明"),
        "fields.summary": ("活动简介", "简介"),
        "fields.starts_at": ("活动开始时间", "开始日期", "活动开始日期"),
        "fields.ends_at": ("活动结束时间", "结束日期", "活动结束日期"),
        "fields.place": ("活动地点", "举办地点", "地址"),
        "fields.capacity": ("人数上限", "名额人数", "活动名额"),
        "fields.signup_until": ("报名截止时间", "报名截止日期"),
        "fields.organiser": ("主办", "主办方", "主办机构", "承办网点"),
        "fields.for_whom": ("参与对象", "适用对象", "活动对象", "参加对象"),
        "fields.contact": ("联系电话", "咨询热线"),
    },
    "article": {
        "title": ("文章标题", "资讯标题", "文章名称"),
        "body": ("内容", "正文内容", "文章内容"),
        "fields.summary": ("文章摘要", "内容摘要", "简介"),
        "fields.author_name": ("作者", "撰稿人", "编辑"),
        "fields.source": ("文章来源", "出处"),
    },
    "script": {
        "title": ("话术标题", "话术名称", "话术主题"),
        "fields.text": ("话术内容", "内容", "文案", "发送内容"),
        "fields.scene": ("话术场景", "使用场景", "场景类型"),
        "fields.when": ("使用时机", "适用时机"),
    },
}


@dataclass(frozen=True, slots=True)
class Head:
    """One header of a sheet and what it is read as."""

    header: str
    name: str | None
    """Column name; "" is not read, None is not known."""
    is_guess: bool = False
    unit: str = ""
    """Said behind a bare number: the header gives it once for the whole column."""


def heads(kind: str, words: Sequence[str], chosen: Chosen) -> list[Head]:
    """Return what each header of a sheet is read as; a column is guessed once at most."""
    mine = chosen.get(kind, {})
    known = [mine.get(itempages.folded(word), itempages.column_name(kind, word)) for word in words]
    taken = {name for name in known if name}
    found = []
    for word, name in zip(words, known, strict=True):
        guess = _guess(kind, word, taken) if name is None and word else None
        if guess:
            taken.add(guess)
        told = guess or name
        found.append(Head(word, told, bool(guess), _unit(kind, told or "", word)))
    if not {"title", "code"} & taken:
        _question_as_title(found, mine)
    return found


def _question_as_title(found: list[Head], mine: Mapping[str, str]) -> None:
    """Read the column of questions as the titles of a sheet that has no other."""
    for place, head in enumerate(found):
        if head.name == FIELD + "question" and itempages.folded(head.header) not in mine:
            found[place] = replace(head, name="title", is_guess=True)


def _guess(kind: str, header: str, taken: set[str]) -> str | None:
    text = unicodedata.normalize("NFKC", header)
    unit = _UNIT.search(text)
    if unit and unit[1].casefold() in _NEVER:
        return None
    bare = itempages.folded(headers.without_brackets(text))
    name = itempages.headers(kind).get(bare)
    if name is None:
        words = {**SHARED, **WORDS.get(kind, {})}
        name = next((one for one, said in words.items() if bare in said), None)
    return name if name not in taken else None


def spec_of(kind: str, name: str) -> Field | None:
    """Return the field of a column, None for a column that is none."""
    if not kind or not name.startswith(FIELD):
        return None
    wanted = name.removeprefix(FIELD)
    return next((spec for spec in kinds.KINDS[kind].fields if spec.name == wanted), None)


def _unit(kind: str, name: str, header: str) -> str:
    spec = spec_of(kind, name)
    unit = _UNIT.search(unicodedata.normalize("NFKC", header))
    if spec is None or unit is None:
        return ""
    return _UNITS.get(spec.type, {}).get(unit[1], "")


def with_unit(head: Head, text: str) -> str:
    """Return a cell's text with the unit that its header gives, when it is a bare number."""
    return text + head.unit if head.unit and _NUMBER.fullmatch(text) else text


def choices(kind: str) -> list[tuple[str, str]]:
    """Return (column name, what people call it) of all columns a sheet of a kind may have."""
    found: dict[str, str] = {}
    for page in itempages.pages(kind):
        for column in page.columns:
            if column.name != "state":
                found.setdefault(column.name, column.label)
    return list(found.items())


def check_choice(kind: str, words: Sequence[str], names: Sequence[str]) -> dict[str, str]:
    """Return folded header -> column name of what was chosen for the headers of a sheet.

    Raises Invalid (field `columns`) for a column that is not known or was chosen twice, and
    when none is the title or the code.
    """
    known = {name for name, _ in choices(kind)}
    for word, name in zip(words, names, strict=True):
        is_own = name.startswith(OWN) and bool(name.removeprefix(OWN).strip())
        if name and name not in known and not is_own:
            raise Invalid.of("columns", f"“{word[:40]}”选的要素不存在，请重新选择")
        if name and names.count(name) > 1:
            label = itempages.label_of(kind, name)
            raise Invalid.of("columns", f"有两列都选了“{label}”，请只留一列，另一列选不导入")
    if not {"title", "code"} & set(names):
        raise Invalid.of("columns", "请指定哪一列是“标题”（改已有的内容也可以只有“编号”）")
    return {itempages.folded(word): name for word, name in zip(words, names, strict=True) if word}
