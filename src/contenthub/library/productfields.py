"""Idea: the declared fields of products, per sub-kind (the topic); a new field is one line here.

Source: 办法〔2026〕9号 art. 8, 金规〔2026〕2号 (comprehensive cost), 中银协 disclosure rules, as
collected in the compliance page, section 5.1.
"""

from contenthub.library.fieldtypes import Field

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
RISKS = frozenset(level for level, _ in RISK_LEVELS)
_WEALTH_TYPES = (
    ("fixed_income", "固定收益类"),
    ("mixed", "混合类"),
    ("equity", "权益类"),
    ("derivative", "商品及金融衍生品类"),
    ("cash", "现金管理类"),
)
_FUND_TYPES = (
    ("money", "货币型"),
    ("bond", "债券型"),
    ("mixed", "混合型"),
    ("stock", "股票型"),
    ("index", "指数型"),
    ("fof", "基金中基金"),
)
_INSURANCE_TYPES = (
    ("whole_life", "终身寿险"),
    ("annuity", "年金险"),
    ("health", "健康险"),
    ("accident", "意外险"),
    ("property", "财产险"),
    ("endowment", "两全险"),
)
_LOAN_GUARANTEES = (
    ("credit", "信用"),
    ("guarantee", "保证"),
    ("mortgage", "抵押"),
    ("pledge", "质押"),
)
_LOAN_COST = (
    Field("item", "费用项目", required=True, max_chars=80, is_name=True),
    Field("payee", "收取方", required=True, max_chars=80, is_name=True),
    Field("standard", "收费标准", required=True, max_chars=80),
)
_MOST_FEN = 100_000_000_000
"""A billion yuan: more is a slip of the unit."""
_RATE_TABLE = (
    Field("term", "期限", required=True, max_chars=30, is_name=True),
    Field("rate", "年化利率", "rate_bp", required=True, max_value=2400),
    Field("minimum_fen", "起存金额", "money_fen", max_value=_MOST_FEN),
)
_FEE_TABLE = (
    Field("item", "费用项目", required=True, max_chars=40, is_name=True),
    Field("standard", "收费标准", required=True, max_chars=80),
)

SELLING = Field(
    "selling_points",
    "卖点",
    "list",
    max_chars=60,
    help="每行一条，写事实，不写最高级和承诺",
    place="points",
)
OFFERED = (
    Field(
        "risk_level",
        "产品风险等级",
        "choice",
        choices=RISK_LEVELS,
        topics=_AGENCY,
        help="没有关联产品时填写：推送时不发给不适合的客户；介绍几款产品填最高的",
    ),
    Field(
        "knowledge_only",
        "只讲知识",
        "choice",
        choices=(("yes", "是，不介绍具体产品"),),
        topics=_AGENCY,
        place="off",
        help="只做知识普及、不介绍任何在售产品时选",
    ),
)
"""What content of a risky topic says of itself that is no product (SUIT-02)."""
ATTACHMENT = Field(
    "attachment",
    "附件",
    "asset",
    mimes=("application/pdf",),
    place="media",
    help="PDF 文件，例如产品说明书、活动规则，客户可以下载",
)
COVER = Field("cover", "题图", "asset", help="先上传图片，再选择", place="off")
SUMMARY = Field("summary", "一句话介绍", max_chars=80, help="列表和分享卡片上显示", place="lead")
CONTACT = Field(
    "contact",
    "咨询电话",
    max_chars=60,
    check="phone",
    help="网点座机（写区号）或客服热线，不要写个人手机号；例如 0870-5123456 转 8001",
)
AUDIENCE = Field("for_whom", "适用客户", max_chars=120)

# What a customer looks for first, in the order of the large figures.
_FIGURES = (
    Field(
        "rate",
        "年化利率",
        "rate_bp",
        topics=_DEPOSIT,
        max_value=2400,
        help="百分数，例如 2.05",
        place="key",
    ),
    Field(
        "annual_rate",
        "年化利率（单利）",
        "rate_bp",
        required=True,
        topics=_LOAN,
        max_value=3600,
        help="百分数，例如 3.45；有区间时填最低值",
        place="key",
    ),
    Field("annual_rate_max", "年化利率上限", "rate_bp", topics=_LOAN, max_value=3600, place="key"),
    Field(
        "comprehensive_cost_rate",
        "年化综合融资成本",
        "rate_bp",
        required=True,
        topics=_LOAN,
        max_value=3600,
        help="利息加全部费用折成的年化百分数，例如 3.45",
        place="key",
    ),
    Field(
        "term",
        "期限",
        max_chars=60,
        topics=_DEPOSIT | _LOAN | _INVEST | _INSURANCE,
        help="例如 三年",
        place="key",
    ),
)
_DEPOSIT_FIELDS = (
    Field(
        "minimum_fen",
        "起存金额",
        "money_fen",
        topics=_DEPOSIT,
        max_value=_MOST_FEN,
        help="例如 20万元",
        place="key",
    ),
    Field(
        "rate_table",
        "各档利率",
        "table",
        cells=_RATE_TABLE,
        topics=_DEPOSIT,
        place="table",
        help="每行一档：期限｜年化利率｜起存金额（可不填）",
    ),
    Field("interest_paid", "付息方式", max_chars=60, topics=_DEPOSIT, help="例如 到期一次还本付息"),
    Field(
        "early_withdrawal",
        "提前支取规则",
        "longtext",
        max_chars=300,
        topics=_DEPOSIT,
        help="写明提前支取按什么利率计息，能否部分支取",
        place="text",
    ),
    Field("rollover", "到期处理", max_chars=120, topics=_DEPOSIT, help="例如 可约定自动转存"),
    Field("transfer", "转让与质押", max_chars=120, topics=_DEPOSIT),
)
_LOAN_FIELDS = (
    Field(
        "comprehensive_cost",
        "综合融资成本明细",
        "table",
        required=True,
        cells=_LOAN_COST,
        topics=_LOAN,
        help="每行一项：费用项目｜收取方｜收费标准；逾期罚息等或有成本也写上",
        place="cost",
    ),
    Field(
        "amount_max_fen",
        "最高额度",
        "money_fen",
        topics=_LOAN | _CARD,
        min_value=1,
        max_value=_MOST_FEN,
        help="例如 30万元",
        place="key",
    ),
    Field("loan_use", "贷款用途", max_chars=120, topics=_LOAN, help="例如 购买种苗、饲料、农机具"),
    Field("guarantee", "担保方式", "list", choices=_LOAN_GUARANTEES, topics=_LOAN),
    Field("repayment", "还款方式", max_chars=120, topics=_LOAN),
    Field("prepayment", "提前还款", max_chars=120, topics=_LOAN, help="是否收费、怎么申请"),
    Field(
        "penalty",
        "逾期与违约",
        max_chars=200,
        topics=_LOAN,
        place="cost",
        help="罚息怎么算，对信用记录的影响",
    ),
    Field(
        "conditions",
        "办理条件",
        "longtext",
        max_chars=500,
        topics=_LOAN | _CARD | _PAYMENT,
        place="text",
    ),
    Field(
        "materials", "所需材料", "list", max_chars=60, topics=_LOAN | _CARD | _PAYMENT, place="text"
    ),
)
_INVEST_FIELDS = (
    Field(
        "risk_level",
        "风险等级",
        "choice",
        required=True,
        choices=RISK_LEVELS,
        topics=_INVEST,
        help="按发行机构的评级选择",
        place="key",
    ),
    Field("wealth_type", "产品类型", "choice", choices=_WEALTH_TYPES, topics=_WEALTH),
    Field("fund_type", "基金类型", "choice", choices=_FUND_TYPES, topics=_FUND),
    Field("fund_code", "基金代码", max_chars=12, topics=_FUND, check="fund_code", help="6 位数字"),
    Field(
        "issuer",
        "发行（管理、承保）机构",
        required=True,
        max_chars=80,
        topics=_AGENCY,
        is_name=True,
    ),
    Field(
        "seller", "销售机构", max_chars=80, topics=_AGENCY, help="代销时写“本行代销”", is_name=True
    ),
    Field("custodian", "托管机构", max_chars=80, topics=_INVEST, is_name=True),
    Field("registration_code", "产品登记编码", max_chars=40, topics=_AGENCY, is_name=True),
    Field("benchmark", "业绩比较基准", max_chars=60, topics=_WEALTH, help="例如 2.35%-2.85%"),
    Field(
        "benchmark_basis",
        "业绩比较基准测算依据",
        "longtext",
        max_chars=400,
        topics=_WEALTH,
        help="写明怎样算出来的，并注明不代表未来表现和实际收益",
        place="text",
    ),
    Field(
        "purchase_minimum_fen",
        "起购金额",
        "money_fen",
        topics=_INVEST,
        max_value=_MOST_FEN,
        place="key",
    ),
    Field("raise_from", "募集开始", "date", topics=_INVEST, help="例如 2026-12-01"),
    Field("raise_until", "募集截止", "date", topics=_INVEST, help="例如 2026-12-10"),
    Field("redemption", "申购与赎回", "longtext", max_chars=300, topics=_INVEST, place="text"),
    Field(
        "past_performance",
        "过往业绩",
        "longtext",
        max_chars=300,
        topics=_INVEST,
        help="写明区间起止和截止日期；不写收益预测",
        place="text",
    ),
    Field(
        "fees", "费用", "longtext", max_chars=300, topics=_INVEST | _CARD | _PAYMENT, place="cost"
    ),
)
_INSURANCE_FIELDS = (
    Field("insurance_type", "险种", "choice", choices=_INSURANCE_TYPES, topics=_INSURANCE),
    Field("coverage", "保障责任", "longtext", max_chars=600, topics=_INSURANCE, place="text"),
    Field("premium", "保费与缴费方式", max_chars=120, topics=_INSURANCE, place="key"),
    Field("insured_age_min", "投保年龄下限", "int", topics=_INSURANCE, max_value=120),
    Field("insured_age_max", "投保年龄上限", "int", topics=_INSURANCE, max_value=120),
    Field("cooling_off_days", "犹豫期天数", "int", topics=_INSURANCE, max_value=60, place="key"),
    Field("waiting_days", "等待期天数", "int", topics=_INSURANCE, max_value=730),
    Field("exclusions", "责任免除", "longtext", max_chars=600, topics=_INSURANCE, place="text"),
    Field(
        "surrender",
        "退保说明",
        "longtext",
        max_chars=300,
        topics=_INSURANCE,
        place="text",
        help="写明犹豫期后退保会有损失",
    ),
)
_CARD_FIELDS = (
    Field("annual_fee", "年费", max_chars=120, topics=_CARD, place="cost"),
    Field(
        "instalment_rate",
        "分期年化费率（单利）",
        "rate_bp",
        topics=_CARD,
        max_value=3600,
        help="百分数，例如 13.00",
        place="key",
    ),
    Field(
        "revolving_rate",
        "透支年化利率",
        "rate_bp",
        topics=_CARD,
        max_value=3600,
        help="百分数，例如 18.25",
        place="cost",
    ),
    Field("late_fee", "违约金", max_chars=120, topics=_CARD, place="cost"),
    Field("cash_fee", "取现手续费", max_chars=120, topics=_CARD, place="cost"),
    Field("grace_days", "免息期", max_chars=60, topics=_CARD, help="例如 20—50 天"),
    Field(
        "card_offers",
        "用卡权益",
        "list",
        max_chars=80,
        topics=_CARD,
        place="points",
        help="每行一条：内容、名额、期限",
    ),
)
_PAYMENT_FIELDS = (
    Field("settlement", "到账时间", max_chars=80, topics=_PAYMENT, place="key"),
    Field("merchant_fee", "商户手续费", max_chars=80, topics=_PAYMENT, place="key"),
    Field(
        "fee_table",
        "费率明细",
        "table",
        cells=_FEE_TABLE,
        topics=_PAYMENT,
        place="cost",
        help="每行一项：费用项目｜收费标准",
    ),
    Field("limits", "交易限额", max_chars=120, topics=_PAYMENT, help="例如 单笔5万元、单日20万元"),
    Field("scenes", "适用场景", "list", max_chars=40, topics=_PAYMENT, place="points"),
)

PRODUCT: tuple[Field, ...] = (
    SUMMARY,
    COVER,
    SELLING,
    *_FIGURES,
    *_DEPOSIT_FIELDS,
    *_LOAN_FIELDS,
    *_INVEST_FIELDS,
    *_INSURANCE_FIELDS,
    *_CARD_FIELDS,
    *_PAYMENT_FIELDS,
    Field("how_to", "办理方式", "longtext", max_chars=300, place="text"),
    Field("service_scope", "服务范围", max_chars=120, topics=_SERVICE),
    AUDIENCE,
    CONTACT,
    ATTACHMENT,
)
