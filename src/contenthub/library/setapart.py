"""Idea: whether a figure is told of the text's own subject, or of what was, of another, of a case.

A word that sets apart holds until the sentence ends or a word turns back to the subject: 您五年前存
的那笔，当时利率4.0%，现在五年期年利率2.05% tells one figure of old and one of today.
"""

import re
from typing import Literal, TypeAlias

from contenthub.library.sentences import SENTENCE_ENDS, behind_last

Standing: TypeAlias = Literal["own", "past", "other", "example", "breach"]

_MARKS = re.compile(
    r"(?P<own>现在|现行|如今|今年|今[天日起后]|目前|眼下|这(?:[款期次回个批笔张一]|样)|(?<![日根基成资])本(?:[期次款品行卡单码险]|产品|活动|存单)|我[们行]?(?![国县市省镇])|咱|换成|改[为成用]|新(?:一期|的|政策)"
    r"|(?:调整?|降低?|下[调降]|上[调涨]|提[高升]|涨|升|增|加|缩短|延长|减)[到至为成])"
    r"|(?P<past>(?<![自理])[由从](?=[^,。;!?\n]{1,24}(?:调|降|升|提|涨|减|增|加|改|换|变|缩|延)[^,。;!?\n]{0,3}[到至为成])"
    r"|原(?![则因材料油理]|价|利率(?!为?\d)|合同)来?|以[前往]|[此之先早]前|过去|曾|[去前往]年|前[一二两三几\d]年|[早头][几两些]年|上[一]?[年期次轮批回季届](?!都)|上个?月|历史|过往|旧|当[时年](?!刷|消费|累计|内|满|达)|那[时年]"
    r"|[\d一二三四五六七八九十]年前|(?<!\d)\d{1,2}月(?:份)?(?=只|才|仅)|成立以来|近[七\d一三]|截[至止](?=昨|今|目前|\d+月)|误(?:写|传)|停[售办])"
    r"|(?P<other>其[他它余](?!费)|另(?:外|有|[一]?款|[一]?[种个])|别[的家处]|[他同][行业]|同类|市[面场](?!监)|隔壁|外[面头]|普通(?!话)|活期|国债|[民网高][间贷利](?=借|贷|息|\d)|公积金"
    r"|[跟与和同比][^,。;!?\n]{1,24}(?=相?比|不同|区别)|比(?![例率如一]|较?基准)|相[较比]|还有|也有|如果选|若选)"
    r"|(?P<breach>逾期|罚息|违约|提前(?:支取|取|部取|还款?|结清)|[没未不](?:有)?到期)"
    r"|(?P<example>例如|比[如方]|举例|举个例|假[如设定使]|为例|拿[^,。;!?\n]{1,12}[说讲算]|案例|示例|[王李张刘陈杨赵黄周吴徐孙马朱胡郭何高林罗](?:女士|先生|阿姨|大爷|大叔|大姐|大哥|师傅|老板|某|老[汉师]|叔|姐|哥)|老[王李张刘陈杨赵黄周吴徐孙马朱胡郭何高林罗])"
)
_CHANGED = re.compile(
    r"\s?(?:的)?(?:基础上)?(?:统一|直接|再|又|已)?(?:下?调|降|上?[升涨]|提|加|减|增|改|换|变|缩|延)[^,。;!?\n\d]{0,3}[到至为成]"
)
_OTHER_BEHIND = re.compile(
    r"[^,。;!?\n]{0,12}?,?(?:那?是(?:另|别|旧|上|去年|原|普通|误)|属(?:于)?另|已(?:经)?(?:停|结束|下架|过期)|的(?:是另|那款|旧))"
)


def standing(text: str, start: int, end: int) -> Standing:
    """Return of what a figure at a place of folded text is told."""
    if _CHANGED.match(text, end):
        return "past"
    low = behind_last(text, SENTENCE_ENDS, max(0, start - 120), start)
    last: Standing = "own"
    for match in _MARKS.finditer(text, low, start):
        if match.lastgroup != "breach" or last == "own":
            last = match.lastgroup  # type: ignore[assignment]  # the groups are the standings
    if last == "own" and _OTHER_BEHIND.match(text, end):
        return "other"
    return last
