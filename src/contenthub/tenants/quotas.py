"""Idea: how much a bank may use, what it uses, and what a clerk reads when it is too much."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from contenthub.errors import Invalid, TooMany
from contenthub.tenants import filesizes

WARN_SHARE_PERCENT = 80
GIB = 1024**3


@dataclass(frozen=True, slots=True)
class Quota:
    """One limit: its label, its unit, what holds without the operator's word, the most allowed."""

    label: str
    unit: str
    default: int
    most: int
    fix: str


QUOTAS: dict[str, Quota] = {
    "staff": Quota("员工账号", "个", 5_000, 100_000, "停用不再使用的账号"),
    "customers": Quota("客户", "位", 3_000_000, 20_000_000, "分批清理不再服务的客户"),
    "storage_bytes": Quota("图片与文件", "字节", 50 * GIB, 10_240 * GIB, "删除不再使用的文件"),
    "pushes_a_day": Quota("每天排期的推送", "个", 100, 10_000, "把推送排到别的日子"),
    "api_per_minute": Quota("接口每分钟请求", "次", 3_000, 100_000, "放慢脚本的请求"),
}


class QuotaReached(TooMany):
    """A bank's quota does not hold what was to be added."""

    code = "quota"
    title = "已达到本行的用量上限"


@dataclass(frozen=True, slots=True)
class Use:
    """How much of one quota is used."""

    name: str
    used: int
    limit: int

    @property
    def quota(self) -> Quota:
        """The quota itself: label and unit."""
        return QUOTAS[self.name]

    @property
    def percent(self) -> int:
        """The share used in whole percent, cut off; over 100 when the limit was lowered."""
        return self.used * 100 // self.limit if self.limit else 100

    @property
    def is_near(self) -> bool:
        """Whether a person should be warned."""
        return self.percent >= WARN_SHARE_PERCENT


def limits(quotas: Mapping[str, Any]) -> dict[str, int]:
    """Return every limit as it holds: what the operator has set, else the default."""
    return {name: int(quotas.get(name, quota.default)) for name, quota in QUOTAS.items()}


def uses(used: Mapping[str, int], quotas: Mapping[str, Any]) -> list[Use]:
    """Return the use of every quota that `used` tells of, in the table's order."""
    held = limits(quotas)
    return [Use(name, used[name], held[name]) for name in QUOTAS if name in used]


def check(name: str, *, used: int, adding: int, quotas: Mapping[str, Any]) -> None:
    """Refuse `adding` more of a quota when the limit does not hold them.

    Raises:
        QuotaReached: names the limit, the use, and what can be done.
    """
    quota, limit = QUOTAS[name], limits(quotas)[name]
    if adding > 0 and used + adding > limit:
        raise QuotaReached(
            f"{quota.label}已用 {shown(name, used)}，上限 {shown(name, limit)}，"
            f"放不下再加的 {shown(name, adding)}；请{quota.fix}，或联系平台运营方提高上限"
        )


def checked(said: Mapping[str, object]) -> dict[str, int]:
    """Return limits an operator wrote, as whole numbers; an empty text is left out (default).

    Raises:
        Invalid: an unknown name, or no whole number in the quota's range.
    """
    values: dict[str, int] = {}
    wrong: dict[str, str] = {}
    for name, value in said.items():
        quota, text = QUOTAS.get(name), str(value).strip()
        if quota is None:
            wrong[name] = f"没有 {name} 这项配额；可设置：{'、'.join(QUOTAS)}"
        elif text and not (text.isascii() and text.isdigit() and int(text[:15]) <= quota.most):
            wrong[name] = f"{quota.label}应为 0–{quota.most} 的整数，现在是“{text[:20]}”"
        elif text:
            values[name] = int(text)
    if wrong:
        raise Invalid(fields=wrong)
    return values


def shown(name: str, count: int) -> str:
    """Return an amount of a quota for people: `1,200 位`, `3.5 GB`."""
    if name != "storage_bytes":
        return f"{count:,} {QUOTAS[name].unit}"
    return filesizes.shown(count)
