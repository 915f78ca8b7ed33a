"""What operators did, in a clerk's words."""

from collections.abc import Mapping
from typing import Any

EVENTS: dict[str, str] = {
    "bank.opened": "开设银行",
    "bank.suspended": "暂停服务",
    "bank.resumed": "恢复服务",
    "bank.deletion_requested": "申请删除",
    "bank.deletion_undone": "撤销删除",
    "bank.grace_ended": "提前结束反悔期",
    "bank.erased": "清除银行",
    "bank.exported": "导出银行数据",
    "bank.quotas_changed": "修改用量上限",
    "bank.parent_changed": "修改上级行",
    "bank.domain_confirmed": "确认域名",
    "bank.domain_refused": "拒绝域名",
    "operator.created": "新增平台人员",
    "operator.reset": "重置平台人员",
    "operator.disabled": "停用平台人员",
    "operator.password_changed": "修改自己的密码",
    "operator.recovery_renewed": "生成新的恢复码",
    "operator.recovery_used": "用恢复码登录",
    "operator.sessions_ended": "退出其他设备",
    "operator.signed_in": "登录平台",
    "platform_visit.requested": "申请访问",
    "platform_visit.granted": "批准访问",
}
_FIELDS = {
    "reason": "原因",
    "minutes": "分钟",
    "operator": "人员",
    "login": "登录名",
    "kind": "类型",
    "parent": "上级行",
    "before": "之前",
    "after": "之后",
    "rows": "行数",
    "name": "名称",
    "left": "还剩",
    "domain": "域名",
    "replaced": "停用的域名",
}


def platform_words(event: str) -> str:
    """Return an event of the platform as people read it; an unknown one as it is."""
    return EVENTS.get(event, event)


def platform_detail(detail: Mapping[str, Any]) -> str:
    """Return an entry's details in one line of 字段：值."""
    return "；".join(f"{_FIELDS.get(name, name)}：{_value(v)}" for name, v in detail.items())


def _value(value: Any) -> str:
    if isinstance(value, Mapping):
        return "、".join(f"{name} {one}" for name, one in value.items())
    return str(value)
