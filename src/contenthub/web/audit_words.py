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

SHOWN_HASH_CHARS = 8
_INSTANT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(\+00:00|Z)", re.ASCII)
_ZONE = ZoneInfo("Asia/Shanghai")
"""Official time in the whole country; the page's own times are the bank's."""

EVENTS: dict[str, str] = {
    "adoption.dismissed": "忽略上级更新",
    "adoption.merged": "合并上级更新",
    "adoption.recalled": "上级行下架",
    "kit.adopted": "采用内容包",
    "kit.changed": "修改内容包",
    "kit.created": "新建内容包",
    "kit.exported": "导出内容包采用情况",
    "kit.published": "发布内容包",
    "kit.withdrawn": "收回内容包",
    "starter_kit.imported": "导入起步内容包",
    "agency.entered": "代运营人员进入本行",
    "agency.invited": "邀请代运营人员",
    "agency.revoked": "收回代运营邀请",
    "asset.uploaded": "上传素材文件",
    "asset.described": "修改素材文件的名称或说明",
    "asset.deleted": "删除素材文件（放进回收站）",
    "asset.restored": "从回收站恢复素材文件",
    "asset.trashed": "长期未用的素材文件自动放进回收站",
    "asset.collected": "彻底清理回收站里的素材文件",
    "asset.orphans_deleted": "清理没有登记的残留文件",
    "asset.scanned": "素材文件病毒扫描通过",
    "asset.infected": "素材文件查出病毒",
    "audit.exported": "导出操作留痕",
    "bank.brand_changed": "修改本行品牌",
    "bank.domain_confirmed": "平台确认本行域名",
    "bank.domain_refused": "平台拒绝本行域名",
    "bank.exported": "导出本行全部数据",
    "bank.deletion_requested": "平台申请删除本行",
    "bank.deletion_undone": "平台撤销删除本行",
    "bank.parent_changed": "平台修改上级行",
    "bank.quotas_changed": "平台修改用量上限",
    "bank.resumed": "平台恢复本行服务",
    "bank.suspended": "平台暂停本行服务",
    "bank.settings_changed": "修改银行设置",
    "branch.closed": "撤销机构",
    "branch.merged": "并入机构",
    "branch.moved": "调整上级机构",
    "branch.opened": "新增机构",
    "branch.renamed": "修改机构资料",
    "branch.reopened": "恢复机构",
    "customer.added": "新增客户",
    "customer.consented": "登记客户授权",
    "customer.erased": "删除客户个人信息",
    "customer.exported": "导出客户个人信息",
    "customer.refusal_withdrawn": "撤销客户拒绝",
    "customer.refused": "登记客户拒绝",
    "customer.revealed": "查看客户完整信息",
    "customer.tagged": "修改客户标签",
    "customers.exported": "导出客户名单",
    "data_key.activated": "数据密钥启用",
    "data_key.made": "生成数据密钥",
    "data_key.retired": "数据密钥停用",
    "data_key.rewrapped": "数据密钥改用新主密钥保护",
    "data_key.rotated": "数据密钥轮换完成",
    "data_key.rotation_started": "开始轮换数据密钥",
    "erasure.lifted": "客户重新授权后恢复登记",
    "import.cancelled": "取消导入",
    "import.confirmed": "确认导入",
    "import.failed": "导入失败",
    "import.finished": "导入完成",
    "import.tried": "导入试算完成",
    "import.undo_started": "开始撤销导入",
    "import.undone": "撤销导入完成",
    "import.uploaded": "上传导入文件",
    "item.created": "新建内容",
    "item.exported": "导出内容清单",
    "item.import_undone": "撤销导入的草稿",
    "item.labelled": "修改内容的标签",
    "job.downloaded": "下载后台任务文件",
    "key.changed": "修改接口密钥",
    "key.created": "生成接口密钥",
    "key.revoked": "吊销接口密钥",
    "key.rotated": "轮换接口密钥",
    "login.accepted": "登录",
    "login.reset": "平台运维重置登录",
    "login.refused": "登录被拒绝",
    "label.created": "新增内容标签",
    "label.deleted": "删除内容标签",
    "label.renamed": "内容标签改名",
    "library_start.cleared": "取消内容库的默认视图",
    "library_start.set": "设定内容库的默认视图",
    "library_view.changed": "修改内容库视图",
    "library_view.deleted": "删除内容库视图",
    "library_view.moved": "调整内容库视图的顺序",
    "library_view.restored": "恢复内容库视图",
    "library_view.saved": "保存内容库视图",
    "lead.advanced": "跟进线索",
    "lead.closed": "关闭线索",
    "lead.left": "客户留下线索",
    "lead.revealed": "查看线索完整信息",
    "password.changed": "修改自己的密码",
    "members.exported": "导出成员行汇总",
    "person.erased": "删除访客个人信息",
    "platform_visit.ended": "结束平台访问",
    "platform_visit.entered": "平台人员进入本行",
    "platform_visit.granted": "批准平台访问",
    "platform_visit.requested": "平台申请访问",
    "poster_batch.cancelled": "取消批量海报",
    "poster_batch.failed": "批量海报失败",
    "poster_batch.finished": "批量海报完成",
    "poster_batch.started": "开始批量海报",
    "cadence.exported": "导出跟进明细",
    "cadence.started": "给客户开始跟进",
    "cadence.stopped": "停用跟进节奏",
    "cadence.submitted": "跟进节奏提交审核",
    "cadence.withdrawn": "撤回跟进节奏",
    "cadence.written": "保存跟进节奏",
    "cadence_run.contacted": "填写跟进结果",
    "cadence_run.finished": "跟进走完",
    "cadence_run.stopped": "跟进停止",
    "push.cancelled": "取消推送",
    "push.exported": "导出推送明细",
    "push.finished": "推送完成",
    "push.paused": "暂停推送",
    "push.resumed": "恢复推送",
    "push.started": "推送开始",
    "push.submitted": "推送提交审核",
    "push.withdrawn": "撤回推送",
    "push.written": "保存推送",
    "recovery_code.renewed": "更换恢复码",
    "recovery_code.used": "用恢复码登录",
    "refusal.left": "客户自助拒绝",
    "review.approved": "审核通过",
    "review.returned": "审核退回",
    "review_comment.answered": "回复字段意见",
    "review_comment.left": "写字段意见",
    "review_comment.settled": "字段意见标记为已解决",
    "review_deputy.ended": "提前结束代审",
    "review_deputy.named": "指定代审人",
    "review_flow.changed": "修改审核流程",
    "review_reasons.changed": "修改退回原因",
    "reviews.exported": "导出审核记录",
    "revision.expired": "内容到期",
    "revision.previewed": "生成手机预览",
    "revision.published": "发布内容",
    "revision.recalled": "下架内容",
    "item.stopped": "下架处理完成",
    "revision.restored": "恢复旧版本",
    "revision.set_aside": "搁置草稿",
    "revision.submitted": "提交审核",
    "revision.withdrawn": "撤回审核",
    "revision.written": "保存内容",
    "security.exported": "导出登录情况",
    "segment.saved": "保存客群",
    "send.failed": "发送失败",
    "send.reconciled": "核对发送结果",
    "send.withdrawn": "收回未确认的群发",
    "session.ended": "退出登录中的设备",
    "signup.advanced": "跟进报名",
    "signup.left": "客户报名活动",
    "signup.revealed": "查看报名人完整信息",
    "staff.changed": "修改员工",
    "staff.exported": "导出员工清单",
    "staff.handed_over": "离职交接",
    "staff.invited": "新增员工",
    "staff.first_password_given": "下发首次密码",
    "staff.photo_set": "更换员工照片",
    "staff.resigned": "员工离职",
    "tag.created": "新建标签",
    "tag_group.created": "新建标签组",
    "task.acted": "员工执行任务",
    "task.done": "任务完成",
    "notice.seen": "员工已看下架通知",
    "totp.confirmed": "启用动态验证码",
    "totp.removed": "移除自己的动态验证码",
    "totp.reset": "重置员工的动态验证码",
    "template.created": "新建海报模板",
    "template.ended": "海报作废",
    "template.published": "发布海报模板",
    "template.submitted": "海报模板提交审核",
    "template.withdrawn": "撤回海报模板",
    "template.written": "保存海报模板",
    "webhook.changed": "修改接收地址",
    "webhook.created": "新增接收地址",
    "webhook.deleted": "删除接收地址",
    "webhook.exported": "导出推送记录",
    "webhook.failing": "接收地址连续失败",
    "webhook.gone": "接收方要求停止推送",
    "webhook.paused": "接收地址失败太久，自动暂停",
    "rule.added": "新增本行规则",
    "rule.changed": "修改本行规则",
    "rule.confirmed": "登记已核对规则依据",
    "rule.lowered": "规则恢复内置处理",
    "rule.raised": "收紧内置规则",
    "rule.resumed": "启用本行规则",
    "rule.stopped": "停用本行规则",
    "rules.rescanned": "规则变化后复查内容",
    "rules.references_read": "产品变化后复查引用它的内容",
    "webhook.recovered": "接收地址恢复",
    "webhook.replayed": "重发事件推送",
    "webhook.rotated": "轮换推送签名密钥",
    "webhook.tested": "发送测试事件",
}
KINDS: dict[str, str] = {
    "kit": "内容包",
    "agency": "代运营邀请",
    "platform_visit": "平台访问",
    "asset": "素材文件",
    "audit": "操作留痕",
    "bank": "银行",
    "branch": "机构",
    "customer": "客户",
    "data_key": "数据密钥",
    "item": "内容",
    "job": "后台任务",
    "key": "接口密钥",
    "label": "内容标签",
    "lead": "线索",
    "library_view": "内容库视图",
    "push": "推送",
    "cadence": "跟进节奏",
    "rule": "合规规则",
    "segment": "客群",
    "signup": "活动报名",
    "staff": "员工",
    "tag": "标签",
    "tag_group": "标签组",
    "task": "任务",
    "notice": "下架通知",
    "template": "海报模板",
    "webhook": "接收地址",
}
FIELDS: dict[str, str] = {
    "cause": "原因",
    "deliveries": "取消的送达（人次）",
    "pushes": "取消的推送",
    "templates": "停用的海报模板",
    "told": "已通知员工",
    "why": "事由",
    "again": "取消后再次报名",
    "acting_for": "代谁审核",
    "added": "新增",
    "after": "之后",
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
    "version": "版本",
    "operator": "外部人员",
    "minutes": "分钟",
    "links": "链接",
    "logo": "有图标",
    "message": "说明",
    "name": "名称",
    "new_id": "新编号",
    "no": "序号",
    "people": "员工",
    "push": "推送",
    "outcome": "联系结果",
    "runs": "停止的跟进",
    "q": "按关键词筛选",
    "reason": "原因",
    "reasons": "原因",
    "removed": "移除",
    "repeated": "重复",
    "roles": "角色",
    "parent": "上级行",
    "parts": "条数",
    "items": "内容",
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
