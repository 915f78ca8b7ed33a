"""Idea: the declared fields of rights, questions, activities, articles and scripts.

A new field is one line here and nothing else. What is due by law: 广告法 art. 8,
规范促销行为暂行规定 (prizes: kinds, numbers, odds), compliance page section 5.1.
"""

from dataclasses import replace

from contenthub.library.fieldtypes import Field
from contenthub.library.productfields import (
    ATTACHMENT,
    AUDIENCE,
    CONTACT,
    COVER,
    OFFERED,
    PRODUCT,
    SUMMARY,
)

__all__ = ["ACTIVITY", "ARTICLE", "FAQ", "PRODUCT", "RIGHT", "SCRIPT"]

_NOT_FINANCIAL = frozenset({"life", "education", "rights"})
"""Topics where bringing others may be rewarded: never a financial product (办法 art. 2)."""

SCENES = (("one_to_one", "一对一"), ("group", "客户群"), ("moments", "朋友圈"))
SIGNUP_FIELDS = (
    ("name", "姓名"),
    ("phone", "手机号"),
    ("branch", "意向网点"),
    ("people", "几位参加"),
    ("visit_on", "到店日期"),
    ("remark", "备注"),
)
_RIGHT_TYPES = (
    ("coupon", "优惠券"),
    ("monthly", "按月配送权益"),
    ("service", "服务名额"),
    ("gift", "礼品"),
)
_REDEEM_WAYS = (
    ("show", "到店出示"),
    ("code", "兑换码"),
    ("branch", "网点登记领取"),
    ("merchant", "商户核销"),
)
_CHECKINS = (
    ("scan", "现场扫码"),
    ("phone", "报手机号后四位"),
    ("list", "签到表"),
    ("none", "无需签到"),
)
_PRIZE_KINDS = (("goods", "实物"), ("coupon", "券"), ("service", "服务"), ("points", "积分"))
_REWARD_ACTS = (
    ("signup", "被邀请人报名"),
    ("attendance", "被邀请人到场"),
    ("lead", "被邀请人留资并核实"),
)
_SEGMENT_RULES = (
    Field("segment", "客群", required=True, max_chars=40, is_name=True),
    Field("per_person", "每人可领", "int", required=True, max_value=1000),
    Field("note", "说明", max_chars=80),
)
_AGENDA = (
    Field("time", "时间", required=True, max_chars=30, is_name=True),
    Field("what", "内容", required=True, max_chars=80),
    Field("who", "主讲或负责", max_chars=40, is_name=True),
)
_PRIZES = (
    Field("prize", "奖品", required=True, max_chars=80, is_name=True),
    Field("value_fen", "单价", "money_fen", required=True, min_value=1, was=("value",)),
    Field("quantity", "数量", "int", required=True, min_value=1, max_value=1_000_000),
    Field("odds_ppm", "中奖概率", "odds_ppm", min_value=1, max_value=1_000_000),
    Field("kind", "种类", "choice", choices=_PRIZE_KINDS),
)

RIGHT: tuple[Field, ...] = (
    SUMMARY,
    COVER,
    Field("right_type", "权益类型", "choice", choices=_RIGHT_TYPES),
    AUDIENCE,
    Field(
        "stock",
        "份数",
        "int",
        required=True,
        min_value=1,
        max_value=10_000_000,
        help="共发多少份，例如 300",
    ),
    Field(
        "per_person",
        "每人限领",
        "int",
        required=True,
        min_value=1,
        max_value=1000,
        help="同一手机号共可领，例如 1",
    ),
    Field(
        "monthly_per_person",
        "每人每月可领",
        "int",
        min_value=1,
        empty_means="不按月限领",
        max_value=1000,
        help="按月配送的权益填写，例如 1",
    ),
    Field(
        "monthly_stock",
        "每月份数",
        "int",
        min_value=1,
        max_value=10_000_000,
        empty_means="不按月限量",
        help="每月发完为止，例如 100；不按月限量请留空",
    ),
    Field(
        "segment_rules",
        "分客群规则",
        "table",
        cells=_SEGMENT_RULES,
        place="table",
        help="每行：客群｜每人可领｜说明（可不填）；客群写已保存的客群名或标签，没有单列的按“每人限领”",
    ),
    Field("face_value_fen", "面值", "money_fen", min_value=1, help="例如 30元", place="key"),
    Field(
        "spec",
        "品种规格",
        required=True,
        max_chars=120,
        help="例如 洗车券，单次，5 座车",
        is_name=True,
    ),
    Field("redeem_way", "兑换途径", "choice", choices=_REDEEM_WAYS),
    Field("how_to_redeem", "兑换方法", "longtext", required=True, max_chars=400, place="text"),
    Field(
        "redemption_code",
        "通用兑换码",
        max_chars=40,
        place="off",
        help="所有领取人共用一个码时填写；客户页面不显示，由客户经理告知",
    ),
    Field("redeem_from", "兑换开始", "date", required=True, help="例如 2026-12-01", place="key"),
    Field("redeem_until", "兑换截止", "date", required=True, help="例如 2026-12-31", place="key"),
    Field("merchant", "商户", max_chars=80, is_name=True),
    Field("merchant_address", "商户地址", max_chars=120, is_name=True),
    Field("merchant_phone", "商户电话", max_chars=40, check="phone", help="座机请写区号"),
    Field("stop_rule", "领完怎么办", max_chars=120, help="例如 领完即止，页面同步提示"),
    CONTACT,
)

FAQ: tuple[Field, ...] = (
    Field("question", "标准问", max_chars=200, help="不填时用标题", place="lead"),
    Field("variants", "其他问法", "list", max_chars=100, help="每行一种客户的问法", place="off"),
    Field(
        "answer",
        "答复",
        "longtext",
        required=True,
        max_chars=2000,
        help="一线员工照着念就对",
        place="text",
    ),
    Field("steps", "办理步骤", "list", max_chars=120, help="每行一步", place="points"),
    Field(
        "related_product",
        "相关产品",
        "item",
        item_kinds=("product",),
        help="产品编号，例如 P-1001；客户可从答复页打开它",
        place="related",
    ),
    Field("source", "依据", max_chars=120, help="制度、公告或法规名称和日期", is_name=True),
    *OFFERED,
)

_REWARDS = (
    Field(
        "referral_reward_fen",
        "转介奖励",
        "money_fen",
        topics=_NOT_FINANCIAL,
        max_value=20_000,
        setting="rewards",
        place="off",
        help="每带来一位新参加者给转介人的奖励，例如 10元；只用于活动和权益，不写在客户页面上",
    ),
    Field(
        "referral_reward_act",
        "奖励条件",
        "choice",
        choices=_REWARD_ACTS,
        topics=_NOT_FINANCIAL,
        setting="rewards",
        place="off",
        help="只按真实行为计，不按转发次数、不按业务金额",
    ),
    Field(
        "referral_reward_cap_fen",
        "每人奖励上限",
        "money_fen",
        topics=_NOT_FINANCIAL,
        max_value=200_000,
        setting="rewards",
        place="off",
        help="例如 100元",
    ),
    Field(
        "referral_reward_budget_fen",
        "奖励总预算",
        "money_fen",
        topics=_NOT_FINANCIAL,
        setting="rewards",
        place="off",
        help="用完即停，例如 5000元",
    ),
)

ACTIVITY: tuple[Field, ...] = (
    SUMMARY,
    COVER,
    Field(
        "starts_at",
        "开始时间",
        "datetime",
        required=True,
        help="例如 2026-12-20 09:00",
        place="when",
    ),
    Field(
        "ends_at", "结束时间", "datetime", required=True, help="例如 2026-12-20 11:30", place="when"
    ),
    Field("place", "地点", max_chars=120, required=True, place="key", is_name=True),
    Field("getting_there", "怎么去", max_chars=120, help="例如 乘2路车到文化广场站"),
    AUDIENCE,
    Field("region", "活动区域", max_chars=80, help="例如 城关镇、河东乡", is_name=True),
    Field(
        "capacity",
        "名额",
        "int",
        min_value=1,
        max_value=1_000_000,
        empty_means="不限名额",
        help="例如 60；不限名额请留空",
    ),
    Field("signup_until", "报名截止", "datetime"),
    Field(
        "signup_fields",
        "报名要填",
        "list",
        choices=SIGNUP_FIELDS,
        max_items=3,
        free=("name", "phone"),
        former=(("people", "同行人数"),),
        help="越少越好；姓名和手机号总是要填，另外最多选 3 项",
        place="off",
    ),
    Field("checkin", "签到方式", "choice", choices=_CHECKINS),
    Field(
        "agenda",
        "活动流程",
        "table",
        cells=_AGENDA,
        place="table",
        help="每行：时间｜内容｜主讲或负责（可不填）",
    ),
    Field("organiser", "主办单位", required=True, max_chars=80, is_name=True),
    Field("co_organiser", "协办单位", max_chars=80, is_name=True),
    replace(CONTACT, required=True),
    Field(
        "prizes",
        "奖品",
        "table",
        cells=_PRIZES,
        place="table",
        help="每行：奖品｜单价｜数量｜中奖概率｜种类；抽奖须写概率，例如 1%",
    ),
    Field(
        "draw_rule",
        "开奖与兑奖",
        "longtext",
        max_chars=500,
        help="时间、方式、兑奖期限、弃奖处理",
        place="text",
    ),
    Field("draw_at", "开奖时间", "datetime", help="例如 2026-12-20 11:30"),
    Field("prize_until", "兑奖截止", "date", help="例如 2026-12-31"),
    Field("stop_rule", "名额用完怎么办", max_chars=120),
    *OFFERED,
    *_REWARDS,
)
RIGHT = (*RIGHT, *_REWARDS)

ARTICLE: tuple[Field, ...] = (
    Field("summary", "摘要", max_chars=160, help="列表和分享卡片上显示", place="lead"),
    COVER,
    Field(
        "video",
        "短视频",
        "asset",
        mimes=("video/",),
        place="media",
        help="MP4，不超过 200 MB",
    ),
    Field("audio", "音频", "asset", mimes=("audio/",), place="media", help="MP3 或 M4A"),
    ATTACHMENT,
    Field(
        "related_item",
        "相关内容",
        "item",
        item_kinds=("product", "right", "activity", "faq"),
        help="另一条内容的编号，例如 A-1001",
        place="related",
    ),
    Field("source", "来源", max_chars=80, help="转载请写原文出处和日期", is_name=True),
    Field("author_name", "撰稿", max_chars=40, is_name=True),
    *OFFERED,
)

SCRIPT: tuple[Field, ...] = (
    Field("scene", "场景", "choice", choices=SCENES, required=True, help="发给谁看", place="off"),
    Field(
        "text",
        "话术",
        "message",
        required=True,
        max_chars=600,
        help="可用变量见右侧说明",
        place="text",
    ),
    Field("when", "什么时候用", max_chars=120, place="off"),
    Field(
        "related_item",
        "配合的内容",
        "item",
        item_kinds=("product", "right", "activity", "article", "faq"),
        help="发这段话时一起分享的内容编号，例如 P-1001",
        place="off",
    ),
    *OFFERED,
)
