"""Idea: the declared fields of every kind; a new field is one line here and nothing else.

Source of the product fields: 办法〔2026〕9号 art. 8, 金规〔2026〕2号 (comprehensive cost),
中银协 disclosure rules, as collected in the compliance page, section 5.1.
"""

from contenthub.library.itemfields import Field

_DEPOSIT = frozenset({"deposit"})
_LOAN = frozenset({"loan"})
_CARD = frozenset({"card"})
_WEALTH = frozenset({"wealth"})
_FUND = frozenset({"fund"})
_INSURANCE = frozenset({"insurance"})
_PAYMENT = frozenset({"payment"})
_SERVICE = frozenset({"life", "education", "rights"})
_INVEST = _WEALTH | _FUND
_AGENCY = _INVEST | _INSURANCE

RISK_LEVELS = (
    ("R1", "R1 低风险"),
    ("R2", "R2 中低风险"),
    ("R3", "R3 中风险"),
    ("R4", "R4 中高风险"),
    ("R5", "R5 高风险"),
)
SCENES = (("one_to_one", "一对一"), ("group", "客户群"), ("moments", "朋友圈"))
SIGNUP_FIELDS = (
    ("name", "姓名"),
    ("phone", "手机号"),
    ("branch", "意向网点"),
    ("people", "同行人数"),
    ("visit_on", "到店日期"),
    ("remark", "备注"),
)
_COST_COLUMNS = (("item", "费用项目"), ("payee", "收取方"), ("standard", "收费标准"))
_PRIZE_COLUMNS = (("prize", "奖品"), ("value", "单价"), ("quantity", "数量或中奖概率"))

_SELLING = Field(
    "selling_points", "卖点", "list", max_chars=60, help="每行一条，写事实，不写最高级和承诺"
)
_COVER = Field("cover", "题图", "asset", help="先上传图片，再选择")
_SUMMARY = Field("summary", "一句话介绍", max_chars=80, help="列表和分享卡片上显示")
_CONTACT = Field("contact", "咨询电话", max_chars=60, help="网点座机或客服热线，不要写个人手机号")
_AUDIENCE = Field("for_whom", "适用客户", max_chars=120)

PRODUCT: tuple[Field, ...] = (
    _SUMMARY,
    _COVER,
    _SELLING,
    Field("rate", "年化利率", "rate_bp", topics=_DEPOSIT, max_value=2400, help="百分数，例如 2.05"),
    Field("term", "期限", max_chars=60, topics=_DEPOSIT | _LOAN | _INVEST, help="例如 三年"),
    Field("minimum_fen", "起存金额", "money_fen", topics=_DEPOSIT, help="例如 20万元"),
    Field(
        "early_withdrawal",
        "提前支取规则",
        "longtext",
        max_chars=300,
        topics=_DEPOSIT,
        help="写明提前支取按什么利率计息，能否部分支取",
    ),
    Field(
        "annual_rate",
        "年化利率（单利）",
        "rate_bp",
        required=True,
        topics=_LOAN,
        max_value=3600,
        help="百分数，例如 3.45；有区间时填最低值",
    ),
    Field("annual_rate_max", "年化利率上限", "rate_bp", topics=_LOAN, max_value=3600),
    Field(
        "comprehensive_cost_rate",
        "年化综合融资成本",
        "rate_bp",
        required=True,
        topics=_LOAN,
        max_value=3600,
        help="利息加全部费用折成的年化百分数，例如 3.45",
    ),
    Field(
        "comprehensive_cost",
        "综合融资成本明细",
        "table",
        required=True,
        columns=_COST_COLUMNS,
        topics=_LOAN,
        help="每行一项：费用项目｜收取方｜收费标准；逾期罚息等或有成本也写上",
    ),
    Field("amount_max_fen", "最高额度", "money_fen", topics=_LOAN | _CARD, help="例如 30万元"),
    Field("repayment", "还款方式", max_chars=120, topics=_LOAN),
    Field("conditions", "办理条件", "longtext", max_chars=500, topics=_LOAN | _CARD | _PAYMENT),
    Field("materials", "所需材料", "list", max_chars=60, topics=_LOAN | _CARD | _PAYMENT),
    Field(
        "risk_level",
        "风险等级",
        "choice",
        required=True,
        choices=RISK_LEVELS,
        topics=_INVEST,
        help="按发行机构的评级选择",
    ),
    Field("issuer", "发行（管理、承保）机构", required=True, max_chars=80, topics=_AGENCY),
    Field("seller", "销售机构", max_chars=80, topics=_AGENCY, help="代销时写“本行代销”"),
    Field("registration_code", "产品登记编码", max_chars=40, topics=_AGENCY),
    Field("benchmark", "业绩比较基准", max_chars=60, topics=_WEALTH, help="例如 2.35%-2.85%"),
    Field(
        "benchmark_basis",
        "业绩比较基准测算依据",
        "longtext",
        max_chars=400,
        topics=_WEALTH,
        help="写明怎样算出来的，并注明不代表未来表现和实际收益",
    ),
    Field("purchase_minimum_fen", "起购金额", "money_fen", topics=_INVEST),
    Field("fees", "费用", "longtext", max_chars=300, topics=_INVEST | _CARD | _PAYMENT),
    Field("coverage", "保障责任", "longtext", max_chars=600, topics=_INSURANCE),
    Field("premium", "保费与缴费方式", max_chars=120, topics=_INSURANCE),
    Field("cooling_off_days", "犹豫期天数", "int", topics=_INSURANCE, max_value=60),
    Field("exclusions", "责任免除", "longtext", max_chars=600, topics=_INSURANCE),
    Field("annual_fee", "年费", max_chars=120, topics=_CARD),
    Field(
        "instalment_rate",
        "分期年化费率（单利）",
        "rate_bp",
        topics=_CARD,
        max_value=3600,
        help="百分数，例如 13.00",
    ),
    Field("late_fee", "违约金", max_chars=120, topics=_CARD),
    Field("settlement", "到账时间", max_chars=80, topics=_PAYMENT),
    Field("merchant_fee", "商户手续费", max_chars=80, topics=_PAYMENT),
    Field("how_to", "办理方式", "longtext", max_chars=300),
    Field("service_scope", "服务范围", max_chars=120, topics=_SERVICE),
    _AUDIENCE,
    _CONTACT,
)

RIGHT: tuple[Field, ...] = (
    _SUMMARY,
    _COVER,
    _AUDIENCE,
    Field("stock", "份数", "int", required=True, max_value=10_000_000, help="共发多少份，例如 300"),
    Field("per_person", "每人限领", "int", required=True, max_value=1000, help="例如 1"),
    Field("spec", "品种规格", required=True, max_chars=120, help="例如 洗车券，单次，5 座车"),
    Field("how_to_redeem", "兑换方法", "longtext", required=True, max_chars=400),
    Field("redeem_from", "兑换开始", "date", required=True, help="例如 2026-12-01"),
    Field("redeem_until", "兑换截止", "date", required=True, help="例如 2026-12-31"),
    Field("merchant", "商户", max_chars=80),
    Field("merchant_address", "商户地址", max_chars=120),
    Field("stop_rule", "领完怎么办", max_chars=120, help="例如 领完即止，页面同步提示"),
    _CONTACT,
)

FAQ: tuple[Field, ...] = (
    Field("question", "标准问", max_chars=200, help="不填时用标题"),
    Field("variants", "其他问法", "list", max_chars=100, help="每行一种客户的问法"),
    Field("answer", "答复", "longtext", required=True, max_chars=2000, help="一线员工照着念就对"),
    Field("source", "依据", max_chars=120, help="制度、公告或法规名称和日期"),
)

ACTIVITY: tuple[Field, ...] = (
    _SUMMARY,
    _COVER,
    Field("starts_at", "开始时间", "datetime", required=True, help="例如 2026-12-20 09:00"),
    Field("ends_at", "结束时间", "datetime", required=True, help="例如 2026-12-20 11:30"),
    Field("place", "地点", max_chars=120, required=True),
    _AUDIENCE,
    Field("capacity", "名额", "int", max_value=1_000_000, help="例如 60"),
    Field("signup_until", "报名截止", "datetime"),
    Field("signup_fields", "报名要填", "list", choices=SIGNUP_FIELDS, help="越少越好，不超过 3 项"),
    Field("organiser", "主办单位", required=True, max_chars=80),
    Field("contact", "咨询电话", max_chars=60, required=True, help=_CONTACT.help),
    Field("prizes", "奖品", "table", columns=_PRIZE_COLUMNS, help="每行：奖品｜单价｜数量或概率"),
    Field(
        "draw_rule", "开奖与兑奖", "longtext", max_chars=500, help="时间、方式、兑奖期限、弃奖处理"
    ),
    Field("stop_rule", "名额用完怎么办", max_chars=120),
)

ARTICLE: tuple[Field, ...] = (
    Field("summary", "摘要", max_chars=160, help="列表和分享卡片上显示"),
    _COVER,
    Field("source", "来源", max_chars=80, help="转载请写原文出处和日期"),
    Field("author_name", "撰稿", max_chars=40),
)

SCRIPT: tuple[Field, ...] = (
    Field("scene", "场景", "choice", choices=SCENES, required=True, help="发给谁看"),
    Field("text", "话术", "longtext", required=True, max_chars=600, help="可用变量见右侧说明"),
    Field("when", "什么时候用", max_chars=120),
)
