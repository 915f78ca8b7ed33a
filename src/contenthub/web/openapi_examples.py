"""Examples of the OpenAPI document: what a bank would send and read, by schema and field name.

A body or answer that is not written out here is put together from its fields, so that a
new one has an example from its first day.
"""

from typing import Any

from contenthub.errors import (
    Conflict,
    Forbidden,
    Invalid,
    NotFound,
    NotSignedIn,
    TooMany,
    Unavailable,
    Upstream,
)
from contenthub.web import (
    openapi_examples_customers,
    openapi_examples_items,
    openapi_examples_tenants,
)

FIELDS = {
    **openapi_examples_tenants.FIELDS,
    **openapi_examples_items.FIELDS,
    **openapi_examples_customers.FIELDS,
}
_ID = "0199c8a2-5b1e-7c3d-9f00-{number:012x}"
_HASH = "9f2c1d7e" * 8
_EXPR = "(银发 and 代发工资) and not refused(理财) and aum >= 50000"
_MIXED: dict[str, Any] = {"summary": "20 万元起存，三年期 2.05%", "rate": 205}

BODIES: dict[str, Any] = {
    "ItemBody": {
        "kind": "product",
        "topic": "deposit",
        "title": "三年期大额存单",
        "fields": {"summary": "20 万元起存", "rate": 205, "selling_points": ["利率 2.05%"]},
        "body": "<p>到网点办理，存款保险保障。</p>",
        "valid_until": "2027-12-31",
    },
    "KitBody": {
        "name": "开门红内容包",
        "summary": "联社统一口径，利率和电话由各行填写",
        "item_ids": [_ID.format(number=1), _ID.format(number=2)],
        "template_ids": [_ID.format(number=7)],
    },
    "KitPatch": {"summary": "联社统一口径，利率、电话和网点由各行填写"},
    "CadenceBody": {
        "title": "存款到期",
        "topic": "deposit",
        "purpose": "定期存款 30 天内到期的客户",
        "steps": [
            {
                "day_from": 0,
                "day_to": 0,
                "reason": "存单快到期",
                "todo": "告诉到期日，问到期后打算用钱还是接着存",
                "item_id": _ID.format(number=1),
            },
            {"day_from": 7, "day_to": 10, "reason": "到期回访", "todo": "问办好没有"},
        ],
    },
    "StopCadenceBody": {"reason": "口径有变"},
    "ReachBody": {"expr": "银发 and not refused(存款)"},
    "StartBody": {"customer_ids": [_ID.format(number=9)], "why": "12 月到期的定期"},
    "FeedbackBody": {"outcome": "agreed", "on": "2027-01-08"},
    "PublishKitBody": {"note": "新增两条防骗话术"},
    "AdoptBody": {
        "subject_ids": [_ID.format(number=1)],
        "local": {_ID.format(number=1): {"rate": "1.85", "contact": "0571-96588"}},
    },
    "StarterBody": {"groups": ["tags", "loan", "festival"]},
    "MergeKitBody": {"keep_own": True},
    "RestoreBody": {"no": 1, "known_hash": _HASH},
    "CallOffBody": {"no": 1},
    "items_DraftBody": {"title": "三年期大额存单（新春版）", "fields": _MIXED},
    "LintBody": {
        "kind": "product",
        "topic": "deposit",
        "title": "三年期大额存单",
        "fields": {"summary": "全县利率最高，保本保息"},
        "body": "<p>到网点办理</p>",
    },
    "LoginBody": {"bank": "qingyuan", "login": "zhoumin", "password": "Qing-yuan-2026"},
    "NewCustomer": {
        "name": "王小明",
        "phone": "13800000001",
        "gender": "男",
        "birthday": "1958-03-12",
        "owner": "0231",
        "aum_fen": 12_600_000,
        "tags": ["银发", "代发工资"],
        "refused": ["理财"],
        "crm_no": "K20260318",
        "lunar_birthday": "正月廿二",
        "products": ["定期存款", "社保卡"],
        "deposit_due_on": "2027-03-12",
        "grid": "柳树村",
    },
    "GroupBody": {"name": "年龄段", "dimension": "kind", "colour": "teal", "is_exclusive": True},
    "GroupPatch": {"is_exclusive": True, "keep_newest": True},
    "TagBody": {"name": "定期到期", "group_id": _ID.format(number=3), "holds_days": 60},
    "TagPatch": {"name": "60岁以上"},
    "PutTagBody": {"tag_id": _ID.format(number=4), "until": "2027-06-30"},
    "ChangeTagsBody": {
        "kind": "put",
        "tag_id": _ID.format(number=4),
        "until": "2027-06-30",
        "filter": {"tag_ids": [_ID.format(number=5)], "stage": "active"},
    },
    "ContactBody": {"way": "call", "note": "下月定期到期，愿意转存", "is_reached": True},
    "RefusalBody": {"topic": "wealth", "until": "2027-06-30"},
    "PreviewBody": {"expr": _EXPR, "topic": "deposit"},
    "PushBody": {
        "title": "金秋存款季",
        "item_id": _ID.format(number=1),
        "expr": _EXPR,
        "schedule": {"kind": "once", "at": "2027-01-04T10:00:00+08:00"},
        "channel": "wecom",
        "message": "您好，我是{{ employee.name }}。{{ item.title }}：{{ link }}",
    },
    "TemplateBody": {
        "item_id": _ID.format(number=1),
        "title": "金秋存款季海报",
        "starter": "deposit-season",
    },
    "posters_DraftBody": {"title": "金秋存款季海报"},
    "StaffPatch": {"title": "客户经理", "phone": "13800000001", "state": "leave"},
    "StaffBody": {
        "login": "wangxm",
        "staff_no": "0231",
        "name": "王小明",
        "branch_id": _ID.format(number=3),
        "roles": ["employee"],
        "password": "Qing-yuan-2026",
        "title": "客户经理",
        "phone": "13800000001",
    },
    "LeadPatch": {"state": "contacted", "note": "周五到网点面谈"},
    "KeyBody": {
        "name": "夜间导入",
        "expires_at": "2027-12-31T23:59:59+08:00",
        "scopes": ["customers.view", "customers.import"],
        "ip_allow": ["10.20.0.0/16"],
        "per_minute": 600,
    },
    "ApproveBody": {
        "comment": "利率与牌价一致",
        "kept": [{"rule": "SRC-01", "where": "title:3", "reason": "有出处，已核对证明材料"}],
    },
    "LabelBody": {"name": "春节"},
    "LabelItemsBody": {
        "item_ids": [_ID.format(number=1), _ID.format(number=2)],
        "add": [_ID.format(number=9)],
        "remove": [],
    },
    "ViewBody": {
        "name": "本月到期的存款",
        "query": "kind=product&topic=deposit&validity=expiring-30&sort=until",
        "is_shared": True,
    },
    "ViewPatch": {"name": "下月到期的存款"},
    "FirstViewBody": {"view_id": _ID.format(number=8)},
    "ReturnBody": {"comment": "缺少风险提示或必要披露"},
    "BulkBody": {"ids": [_ID.format(number=5), _ID.format(number=6)], "verb": "approve"},
    "RemarkBody": {"field": "fields.rate", "text": "请写明是年化利率"},
    "AnswerBody": {"text": "已改为“年化利率 2.05%（单利）”"},
    "FlowBody": {
        "subject": "product",
        "steps": [
            {"name": "业务初审", "role": "reviewer", "hours": 4},
            {"name": "消保审查", "role": "compliance_reviewer", "hours": 8},
        ],
    },
    "DeputyBody": {
        "to_id": _ID.format(number=4),
        "starts_at": "2027-02-08T00:00:00+08:00",
        "ends_at": "2027-02-13T00:00:00+08:00",
        "reason": "年休假",
    },
    "KeyPatch": {"ip_allow": ["10.20.0.0/16", "2001:db8::/32"], "per_minute": 300},
    "EndpointBody": {
        "url": "https://crm.example.com/hooks/contenthub",
        "name": "客户管理系统",
        "events": ["lead.created", "push.finished"],
    },
    "EndpointPatch": {"state": "paused"},
    "ImportForm": {
        "file": "（客户.csv 的内容）",
        "dry_run": True,
        "mapping": '{"name": "客户姓名", "phone": "手机号"}',
    },
    "AssetForm": {"file": "（图片的内容）", "alt_text": "客户经理在田间为农户介绍贷款"},
}
"""Bodies written out; each decodes into its Struct (tests/web/test_openapi.py)."""

UPLOADS = {
    "sheet": "text/csv, application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "picture": "image/jpeg, image/png, image/webp",
}

# A field's name says what stands in it, whichever answer it is in.
_WORDS: dict[str, str] = {
    "name": "王小明",
    "title": "三年期大额存单",
    "item_title": "三年期大额存单",
    "login": "wangxm",
    "qualification": "valid",
    "by_name": "赵强",
    "staff_no": "0231",
    "staff_name": "王小明",
    "employee_name": "王小明",
    "actor_name": "周敏",
    "author": "李娜",
    "reviewer": "周敏",
    "owner": "王小明",
    "branch": "城关支行",
    "branch_name": "城关支行",
    "bank": "qingyuan",
    "bank_name": "清源农商行",
    "phone": "138****0001",
    "gender": "男",
    "code": "CK-0012",
    "link_code": "7K3M9QX2WT5B",
    "kind": "product",
    "topic": "deposit",
    "state": "live",
    "state_label": "已排期",
    "stage": "added",
    "dimension": "kind",
    "label": "起存金额",
    "before": "10 万元",
    "after": "20 万元",
    "change": "same",
    "text": "20 万元起存",
    "description": "银发，且没有拒绝理财",
    "expr": _EXPR,
    "reason": "客户拒绝理财",
    "comment": "利率与牌价一致",
    "message": "您好，我是{{ employee.name }}。{{ item.title }}：{{ link }}",
    "note": "周五到网点面谈",
    "recall_reason": "",
    "paused_reason": "",
    "body": "<p>到网点办理，存款保险保障。</p>",
    "channel": "wecom",
    "hash": _HASH,
    "sha256": _HASH,
    "subject_hash": _HASH,
    "subject_kind": "item",
    "mime": "image/jpeg",
    "filename": "客户.xlsx",
    "encoding": "gb18030",
    "event": "push.approved",
    "rule": "ad-law-absolute",
    "rule_pack": "2026.11",
    "severity": "block",
    "where": "summary",
    "advice": "删去“最高”，改为具体利率",
    "source": "《广告法》第九条",
    "hint": "ch_…x7Qa",
    "key": "ch_…（只显示这一次）",
    "text_version": "柜面授权书 2026-12",
    "url": "https://hub.example.com/s/7K3M9QX2WT5B",
    "errors_url": "/api/v1/jobs/0199c8a2-5b1e-7c3d-9f00-000000000007/errors.csv",
    "result_url": "/api/v1/jobs/0199c8a2-5b1e-7c3d-9f00-000000000007/result",
    "employee_file": "0199c8a2-5b1e-7c3d-9f00-000000000004.jpg",
    "crm_no": "K20260318",
    "permissions": "library.view",
    "roles": "employee",
    "by": "employee",
    "next_cursor": "eyJhIjoiMDIzMSJ9",
}
_DEPTH = 6


def example_of(
    schema: dict[str, Any], schemas: dict[str, Any], *, name: str = "", depth: int = 0
) -> Any:
    """Return a value that fits `schema`; `name` is the field it stands in."""
    if reference := schema.get("$ref"):
        named = str(reference).rpartition("/")[2]
        if named in BODIES:
            return BODIES[named]
        found = example_of(schemas[named], schemas, name=name, depth=depth)
        return {**found, **FIELDS[named]} if named in FIELDS else found
    if examples := schema.get("examples"):
        return examples[0]
    for choice in ("const", "enum"):
        if choice in schema:
            return schema["const"] if choice == "const" else schema["enum"][0]
    for several in ("oneOf", "anyOf", "allOf"):
        if several in schema:
            return example_of(_filled(schema[several]), schemas, name=name, depth=depth)
    return _by_type(schema, schemas, name=name, depth=depth)


def _filled(choices: list[dict[str, Any]]) -> dict[str, Any]:
    return next((c for c in choices if c.get("type") != "null"), choices[0])


def _by_type(schema: dict[str, Any], schemas: dict[str, Any], *, name: str, depth: int) -> Any:
    kind = schema.get("type")
    if isinstance(kind, list):
        kind = next(k for k in kind if k != "null")
    if kind == "array":
        if depth >= _DEPTH or "items" not in schema:
            return []
        return [example_of(schema["items"], schemas, name=name.removesuffix("s"), depth=depth + 1)]
    if kind == "object":
        return {
            field: example_of(inner, schemas, name=field, depth=depth + 1)
            for field, inner in schema.get("properties", {}).items()
            if depth < _DEPTH or field in schema.get("required", ())
        }
    if kind == "string":
        return _text(schema.get("format", ""), name)
    plain = {"integer": 12, "number": 1.5, "boolean": False, "null": None}
    return plain.get(str(kind))


def _text(form: str, name: str) -> str:
    if form == "uuid":
        return _ID.format(number=sum(name.encode()) % 90 + 1)
    formats = {
        "date": "2026-12-01",
        "date-time": "2026-12-01T10:00:00+08:00",
        "binary": "（文件的内容）",
        "uri": "https://hub.example.com/s/7K3M9QX2WT5B",
    }
    return formats.get(form) or _WORDS.get(name, "示例")


_REFUSALS = {
    error.status: error
    for error in (
        Conflict,
        Forbidden,
        Invalid,
        NotFound,
        NotSignedIn,
        TooMany,
        Unavailable,
        Upstream,
    )
}
_PLAIN = {400: "请求的内容格式不对", 413: "内容太大，请缩小后再上传", 415: "不支持这种内容类型"}


def problem_example(status: int, operation: dict[str, Any]) -> dict[str, Any]:
    """Return the problem that an operation answers with a status."""
    error = _REFUSALS.get(status)
    title = error.title if error else _PLAIN[status]
    code = error.code if error else f"http_{status}"
    errors = []
    if status in (400, 422):
        field = _first_field(operation)
        errors = [{"pointer": f"/{field}", "message": f"字段 {field} 不正确，请按说明修改"}]
    return {
        "type": f"urn:contenthub:{code}",
        "title": title,
        "status": status,
        "detail": errors[0]["message"] if errors else title,
        "code": code,
        "errors": errors,
        "request_id": "0199c8a2-5b1e-7c3d-9f00-000000000099",
    }


def _first_field(operation: dict[str, Any]) -> str:
    for content in operation.get("requestBody", {}).get("content", {}).values():
        example = content.get("example")
        if isinstance(example, dict) and example:
            return str(next(iter(example)))
    for parameter in operation.get("parameters", []):
        return str(parameter["name"])
    return "topic"
