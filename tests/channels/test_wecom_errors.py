import re
from pathlib import Path

import pytest

from contenthub.channels.channel import Retry
from contenthub.channels.wecom_errors import POLICIES, error_of, policy_of

# wecom.md §9, each code with the class its "what to do" column asks for.
TABLE = {
    Retry.BUSY: {-1, 6000, 45033, 41096},
    Retry.REFRESH: {40014, 42001, 42009},
    Retry.REUPLOAD: {40007},
    Retry.WAIT: {41060, 41061, 41062, 41063, 41078, 41079, 41094},
    Retry.BREAKER: {45009},
    Retry.CONFIG: {40001, 40013, 40056, 41001, 41002, 41004, 40084, 40085, 40093, 42012}
    | {48002, 48004, 50001, 60011, 60020, 60111, 701008, 701099},
    Retry.PERMANENT: {40029, 40032, 40033, 40058, 40068, 40096, 40097, 40098, 40099, 40100}
    | {40126, 40128, 40129, 40130, 40131, 41041, 41044, 41045, 41047, 41048, 41050, 41051}
    | {41054, 41064, 41093, 81013, 81017, 84061},
}


@pytest.mark.parametrize(("retry", "codes"), TABLE.items())
def test_every_code_of_the_design_has_its_class(retry: Retry, codes: set[int]) -> None:
    assert {code: policy_of(code).retry for code in codes} == dict.fromkeys(codes, retry)


def test_the_table_holds_no_code_the_design_does_not_name() -> None:
    assert set(POLICIES) == {code for codes in TABLE.values() for code in codes}


def test_an_unlisted_code_is_permanent() -> None:
    error = error_of(123456, "who knows")
    assert error.permanent
    assert "123456" in error.detail


def test_every_text_is_chinese_for_a_clerk() -> None:
    assert all(re.search("[一-鿿]{4}", policy.text) for policy in POLICIES.values())


def test_the_servers_message_is_shown_short_and_without_secrets() -> None:
    error = error_of(60020, "not allow, from ip: 1.2.3.4, token=abc " + "x" * 900, hide=("abc", ""))
    assert "1.2.3.4" in error.detail
    assert "abc" not in error.detail
    assert len(error.detail) < 300


def test_the_room_knows_no_database_and_no_web_framework() -> None:
    import contenthub.channels as room

    sources = [one.read_text("utf-8") for one in Path(room.__path__[0]).rglob("*.py")]
    assert len(sources) > 10
    assert not [
        one for one in sources if re.search(r"^\s*(from|import) (sqlalchemy|litestar)", one, re.M)
    ]
