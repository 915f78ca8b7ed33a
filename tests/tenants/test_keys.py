"""What a key may do, from where and until when: the idea alone."""

from datetime import timedelta

import pytest
from tests.make import NOW

from contenthub.errors import Invalid
from contenthub.tenants import access, keys
from contenthub.tenants.keys import KeyTerms


@pytest.mark.parametrize(
    ("networks", "address", "is_admitted"),
    [
        ((), "203.0.113.9", True),
        ((), "", True),
        (("203.0.113.7",), "203.0.113.7", True),
        (("203.0.113.7",), "203.0.113.8", False),
        (("10.20.0.0/16",), "10.20.255.1", True),
        (("10.20.0.0/16",), "::ffff:10.20.1.1", True),
        (("::ffff:10.20.0.0/112",), "10.20.1.1", True),
        (("2001:db8::/32",), "2001:db8:1::5", True),
        (("2001:db8::/32",), "2001:db9::5", False),
        (("0.0.0.0/0",), "2001:db8::1", False),
        (("10.0.0.0/8",), "", False),
        (("10.0.0.0/8",), "10.0.0.1, 203.0.113.7", False),
        (("10.0.0.0/8",), "testclient", False),
    ],
)
def test_a_key_is_admitted_from_its_networks_only(
    networks: tuple[str, ...], address: str, is_admitted: bool
) -> None:
    assert keys.admits(keys.read_networks(networks), address) is is_admitted


@pytest.mark.parametrize(
    "word", ["10.0.0.0/33", "300.1.1.1", "example.com", "10.0.0", "fe80::/129"]
)
def test_a_network_nobody_can_read_is_named(word: str) -> None:
    with pytest.raises(Invalid) as refused:
        keys.checked(KeyTerms(ip_allow=(word,)), ["bank_admin"])
    assert word in refused.value.fields["ip_allow"]


def test_networks_are_written_out_each_once() -> None:
    said = keys.split_networks("10.20.3.4/16， 10.20.0.0/16\n203.0.113.7;2001:DB8::1/32")
    assert keys.read_networks(said) == ("10.20.0.0/16", "203.0.113.7/32", "2001:db8::/32")


def test_a_key_gets_no_permission_its_owner_has_not() -> None:
    with pytest.raises(Invalid) as refused:
        keys.checked(KeyTerms(scopes=("library.view", "reviews.decide")), ["author"])
    assert "reviews.decide" in refused.value.fields["scopes"]
    assert "library.view" not in refused.value.fields["scopes"]


def test_a_key_of_some_scopes_makes_no_key_of_more() -> None:
    lender = ("keys.manage", "library.view")
    for scopes in ((), ("audit.view",)):
        with pytest.raises(Invalid):
            keys.checked(KeyTerms(scopes=scopes), ["bank_admin"], lender=lender)
    made = keys.checked(KeyTerms(scopes=("library.view",)), ["bank_admin"], lender=lender)
    assert made.scopes == ("library.view",)


def test_lent_roles_grant_what_is_lent_and_no_more() -> None:
    lent = access.Lent(["bank_admin"], ["audit.view", "reviews.decide"])
    assert access.permissions(lent) == {"audit.view"}  # a bank_admin decides no review
    assert not access.may(lent, "keys.manage")
    assert access.scope(lent) == "bank"


def test_the_old_secret_ends_a_day_after_a_rotation_and_never_later_than_it_would() -> None:
    assert keys.ends_after_rotation(None, NOW) == NOW + timedelta(hours=24)
    soon = NOW + timedelta(hours=1)
    assert keys.ends_after_rotation(soon, NOW) == soon


def test_a_use_is_noted_once_a_minute() -> None:
    assert keys.is_use_due(None, NOW)
    assert not keys.is_use_due(NOW - timedelta(seconds=59), NOW)
    assert keys.is_use_due(NOW - timedelta(seconds=60), NOW)
