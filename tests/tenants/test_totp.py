"""One-time codes: the RFC's own numbers, each good once, in a window of one step."""

from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qs, urlsplit
from uuid import UUID

import pytest

from contenthub.tenants import totp

SECRET = b"12345678901234567890"
AT = datetime(2026, 11, 26, 2, 0, 0, tzinfo=UTC)
WHO = UUID(int=7)


@pytest.mark.parametrize(
    ("seconds", "code"),
    [
        (59, "287082"),
        (1111111109, "081804"),
        (1111111111, "050471"),
        (1234567890, "005924"),
        (2000000000, "279037"),
        (20000000000, "353130"),
    ],
)
def test_codes_are_those_of_rfc_6238_appendix_b(seconds: int, code: str) -> None:
    at = datetime.fromtimestamp(seconds, UTC)
    assert totp.code_of(SECRET, totp.step_at(at)) == code


@pytest.mark.parametrize(("late", "is_good"), [(-2, False), (-1, True), (0, True), (1, True)])
def test_a_clock_may_be_wrong_by_one_step(late: int, is_good: bool) -> None:
    code = totp.code_of(SECRET, totp.step_at(AT) + late)
    found = totp.matching_step(SECRET, code, at=AT, after=0)
    assert (found == totp.step_at(AT) + late) == is_good
    assert (found is not None) == is_good


def test_a_code_two_steps_ahead_is_refused() -> None:
    code = totp.code_of(SECRET, totp.step_at(AT) + 2)
    assert totp.matching_step(SECRET, code, at=AT, after=0) is None


def test_a_used_step_and_all_before_it_are_used_up() -> None:
    now = totp.step_at(AT)
    code = totp.code_of(SECRET, now)
    assert totp.matching_step(SECRET, code, at=AT, after=now - 1) == now
    assert totp.matching_step(SECRET, code, at=AT, after=now) is None
    before = totp.code_of(SECRET, now - 1)
    assert totp.matching_step(SECRET, before, at=AT, after=now) is None
    later = AT + timedelta(seconds=totp.STEP_SECONDS)
    assert totp.matching_step(SECRET, totp.code_of(SECRET, now + 1), at=later, after=now) == now + 1


def test_spaces_in_a_typed_code_do_not_matter() -> None:
    code = totp.code_of(SECRET, totp.step_at(AT))
    typed = f" {code[:3]} {code[3:]}\u3000"
    assert totp.matching_step(SECRET, typed, at=AT, after=0) == totp.step_at(AT)


@pytest.mark.parametrize("nonsense", ["", "12345", "1234567", "abcdef", "１２３４５６", "0" * 500])
def test_what_is_no_code_never_matches(nonsense: str) -> None:
    assert totp.matching_step(SECRET, nonsense, at=AT, after=0) is None


def test_an_app_reads_the_address() -> None:
    parts = urlsplit(totp.uri(SECRET, issuer="清源农商银行", account="zhou min"))
    assert (parts.scheme, parts.netloc) == ("otpauth", "totp")
    assert parts.path.startswith("/%E6%B8%85")
    assert "+" not in parts.query, "apps read a plus sign as itself"
    asked = parse_qs(parts.query)
    assert asked["secret"] == ["GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"]
    assert asked["issuer"] == ["清源农商银行"]


def test_a_recovery_code_is_found_however_it_is_typed_and_is_one_persons() -> None:
    code = "abcdefghjkmn2345pqrstuvw"
    kept = totp.recovery_hash(WHO, code)
    assert kept is not None
    assert code not in kept
    assert totp.recovery_hash(WHO, totp.shown_recovery(code).upper() + " ") == kept
    assert totp.recovery_hash(UUID(int=8), code) != kept


@pytest.mark.parametrize(
    "nonsense", ["", "123456", "abcdefghjkmn2341pqrstuvw", "a" * 25, "密" * 24]
)
def test_what_cannot_be_a_recovery_code_has_no_hash(nonsense: str) -> None:
    assert totp.recovery_hash(WHO, nonsense) is None
