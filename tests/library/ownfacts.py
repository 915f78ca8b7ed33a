"""Products and what careless, and what honest, authors write of their figures beside the fields.

Each text is `where: words`, where it stands in the item: title, summary, points, body or script.
"""

from typing import Any

PRODUCTS: dict[str, tuple[str, dict[str, Any]]] = {
    "deposit": (
        "deposit",
        {"rate": "1.75", "term": "1年", "minimum_fen": "50元", "rollover": "到期可自动转存"},
    ),
    "certificate": (
        "deposit",
        {
            "minimum_fen": "20万元",
            "rate_table": [
                {"term": "一年", "rate": 150, "minimum_fen": 20_000_000},
                {"term": "二年", "rate": 165, "minimum_fen": 20_000_000},
                {"term": "三年", "rate": 205, "minimum_fen": 30_000_000},
            ],
        },
    ),
    "loan": (
        "loan",
        {
            "annual_rate": "4.35",
            "annual_rate_max": "6",
            "comprehensive_cost_rate": "6",
            "term": "1年",
            "amount_max_fen": "30万元",
        },
    ),
    "wealth": (
        "wealth",
        {
            "risk_level": "R2",
            "term": "180天",
            "benchmark": "2.35%-2.85%",
            "purchase_minimum_fen": "1000元",
            "redemption": "封闭期内不可赎回，到期自动兑付",
        },
    ),
    "card": (
        "card",
        {"annual_fee": "200元/年", "instalment_rate": "13.2", "grace_days": "20—50天"},
    ),
    "waived": (
        "card",
        {"annual_fee": "主卡100元/年，当年刷卡满6笔免次年年费", "instalment_rate": "13.2"},
    ),
    "code": ("payment", {"settlement": "默认次日到账", "merchant_fee": "0.38%"}),
    "policy": (
        "insurance",
        {
            "insurance_type": "annuity",
            "cooling_off_days": "15",
            "waiting_days": "90",
            "insured_age_min": "18",
            "insured_age_max": "60",
            "premium": "每年1000元起，交10年",
            "term": "20年",
        },
    ),
}

BAD: dict[str, str] = {
    "deposit": """
title: 三年定期年利率3.5%
title: 一年定期1.95%
title: 1年期1.95%
title: 定期存款：1年 1.95%
title: 一年定期3.5%
title: 一年定期利率3.5厘
title: 1年定期 1.9 5%
title: 一年定存百分之一点九五
title: 五年期定期存款
title: 三年利率1.75%
title: 定期存款100元起
summary: 五年期
summary: 存三年
summary: 三年期，利息更多
body: 5年期
body: 存三年
body: 存期：三年
body: 起点一千元
body: 100元起
body: 起点：1万元
body: 门槛100元，人人可存
body: 一年定期1.95%，到期支取
body: 定期存款1.95%
body: 一年期，年息三厘一
points: 一年期 1.95%
script: 您好，这款定期存三年，到网点办
script: 一百元起，欢迎来存
""",
    "certificate": """
title: 大额存单三年期2.6%
title: 五年期大额存单
body: 一年期 2.05%
body: 三年期 1.50%
summary: 10万元起
body: 起点十万元
body: 存五年
""",
    "loan": """
title: 助农贷三年期
body: 可分36个月还
body: 分36个月还清
title: 年息三厘一
body: 年息三厘一
body: 期限三年
title: 助农贷3.1%起
body: 贷款3.1%起
summary: 五年期贷款
body: 利率2.5厘
body: 最长可借10年
""",
    "wealth": """
title: 安鑫封闭90天
title: 安鑫90天
body: 期限90天
body: 期限：90天
body: 封闭期365天
body: 期限为一年
body: 投资期限3年
body: 持有一年
summary: 90天期限，到期自动兑付
summary: 100元起
body: 起点一百元
points: 封闭90天
""",
    "card": """
body: 终身免年费
body: 年费100元
title: 免年费信用卡
summary: 年费全免
body: 0年费
body: 首年免年费
body: 每年100元年费
body: 免息期最长90天
points: 免收年费
""",
    "waived": """
title: 终身免年费
body: 永久免年费
body: 年费50元
""",
    "code": """
title: 手续费全免
body: 费率0.25%
body: 免手续费
body: 零费率
body: 0手续费
body: 收款手续费只要0.2%
body: 费率千分之二
title: 实时到账
body: 收款实时到账
body: 当天到账，不用等
body: T+0到账
body: 资金秒到
points: 零手续费
""",
    "policy": """
body: 犹豫期20天
summary: 犹豫期为30天
body: 20天犹豫期
body: 70岁也能投保
body: 投保年龄0-75岁
body: 65周岁可投保
body: 每年交5000元
body: 交3年
body: 每年只要交500元
body: 缴费期5年
body: 等待期30天
title: 16岁就能投保
body: 保险期间30年
""",
}

DOUBTFUL: dict[str, str] = {
    "deposit": """
body: 也有三年期可选，利率2.35%
body: 三年期利率2.35%
summary: 另有五年期
body: 其他期限：三年期2.35%
""",
    "wealth": """
body: 还有封闭365天的产品可选
""",
    "waived": """
body: 免年费
""",
}

HONEST: dict[str, str] = {
    "deposit": """
title: 一年定期存款
title: 一年定期存款，起存50元
title: 稳稳存，起点50元
body: 三年后再来也行，起存50元，存期一年
title: 一年定期1.75%
title: 1年期 1.75%
title: 定期存款：12个月
title: 2026年春节存款季
title: 成立20周年专属存款
title: 50元起存的定期
summary: 一年期，50元起存，到期一次还本付息
body: 年利率1.75%，以网点公示为准
body: 一年期年利率百分之一点七五
body: 存期12个月
body: 存款保险最高偿付50万元
body: 年过半百，选一年定期
body: 半块蛋糕也能庆祝，半元硬币免费换
body: 期限１２个月，50元起存
body: 存期١٢个月，٥٠元起存
body: 比一年期多
body: 提前支取按支取日活期利率0.05%计息
body: 提前支取，存满三个月也按活期计息
body: 活动时间2026年12月1日至2026年12月31日
body: 咨询电话0838-5550000，工作日8:30至17:30
body: 年满18岁持本人身份证办理，老人可由子女代办
body: 我行成立20周年，服务三农70年
body: 例如存1万元，一年利息175元
body: 例如存10000元，期限一年，到期利息175元
body: 到期不取自动转存一年
body: 网点有3个窗口，2名大堂经理
body: 7天内到期的客户会收到短信
body: 追加存款100元起
body: 一年期LPR为3.0%，与存款无关
body: 三年期国债由财政部发行
body: 存单存满一年，按约定利率付息
body: 同业一年期平均利率1.6%
body: 去年一年期利率1.95%，现在1.75%
body: 原三年期产品已停售
body: 每月工资留500元，一年就是6000元
body: 谨防“三年期3.5%高息存款”骗局
body: 全县26个网点，3公里内就有一家
body: 满意度99.2%，服务10万客户
body: 活动期间存款客户增长12.5%
body: 手机银行转账单笔5万元以下免费
body: 消费满100元起送券的活动已结束
body: 三年前开的存单可在柜面查询
body: 存折使用10年，磁条失效可免费换
body: 2025年12月31日前开户的客户
body: 办理只要10分钟
body: 三年内无不良记录
script: 您的存款2026年12月30日到期，方便时到网点办理
script: 一年期存款年利率1.75%，50元起存
points: 50元起存
points: 一年期固定利率
body: 不是三年期，请看清期限再存
body: 账户冻结6个月以上需重新核实身份
""",
    "certificate": """
title: 个人大额存单
title: 大额存单三年期2.05%
title: 大额存单：一年、二年、三年
body: 一年期 1.50%，二年期1.65%，三年期2.05%
body: 一年 1.50%\\n二年 1.65%\\n三年 2.05%
summary: 20万元起存
body: 三年期30万元起
body: 利率1.50%-2.05%
body: 发行期至2026年12月31日，额度5000万元
body: 期限36个月的，到期一次还本付息
""",
    "loan": """
title: 惠农贷：最高30万元
body: 期限最长1年
body: 可分6个月还
body: 分12期还
body: 可借3个月、6个月、12个月
body: 年化利率4.35%起
body: 年利率4.35%-6%（单利）
body: 每月最低还款100元
body: 一次授信，三年有效
body: 授信三年，单笔用款不超过一年
body: 逾期罚息在合同利率上加收50%
body: 年满22至60周岁的农户
body: 经营满2年的个体户
body: 一年期LPR为3.0%，五年期LPR为3.5%
body: 民间借贷月息三分要小心
body: 财政贴息后利率2.35%
body: 农机质保3年
body: 房贷最长30年，请另行咨询
body: 3个工作日审批
body: 提前还款不收违约金
body: 例如借1万元，期限6个月，利息约218元
body: 贷款余额200亿元，不良率1.2%
body: 需近6个月的流水
body: 首付20%起的农机购置
""",
    "wealth": """
title: 安鑫180天
title: 安鑫封闭180天（R2）
title: 安鑫6个月
title: 2026年第3期安鑫180天
body: 期限180天
body: 封闭期6个月
body: 持有180天到期
body: 1000元起购
body: 业绩比较基准2.35%-2.85%
body: 募集期7天，2026年12月1日至2026年12月7日
body: 近1年年化3.1%，过往业绩不预示未来
body: 成立以来满3年的管理人
body: 投资冷静期24小时
body: 管理费0.15%/年
body: 双录资料保存10年
body: 追加100元起
body: 持有5年以上投资经验的客户也请先做测评
body: 与封闭365天的产品相比，期限更短
""",
    "card": """
body: 年费200元/年
body: 年费200元，按年收取
body: 主卡年费200元
body: 最长免息期50天
body: 免息期20—50天
body: 不能免年费
body: 不是终身免年费，请留意年费规则
body: 消费满200元减20元，每周六限前100名
body: 每月最低还款额为账单的10%
body: 分期手续费以页面公示为准
body: 年费、违约金请看费用说明
""",
    "waived": """
body: 当年刷卡满6笔免次年年费
body: 主卡年费100元，刷满6笔免次年年费
body: 刷6笔，次年免年费
body: 年费100元/年
""",
    "code": """
body: 费率0.38%
body: 手续费千分之3.8
body: 默认次日到账
body: 收款次日到账，节假日照常
body: 收款语音实时播报
body: 到账实时提醒
body: T+1到账
body: 手机银行转账免手续费
body: 开通不收工本费，0元开通
body: 单笔5万元、单日20万元
body: 信用卡收款费率0.6%
body: 退款当天处理
body: 不是零费率，请看费率明细
body: 上门装码，3天内办好
""",
    "policy": """
body: 犹豫期15天
body: 犹豫期为15个自然日
body: 15天犹豫期内可无损失退保
body: 18至60周岁可投保
body: 60岁以下可以投保
body: 70岁不能投保
body: 61岁以上暂不能投保
body: 投保人须年满18周岁
body: 保障至80周岁
body: 60岁起领取养老金
body: 每年交1000元，交10年
body: 缴费期10年，保险期间20年
body: 等待期90天
body: 例如35岁客户，每年交5000元
body: 退保在15天后会有损失
body: 保单满5年的现金价值请看合同
""",
}


def cases(which: dict[str, str]) -> list[tuple[str, str]]:
    """Return each text with the name of its product."""
    return [(name, text) for name, texts in which.items() for text in texts.strip().splitlines()]
