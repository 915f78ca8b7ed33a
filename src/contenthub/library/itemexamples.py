"""Idea: one example of each kind of item, for the template that a clerk fills in."""

from collections.abc import Mapping

from contenthub.library import itempages, kinds
from contenthub.library.itempages import FIELD
from contenthub.tenants.topics import TOPICS

_TITLES = {
    "product": {
        "deposit": "三年期大额存单",
        "loan": "惠农小额贷款",
        "wealth": "稳健理财一号",
        "fund": "短债基金",
        "insurance": "家庭意外险",
        "card": "乡村振兴信用卡",
        "payment": "商户收款码",
        "life": "社保卡代办",
    },
    "right": {"deposit": "春节洗车券"},
    "faq": {"deposit": "大额存单可以提前支取吗"},
    "activity": {"deposit": "重阳节健康讲座"},
    "article": {"deposit": "三招识别冒充客服的骗局"},
    "script": {"deposit": "存款到期提醒"},
}
_VALUES = {
    "text": "示例文字",
    "longtext": "示例文字，写清楚规则",
    "message": "您好，我是{{ employee.name }}，您的存款快到期了，方便时可以到网点办理。",
    "rich": "示例文字",
    "rate_bp": "2.05",
    "odds_ppm": "1%",
    "money_fen": "20万元",
    "date": "2026-12-31",
    "datetime": "2026-12-20 09:00",
    "int": "1",
    "item": "",
    "asset": "",
}
_FIELDS = {
    "starts_at": "2026-12-20 09:00",
    "ends_at": "2026-12-20 11:30",
    "signup_until": "2026-12-18 18:00",
    "redeem_from": "2026-12-01",
    "redeem_until": "2026-12-31",
    "raise_from": "2026-12-01",
    "raise_until": "2026-12-10",
    "draw_at": "2026-12-20 11:00",
    "annual_rate": "3.45",
    "annual_rate_max": "5.45",
    "comprehensive_cost_rate": "5.45",
    "insured_age_min": "18",
    "insured_age_max": "65",
    "term": "三年",
    "contact": "0838-5550000",
    "merchant_phone": "0838-5551234",
    "fund_code": "000123",
    "cooling_off_days": "15",
    "waiting_days": "90",
    "stock": "300",
    "capacity": "60",
    "answer": "可以，提前支取部分按支取日活期利率计息。",
    "summary": "20 万元起存，到期一次还本付息",
    "selling_points": "20 万元起存\n到期一次还本付息",
    "comprehensive_cost": "利息｜本行｜年化 3.45%\n担保费｜担保公司｜年化 0.5%",
    "prizes": "保温杯｜50元｜20｜｜实物",
    "signup_fields": "姓名、手机号",
}


def example(kind: str, topic: str) -> Mapping[str, str]:
    """Return column name -> text of an example that the kind's own checks take."""
    titles = _TITLES[kind]
    found = {
        "title": titles.get(topic, next(iter(titles.values()))),
        "topic": TOPICS[topic],
        "labels": "春节、老年客群",
        "valid_until": "2026-12-31",
    }
    for spec in kinds.fields_of(kind, topic):
        if not spec.setting:
            found[FIELD + spec.name] = _text(spec)
    return {name: itempages.tidy(text) for name, text in found.items()}


def _text(spec: kinds.Field) -> str:
    if spec.name in _FIELDS:
        return _FIELDS[spec.name]
    if spec.type == "choice":
        return spec.choices[0][1]
    if spec.type == "list":
        return spec.choices[0][1] if spec.choices else "示例一\n示例二"
    if spec.type == "table":
        return "｜".join(_text(cell) for cell in spec.cells)
    return _VALUES[spec.type][: spec.max_chars]
