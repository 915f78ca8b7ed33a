"""Which column of a bank's file is which field: the headers banks use, guessed."""

from collections.abc import Sequence

from contenthub.uploads import headers

#: field -> the headers banks use for it, best first.
SYNONYMS: dict[str, tuple[str, ...]] = {
    "name": ("姓名", "客户姓名", "客户名称", "名称", "户名", "客户名", "name"),
    "phone": (
        *("手机号", "手机", "手机号码", "客户手机号", "客户手机", "联系电话", "移动电话"),
        *("电话", "联系方式", "电话号码", "预留手机号", "mobile", "phone"),
    ),
    "gender": ("性别", "客户性别", "gender", "sex"),
    "birthday": ("出生日期", "生日", "出生年月日", "客户生日", "birthday"),
    "branch": (
        *("开户机构", "所属支行", "机构号", "所属机构", "开户支行", "开户行", "归属机构"),
        *(
            "机构",
            "支行",
            "网点",
            "所属网点",
            "机构名称",
            "机构编号",
            "机构代码",
            "支行名称",
            "branch",
        ),
    ),
    "owner": (
        *("管户经理工号", "客户经理工号", "客户经理", "管户经理", "管户人工号", "管户人"),
        *("经理工号", "维护人工号", "员工工号", "工号", "owner"),
    ),
    "aum": (
        *("资产", "aum", "日均资产", "金融资产", "aum余额", "资产余额", "总资产", "金融资产余额"),
        *("月日均资产", "年日均资产", "月日均aum", "季日均aum", "aum日均", "资产总额"),
    ),
    "aum_wan": (),
    "aum_band": (
        "资产区间",
        "aum区间",
        "资产等级",
        "资产层级",
        "资产分层",
        "aum分层",
        "金融资产区间",
    ),
    "risk": (
        *("风险承受等级", "风险等级", "风险承受能力", "客户风险等级", "风险测评等级"),
        *("风险测评结果", "风险承受能力等级", "风评等级"),
    ),
    "risk_until": ("风险测评有效期", "风险测评到期日", "测评到期日", "测评有效期", "风评到期日"),
    "tags": ("标签", "客户标签", "客群标签", "标签名称", "客群", "tags"),
    "refused": ("拒绝业务", "客户拒绝", "拒绝营销业务", "拒绝类别", "拒绝业务类别", "refused"),
    "crm_no": ("客户号", "客户编号", "核心客户号", "ecif号", "ecif客户号", "客户id", "customerno"),
    "external_userid": (
        *("externaluserid", "企微id", "企业微信id", "企微外部联系人id", "外部联系人id"),
        *("企微客户id", "企业微信客户id"),
    ),
    "lunar_birthday": ("农历生日", "阴历生日", "农历出生日期", "农历出生日"),
    "products": ("持有产品", "产品持有", "已持有产品", "持有业务", "签约产品", "已开通业务"),
    "deposit_due_on": ("存款到期日", "定期到期日", "定期存款到期日", "存单到期日", "存款到期日期"),
    "wealth_due_on": ("理财到期日", "理财产品到期日", "理财到期日期"),
    "loan_due_on": ("贷款到期日", "贷款到期日期", "授信到期日"),
    "is_merchant": ("是否商户", "商户标志", "商户标识", "是否收单商户"),
    "grid": (
        "村",
        "网格",
        "村组",
        "所属村",
        "行政村",
        "所属网格",
        "网格名称",
        "村（网格）",
        "村/网格",
    ),
    "contacted_on": ("最近联系日期", "最近联系", "最近联系时间", "上次联系日期", "最近拜访日期"),
    "added_on": ("加微日期", "添加微信日期", "加微时间", "企微添加时间", "企微添加日期"),
    "stage": ("客户阶段", "经营阶段"),
    "remark": ("客户备注", "企微备注", "微信备注"),
    "as_of": ("数据日期", "统计日期", "取数日期", "数据统计日期", "更新日期"),
}


def guess_mapping(names: Sequence[str]) -> dict[str, str]:
    """Return field -> header for every field whose column can be told by its name.

    A header goes to one field at most; an amount headed 万元 goes to `aum_wan` or
    `aum_band_wan` instead of `aum` or `aum_band`.
    """
    mapping = headers.guess(names, SYNONYMS)
    for field in ("aum", "aum_band"):
        header = mapping.get(field)
        if header is not None and headers.WAN.search(headers.normal(header)):
            mapping[f"{field}_wan"] = mapping.pop(field)
    return mapping
