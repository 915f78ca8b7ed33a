"""Examples of lists, matches and conversions: fields that say more than their type.

By schema name; a field that is not named here is put together as everywhere else.
"""

from typing import Any

_MAPPING = {"phone": "手机号", "points": "得分"}
_GROUP: dict[str, Any] = {
    "age": "50–59 岁",
    "assets": "5–20 万",
    "expr": "年龄 >= 50 且 年龄 <= 59 且 资产 >= 5万 且 资产 < 20万",
    "customers": 520,
    "viewed": 119,
    "left": 5,
    "done": 2,
    "left_bp": 420,
    "done_bp": 168,
}

FIELDS: dict[str, dict[str, Any]] = {
    "ConsentTextBody": {
        "version": "柜面授权书 2026-12",
        "wording": "本人同意贵行就存款、贷款业务通过企业微信向本人推荐产品，可随时撤回。",
    },
    "ConsentTextView": {
        "version": "柜面授权书 2026-12",
        "wording": "本人同意贵行就存款、贷款业务通过企业微信向本人推荐产品，可随时撤回。",
        "is_own": True,
        "by": "李娜",
        "wishes": 128,
        "forms": 0,
    },
    "ListForm": {
        "file": "（零售贷款模型.csv 的内容）",
        "kind": "scores",
        "mapping": '{"phone": "手机号", "points": "得分"}',
        "wish": '{"source": "零售贷款模型", "topic": "loan", "half_life_days": 30}',
        "dry_run": True,
    },
    "ListView": {
        "kind": "scores",
        "filename": "零售贷款模型.csv",
        "stage": "load",
        "state": "done",
        "done": 58,
        "total": 58,
        "encoding": "UTF-8",
        "headers": ["客户姓名", "手机号", "得分"],
        "mapping": _MAPPING,
        "source": "零售贷款模型",
        "topics": ["loan"],
        "said_on": "2026-11-25",
        "until_on": "2027-02-23",
        "told": 57,
        "people": 57,
        "repeated": 1,
        "empty": 0,
        "failed": 0,
        "message": "导入完成：记下 57 位客户的 57 条评分，1 行重复（以后面的行为准）",
        "may_undo": True,
    },
    "ListStarted": {
        "state": "queued",
        "mapping": _MAPPING,
        "message": "",
    },
    "MatchList": {"total": 1, "barred": ["fund"], "next_cursor": None},
    "NeedTask": {"title": "贷款：匹配名单里的客户，请联系"},
    "SegmentRow": _GROUP,
    "SegmentReport": {
        "days": 90,
        "topic": "",
        "least": 10,
        "items": [_GROUP],
        "rest": None,
        "total": {**_GROUP, "age": "合计", "assets": "", "expr": ""},
    },
}
