"""Whole banks and operators from the shell."""

import json
import os
import zipfile
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from contenthub import cli_platform, cli_running
from contenthub.settings import Settings
from contenthub.tenants import totp
from tests.test_cli import answer, data_dir, run

__all__ = ["data_dir"]


@pytest.fixture(autouse=True)
def _plain_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("DATABASE_URL", "REDIS_URL", "STORAGE_URL", "DATA_DIR", "MASTER_KEY", "PORT"):
        monkeypatch.delenv(f"CONTENTHUB_{name}", raising=False)


def _bank(slug: str, data_dir: Path) -> tuple[str, Path]:
    run("bank", "create", slug, "--name", f"{slug}农商银行", "--data", data_dir)
    return "--data", data_dir


def test_a_bank_is_suspended_and_resumed(data_dir: Path) -> None:
    here = _bank("stopped", data_dir)
    done = answer("bank", "suspend", "stopped", "--reason", "合同到期", *here)
    assert done["state"] == "suspended"
    run("bank", "suspend", "stopped", "--reason", "合同到期", *here, expect=1)
    assert answer("bank", "resume", "stopped", *here)["state"] == "active"


def test_a_banks_limits_are_set_and_shown(data_dir: Path) -> None:
    here = _bank("limited", data_dir)
    shown = {row["name"]: row for row in answer("bank", "quota", "limited", "staff=9", *here)}
    assert (shown["staff"]["limit"], shown["staff"]["used"]) == (9, 1)
    run("bank", "quota", "limited", "rooms=9", *here, expect=1)


def test_a_bank_is_exported_to_a_private_file_and_never_over_another(
    data_dir: Path, tmp_path: Path
) -> None:
    here = _bank("copied", data_dir)
    out = tmp_path / "copied.zip"
    answer("bank", "export", "copied", "--out", out, *here)
    assert out.stat().st_mode & 0o077 == 0
    with zipfile.ZipFile(out) as made:
        assert json.loads(made.read("manifest.json"))["bank"]["slug"] == "copied"
    run("bank", "export", "copied", "--out", out, *here, expect=1)
    run("bank", "export", "nobody", "--out", tmp_path / "n.zip", *here, expect=1)
    assert not (tmp_path / "n.zip").exists()


def test_a_bank_is_deleted_with_grace_undone_and_then_at_once(data_dir: Path) -> None:
    here = _bank("leaving", data_dir)
    asked = answer("bank", "delete", "leaving", "--reason", "机构合并", *here)
    assert asked["state"] == "deleting"
    assert answer("bank", "undelete", "leaving", *here)["state"] == "active"
    said = ("bank", "delete", "leaving", "--reason", "机构合并", "--now")
    run(*said, *here, expect=1)
    proof = answer(*said, "--i-know", *here)
    assert sum(proof["rows"]["before"].values()) > 3
    assert sum(proof["rows"]["after"].values()) == 0
    assert "leaving" not in {row["slug"] for row in answer("bank", "list", *here)}


def test_a_parent_is_set_from_the_shell(data_dir: Path) -> None:
    here = _bank("province", data_dir)
    _bank("county", data_dir)
    assert answer("bank", "parent", "county", "province", *here)["slug"] == "county"
    run("bank", "parent", "province", "county", *here, expect=1)


def test_the_operators_door_is_where_the_running_instance_is_reached(tmp_path: Path) -> None:
    here = Settings(data_dir=tmp_path)
    assert cli_platform.door_url(here) == "/platform/login"
    named = replace(here, public_url="https://hub.example.com")
    assert cli_platform.door_url(named) == "https://hub.example.com/platform/login"
    (tmp_path / "run").mkdir()
    cli_running.tell(replace(here, public_url="http://127.0.0.1:18999"), os.getpid())
    try:
        assert cli_platform.door_url(here) == "http://127.0.0.1:18999/platform/login"
    finally:
        cli_running.forget(tmp_path)


def test_an_operator_is_made_reset_and_disabled(data_dir: Path) -> None:
    here = ("--data", data_dir)
    said = ("--name", "安娜", "--kind", "platform", *here)
    made = answer("operator", "create", "anna", *said)
    assert made["uri"].startswith("otpauth://totp/")
    run("operator", "create", "anna", *said, expect=1)
    again = answer("operator", "reset", "anna", *here)
    assert (again["password"], again["secret"]) != (made["password"], made["secret"])
    assert answer("operator", "disable", "anna", *here)["state"] == "disabled"
    rows = answer("operator", "list", *here)
    assert [(r["login"], r["state"]) for r in rows] == [("anna", "disabled")]


def test_a_demo_operators_code_is_the_one_that_lets_in_now(tmp_path: Path) -> None:
    here = ("--data", tmp_path)
    run("operator", "demo-code", "platform1", *here, expect=1)
    secret = bytes(range(20))
    account = {"login": "platform1", "totp_secret": totp.base32(secret)}
    (tmp_path / "demo-accounts.json").write_text(json.dumps([account]), "utf-8")
    told = answer("operator", "demo-code", "platform1", *here)
    assert 0 < told["left_seconds"] <= totp.STEP_SECONDS
    step = totp.step_at(datetime.now(UTC))
    assert told["code"] in {totp.code_of(secret, step - 1), totp.code_of(secret, step)}
    run("operator", "demo-code", "nobody", *here, expect=1)
