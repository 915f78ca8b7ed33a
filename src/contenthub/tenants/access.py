"""Who may do what: one table of roles drives routes, menus, buttons and docs."""

from collections.abc import Iterable
from typing import Literal

Scope = Literal["own", "branch", "bank"]

ROLES: dict[str, str] = {
    "bank_admin": "银行管理员",
    "author": "内容作者",
    "reviewer": "审核员",
    "campaign_manager": "营销经理",
    "branch_manager": "支行行长",
    "employee": "客户经理",
    "auditor": "审计员",
}

PERMISSIONS: dict[str, str] = {
    "library.view": "查看已发布的内容",
    "library.drafts": "查看内容库（含草稿和待审核）",
    "library.write": "编写、提交内容",
    "library.recall": "下架内容",
    "reviews.decide": "审核内容、海报和推送",
    "posters.view": "查看海报",
    "posters.write": "制作海报模板",
    "customers.view": "查看客户",
    "customers.write": "修改客户标签、拒绝与授权",
    "customers.import": "导入客户",
    "customers.rights": "办理客户的查阅与删除请求",
    "audiences.view": "客群试算",
    "pushes.view": "查看推送",
    "pushes.write": "编写、提交推送",
    "pushes.control": "暂停、恢复、取消推送",
    "reports.view": "查看报表",
    "leads.view": "查看线索",
    "leads.write": "跟进线索",
    "tasks.view": "查看自己的任务",
    "links.write": "生成自己的分享链接",
    "staff.view": "查看机构与员工",
    "staff.manage": "管理机构与员工",
    "keys.manage": "管理接口密钥",
    "audit.view": "查看操作留痕",
}

_LIVE = ("library.view", "posters.view", "staff.view", "reports.view")
_VIEW = (*_LIVE, "library.drafts")
_GRANTS: dict[str, tuple[str, ...]] = {
    "bank_admin": (
        *_VIEW,
        "library.recall",
        "customers.view",
        "customers.write",
        "customers.import",
        "customers.rights",
        "audiences.view",
        "pushes.view",
        "pushes.control",
        "leads.view",
        "leads.write",
        "staff.manage",
        "keys.manage",
        "audit.view",
    ),
    "author": (
        *_VIEW,
        "library.write",
        "library.recall",
        "posters.write",
        "customers.view",
        "customers.write",
        "customers.import",
        "audiences.view",
        "pushes.view",
        "pushes.write",
        "pushes.control",
        "leads.view",
    ),
    "reviewer": (
        *_VIEW,
        "reviews.decide",
        "library.recall",
        "audiences.view",
        "pushes.view",
        "pushes.control",
        "audit.view",
    ),
    "campaign_manager": (
        *_VIEW,
        "customers.view",
        "customers.write",
        "customers.import",
        "customers.rights",
        "audiences.view",
        "pushes.view",
        "pushes.write",
        "pushes.control",
        "leads.view",
        "leads.write",
    ),
    "branch_manager": (
        *_LIVE,
        "customers.view",
        "customers.write",
        "pushes.view",
        "leads.view",
        "leads.write",
        "tasks.view",
        "links.write",
    ),
    "employee": (
        "library.view",
        "posters.view",
        "customers.view",
        "customers.write",
        "leads.view",
        "leads.write",
        "tasks.view",
        "links.write",
    ),
    "auditor": (*_VIEW, "pushes.view", "audit.view"),
}

_SCOPES: dict[str, Scope] = {
    "bank_admin": "bank",
    "author": "bank",
    "reviewer": "bank",
    "campaign_manager": "bank",
    "auditor": "bank",
    "branch_manager": "branch",
    "employee": "own",
}
_WIDTH: dict[Scope, int] = {"own": 0, "branch": 1, "bank": 2}


def may(roles: Iterable[str], permission: str) -> bool:
    """Return whether any of `roles` grants `permission`.

    Raises:
        KeyError: the permission is not in the table, which is a bug in the caller.
    """
    if permission not in PERMISSIONS:
        raise KeyError(permission)
    return any(permission in _GRANTS.get(role, ()) for role in roles)


def permissions(roles: Iterable[str]) -> set[str]:
    """Return every permission that `roles` grant together."""
    return {granted for role in roles for granted in _GRANTS.get(role, ())}


def scope(roles: Iterable[str]) -> Scope:
    """Return how far the data of `roles` reaches: own rows, branch subtree or the bank."""
    widest: Scope = "own"
    for role in roles:
        reach = _SCOPES.get(role, "own")
        if _WIDTH[reach] > _WIDTH[widest]:
            widest = reach
    return widest
