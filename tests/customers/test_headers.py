import pytest

from contenthub.customers.headers import guess_mapping


@pytest.mark.parametrize(
    ("header", "field"),
    [
        ("姓名", "name"),
        (" 客户姓名 ", "name"),
        ("客户名称*", "name"),
        ("手机", "phone"),
        ("手机号（必填）", "phone"),
        ("联系电话", "phone"),
        ("移动电话", "phone"),
        ("出生日期", "birthday"),
        ("生日", "birthday"),
        ("开户机构", "branch"),
        ("所属支行", "branch"),
        ("机构号", "branch"),
        ("客户经理", "owner"),
        ("管户经理工号", "owner"),
        ("资产", "aum"),
        ("ＡＵＭ", "aum"),
        ("日均资产(元)", "aum"),
        ("金融资产", "aum"),
        ("金融资产（万元）", "aum_wan"),
        ("资产区间", "aum_band"),
        ("资产区间(万元)", "aum_band_wan"),
        ("客户标签", "tags"),
        ("拒绝业务", "refused"),
        ("客户号", "crm_no"),
        ("性别", "gender"),
        ("external_userid", "external_userid"),
        ("企微ID", "external_userid"),
    ],
)
def test_the_headers_banks_use_are_known(header: str, field: str) -> None:
    assert guess_mapping([header, "备注"]) == {field: header}


def test_the_best_of_two_candidates_wins_whatever_their_order() -> None:
    assert guess_mapping(["联系电话", "手机号", "名称"]) == {"phone": "手机号", "name": "名称"}
