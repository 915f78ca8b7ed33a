"""Who may do what: one table of roles drives routes, menus, buttons and docs."""

from collections.abc import Iterable, Sequence
from typing import Literal

from contenthub.errors import Invalid

Scope = Literal["own", "branch", "bank"]

ROLES: dict[str, str] = {
    "bank_admin": "银行管理员",
    "author": "内容作者",
    "reviewer": "业务审核员",
    "compliance_reviewer": "消保审核员",
    "campaign_manager": "营销经理",
    "branch_manager": "支行行长",
    "employee": "客户经理",
    "auditor": "审计员",
    "agency_operator": "代运营人员",
    "platform_visitor": "平台运维（临时）",
}

PERMISSIONS: dict[str, str] = {
    "library.view": "查看已发布的内容",
    "library.drafts": "查看内容库（含草稿和待审核）",
    "library.write": "编写、提交内容",
    "library.recall": "下架内容",
    "library.views": "保存自己的内容库视图",
    "library.share_views": "把内容库视图共享给全行",
    "rules.manage": "新增、收紧合规规则，复查内容",
    "reviews.decide": "审核内容、海报和推送",
    "posters.view": "查看海报",
    "posters.write": "制作海报模板",
    "posters.batch": "批量生成员工海报",
    "customers.view": "查看客户",
    "customers.write": "修改客户标签、拒绝与授权",
    "customers.import": "导入客户",
    "customers.tags": "管理标签和标签组（新增、改名、合并、停用、删除）",
    "customers.rights": "办理客户的查阅与删除请求",
    "customers.texts": "新增告知文本（客户同意、拒绝时看到的全文）",
    "customers.reveal": "查看客户完整姓名和手机号（每次留痕）",
    "audiences.view": "客群试算",
    "pushes.view": "查看推送",
    "pushes.ledger": "查看推送送达到的客户（脱敏）",
    "pushes.write": "编写、提交推送",
    "pushes.control": "暂停、恢复、取消推送",
    "cadences.view": "查看跟进节奏",
    "cadences.write": "编写、提交跟进节奏",
    "cadences.start": "给客户开始、停止跟进",
    "cadences.stop": "停用跟进节奏",
    "reports.view": "查看报表",
    "leads.view": "查看线索",
    "leads.write": "跟进线索",
    "tasks.view": "查看自己的任务",
    "links.write": "生成自己的分享链接",
    "staff.view": "查看机构与员工",
    "staff.manage": "管理机构与员工",
    "keys.manage": "管理接口密钥",
    "webhooks.manage": "管理事件推送（Webhook）",
    "bank.view": "查看本行设置与用量",
    "bank.manage": "修改本行设置、品牌和代运营邀请",
    "security.manage": "管理登录安全、会话和数据密钥",
    "audit.view": "查看操作留痕",
    "audit.export": "导出操作留痕",
    "members.view": "查看成员行汇总数据",
    "kits.view": "查看内容包（上级行发布的、本行编制的）",
    "kits.adopt": "采用内容包、导入起步内容，合并上级更新",
    "kits.publish": "编制内容包并发布给成员行",
}

_LIVE = ("library.view", "posters.view", "cadences.view", "staff.view", "reports.view")
_VIEW = (*_LIVE, "library.drafts", "kits.view")
_GRANTS: dict[str, tuple[str, ...]] = {
    "bank_admin": (
        *_VIEW,
        "posters.batch",
        "library.views",
        "library.share_views",
        "rules.manage",
        "library.recall",
        "customers.view",
        "customers.write",
        "customers.import",
        "customers.tags",
        "customers.rights",
        "customers.texts",
        "audiences.view",
        "pushes.view",
        "pushes.ledger",
        "pushes.control",
        "cadences.stop",
        "cadences.start",
        "leads.view",
        "leads.write",
        "customers.reveal",
        "staff.manage",
        "keys.manage",
        "webhooks.manage",
        "bank.view",
        "bank.manage",
        "security.manage",
        "audit.view",
        "audit.export",
        "members.view",
        "kits.adopt",
        "kits.publish",
    ),
    "author": (
        *_VIEW,
        "posters.batch",
        "library.views",
        "library.share_views",
        "kits.adopt",
        "kits.publish",
        "library.write",
        "library.recall",
        "posters.write",
        "customers.view",
        "customers.write",
        "customers.import",
        "customers.tags",
        "audiences.view",
        "pushes.view",
        "pushes.ledger",
        "pushes.write",
        "cadences.write",
        "pushes.control",
        "cadences.stop",
        "leads.view",
    ),
    "reviewer": (
        *_VIEW,
        "library.views",
        "reviews.decide",
        "library.recall",
        "audiences.view",
        "pushes.view",
        "pushes.control",
        "cadences.stop",
        "audit.view",
    ),
    "compliance_reviewer": (
        *_VIEW,
        "library.views",
        "rules.manage",
        "customers.texts",
        "reviews.decide",
        "library.recall",
        "pushes.view",
        "pushes.control",
        "cadences.stop",
        "audit.view",
        "audit.export",
    ),
    "campaign_manager": (
        *_VIEW,
        "posters.batch",
        "library.views",
        "library.share_views",
        "customers.view",
        "customers.write",
        "customers.import",
        "customers.tags",
        "customers.rights",
        "customers.reveal",
        "audiences.view",
        "pushes.view",
        "pushes.ledger",
        "pushes.write",
        "cadences.write",
        "pushes.control",
        "cadences.stop",
        "cadences.start",
        "leads.view",
        "leads.write",
    ),
    "branch_manager": (
        *_LIVE,
        "posters.batch",
        "customers.view",
        "customers.write",
        "customers.reveal",
        "pushes.view",
        "pushes.ledger",
        "cadences.start",
        "leads.view",
        "leads.write",
        "tasks.view",
        "links.write",
    ),
    "employee": (
        "library.view",
        "posters.view",
        "cadences.view",
        "customers.view",
        "customers.write",
        "customers.reveal",
        "cadences.start",
        "leads.view",
        "leads.write",
        "tasks.view",
        "links.write",
    ),
    "auditor": (
        *_VIEW,
        "library.views",
        "pushes.view",
        "audit.view",
        "audit.export",
        "bank.view",
        "members.view",
    ),
    # Writes and proposes, but decides nothing and sees no customer in the clear.
    "agency_operator": (
        *_VIEW,
        "posters.batch",
        "library.views",
        "library.write",
        "posters.write",
        "audiences.view",
        "pushes.view",
        "pushes.write",
        "cadences.write",
    ),
    # Looks, for an hour at most, with a reason the bank can read; changes nothing.
    "platform_visitor": (*_VIEW, "pushes.view", "bank.view", "audit.view"),
}

_SCOPES: dict[str, Scope] = {
    "bank_admin": "bank",
    "author": "bank",
    "reviewer": "bank",
    "compliance_reviewer": "bank",
    "campaign_manager": "bank",
    "auditor": "bank",
    "agency_operator": "bank",
    "platform_visitor": "bank",
    "branch_manager": "branch",
    "employee": "own",
}
BY_INVITATION = ("agency_operator", "platform_visitor")
"""Roles that no administrator gives to a colleague: they come with an invitation or a visit."""
TOTP_REQUIRED = (
    "bank_admin",
    "reviewer",
    "compliance_reviewer",
    "campaign_manager",
    "branch_manager",
    "auditor",
    "platform_visitor",
)
"""Privileged roles, which need a one-time code beside the password (reliability S2): who
decides, who sees customers of others in the clear, who reads the audit."""

_WIDTH: dict[Scope, int] = {"own": 0, "branch": 1, "bank": 2}


class Lent(list[str]):
    """A person's roles lent to an API key that may use only some of their permissions."""

    def __init__(self, roles: Iterable[str], only: Iterable[str]) -> None:
        super().__init__(roles)
        self.only = frozenset(only)


def may(roles: Iterable[str], permission: str) -> bool:
    """Return whether any of `roles` grants `permission`.

    Raises:
        KeyError: the permission is not in the table, which is a bug in the caller.
    """
    if permission not in PERMISSIONS:
        raise KeyError(permission)
    return permission in permissions(roles)


def check_roles(roles: Sequence[str], *, is_invited: bool = False) -> list[str]:
    """Return the roles to give, each once, in the order they were said.

    None, unknown ones, and those that need an invitation are refused.

    Raises:
        Invalid: field `roles`, naming what is wrong.
    """
    known = "、".join(
        f"{word}（{slug}）" for slug, word in ROLES.items() if slug not in BY_INVITATION
    )
    if not roles:
        raise Invalid.of("roles", f"没有选择角色，请从这些里选：{known}")
    if unknown := [role for role in roles if role not in ROLES]:
        said = "、".join(role[:40] for role in unknown)
        raise Invalid.of("roles", f"没有这样的角色：{said}。请从这些里选：{known}")
    invited = [ROLES[role] for role in roles if role in BY_INVITATION]
    if invited and not is_invited:
        raise Invalid.of("roles", f"“{'、'.join(invited)}”只能由邀请或审批产生，不能直接授予员工")
    return list(dict.fromkeys(roles))


def permissions(roles: Iterable[str]) -> set[str]:
    """Return every permission that `roles` grant together; lent roles grant what is lent."""
    granted = {permission for role in roles for permission in _GRANTS.get(role, ())}
    return granted & roles.only if isinstance(roles, Lent) else granted


def scope(roles: Iterable[str]) -> Scope:
    """Return how far the data of `roles` reaches: own rows, branch subtree or the bank."""
    widest: Scope = "own"
    for role in roles:
        reach = _SCOPES.get(role, "own")
        if _WIDTH[reach] > _WIDTH[widest]:
            widest = reach
    return widest
