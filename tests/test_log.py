"""Logs are JSON lines; no phone, identity number or token leaves whole."""

import json
import logging
import sys

import pytest

from contenthub import log


def _line(message: str, *, error: BaseException | None = None, **fields: object) -> dict:
    exc_info = (type(error), error, error.__traceback__) if error else None
    record = logging.LogRecord("contenthub", 20, "x.py", 1, message, None, exc_info)
    record.fields = fields
    text = log.JsonFormatter().format(record)
    assert "\n" not in text
    found: dict = json.loads(text)
    return found


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("打给 13812345678 了", "打给 138****5678 了"),
        ("+8613812345678", "+86138****5678"),
        ("+86 13812345678", "+86 138****5678"),
        ("证件 510107199001011234。", "证件 510107********1234。"),
        ("证件 51010719900101123X", "证件 510107********123X"),
        ("GET /x?access_token=abc&a=1", "GET /x?access_token=***&a=1"),
        ("corpsecret=s3cr3t", "corpsecret=***"),
        ("一行\r\n假装另一行\x1b[31m", "一行  假装另一行 [31m"),
        ("订单 20261126000123456", "订单 20261126000123456"),
        ("卡号 6222021234567890128。", "卡号 622202******0128。"),
        ("流水 6222021234567890123", "流水 6222021234567890123"),
        ("用 ch_live_AbCdEfGhIjKlMnOpQrSt 调用", "用 ch_live_*** 调用"),
        ("whsec_MfKQ9r8GKYqrTwjUPD8I", "whsec_***"),
        ("cookie: session=0J3kQ9zz81Xb; a=1", "cookie: session=***; a=1"),
        ("Authorization: Bearer abcdefgh12345", "Authorization: Bearer ***"),
    ],
)
def test_a_line_is_masked(text: str, shown: str) -> None:
    assert log.mask(text) == shown


def test_an_event_is_one_json_line_with_what_is_bound() -> None:
    token = log.request_id.set("req-1")
    try:
        line = _line(
            "item.submitted",
            phone="13812345678",
            rows=3,
            who=["x", {"p": "13812345678", "n": 13812345678}],
        )
    finally:
        log.request_id.reset(token)
    assert line["event"] == "item.submitted"
    assert line["request_id"] == "req-1"
    assert line["rows"] == 3
    assert "13812345678" not in json.dumps(line)


def test_a_trace_is_kept_and_masked() -> None:
    try:
        raise ValueError("bad phone 13812345678")
    except ValueError as error:
        line = _line("job.failed", error=error)
    assert "ValueError" in line["trace"]
    assert "13812345678" not in line["trace"]
    assert "138****5678" in line["trace"]


def test_configure_writes_to_standard_error_only(capsys: pytest.CaptureFixture[str]) -> None:
    root = logging.getLogger()
    before, level = root.handlers[:], root.level
    try:
        log.configure("INFO")
        assert isinstance(root.handlers[0], logging.StreamHandler)
        assert root.handlers[0].stream is sys.stderr
        log.event("push.paused", push="1")
    finally:
        root.handlers[:] = before
        root.setLevel(level)
    shown = capsys.readouterr()
    assert shown.out == ""
    assert json.loads(shown.err)["event"] == "push.paused"
