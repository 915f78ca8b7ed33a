"""What a bank may use, and what a clerk reads when it is too much."""

import pytest

from contenthub.errors import Invalid
from contenthub.tenants import quotas


def test_what_fits_is_let_through_to_the_last_one() -> None:
    quotas.check("staff", used=9, adding=1, quotas={"staff": 10})
    with pytest.raises(quotas.QuotaReached):
        quotas.check("staff", used=10, adding=1, quotas={"staff": 10})


def test_a_bank_over_a_lowered_limit_may_still_change_what_it_has() -> None:
    quotas.check("customers", used=20, adding=0, quotas={"customers": 10})


def test_the_refusal_names_the_limit_and_the_use() -> None:
    with pytest.raises(quotas.QuotaReached) as refused:
        quotas.check("customers", used=2_999_000, adding=5_000, quotas={})
    assert "2,999,000 位" in refused.value.detail
    assert "3,000,000 位" in refused.value.detail
    assert "平台运营方" in refused.value.detail


@pytest.mark.parametrize(("used", "near"), [(79, False), (80, True), (100, True)])
def test_a_person_is_warned_from_80_percent(used: int, near: bool) -> None:
    [use] = quotas.uses({"staff": used}, {"staff": 100})
    assert use.is_near is near


def test_an_operators_limits_become_numbers_and_an_empty_one_the_default() -> None:
    assert quotas.checked({"staff": " 20 ", "customers": ""}) == {"staff": 20}
    assert quotas.limits({"staff": 20})["customers"] == quotas.QUOTAS["customers"].default


@pytest.mark.parametrize(
    ("name", "value"), [("rooms", "1"), ("staff", "-1"), ("staff", "1.5"), ("staff", "9" * 40)]
)
def test_a_wrong_limit_is_refused_by_name(name: str, value: str) -> None:
    with pytest.raises(Invalid) as refused:
        quotas.checked({name: value})
    assert list(refused.value.fields) == [name]
