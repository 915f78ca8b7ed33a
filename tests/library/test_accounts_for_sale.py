"""Bank accounts, cards and payment codes are nobody's to buy, let or lend (PAY-02)."""

import pytest

from contenthub.library.lint import lint

BAD = """
高价收购银行卡，一套一千元。
回收闲置对公账户，价格面议。
长期收电话卡、银行卡，现金结算。
把不用的银行卡租给我们，一天一百元。
银行卡借给我们用几天，给您三百元。
收款码借给我们收款，一天给50元。
出租收款码，日赚三百。
闲置银行卡卖给我，当场付款。
帮我们走账，一笔提成两百元。
帮人过账，提成百分之二。
跑分一天赚500元，有收款码就行。
出借账户，每月得800元。
回收废旧电话卡，一张五十元。
租用对公账户，月付三千。
高价收银行卡、收款码，日结不拖欠。
不用的储蓄卡可以卖给我们，当天结账。
借用您的账户走账，每笔给20元。
替老板走账，一天三百元。
对公账户出租，每月租金两千元。
大量收购个人收款码。
收购银行卡四件套。
电话卡租给我，一个月两百。
帮忙过账，一笔一百。
谁有闲置的手机卡，卖给我们换现钱。
帮人走账，每笔抽百分之一
收购银行卡，绝不骗人，安全可靠。
招募兼职，提供个人账户走流水，日结三百。
收各行一类卡，带U盾，价格从优。
帮公司过一下账，每笔提两个点。
借您银行卡收几笔款，一笔酬谢一百。
手机卡租一个月，给您两百元话费。
求购电话卡，实名的优先。
在家跑分，轻松日赚八百。
"""
GOOD = """
不要出租出借银行卡。
严禁买卖账户。
收款码不要借给别人。
银行卡丢失请及时挂失。
到期的旧银行卡由网点回收，统一剪角销毁。
出租房屋收租金，可用收款码收款，一笔一短信。
粮食收购款直接打到您的银行卡，每笔都有短信。
粮食收购账户开立，请带营业执照。
出租、出借银行卡，五年内不得新开户。
出租银行卡赚几百元，可能构成犯罪。
凡是让您帮忙走账、给提成的，都是骗子。
陌生人说把银行卡借给我用，给你500元，别答应。
出租车司机可申请收款码，每笔收款实时到账。
工资走账每笔免手续费。
有人高价收购银行卡，请拨打110。
银行卡绑定手机银行，借记卡当天可用。
我行回收旧存折和银行卡，请到柜台办理。
您的收款码贴纸破损，我们免费更换。
商户把店铺租给我们行，账户照常使用。
买卖银行卡是犯罪。
警惕“高价回收银行卡”骗局。
切勿把收款码租给他人。
帮村集体走账，每笔留痕可查。
任何人要租用您的账户，请拒绝。
本行从不收购银行卡。
手机跑分再高，一天也要充一次电。
企业收购烟叶，账户资金当天到账。
银行卡不要卖给别人，也不要借给朋友走账。
别为几百块钱把银行卡租给别人。
别信帮人走账一天赚500元。
请不要把电话卡、银行卡卖给收卡的人。
出售农产品，收款码到账快，提成照旧。
旧收款码由客户经理回收，免费换新。
回收旧收款码立牌，免费换新。
出租出借银行卡代价大，别为三百元毁了信用。
帮村里过账，每笔给您发短信。
对公账户出租房屋的，租金2000元当天到账。
收到“帮忙走账，一笔给你两百”的消息，直接拉黑。
村民老刘把银行卡租给别人，结果账户被冻结。
兼职刷单、跑分赚佣金，都是坑。
超市收银台的收款码坏了，我们两小时内上门换。
收购苹果的老板，用我行收款码当天到账。
请妥善保管银行卡，不外借、不出租。
信用卡借一万元，分三期还。
有人借您银行卡收款、一笔酬谢一百的，请拒绝。
转让账户会影响征信，最高罚20万元。
对公账户租金每月自动扣款。
租金2000元可用对公账户转账
我行员工绝不会说“把卡借给我们用用”。
"""
ITEMS = [("article", "life"), ("faq", "education"), ("script", "loan")]


def found(kind: str, topic: str, text: str) -> list[str]:
    """Return how severe each finding of the rule is."""
    return [hit.severity for hit in lint(kind, topic, {}, text) if hit.rule == "PAY-02"]


@pytest.mark.parametrize("text", BAD.split())
def test_who_buys_or_lets_accounts_is_stopped_in_every_business(text: str) -> None:
    for kind, topic in ITEMS:
        assert "block" in found(kind, topic, f"欢迎到店。{text}")


@pytest.mark.parametrize("text", GOOD.split())
def test_warnings_and_everyday_words_about_cards_pass(text: str) -> None:
    for kind, topic in ITEMS:
        assert not found(kind, topic, f"欢迎到店。{text}")


def test_one_press_takes_the_offer_out() -> None:
    text = "我们在县城有三家网点。高价收购银行卡，一套一千元。网点早上八点半开门。"
    hits = [hit for hit in lint("article", "life", {}, text) if hit.rule == "PAY-02"]
    assert [hit.fix and hit.fix["after"] for hit in hits] == [""]
