"""Examples of banks, people, log-ins, keys and webhooks: fields that say more than their type.

By schema name; a field that is not named here is put together as everywhere else.
"""

from typing import Any

_ID = "0199c8a2-5b1e-7c3d-9f00-{number:012x}"
_EARLIER, _LATER = "2026-11-02T09:00:00+08:00", "2026-12-04T10:00:00+08:00"

_BRANCH: dict[str, Any] = {
    "code": "0100",
    "name": "城关支行",
    "kind": "branch",
    "state": "open",
    "merged_into_id": None,
    "sort_no": 10,
}
_STAFF: dict[str, Any] = {
    "title": "客户经理",
    "roles": ["employee"],
    "state": "active",
    "wecom_userid": "WangXiaoMing",
    "qualification_no": "YX-2025-0231",
    "authorised_until": "2027-06-30",
    "successor_id": None,
    "has_photo": True,
}
_ENDPOINT_URL = "https://crm.example.com/hooks/contenthub"
_FACTS: dict[str, Any] = {
    "customers": 103,
    "tasks": 1,
    "tasks_cancelled": 2,
    "leads": 5,
    "links": 16,
}

FIELDS: dict[str, dict[str, Any]] = {
    "AccountView": {"roles": ["reviewer"], "needs_totp": True, "last_login_at": _EARLIER},
    "AuditView": {
        "event": "staff.resigned",
        "subject_kind": "staff",
        "detail": {"name": "刘芳", "successor": "王小明"},
    },
    "BankChange": {
        "name": "清源农商银行",
        "full_name": "清源农村商业银行",
        "hotline": "96288",
        "zone": "Asia/Shanghai",
        "domain": "hub.example.com",
    },
    "BankView": {
        "slug": "qingyuan",
        "name": "清源农商银行",
        "full_name": "清源农村商业银行",
        "hotline": "96288",
        "zone": "Asia/Shanghai",
        "domain": "hub.example.com",
        "colour_main": "#1b55b8",
        "colour_accent": "#b3261e",
        "logo_url": "",
        "state": "active",
    },
    "BranchRow": {**_BRANCH, "people": 9, "people_below": 19},
    "BranchView": _BRANCH,
    "CodesView": {"recovery_codes": ["k7m2-x9qp-4hwd-t3ne-8vzc-r5ga", "（共 10 个）"]},
    "ConfirmBody": {"code": "492039", "password": "Qing-yuan-2026"},
    "DomainClaimView": {
        "domain": "hub.example.com",
        "state": "waiting",
        "reason": "",
        "txt_name": "_contenthub.hub.example.com",
        "txt_value": "contenthub-bank=7K3M9QX2WT5B",
    },
    "EndedView": {"ended": 2},
    "EndpointView": {
        "url": _ENDPOINT_URL,
        "name": "客户管理系统",
        "events": ["lead.created", "push.finished"],
        "state": "active",
        "paused_for": "",
        "failing_since": None,
        "failures": 0,
        "rest_until": None,
        "old_secret_until": None,
        "counts": {"delivered": 13, "failed": 1},
    },
    "FirstPasswordView": {"initial_password": "soro9-wahe8-kika2-roni2"},
    "HandOut": {"initial_password_until": _LATER, "left": 0},
    "HandedView": {
        "staff_no": "0231",
        "name": "王小明",
        "login": "wangxm",
        "branch": "城关支行",
        "initial_password": "soro9-wahe8-kika2-roni2",
    },
    "HandOutBody": {"again": False},
    "HandoverView": {**_FACTS, "job_id": None},
    "InvitedView": {
        **_STAFF,
        "initial_password": "soro9-wahe8-kika2-roni2",
        "initial_password_until": _LATER,
    },
    "KeyView": {
        "name": "夜间导入",
        "hint": "ch_live_Nz0…Yf5o",
        "scopes": ["customers.view", "customers.import"],
        "ip_allow": ["10.20.0.0/16"],
        "per_minute": 600,
        "last_used_from": "10.20.3.7",
        "expires_at": "2027-12-31T23:59:59+08:00",
        "revoked_at": None,
    },
    "MeView": {
        "title": "内容运营岗",
        "roles": ["author"],
        "permissions": ["library.write"],
        "duty": "",
    },
    "MemberList": {"totals": {"people": 120, "items": 15, "views": 3912, "leads": 92}},
    "MemberView": {
        "name": "清源农商银行",
        "figures": {"people": 120, "items": 15, "views": 3912, "leads": 92},
    },
    "MergeView": {"people": 4, "children": 0, "customers": 94},
    "NewEndpoint": {"url": _ENDPOINT_URL, "secret": "whsec_…（只显示这一次）"},
    "NewKey": {"name": "夜间导入", "key": "ch_live_…（只显示这一次）"},
    "PassingView": _FACTS,
    "PasswordBody": {"old_password": "Qing-yuan-2026", "password": "稻谷 竹椅 三轮车 9"},
    "RefusalView": {"network": "10.20.3.0/24", "reason": "password"},
    "Replayed": {"count": 3},
    "ResignedView": {
        **_STAFF,
        "state": "resigned",
        "successor_id": _ID.format(number=27),
    },
    "RotatedKey": {"name": "夜间导入", "key": "ch_live_…（只显示这一次）"},
    "RotatedSecret": {"secret": "whsec_…（只显示这一次）", "old_valid_until": _LATER},
    "SecretView": {
        "secret": "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP",
        "uri": "otpauth://totp/…:zhoumin?secret=JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP&issuer=…",
    },
    "SessionView": {
        "ref": "9f2c1d7e9f2c1d7e",
        "device": "Chrome 浏览器·Windows 电脑",
        "network": "10.20.3.0/24",
        "since": _EARLIER,
        "is_current": True,
    },
    "SettingView": {
        "name": "cap_times",
        "value": 3,
        "default": 2,
        "label": "同一客户的触达上限（次）",
        "unit": "次",
        "range": "1–31",
    },
    "SignedInView": {"roles": ["reviewer"], "duty": ""},
    "StaffView": _STAFF,
    "UseView": {
        "name": "customers",
        "label": "客户",
        "unit": "位",
        "limit": 3_000_000,
        "used": 3_000,
    },
    "branches_ChangeView": {
        "change": "moved",
        "detail": {"from_name": "双河支行", "to_name": "白塔支行"},
    },
    "webhooks_DeliveryView": {
        "event": "lead.created",
        "webhook_id": "msg_0199c8a25b1e7c3d9f0000000000001a",
        "state": "delivered",
        "attempts": 1,
        "status": 204,
        "answer": "",
        "took_ms": 86,
        "next_at": None,
    },
}
