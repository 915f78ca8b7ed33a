"""The log scan itself sees what is planted, and does not cry over ids and counts."""

import json
from pathlib import Path

import pytest

from tests.logscan import leaks, passes_luhn, scanned


@pytest.mark.parametrize(
    ("line", "kind"),
    [
        ('{"event": "x", "phone": "13812345678"}', "phone"),
        ("+8613812345678 来电", "phone"),
        ("tel:19912345678,", "phone"),
        ("证件 510107199001011234", "id"),
        ("证件 51010719900101123X。", "id"),
        ("卡号 6222021234567890128", "card"),
        ("卡号 4111111111111111", "card"),
        ("key ch_live_AbCdEfGhIjKlMnOpQrStUvWx", "token"),
        ("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "token"),
        ("cookie: session=0J3kQ9zz81Xb", "session"),
        ("Authorization: Bearer abcdefgh12345", "bearer"),
        ("GET /cgi-bin/x?access_token=abcd", "wecom"),
        ("log-in with Sommer-Regen-42", "password"),
    ],
)
def test_a_planted_line_is_found(line: str, kind: str) -> None:
    found = list(leaks("web.log", ["fine", line], ["Sommer-Regen-42"]))
    assert [(leak.line, leak.kind) for leak in found] == [(2, kind)]


@pytest.mark.parametrize(
    "line",
    [
        "138****5678",
        "510107********1234",
        '{"request_id": "0192f1c4-1381-7234-8678-138123456789"}',
        "sha256 13812345678913812345678913812345678913812345678913812345678900aa",
        "took 0.13812345678 s",
        "at 1764142345123 ms",
        "卡号 6222021234567890123",
        "access_token=***",
        "order 20261126000123456",
    ],
)
def test_what_is_masked_or_only_a_number_is_no_leak(line: str) -> None:
    assert list(leaks("web.log", [line])) == []


def test_a_leak_is_told_without_being_repeated() -> None:
    (leak,) = leaks("web.log", ["13812345678"])
    assert "12345678" not in json.dumps(leak)


def test_every_log_below_a_folder_is_read(tmp_path: Path) -> None:
    (tmp_path / "engine").mkdir()
    (tmp_path / "web.log").write_text("fine\n", "utf-8")
    (tmp_path / "engine" / "postgres.log.1").write_text("phone 13812345678\n", "utf-8")
    (tmp_path / "data.bin").write_text("13812345678", "utf-8")
    found, read = scanned(tmp_path)
    assert [(leak.file, leak.kind) for leak in found] == [("engine/postgres.log.1", "phone")]
    assert read == 2


def test_luhn_knows_a_card_from_a_number() -> None:
    assert passes_luhn("4111111111111111")
    assert not passes_luhn("4111111111111112")
