"""Whom a bank asks for one-time codes, by roles and by what the bank has said."""

from typing import Any

import pytest

from contenthub.tenants import access, banksettings, duties

PLAIN = ("author", "employee")


def test_whoever_decides_reads_the_audit_or_reveals_customers_of_others_is_privileged() -> None:
    powerful = {
        role
        for role in access.ROLES
        if role not in access.BY_INVITATION
        and (
            {"reviews.decide", "audit.view", "staff.manage"} & access.permissions([role])
            or (access.may([role], "customers.reveal") and access.scope([role]) != "own")
        )
    }
    assert powerful == set(access.TOTP_REQUIRED) - set(access.BY_INVITATION)
    assert not powerful & set(PLAIN)


@pytest.mark.parametrize(
    ("settings", "privileged", "plain"),
    [
        ({}, True, False),
        ({"totp_for": "privileged"}, True, False),
        ({"totp_for": "all"}, True, True),
        ({"totp_for": "none"}, False, False),
        ({"totp_required": False}, False, False),
        ({"totp_required": True}, True, False),
        ({"totp_required": False, "totp_for": "all"}, True, True),
    ],
)
def test_the_bank_says_who_needs_codes_and_its_old_word_still_counts(
    settings: dict[str, Any], privileged: bool, plain: bool
) -> None:
    for role in ("bank_admin", "auditor", "campaign_manager", "branch_manager"):
        assert duties.needs_totp([role], settings) is privileged
    for role in PLAIN:
        assert duties.needs_totp([role], settings) is plain


def test_the_old_word_is_written_as_the_new_one() -> None:
    assert banksettings.checked({"totp_required": "false"}, {}) == {"totp_for": "none"}
    assert banksettings.checked({"totp_required": True}, {}) == {"totp_for": "privileged"}
    assert banksettings.own({"totp_required": False}) == {"totp_for": "none"}
