"""The audit trail in a clerk's words: events, what they are about, and their details."""

import re
from collections.abc import Mapping
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from contenthub.library import review
from contenthub.scheduler import pushstates
from contenthub.sharing import leadstates, signupstates
from contenthub.tenants import access
from contenthub.tenants.actions_security import IDENTITY_CHECKS
from contenthub.tenants.banksettings import LABELS
from contenthub.tenants.models import AuditEntry
from contenthub.tenants.topics import TOPICS
from contenthub.web.audit_events import EVENTS

SHOWN_HASH_CHARS = 8
_INSTANT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(\+00:00|Z)", re.ASCII)
_ZONE = ZoneInfo("Asia/Shanghai")
"""Official time in the whole country; the page's own times are the bank's."""

KINDS: dict[str, str] = {
    "kit": "内容包",
    "agency": "代运营邀请",
    "platform_visit": "平台访问",
    "asset": "素材文件",
    "audit": "操作留痕",
    "bank": "银行",
    "branch": "机构",
    "customer": "客户",
    "consent_text": "告知文本",
    "data_key": "数据密钥",
    "item": "内容",
    "job": "后台任务",
    "key": "接口密钥",
    "label": "内容标签",
    "lead": "线索",
    "library_view": "视图",
    "push": "推送",
    "cadence": "跟进节奏",
    "rule": "合规规则",
    "segment": "客群",
    "signup": "活动报名",
    "staff": "员工",
    "tag": "标签",
    "tag_group": "标签组",
    "club": "俱乐部",
    "tag_rule": "标签规则",
    "score_rule": "评分规则",
    "score_topic": "需求评分",
    "task": "任务",
    "notice": "下架通知",
    "font": "海报字体",
    "template": "海报模板",
    "webhook": "接收地址",
}
FIELDS: dict[str, str] = {
    "licence": "授权来源",
    "ended": "停用海报数",
    "cause": "原因",
    "deliveries": "取消的送达（人次）",
    "pushes": "取消的推送",
    "templates": "停用的海报模板",
    "told": "已通知员工",
    "signups": "已报名的客户",
    "why": "事由",
    "again": "取消后再次报名",
    "acting_for": "代谁审核",
    "added": "新增",
    "after": "之后",
    "at_most": "合计最多（分）",
    "basis": "依据",
    "cap": "封顶分",
    "again_days": "多少天内不再转交",
    "half_life_days": "减半天数",
    "hands_over": "达标后转交",
    "moved": "变动（位）",
    "points": "分数",
    "threshold": "达标分",
    "background": "背景",
    "before": "之前",
    "channel": "途径",
    "children": "下级机构",
    "cipher": "加密算法",
    "code": "编号",
    "comment": "审核意见",
    "customers": "客户",
    "deputy": "代审人",
    "done": "已处理",
    "failing": "未通过",
    "ends_at": "到",
    "error": "错误",
    "expr": "客群条件",
    "facts": "修改内容",
    "failed": "失败",
    "field": "字段",
    "fields": "查看内容",
    "filename": "文件名",
    "filter": "筛选条件",
    "flow": "对象",
    "found": "已找到",
    "from_no": "来自版本",
    "hash": "内容指纹",
    "hits": "提示数",
    "domain": "域名",
    "replaced": "停用的域名",
    "failures": "连续失败次数",
    "host": "地址",
    "how": "验证方式",
    "identity_check": "核实本人的方式",
    "network": "网络地址",
    "job": "后台任务",
    "kept": "保留提示的理由",
    "leads_closed": "关闭线索数",
    "link": "链接",
    "clear": "含明文",
    "until": "到期",
    "left_out": "没有恢复",
    "put": "贴上（位）",
    "taken": "取下（位）",
    "joined": "加入（位）",
    "title": "内容标题",
    "pieces": "份数",
    "month": "月份",
    "left": "离开（位）",
    "take_off": "取下已贴的标签",
    "days": "有效天数",
    "exclusive": "互斥",
    "changed": "有变动的客户",
    "replaced_tags": "取下的互斥标签",
    "kind": "方式",
    "version": "版本",
    "operator": "外部人员",
    "minutes": "分钟",
    "links": "链接",
    "logo": "有图标",
    "message": "说明",
    "name": "名称",
    "place": "列表",
    "new_id": "新编号",
    "no": "序号",
    "people": "员工",
    "push": "推送",
    "outcome": "联系结果",
    "runs": "停止的跟进",
    "q": "按关键词筛选",
    "reason": "原因",
    "rules": "规则",
    "reasons": "原因",
    "removed": "移除",
    "repeated": "重复",
    "roles": "角色",
    "parent": "上级行",
    "parts": "条数",
    "items": "内容",
    "shows_phone": "显示手机号",
    "tags": "标签",
    "rows": "行数",
    "scanned": "已复查",
    "rule_pack": "规则包版本",
    "sha256": "文件指纹",
    "alt_text": "图片说明",
    "virus": "病毒名称",
    "files": "文件数",
    "objects": "残留文件数",
    "freed_bytes": "腾出的字节数",
    "names": "名称",
    "stage": "阶段",
    "starts_at": "从",
    "state": "状态",
    "step": "步骤",
    "steps_after": "之后的步骤",
    "steps_before": "之前的步骤",
    "successor_id": "接手员工",
    "tasks": "任务",
    "tasks_cancelled": "已取消的任务",
    "text_version": "授权书版本",
    "agreed_at": "授权时间",
    "consents_ended": "随之撤回的授权",
    "topic": "业务",
    "total": "总数",
    "updated": "更新",
    "what": "文件",
}
_VALUES = {
    "trial": "试算",
    "load": "正式导入",
    "errors": "错误明细",
    "result": "结果",
    "import": "导入",
    "name": "姓名",
    "phone": "手机号",
    "branch_id": "机构",
    "scopes": "权限范围",
    "ip_allow": "允许的来源地址",
    "per_minute": "每分钟次数",
    "expires_at": "到期时间",
    "roles": "角色",
    "password": "密码",
    "totp": "密码和动态验证码",
    "recovery": "密码和恢复码",
    "code": "动态验证码",
    "ended": "初始密码已过期",
    "state": "状态",
}
_WORDS: dict[str, str] = {
    **pushstates.STATES,
    **review.STATES,
    **signupstates.LABELS,
    **leadstates.LABELS,
    **access.ROLES,
    **IDENTITY_CHECKS,
    **TOPICS,
    **_VALUES,
}
"""What a value is called on the pages: states, roles, topics."""
_HASH = re.compile(r"[0-9a-f]{32,}")


def event_words(event: str) -> str:
    """Return an event's name as a clerk reads it; an unknown one as it is."""
    return EVENTS.get(event, event)


def kind_words(kind: str) -> str:
    """Return what an entry is about as a clerk reads it; an unknown kind as it is."""
    return KINDS.get(kind, kind)


def entry_words(entry: AuditEntry) -> tuple[str, str, str]:
    """Return an entry's event, subject and details in words, for a file."""
    return event_words(entry.event), kind_words(entry.subject_kind), detail_words(entry)


def changes(entry: AuditEntry) -> list[tuple[str, str, str]]:
    """Return (field, before, after) of an entry that says both; else nothing."""
    before, after = entry.detail.get("before"), entry.detail.get("after")
    if before is None and after is None:
        return []
    if not isinstance(before, Mapping) and not isinstance(after, Mapping):
        return [("", _value(before), _value(after))]
    old = before if isinstance(before, Mapping) else {}
    new = after if isinstance(after, Mapping) else {}
    names = list(dict.fromkeys([*old, *new]))
    return [(_field(name), _value(old.get(name)), _value(new.get(name))) for name in names]


def facts(entry: AuditEntry) -> list[tuple[str, str]]:
    """Return (field, value) of everything else that an entry says."""
    rest = {k: v for k, v in entry.detail.items() if k not in ("before", "after")}
    return [(_field(name), _value(value)) for name, value in rest.items()]


def _field(name: str) -> str:
    return FIELDS.get(name) or LABELS.get(name) or _VALUES.get(name, name)


def detail_words(entry: AuditEntry) -> str:
    """Return an entry's details in one line: what it was → what it is, then 字段：值."""
    moved = [
        f"{name}：{old} → {new}" if name else f"{old} → {new}" for name, old, new in changes(entry)
    ]
    return "；".join([*moved, *(f"{name}：{value}" for name, value in facts(entry))])


def _pairs(detail: Mapping[str, Any]) -> str:
    return "；".join(f"{_field(name)}：{_value(value)}" for name, value in detail.items())


def _value(value: Any) -> str:
    if value is None or value == "":
        return "（空）"
    if isinstance(value, bool):
        return "是" if value else "否"
    if isinstance(value, Mapping):
        return f"（{_pairs(value)}）"
    if isinstance(value, list):
        return "、".join(_value(one) for one in value) or "（空）"
    if isinstance(value, str) and _INSTANT.fullmatch(value):
        return datetime.fromisoformat(value).astimezone(_ZONE).strftime("%Y-%m-%d %H:%M")
    return _HASH.sub(lambda found: found[0][:SHOWN_HASH_CHARS], _WORDS.get(str(value), str(value)))
