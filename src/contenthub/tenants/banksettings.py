"""Idea: what an operator may set for a bank, what holds without it, and what is allowed.

Quiet hours are what lies outside `send_from`–`send_until` on the bank's own clock.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import time
from typing import Any

from contenthub.errors import Invalid
from contenthub.tenants.bankkeys import CIPHERS


@dataclass(frozen=True, slots=True)
class Setting:
    """One setting: what holds without it, its label, unit, allowed range and effect."""

    default: Any
    label: str
    unit: str
    range: str
    effect: str


CAP_MAX = 31
MISFIRE_MAX_HOURS = 72
KEEP_MIN_MONTHS, KEEP_MAX_MONTHS = 6, 120
SELLING_LEAST_PERCENT = 10
PLAIN_ADDRESS_MAX_CHARS = 47
"""Of the public address when codes hold it in small letters: with `/s/` and a code of twelve
characters it is a version 4-M code, 8 px a module in 328 px (tests/posters/test_qr.py)."""
SETTINGS: dict[str, Setting] = {
    "send_from": Setting(
        "08:30", "每天最早发送时间", "本行时间", "00:00–23:59", "早于这个时间的推送等到这时再发"
    ),
    "send_until": Setting(
        "21:00", "每天最晚发送时间", "本行时间", "00:00–23:59", "之后是免打扰时段，推送等到次日"
    ),
    "cap_times": Setting(
        2, "同一客户的触达上限（次）", "次", f"1–{CAP_MAX}", "超过的客户本次不发，原因记为“频次”"
    ),
    "cap_days": Setting(
        7, "触达上限的天数（天）", "天", f"1–{CAP_MAX}", "按最近这些天计算触达次数"
    ),
    "misfire_hours": Setting(
        2,
        "错过时间后仍自动补发的时限（小时）",
        "小时",
        f"0–{MISFIRE_MAX_HOURS}",
        "停机或服务暂停后，更晚的推送不自动补发，等人确认",
    ),
    "consent_required": Setting(
        False, "只发给有营销授权的客户", "", "是或否", "没有登记授权的客户不会收到推送"
    ),
    "qualification_required": Setting(
        True,
        "金融产品只由有从业资格和授权的员工分享",
        "",
        "是或否",
        "没有资格编号或授权到期的员工不能分享存款、贷款、理财等内容，也不出现在海报和推送里",
    ),
    "totp_for": Setting(
        "privileged",
        "哪些人登录须用动态验证码",
        "",
        "privileged（管理、审核、审计、营销、行长） 或 all（全体员工） 或 none（只用于演示）",
        "须用而没有设置的人，登录后先设置才能继续；都不要求（none）时只凭密码就能登录，不要用于正式数据",
    ),
    "review_steps": Setting(
        1, "审核步数", "步", "1 或 2", "2 步时，须由两位不同的审核员先后通过才能发布或发送"
    ),
    "selling_most_percent": Setting(
        60,
        "销售类内容占比上限（%）",
        "%",
        f"{SELLING_LEAST_PERCENT}–100",
        "近 30 天里销售类内容超过这个比例，编推送、审核、日历和客户经理首页会提醒；100 为不提醒",
    ),
    "rewards": Setting(
        False,
        "奖励开关",
        "",
        "是或否",
        "打开后，活动和权益才能登记转介奖励；金融产品一律不能（办法第二条），请先经合规确认",
    ),
    "qr_plain_link": Setting(
        False,
        "二维码用普通网址（小写）",
        "",
        "是或否",
        "平时码里的网址是大写，码点更大、更好扫，打开的是同一页；改动后所有员工的海报和二维码立即换成新码，"
        "已发出去的旧码仍能扫",
    ),
    "photo_by_employee": Setting(
        False,
        "员工可以自己换照片",
        "",
        "是或否",
        "打开后，员工在手机「我的名片」里自己换照片，海报、名片和客户页面立即用新照片；每次更换都有记录",
    ),
    "poster_cdn": Setting(
        False,
        "海报发布到 CDN",
        "",
        "是或否",
        "打开后，每位客户经理的海报作为图片文件发布到公开的存储，由 CDN 送达，打开更快；"
        "换照片、改名、下架、离岗后自动换新或删除。关闭后全部删除",
    ),
    "visits_keep_months": Setting(
        24,
        "浏览明细保留月数",
        "个月",
        f"{KEEP_MIN_MONTHS}–{KEEP_MAX_MONTHS}",
        "更早的逐条浏览记录自动删除；报表的每日汇总不受影响",
    ),
    "cipher": Setting(
        "aes-gcm", "数据加密算法", "", "aes-gcm 或 sm4-gcm（国密）", "从下一把数据密钥起生效"
    ),
}
DEFAULTS: dict[str, Any] = {name: setting.default for name, setting in SETTINGS.items()}
WORDS: dict[str, dict[str, str]] = {
    "totp_for": {
        "privileged": "有权限的角色（管理、审核、审计、营销、行长）",
        "all": "全体员工",
        "none": "都不要求（只用于演示）",
    },
    "review_steps": {"1": "一位审核员通过即可", "2": "两位不同的审核员先后通过"},
    "cipher": {"aes-gcm": "AES-256-GCM", "sm4-gcm": "SM4-GCM（国密）"},
}
"""What a clerk reads in place of a value, for settings that are chosen from a few."""
LABELS: dict[str, str] = {name: setting.label for name, setting in SETTINGS.items()}
_CLOCK = re.compile(r"([01][0-9]|2[0-3]):[0-5][0-9]", re.ASCII)
_NUMBER = re.compile(r"[0-9]{1,3}", re.ASCII)
_BOOLEANS = {"true": True, "false": False}
TOTP_FOR = ("privileged", "all", "none")
_OLD_TOTP, _TOTP_OF = "totp_required", {"true": "privileged", "false": "none"}
"""What `totp_for` was until it had three values; banks and scripts still say it."""


def words(name: str, value: object) -> str:
    """Return a setting's value as a clerk reads it."""
    if isinstance(value, bool):
        return "是" if value else "否"
    return WORDS.get(name, {}).get(str(value)) or str(value)


def effective(settings: Mapping[str, Any]) -> dict[str, Any]:
    """Return every setting as it holds: what the bank has set, else the default."""
    held = own(settings)
    return {name: held.get(name, default) for name, default in DEFAULTS.items()}


def own(settings: Mapping[str, Any]) -> dict[str, Any]:
    """Return what the bank itself has set, by today's names of settings."""
    said = dict(settings)
    if _OLD_TOTP in said:
        old = str(said.pop(_OLD_TOTP)).lower()
        said.setdefault("totp_for", _TOTP_OF.get(old, "privileged"))
    return said


def _renamed(changes: Mapping[str, Any]) -> Mapping[str, Any]:
    if _OLD_TOTP not in changes:
        return changes
    text = str(changes[_OLD_TOTP]).strip().lower()
    rest = {name: value for name, value in changes.items() if name != _OLD_TOTP}
    return {"totp_for": _TOTP_OF.get(text, text), **rest}


def checked(changes: Mapping[str, Any], before: Mapping[str, Any]) -> dict[str, Any]:
    """Return `changes` with typed values; written forms ("09:00", "3", "true") are read.

    `before` is what the bank has set so far: the window is judged as it will be.

    Raises:
        Invalid: names every unknown key and every wrong value with its fix.
    """
    values: dict[str, Any] = {}
    wrong: dict[str, str] = {}
    for name, said in _renamed(changes).items():
        try:
            values[name] = _value(name, said)
        except Invalid as error:
            wrong |= error.fields
    if not changes:
        wrong["KEY=VALUE"] = f"请至少写一项，例如 send_from=09:00；可设置：{'、'.join(DEFAULTS)}"
    if not wrong and ("send_from" in values or "send_until" in values):
        wrong = _window({**effective(before), **values})
    if wrong:
        raise Invalid(fields=wrong)
    return values


def check_plain_address(public_url: str) -> None:
    """Do nothing if a code holds links of an address in small letters; raises Invalid."""
    if len(public_url) > PLAIN_ADDRESS_MAX_CHARS:
        raise Invalid.of(
            "qr_plain_link",
            f"本系统的对外网址有 {len(public_url)} 个字符，小写时码点会小到扫不出来"
            f"（最多 {PLAIN_ADDRESS_MAX_CHARS} 个）：请保持“否”，或请运维换一个短些的域名",
        )


def check_cdn(cdn_url: str) -> None:
    """Do nothing if the deployment has a place to publish posters to; raises Invalid."""
    if not cdn_url:
        raise Invalid.of(
            "poster_cdn",
            "本系统没有配置公开的对象存储和 CDN 地址，打不开：请运维先设置 CONTENTHUB_CDN_URL 和 "
            "CONTENTHUB_CDN_STORAGE_URL",
        )


def _value(name: str, said: Any) -> Any:
    if name not in _READERS:
        raise Invalid.of(name, f"没有 {name} 这项设置；可设置：{'、'.join(DEFAULTS)}")
    text = str(said).strip()
    return _READERS[name](name, text.lower() if isinstance(said, bool) else text)


def _window(settings: Mapping[str, Any]) -> dict[str, str]:
    opens, closes = settings["send_from"], settings["send_until"]
    if time.fromisoformat(opens) < time.fromisoformat(closes):
        return {}
    message = f"最晚时间应晚于 send_from，现在是 {opens}–{closes}；请把两项一起改"
    return {"send_until": message}


def _clock(name: str, text: str) -> str:
    if not _CLOCK.fullmatch(text):
        raise Invalid.of(
            name, f"{name} 应为 24 小时制的 HH:MM，例如 {DEFAULTS[name]}，现在是“{text[:20]}”"
        )
    return text


def _whole(least: int, most: int) -> Callable[[str, str], int]:
    def read(name: str, text: str) -> int:
        if not _NUMBER.fullmatch(text) or not least <= int(text) <= most:
            raise Invalid.of(name, f"{name} 应为 {least}–{most} 的整数，现在是“{text[:20]}”")
        return int(text)

    return read


def _boolean(name: str, text: str) -> bool:
    if text not in _BOOLEANS:
        raise Invalid.of(name, f"{name} 应为 true 或 false，现在是“{text[:20]}”")
    return _BOOLEANS[text]


def _cipher(name: str, text: str) -> str:
    if text not in CIPHERS:
        raise Invalid.of(name, f"{name} 应为 {' 或 '.join(CIPHERS)}，现在是“{text[:20]}”")
    return text


def _totp_for(name: str, text: str) -> str:
    if text not in TOTP_FOR:
        raise Invalid.of(name, f"{name} 应为 {'、'.join(TOTP_FOR)} 之一，现在是“{text[:20]}”")
    return text


_READERS: dict[str, Callable[[str, str], Any]] = {
    "send_from": _clock,
    "send_until": _clock,
    "cap_times": _whole(1, CAP_MAX),
    "cap_days": _whole(1, CAP_MAX),
    "misfire_hours": _whole(0, MISFIRE_MAX_HOURS),
    "consent_required": _boolean,
    "qualification_required": _boolean,
    "totp_for": _totp_for,
    "review_steps": _whole(1, 2),
    "selling_most_percent": _whole(SELLING_LEAST_PERCENT, 100),
    "rewards": _boolean,
    "qr_plain_link": _boolean,
    "photo_by_employee": _boolean,
    "poster_cdn": _boolean,
    "visits_keep_months": _whole(KEEP_MIN_MONTHS, KEEP_MAX_MONTHS),
    "cipher": _cipher,
}
