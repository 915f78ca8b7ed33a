"""The console's side menu: what a person's roles let them use, from one table."""

from collections.abc import Iterable
from functools import lru_cache

from contenthub.tenants import access

Entry = tuple[str, str, str, str, bool]
"""label, href, icon, badge, is_current."""
Menu = tuple[tuple[str, tuple[Entry, ...]], ...]
"""Groups by their label: what ui.menu draws, once for each menu."""

# group, label, href, icon, permission
_TABLE = (
    ("内容", "工作台", "/console", "layout-dashboard", "*"),
    ("内容", "内容库", "/console/library", "books", "library.drafts"),
    ("内容", "素材文件", "/console/assets", "photo", "library.drafts"),
    ("内容", "内容包", "/console/kits", "package", "kits.view"),
    ("内容", "合规规则", "/console/rules", "checklist", "library.drafts"),
    ("内容", "海报模板", "/console/posters", "photo-edit", "posters.view"),
    ("内容", "审核中心", "/console/reviews", "clipboard-check", "reviews.decide"),
    ("触达", "推送计划", "/console/pushes", "send", "pushes.view"),
    ("触达", "营销日历", "/console/calendar", "calendar-event", "pushes.view"),
    ("触达", "跟进节奏", "/console/cadences", "route", "cadences.view"),
    ("触达", "客群试算", "/console/audiences", "users-group", "audiences.view"),
    ("触达", "客户", "/console/customers", "users", "customers.view"),
    ("触达", "标签", "/console/tags", "tags", "customers.view"),
    ("触达", "标签规则", "/console/tag-rules", "git-branch", "customers.tags"),
    ("触达", "需求评分", "/console/scores", "chart-bar", "customers.tags"),
    ("触达", "智能匹配", "/console/matching", "target", "customers.view"),
    ("触达", "俱乐部", "/console/clubs", "users-group", "customers.view"),
    ("触达", "导入客户", "/console/imports", "file-import", "customers.import"),
    ("触达", "模型和活动名单", "/console/lists", "clipboard-list", "customers.import"),
    ("效果", "转化漏斗", "/console/reports/funnel", "chart-funnel", "reports.view"),
    ("效果", "客群转化", "/console/reports/segments", "users-group", "reports.view"),
    ("效果", "内容配比", "/console/reports/mix", "chart-bar", "reports.view"),
    ("效果", "员工排行", "/console/reports/ranking", "trophy", "reports.view"),
    ("效果", "传播链路", "/console/reports/chain", "affiliate", "reports.view"),
    ("效果", "线索", "/console/leads", "phone-call", "leads.view"),
    ("效果", "报名", "/console/signups", "user-check", "leads.view"),
    ("管理", "组织架构", "/console/branches", "building-bank", "staff.view"),
    ("管理", "员工", "/console/staff", "users", "staff.view"),
    ("管理", "角色与权限", "/console/roles", "shield-check", "staff.view"),
    ("管理", "接口密钥", "/console/keys", "plug-connected", "keys.manage"),
    ("管理", "事件推送", "/console/webhooks", "affiliate", "webhooks.manage"),
    ("管理", "告知文本", "/console/consent-texts", "note", "customers.texts"),
    ("管理", "审核流程", "/console/reviews/flows", "git-branch", "bank.view"),
    ("管理", "审核记录", "/console/reviews/records", "clipboard-list", "audit.view"),
    ("管理", "本行设置", "/console/bank", "settings", "bank.view"),
    ("管理", "成员行", "/console/members", "building", "members.view"),
    ("管理", "代运营", "/console/agency", "users-group", "bank.view"),
    ("管理", "平台访问记录", "/console/visits", "eye", "bank.view"),
    ("管理", "数据密钥", "/console/data-keys", "shield-lock", "security.manage"),
    ("管理", "客群索引", "/console/audience-index", "database", "security.manage"),
    ("管理", "登录安全", "/console/security", "shield-check", "*"),
    ("管理", "操作留痕", "/console/audit", "history", "audit.view"),
)


def menu(roles: Iterable[str], path: str) -> Menu:
    """Return the menu's groups for `roles`, with the entry of `path` marked as current."""
    granted = frozenset(access.permissions(roles))
    current = max(
        (href for href in _hrefs(granted) if path == href or path.startswith(href + "/")),
        key=len,
        default="",
    )
    return _marked(granted, current)


def _usable(granted: frozenset[str]) -> list[tuple[str, str, str, str, str]]:
    return [row for row in _TABLE if row[4] == "*" or row[4] in granted]


@lru_cache(maxsize=64)
def _hrefs(granted: frozenset[str]) -> tuple[str, ...]:
    return tuple(row[2] for row in _usable(granted))


@lru_cache(maxsize=1_024)
def _marked(granted: frozenset[str], current: str) -> Menu:
    """Return the menu of a set of permissions: the same words whoever has them."""
    groups: dict[str, list[Entry]] = {}
    for group, label, href, icon, _ in _usable(granted):
        groups.setdefault(group, []).append((label, href, icon, "", href == current))
    return tuple((group, tuple(entries)) for group, entries in groups.items())
