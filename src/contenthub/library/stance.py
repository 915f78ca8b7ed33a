"""Idea: whether a text says a forbidden thing or speaks against it (不承诺保本, 谨防“稳赚”).

Marketing text of a bank warns, denies, forbids and explains far more often than it sins.
What counts is the words that govern the match itself: a denial right before it, a warning,
a prohibition or a stranger's claim in its own clause (in an earlier one only where that
clause goes on about others' words), a verdict after it. Words that only sound like one
(不仅保本, 没有套路), two denials (没有不保本的) and a warning of something else before the
bank's own offer (谨防诈骗，认准我行保本理财) let no promise through.
"""

import re

from contenthub.library.sentences import SENTENCE_ENDS, behind_last

_CLAUSE_ENDS = ",。!?;\n"
_REACH = 90
_HERE = r"[^,。!?;\n、]"  # of the same clause, not past an enumeration
_CLAUSE = r"[^,。!?;\n]"
_SENTENCE = r"[^。!?;\n]"

_VERBS = (
    "(?:卖|编|吹|许|夸|唱|画|承诺|保证|担保|确保|能够?|可能|可以|可|会|是|应当?|该|许|准|允许|存在|等于|等同于?|意味着?|代表|构成|提供|宣传|使用|发(?!愁|财|火)|"
    "用于|用来|涉及|搞|参与|支持|作|做|设置?|属于|对|向|给|得|实行|发放|鼓励|相信|听信|信|必|以|与|和|跟|把|将|像|说|称|写|叫|谈|讲|"
    "靠|送|赠|返|具有|具备|包含|接受|认可|再|追求|推荐|销售|保障?|受|赔|覆盖|支持)"
)
_SO_CALLED = "(?:人|谁|任何|一家|哪[款个家种]|什么|所谓的?|绝对的?|真正的?|一款|一种|一个|此类)"
_DENIED = re.compile(
    rf"(?:(?<!不得)不(?!仅|止|但|光|只|用担心|必担心|用怕|愧|同|断|错|管|论|少|足|动产|可多得){_VERBS}{_HERE}{{0,8}}"
    rf"|(?:不|未|从未|没有?|并未|从不)(?:办理|受理|开展|举办|推出|组织|经营|代办|提供任何|收取|发放){_HERE}{{0,8}}"
    rf"|没有?(?:哪家|一家)?(?:正规)?的?(?:银行|机构|平台)(?:会|能|敢|可以){_HERE}{{0,6}}|哪(?:有|来|里有|里来)(?:什么|那么)?{_HERE}{{0,4}}"
    rf"|(?:并非|绝非|并不|并没有?|绝不是|不再|拒绝|远离|抵制|打破|告别|取消了?|停止|停用|谢绝|杜绝|不存在|谈不上|算不上|难以|难以做到|休想){_HERE}{{0,8}}"
    rf"|(?:从未|从不|没有?|并未|未曾|绝不|决不|从来不)(?:替|给|为|向|对|跟|和|与|拿|以|因){_HERE}{{0,14}}"
    rf"|未(?!来|婚|成年|必|央){_HERE}{{0,4}}|无(?:人|法|权|从){_HERE}{{0,8}}"
    rf"|没有?(?:敢|能|会|可以|获得|得到|取得|经过|承诺|收到|提供|设置|采用|做出|说|写|讲)?{_SO_CALLED}(?!{_HERE}{{0,6}}比)(?!不|比){_HERE}{{0,8}}"
    rf"|(?:没有?(?:谁|人|哪一?[位个家种只款][^,。!?;\n、比]{{0,6}}|任何[^,。!?;\n、比]{{0,6}}|一[家个位][^,。!?;\n、比]{{0,6}})|无人)(?:也|都)?(?:能|敢|可以|会)(?:给|向|跟|对|替|为)?(?:您|你|谁|它)?(?:担保|保证|承诺|打|断言|说|讲|预言|拍)?[^,。!?;\n、比]{{0,6}}"
    rf"|(?:不敢|没敢|哪敢|怎敢|不能|没法|无法|不好|不便)(?:跟|给|对|向|替)?(?:您|你|客户|大家|谁|老乡|乡亲)?们?(?:说|讲|写|打|保|应|许|吹|夸|喊|提)(?:这个|这种|什么|个)?{_HERE}{{0,4}}"
    rf"|没有?(?:获得|得到|取得|经过|承诺|收到|提供|设置|采用|做出|说过?|写|讲过?|附加|附带|另外|额外|其他|别的){_HERE}{{0,6}}"
    rf"|(?<![特区分级个类性识辨离差派鉴])[别勿莫](?!犹豫|担心|错过|等|再|家|处|的|人|样|墅|致|名|扰|小看|小瞧|忘|落下|不信|管){_HERE}{{0,6}}"
    rf"|(?<![特区分级个类性识辨离差派鉴])[别勿莫甭](?:再|总|老|光|只|一心|一味)*(?:问|信|听|指望|盼|幻想|惦记|迷信|追|奢望|贪|图|盯|迷恋|做){_HERE}{{0,12}}"
    rf"|(?:[别勿莫甭]|不要|不能|不可|不准)(?:再)?(?:让|叫|由着|任由)(?!{_HERE}{{0,10}}(?:缩水|贬值|睡|躺|闲|错过|溜|拦|挡|难|等|吃亏|跑)){_HERE}{{0,16}}"
    rf"|(?:谁也|谁都|没人|没谁|哪个也|哪家也|任何人都)(?:保|担保|保证|承诺|打包票)不?(?:了|得了|起|准)?{_HERE}{{0,8}}"
    rf"|(?:不要|不能|不得|不可|不应|不该|不宜|别|莫|勿|禁止|避免)(?:再)?(?:用|拿|以|借|靠|提|写){_HERE}{{0,6}}"
    rf"|(?:误|错)(?:当成?|当作|认为?|以为|解为|读成|说成){_HERE}{{0,6}}"
    rf"|(?:忘掉|忘了|放下|丢掉|戒掉|抛弃|摒弃|丢开|放弃){_HERE}{{0,8}}"
    rf"|(?:不要|不能|不会|不可|不应当?|不宜|勿|避免|不让|不准|不许|不允许|不得)"
    rf"|(?:不用|不必|无需|无须|不需要|不要求|不强制)(?:您|你)?(?=$)"
    rf"|(?:[无非不没]|没有)(?:任何|所谓的?|绝对的?|真正的?)?(?:保本|保息|保收益|零风险|无风险|稳赚|秒批|零门槛){{0,3}})$"
)
_TWICE = re.compile(
    r"(?:没有?(?:人|谁|一个|哪[款个家种位]|任何[人一]?|什么|理由)?|无人|谁(?:说|讲|敢说|会说|还说)[^,]{0,6}|怎[么能会]{0,2}|岂[能会]?"
    r"|哪[能会有里个]{0,2}|难道[^,]{0,6}|怕[什啥]么?|何[愁必]|[不别甭]用?必?(?:怕|担心|愁|用怕|能|会|可能|得)|绝不|从不|决不|无[法不从]"
    r"|凭[什啥]么?|就没有?|才|莫|非)$"
)
_NOT = re.compile(
    r"不(?!仅|止|但|光|只|同|断|错|少|论|管|妨|过|得|动产)|没有?|无(?!论)|未(?!来)|[勿莫甭]|别(?!的|人)"
)
PIVOT = re.compile(
    r"(?<!冒充)(?<!假冒)(?<!打着)(?<!假借)(?<!自称)(?<!声称)(?<!谎称)(?<!向)(?<!对)(?<!以)(?<!把)"
    r"(?:我行(?!提醒|提示|工作人员|员工|郑重)|本行(?!提醒|提示)|我们(?!提醒|提示|要|应)|我们行|咱|俺|认准|认定|就选|请选|要选|来选|选咱|选我|还是(?!要|得|应)|唯有|只有我|放心(?!上当)|欢迎|快来|请来|敬请"
    r"|首选|[来到找上]我|[来到找上]咱|本(?:理财|产品|款|基金|保险|贷款|存款|期)|(?<!有)这款|该款|如今|(?<!有)选择(?!性)|选(?=保本|稳|零|无))"
)
_TAKEN_BACK = re.compile(
    r"(?<!谁)(?<!哪个)(?<!哪家)也|就(?!是)|照样|照旧|都能|同样|却|而是|但|反而|只有|只要|还|抵押|担心|后悔|错过|等待|发愁|犯愁|求人|纠结|犹豫|排队|影响|收费|手续费|费用"
    r"|麻烦|耽误|(?<![能敢会])担保(?=[^,]{0,2}$)|是[^,]{0,6}而|骗您|骗你|忽悠|吹"
)
_ACTS = (
    "承诺|保证|说|称|写|讲|宣传|使用|出现|含|作|以|向|对|把|将|提供|索|要求|诱|误导|夸大|暗示|明示|相信|听|信|轻|参与|贪|点|发布|用于|用来|拿|"
    "购|流入|挪|投|转|返|接受|因|为了|盲目|随意|随便|套|出租|出借|碰|通过|发放|送|赠|将|混淆|代客|私|追求|销售|推介|办理|借|告诉|泄露|被|与|和"
)
_FORBIDDEN = re.compile(
    rf"(?:(?:不得(?!不)|禁止|严禁|不准|不许|切勿|请勿|切忌|切莫|杜绝|不允许|无权|明令)"
    rf"(?!超过|低于|高于|少于|多于|晚于|早于|错过|犹豫|等待|转让|部分|提前|代办|外借|重复){_SENTENCE}{{0,60}}"
    rf"|(?:不会|不能|不可(?!思议|多得)|不应当?|不要|千万别|千万不|决不|绝不|从不|不以|不向|不该|不宜|勿)(?:{_ACTS}){_SENTENCE}{{0,40}})$"
)
_CRIED = (
    "警惕|谨防|当心|小心|防范|差点|险些|误以为|识别|识破|揭穿|揭秘|揭露|曝光|打击|查处|整治|严查|严打|举报|轻信|听信|误信|上当|受骗|诱饵|打着(?!灯笼)|谎称|声称|宣称|自称|号称|"
    "吹嘘|鼓吹|佯称|冒充|假冒|假借|套路|不法分子|犯罪分子|骗子|骗取|诈骗|骗局|陷阱|非法|不良(?:中介|网贷|商家|平台)|黑中介|中介|违规|违法|违反|不实|虚假|误导|"
    "(?:谁|有人|要是|凡|任何人|哪个|若是?|如果|网上|网友)<c>(?:告诉|说|承诺|保证|跟您|对您|向您|声称|宣称|推荐|推销|要求)|"
    "看穿|看破|戳穿|"
    "所谓|什么是|什么叫|何为|常以|常见手法|常用(?:话术|手法|伎俩|套路|说辞)|为什么不能|为何不能|如何看待|怎么看待|不靠谱|禁忌|禁用|红线|负面清单|警方|公安|"
    "(?:有人|有的人|对方|他们|他人|陌生人|业务员|网友)<c>(?:说|称|打着|承诺|推荐|声称|告诉|保证|以)|如果<c>(?:说|称|承诺|保证|要求)|"
    "凡是?<c>(?:承诺|称|说|宣称|要求|打着|收取|诱导|告诉|保证)|以<c>为(?:名|诱饵|幌子|借口|噱头)"
).replace("<c>", rf"{_CLAUSE}{{0,10}}")
_WARNED = re.compile(
    rf"(?:(?:{_CRIED}){_SENTENCE}{{0,70}}"
    rf"|(?:(?:远离|抵制|拒绝)(?!风险|亏损|套路|等待|繁琐|波动|焦虑|平庸|排队)|防止|避免|(?:不|别|勿|莫|不要|不能|不可|千万别)(?:轻易|盲目)?相信){_CLAUSE}{{0,24}}"
    rf"|(?:遇到|碰到|听到|收到|看到|接到)(?!{_CLAUSE}{{0,20}}(?:您|你|我们|本行|我行|这款)){_CLAUSE}{{0,24}}"
    rf"|(?:是否|是不是|有没有|会不会|能不能|能否|可否|可不可以|算不算|该不该)(?!{_CLAUSE}{{0,4}}(?:想|要|找|需|在)){_CLAUSE}{{0,6}})$"
)
_OTHERS = (
    "不法分子|犯罪分子|骗子|诈骗(?:团伙|分子|电话)|不良(?:中介|网贷|商家|平台)|黑中介|中介|陌生人|有人|有的人|一些人|某些|对方|网上|网友|假冒|冒充|自称|号称|谎称|声称|宣称|"
    "警惕|谨防|当心|小心|防范|如果|若|凡|谁要|要是|遇到|听到|收到|接到|看到|别信|不要相信|不要轻信|切勿轻信|勿轻信|骗局|套路|话术|手法|伎俩|打着|借口|名义|幌子"
)
_TOLD = re.compile(rf"(?:{_OTHERS}){_SENTENCE}{{0,70}}$")
_TELLS_ON = re.compile(
    r"^(?:[^,]{0,10})(?:以|称|说|讲|宣称|声称|承诺|保证|打着|号称|鼓吹|吹嘘|诱|骗|哄|所谓|假借|利用|谎|编造|冒充|要求|让您|让你|告诉|推销|兜售|拿|用|或|和|及|与|甚至|还|并|再|又)[^,]{0,14}$"
)
_FORBIDDEN_WORDS = re.compile(
    rf"(?:不得|禁止|严禁|不准|不许|切勿|请勿|不允许|不能|不可|不要|不应){_CLAUSE}{{0,16}}(?:宣传|承诺|使用|出现|含有|明示|暗示|声称|宣称|宣讲|夸大|误导|流入|用于|挪|投向|转借)"
    rf"{_SENTENCE}{{0,40}}$"
)
_NOT_WARNED = re.compile(
    rf"(?:没有?|无(?:任何)?|不是|不搞|零|(?<!\d)0|不存在|告别|不用|不怕|不会|拒绝|不必|绝不|从不|决不|不|再也不|远离){_CLAUSE}{{0,3}}"
    rf"(?:套路|骗局|陷阱|骗子|诈骗|违规|违法|虚假|误导|上当|受骗|被骗|中介|非法){_SENTENCE}{{0,70}}$"
)
_MISSING_OUT = re.compile(
    rf"(?:警惕|谨防|当心|小心|防止|避免|遇到|碰到|看到|听到|收到){_CLAUSE}{{0,6}}"
    r"(?:假冒(?!我行|本行|银行|公安|警)|仿冒|错过|失去|机会|好(?:产品|消息|事)|这样的好|波动|这款|我们|本行|缩水|贬值|通胀)"
)
_OPENERS = (
    "请|应|要|立即|立刻|都|均|这|那|其实|往往|多|全|一律|务必|可能|属|涉|是|就|千万|切勿|不要|别|最终|最后|结果|实则|实际|等你|让|会|须|需|大多|十有八九|"
    "交|天底下|世上|世界上|根本|钱|人|转眼|投诉|当心|小心|警惕|谨防|快|一定|已|可|先|听|很|不|背后|小心|没|早|将|也|且|多半|警方|纯|无一"
)
_JUDGED = (
    "骗局|陷阱|诈骗|骗子|骗人|骗术|骗取|圈套|幌子|诱饵|套路|不可信|别信|莫信|勿信|不能信|不要信|不足信|信不得|不靠谱|谎言|谎话|传销|不存在|已成为?历史|成为历史|"
    "历史舞台|退出市场|停用|已?取消|违法|违规|犯罪|涉嫌|非法集资|不合规|不允许|被禁止|明令禁止|严格禁止|要警惕|提高警惕|保持警惕|警惕|多留个心眼|当心|小心|不属实|虚假|假的|"
    "误导|要不得|不受法律|被处罚|处罚|立案|判刑|落网|被骗|上当|报警|挂断|拉黑|举报|二字|一说|说法|的时代|行为$|是指|指的是|的含义|什么意思|怎么办|越滚越大|泄露|"
    "危害|害人|手法|伎俩|钓鱼|噱头|把戏|花招|无效|靠不住|后悔莫及|吃亏|严重后果|存在吗|可信吗|靠谱吗|真的吗|能信吗|"
    "人就不见|不见了|跑路|失联|找不到人|人没了|钱没了|打水漂|血本无归|没这回事|没有这回事|没这种|天底下没有|世上没有|世界上没有|哪有这|根本没有|都是?骗|"
    "不可取|得不偿失|后患|捂紧|三思|不可能|的含义|不得(?:宣传|承诺|使用|出现|作为|含|以|信|参与|误导|用于广告)"
)
_VERDICT = re.compile(
    rf"^{_CLAUSE}{{0,22}}?(?:,[^,。!?;\n]{{0,14}},)?(?:,?(?:{_OPENERS}){_CLAUSE}{{0,22}}?)?(?P<word>{_JUDGED})"
)
_REFUSAL = (
    r"(?:(?:我行|我们行?|本行|咱们?行?|咱|俺们?|我|行里|(?<=事)|(?<=事儿)|(?<=话)|(?<=这个))(?:这边|这里|网点|柜台|早已?|早就|已经?|压根|根本|可|是|也是|也|都|一律|一概|从来|从|现在|坚决|真的?|实在|确实)*"
    r"(?:(?:做|干|办|给|说|开|发|送|返|搞|答应|承诺|保证|应承|提供)不(?:了|来|到)|(?:不能|不会|没法|无法|不敢|不可以|不让|不允许|不准|不许|不得)(?:做|干|办|给|说|讲|写|提|夸|吹|应|开|发|送|返|搞|答应|承诺|保证|提供)"
    r"|(?:不|没有?)(?:做|办|给|搞|发|送|返|碰|开展|提供|承诺))|(?:是|都|也|可)+(?:不能|不会|没法|无法|不敢|不可以|不让|不允许|不准|不许)(?:做|办|给|说|搞))"
    r"(?:您|你|客户)?(?:办|做|开|批|放|贷|送|买)?(?:那个|这个|这些|那些)?(?:的|了|呢|啊|哦|呀)*(?=$|[,。!;\n])"
)
_REFUSED = re.compile(
    rf"^(?!{_CLAUSE}{{0,8}}?,?{_CLAUSE}{{0,4}}?(?:谁|哪|难道|怎么|岂|凭什么|别[家人处]|他[行家]|人家|大行))"
    rf"(?:[的之]?{_CLAUSE}{{0,8}}?|{_CLAUSE}{{0,8}}?,)(?:(?:这|那)(?:个|种|样)?(?:事儿?|话|承诺|做法|要求|情况|活动)?,?)?{_REFUSAL}"
)
_REFUSED_NEXT = re.compile(
    r"^[^,。!?;\n]{0,8},(?:(?:对不起|抱歉|不好意思|说实话|实话说|老实说),)?(?:(?:这|那)(?:个|种|样)?(?:事儿?|话|忙)?|可|实在|真的?|恐怕|咱们?|我们?|是|也)+"
    r"(?:(?:办|帮|批|放|做|弄|贷)不(?:了|成)|不行|不成|不可以|行不通|使不得|没法(?:办|帮|做|批))(?:您|你|的|了)*"
    r"(?=$|[,。!;\n])(?![^。!?;\n]*(?:私下|偷偷|悄悄|想(?:想)?办法))"
)
"""A refusal in the next clause that names no one else (…，这个真不行)."""
_REFUSED_INSIDE = re.compile(rf"^{_CLAUSE}{{2,14}}?(?<![谁家])(?<!人家){_REFUSAL}")
"""A denial after the word, of what the bank itself will not do (补息我们是不做的)."""
_UNJUDGED = re.compile(
    r"(?:不是|没有|无|绝非|不搞|不会|拒绝|告别|零|绝不|从不|并非|防|避免|如遇|若有|如有|不怕|不)[^,。!?;\n]{0,3}$"
)
_WITHHELD = re.compile(r"[不没]有?(?:截图|截屏|转|发(?!放)|分享|集|拉人|晒)")
"""What those do not do to whom something is refused (不发圈不给码): no denial of the offer."""
_FORBIDDEN_INSIDE = re.compile(
    r"不准|不得(?!不)|严禁|禁止|不让(?!您|你|利|步|路)|不允许|不许|切勿|请勿"
)
_MORE_THAN = re.compile(r"[^,。!?;\n]{0,3},(?:而|就)?是(?:真|更|实打实|稳稳|必)")
_ASKED = re.compile(
    rf"^{_CLAUSE}{{0,14}}[吗么呢]?\?\s*(?:答(?:案|复)?\s?[:是]?\s*)?(?:不(?!信|用|骗|假|止|仅|但)|没有?(?!问题|错|跑|毛病)|无(?!疑|需|须|忧)|否|别(?!犹豫|担心|错过)|并非|当然不|答:?[不没]|"
    rf"有,(?:风险|需|要|须)|其实|小心|当心|警惕|{_SENTENCE}{{0,24}}(?:{_JUDGED}))"
)
_ASKED_INSIDE = re.compile(
    r"^[^,。!?;\n]{1,12}?[吗么]\?\s*(?:答:)?\s*(?:没有?的?|不[^,。!?;\n]{0,3})(?=[,。!;\n])"
)
_ASKS = re.compile(r"^[^。!?;\n]{0,6}(?:吗|么|呢)?\?")
_LISTED = re.compile(r"([^。!?\n]{2,60}):[^。!?]{0,160}$")
_TAUGHT = re.compile(
    r"骗|陷阱|警惕|谨防|当心|轻信|诱饵|违规|违法|严禁|禁止|不得|套路|误导|防范|报警|犯罪|非法|不要相信|别信|不存在|看穿|把戏|误区|识别|辨别|高风险|打破|风险提示|亏损由"
)
_OFFERED = re.compile(
    r"我行(?:的)?(?:理财|产品|存款|贷款)|欢迎|快来|抢购|火热|马上办|立即(?:购买|申请|办理)|限额发售|恭候|敬请选购"
)


def speaks_against(text: str, start: int, end: int, *, tail: int | None = None) -> bool:
    """Return whether the words around a match deny, forbid, doubt or condemn it.

    `tail` is where the telling part of a long match begins (送 of 存款…送): a denial inside
    the match counts as well.
    """
    low = behind_last(text, SENTENCE_ENDS, max(0, start - _REACH), start)
    before = text[low:start]
    if _MORE_THAN.match(text, end) and before.rstrip('“"「').endswith("是"):
        return False  # 不是“稳赚”，是真赚
    if _is_denied(_clause(before)) or _is_governed(before):
        return True
    if _FORBIDDEN_INSIDE.search(text, start, end):
        return True
    if tail is not None and tail > start:
        inside = text[start:tail]
        if _FORBIDDEN.search(_clause(inside)):
            return True
        if _is_denied(_clause(inside)) and not _WITHHELD.match(inside):
            return True
        if _FORBIDDEN_WORDS.search(inside):
            return True
    telling = text[start if tail is None else tail : end]
    if _REFUSED_INSIDE.match(telling) or _ASKED_INSIDE.match(telling):
        return True
    after = text[end : end + _REACH]
    if _is_judged(after) or _ASKED.match(after) or _is_refused(after):
        return True
    listed = _LISTED.search(text[max(0, start - 2 * _REACH) : start])
    return listed is not None and _is_governed(listed[1] + ":")


def is_question(text: str, end: int) -> bool:
    """Return whether a match is asked about (保本吗?): for the questions of an FAQ."""
    return bool(_ASKS.match(text[end : end + _REACH]))


def is_taught(text: str, start: int, end: int) -> bool:
    """Return whether the paragraph around a match teaches what to beware of and offers nothing.

    For items about financial knowledge, whose paragraphs name what they warn of.
    """
    low = text.rfind("\n", 0, start) + 1
    high = text.find("\n", end)
    paragraph = text[low : high if high >= 0 else len(text)]
    if _OFFERED.search(paragraph) is not None:
        return False
    warned = _TAUGHT.search(paragraph)
    return warned is not None and not _NOT_WARNED.search(paragraph)


def _is_denied(clause: str) -> bool:
    """Return whether a clause ends in a denial that no second one takes back."""
    found = None
    at = 0
    while (match := _DENIED.search(clause, at)) is not None:
        found, at = match, match.start() + 1  # the last place it can begin: the nearest denial
    if found is None or _TAKEN_BACK.search(found[0]):
        return False
    if _TWICE.search(clause[: found.start()]):
        return False
    return len(_NOT.findall(found[0])) < 2


def _is_governed(before: str) -> bool:
    """Return whether a warning, a prohibition or a stranger's claim reaches what follows."""
    clause = _clause(before)
    earlier = before[: len(before) - len(clause)]
    if _is_aimed(clause):
        return True
    if not earlier or PIVOT.search(clause):
        return False
    # Past a comma a warning holds only what goes on telling others' words or deeds.
    if _FORBIDDEN_WORDS.search(earlier) and not PIVOT.search(earlier.rpartition(",")[0]):
        return True
    is_told_on = not clause or _TELLS_ON.search(clause) is not None
    return is_told_on and _is_aimed(earlier, is_far=True)


def _is_aimed(words: str, *, is_far: bool = False) -> bool:
    if _FORBIDDEN.search(words) and not is_far:
        return True
    pattern = _TOLD if is_far else _WARNED
    found = pattern.search(words)
    if found is None or _NOT_WARNED.search(words) or _MISSING_OUT.search(words):
        return False
    return not (PIVOT.search(words[found.start() :]) or _TWICE.search(words[: found.start()]))


def _is_judged(after: str) -> bool:
    verdict = _VERDICT.match(after)
    return verdict is not None and not _UNJUDGED.search(after[: verdict.start("word")])


def _is_refused(after: str) -> bool:
    return _REFUSED.match(after) is not None or _REFUSED_NEXT.match(after) is not None


def _clause(before: str) -> str:
    return before[behind_last(before, _CLAUSE_ENDS, 0, len(before)) :]
