"""Idea: what a person must do before anything else: a password of their own, one-time codes."""

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from typing import Any, Literal

from contenthub.errors import Forbidden
from contenthub.tenants import access, banksettings

Duty = Literal["", "password", "totp"]
FIRST_PASSWORD_HOURS = 72
"""So long is a password good that somebody else generated and nobody has changed since."""


class DutyFirst(Forbidden):
    """A signed-in person still has something to do; `page` is where."""

    page = "/account"


class PasswordFirst(DutyFirst):
    """An administrator set the password: the person has to choose one of their own."""

    code = "password_change_required"
    title = "请先设置自己的新密码：现在的密码是管理员设置的"
    page = "/account/password"


class TotpFirst(DutyFirst):
    """The person's roles need one-time codes, and none are set up."""

    code = "totp_setup_required"
    title = "请先设置动态验证码：本行要求您登录时除密码外还要输入手机上的动态验证码"
    page = "/account/totp"


def first_password_until(set_at: datetime) -> datetime:
    """Return when a first password set at `set_at` ends."""
    return set_at + timedelta(hours=FIRST_PASSWORD_HOURS)


def has_first_password_ended(
    *, must_change_password: bool, set_at: datetime | None, at: datetime
) -> bool:
    """Return whether a password of somebody else's choice was left unused for too long."""
    return must_change_password and set_at is not None and first_password_until(set_at) <= at


def needs_totp(roles: Iterable[str], settings: Mapping[str, Any]) -> bool:
    """Return whether the bank asks somebody with `roles` for one-time codes."""
    who = banksettings.effective(settings)["totp_for"]
    return who == "all" or (who != "none" and any(role in access.TOTP_REQUIRED for role in roles))


def first_duty(
    roles: Iterable[str],
    settings: Mapping[str, Any],
    *,
    must_change_password: bool,
    has_totp: bool,
) -> Duty:
    """Return what has to be done first, or the empty word."""
    if must_change_password:
        return "password"
    return "totp" if needs_totp(roles, settings) and not has_totp else ""


def refuse_until_done(duty: Duty) -> None:
    """Raise PasswordFirst or TotpFirst for somebody who has a duty."""
    if duty == "password":
        raise PasswordFirst()
    if duty == "totp":
        raise TotpFirst()
