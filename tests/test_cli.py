"""The command line: options every command takes, refusals, operator's work, backup, doctor."""

import asyncio
import json
import os
import shutil
import signal
import tempfile
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import asyncpg
import pytest
from click.testing import CliRunner, Result

from contenthub import cli_running, engines, engines_postgres
from contenthub import engines_host as host
from contenthub.cli import cli
from contenthub.kits import starterkit
from contenthub.library.itembook import read_book
from contenthub.library.kinds import KINDS
from contenthub.migrations.runner import migrate
from contenthub.settings import Settings
from contenthub.tenants import banksettings


@pytest.fixture(scope="module")
def data_dir() -> Iterator[Path]:
    """A directory whose engines run and whose schema is at head, as beside a running `up`."""
    path = Path(tempfile.mkdtemp(prefix="ch-cli-"))
    path.chmod(0o711)
    postgres, valkey = engines.start_postgres(path), engines.start_valkey(path)
    migrate(postgres.owner_url)
    yield path
    postgres.stop()
    valkey.stop()
    shutil.rmtree(path)


@pytest.fixture(autouse=True)
def _plain_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("DATABASE_URL", "REDIS_URL", "STORAGE_URL", "DATA_DIR", "MASTER_KEY", "PORT"):
        monkeypatch.delenv(f"CONTENTHUB_{name}", raising=False)


def run(*arguments: str | Path, expect: int = 0) -> Result:
    result = CliRunner().invoke(cli, [str(a) for a in arguments])
    assert result.exit_code == expect, result.output
    return result


def answer(*arguments: str | Path, expect: int = 0) -> Any:
    return json.loads(run(*arguments, "--json", expect=expect).stdout)


def _commands() -> Iterator[list[str]]:
    for name, entry in cli.commands.items():
        below = getattr(entry, "commands", None)
        yield from ([name, sub] for sub in below) if below else [[name]]


@pytest.mark.parametrize("words", list(_commands()), ids=" ".join)
def test_every_command_takes_json_and_data_and_explains_itself(words: list[str]) -> None:
    shown = run(*words, "--help").output
    assert "--json" in shown
    assert "--data" in shown
    assert any("\u4e00" <= letter <= "\u9fff" for letter in shown.split("\n")[2])


def test_config_hides_passwords_and_keys(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CONTENTHUB_DATABASE_URL", "postgresql+asyncpg://app:hidden-1@db/x")
    monkeypatch.setenv("CONTENTHUB_MASTER_KEY", "hidden-2")
    shown = run("config", "show").output
    assert "hidden" not in shown
    assert "CONTENTHUB_DATABASE_URL=postgresql+asyncpg://******@db/x" in shown


def test_config_shows_what_a_running_up_works_with(data_dir: Path) -> None:
    started = Settings(
        database_url="postgresql+asyncpg://app:hidden-1@127.0.0.1:5/x",
        data_dir=data_dir,
        port=18999,
        secure_cookies=True,
        lease_seconds=7,
        master_key="hidden-2",
    )
    here = ("config", "show", "--data", data_dir)
    assert answer(*here)["running_pid"] is None
    (data_dir / "run").mkdir()
    cli_running.tell(started, os.getpid())
    try:
        shown = answer(*here)
        assert (data_dir / cli_running.TOLD).stat().st_mode & 0o077 == 0
        assert "hidden-2" not in (data_dir / cli_running.TOLD).read_text()
    finally:
        cli_running.forget(data_dir)
    assert shown["running_pid"] == os.getpid()
    assert shown["database_url"] == "postgresql+asyncpg://******@127.0.0.1:5/x"
    assert (shown["port"], shown["secure_cookies"], shown["lease_seconds"]) == (
        "18999",
        "True",
        "7",
    )
    assert shown["redis_url"].startswith("redis://******@127.0.0.1:")
    assert answer(*here)["port"] == "8080"


def test_a_setting_that_is_no_number_names_its_variable(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CONTENTHUB_PORT", "eighty")
    error = answer("config", "show", expect=1)
    assert error["errors"] == [
        {"pointer": "CONTENTHUB_PORT", "message": "应为数字，现在是“eighty”"}
    ]


def test_web_without_services_names_every_missing_variable() -> None:
    error = answer("web", expect=1)
    assert {e["pointer"] for e in error["errors"]} == {
        "CONTENTHUB_DATABASE_URL",
        "CONTENTHUB_REDIS_URL",
        "CONTENTHUB_MASTER_KEY",
    }


def test_a_second_up_on_a_used_directory_is_refused(data_dir: Path) -> None:
    assert answer("up", "--port", "0", "--data", data_dir, expect=1)["code"] == "already_running"


def test_routes_name_a_permission_or_say_public() -> None:
    rows = answer("routes")
    assert {"GET", "/readyz", "public"} <= set(
        next(r for r in rows if r["path"] == "/readyz").values()
    )
    assert [row for row in rows if row["permission"] == "-"] == []


def test_migrate_is_harmless_when_repeated(data_dir: Path) -> None:
    first = answer("migrate", "--data", data_dir)
    assert answer("migrate", "--data", data_dir) == first


def test_a_bank_its_staff_and_a_key_are_made_from_the_shell(data_dir: Path) -> None:
    made = answer("bank", "create", "beiqiao", "--name", "北桥农商银行", "--data", data_dir)
    assert made["login"] == "admin"
    assert len(made["password"]) >= 12
    assert [b["slug"] for b in answer("bank", "list", "--data", data_dir)] == ["beiqiao"]
    said = ("--bank", "beiqiao", "--login", "li", "--data", data_dir)
    invited = answer("staff", "invite", *said, "--name", "李梅", "--roles", "author, employee")
    assert invited["roles"] == ["author", "employee"]
    assert answer("key", "create", *said)["key"].startswith("ch_")
    here = ("staff", "reset-login", "li", "--bank", "beiqiao", "--data", data_dir)
    assert answer(*here, "--reason", "手机丢失")["password"] not in ("", invited["password"])


def test_a_bank_begins_with_the_starter_kit_when_asked_to(data_dir: Path) -> None:
    said = ("nanshan", "--name", "南山农商银行", "--hotline", "96588", "--starter")
    made = answer("bank", "create", *said, "--data", data_dir)
    assert made["slug"] == "nanshan"
    assert asyncio.run(_drafts(data_dir, made["id"])) == len(
        starterkit.parts(on=datetime.now(UTC).date())
    )


async def _drafts(data_dir: Path, bank: str) -> int:
    postgres = engines_postgres.running_postgres(data_dir)
    assert postgres is not None
    owner = await asyncpg.connect(postgres.owner_url.replace("+asyncpg", "", 1))
    try:
        await owner.execute("select set_config('app.tenant_id', $1, false)", bank)
        return int(await owner.fetchval("select count(*) from items where state = 'draft'"))
    finally:
        await owner.close()


def test_an_operator_changes_a_banks_settings(data_dir: Path) -> None:
    here = ("--data", data_dir)
    run("bank", "create", "donghe", "--name", "东河农商银行", *here)
    before = answer("bank", "show", "donghe", *here)
    assert before["settings"]["send_from"] == "08:30"
    said = ("send_from=09:00", "send_until=20:00", "cap_times=3", "consent_required=true")
    changed = answer("bank", "set", "donghe", *said, *here)
    assert answer("bank", "show", "donghe", *here) == changed
    assert changed["settings"] == banksettings.DEFAULTS | {
        "send_from": "09:00",
        "send_until": "20:00",
        "cap_times": 3,
        "cap_days": 7,
        "misfire_hours": 2,
        "consent_required": True,
    }
    assert "send_from=09:00" in run("bank", "show", "donghe", *here).output


@pytest.mark.parametrize("word", ["send_form=09:00", "cap_days=0", "send_until=08:00", "cap_times"])
def test_a_wrong_setting_is_refused_by_its_key(data_dir: Path, word: str) -> None:
    slug = "b-" + word[:6].replace("_", "-").strip("-") + str(len(word))
    run("bank", "create", slug, "--name", "试错农商银行", "--data", data_dir)
    before = answer("bank", "show", slug, "--data", data_dir)
    error = answer("bank", "set", slug, "misfire_hours=5", word, "--data", data_dir, expect=1)
    assert [e["pointer"] for e in error["errors"]] == [word.partition("=")[0]]
    assert answer("bank", "show", slug, "--data", data_dir) == before


@pytest.mark.parametrize(
    "words",
    [
        ["bank", "list"],
        ["bank", "show", "x"],
        ["bank", "create", "x1", "--name", "x"],
        ["audit", "verify"],
        ["backup", "--out", "never.tar"],
    ],
    ids=lambda words: " ".join(words[:2]),
)
def test_an_operators_command_makes_no_data_where_there_is_none(
    tmp_path: Path, words: list[str]
) -> None:
    nowhere = tmp_path / "data"
    error = run(*words, "--data", nowhere, expect=1).stderr
    assert "contenthub up 或 contenthub migrate" in error
    assert len(error.strip().splitlines()) == 1
    assert not nowhere.exists()


def test_a_database_without_tables_names_migrate(
    data_dir: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    postgres = engines.running_postgres(data_dir)
    assert postgres is not None
    postgres.create_database("bare")
    for name, role in (("", "app"), ("OWNER_", "owner"), ("PLATFORM_", "platform")):
        url = postgres.url(f"contenthub_{role}", "bare")
        monkeypatch.setenv(f"CONTENTHUB_{name}DATABASE_URL", url)
    error = answer("bank", "list", "--data", data_dir, expect=1)
    assert "contenthub migrate" in error["detail"]


def test_demo_data_uses_the_banks_own_branches_and_employees(
    data_dir: Path, tmp_path: Path
) -> None:
    run("bank", "create", "xihe", "--name", "西河农商银行", "--data", data_dir)
    said = ("--bank", "xihe", "--data", data_dir)
    run("staff", "invite", *said, "--login", "K7", "--name", "王强", "--roles", "employee")
    out = tmp_path / "customers.csv"
    assert answer("demo-data", *said, "--customers", "20", "--out", out)["customers"] == 20
    lines = out.read_text("gb18030").splitlines()
    assert len(lines) == 21
    assert all(",K7," in line for line in lines[1:])


def test_demo_data_writes_a_workbook_of_items_that_the_import_reads(tmp_path: Path) -> None:
    out = tmp_path / "items.xlsx"
    told = answer("demo-data", "--items", "30", "--bad-share", "0.5", "--out", out)
    assert told["items"] == 30
    book = read_book(out, out.name)
    assert len(book.rows) == 30
    assert {row.kind for row in book.rows} == set(KINDS)
    assert [sheet.unknown for sheet in book.sheets if sheet.unknown] == []


INVITE = ["staff", "invite", "--login", "x", "--name", "x", "--bank"]


@pytest.mark.parametrize(
    ("words", "named"),
    [
        (["bank", "create", "beiqiao", "--name", "又一家"], "beiqiao 已被使用"),
        (["bank", "create", "北桥", "--name", "北桥"], "小写字母"),
        ([*INVITE, "nowhere", "--roles", "author"], "bank list"),
        ([*INVITE, "beiqiao", "--roles", "king"], "king"),
        ([*INVITE, "beiqiao", "--roles", "author", "--branch", "9"], "已有：0000"),
        (["key", "create", "--bank", "beiqiao", "--login", "ghost"], "ghost"),
    ],
)
def test_an_operators_slip_is_refused_with_its_fix(
    data_dir: Path, words: list[str], named: str
) -> None:
    result = run(*words, "--data", data_dir, expect=1)
    assert named in result.stderr
    assert "Traceback" not in result.output


def test_the_audience_index_is_checked_and_made_anew(data_dir: Path) -> None:
    here = ("--data", data_dir)
    answer("bank", "create", "index-bank", "--name", "索引农商银行", *here)
    right = {"bank": "index-bank", "ok": True, "detail": "索引与客户数据一致", "wrong": []}
    asked = ("audience", "check", "--bank", "index-bank")
    assert answer(*asked, *here) == {"ok": True, "banks": [right]}
    assert answer("audience", "check", *here)["ok"]
    postgres = engines.running_postgres(data_dir)
    assert postgres is not None
    postgres.sql(
        "insert into audience_bitmaps select id, 'all', '', 0,"
        " decode('3a3000000100000000000000100000000100', 'hex')"
        " from banks where slug = 'index-bank'",
        engines_postgres.DATABASE,
    )
    lied = answer(*asked, *here, expect=1)
    assert lied["banks"][0]["wrong"] == ["all: 少 0 人，多 1 人"]
    assert answer(*asked, "--mend", *here)["banks"][0]["detail"] == "有 1 项不一致，已改正"
    assert answer(*asked, *here) == {"ok": True, "banks": [right]}
    assert (
        "没有简码为 nobody 的银行"
        in run("audience", "check", "--bank", "nobody", *here, expect=1).output
    )


def test_doctor_finds_a_healthy_directory_healthy(data_dir: Path) -> None:
    found = answer("doctor", "--data", data_dir)
    assert found["ok"], found
    assert {c["name"] for c in found["checks"]} >= {"数据库角色", "数据库结构", "Redis", "文件存储"}


def test_doctor_gives_the_fix_of_a_failure(data_dir: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    postgres = engines.running_postgres(data_dir)
    assert postgres is not None
    # The owner is not bound by row-level security: a typical slip of an installation.
    monkeypatch.setenv("CONTENTHUB_DATABASE_URL", postgres.owner_url)
    monkeypatch.setenv("CONTENTHUB_OWNER_DATABASE_URL", postgres.owner_url)
    monkeypatch.setenv("CONTENTHUB_PLATFORM_DATABASE_URL", postgres.platform_url)
    monkeypatch.setenv("CONTENTHUB_MASTER_KEY", "short")
    found = answer("doctor", "--data", data_dir, expect=1)
    fixes = {c["name"]: c["fix"] for c in found["checks"] if not c["ok"]}
    assert "contenthub_app" in fixes["数据库角色"]
    assert "CONTENTHUB_MASTER_KEY_FILE" in fixes["主密钥"]
    assert set(fixes) == {"数据库角色", "主密钥"}


def test_doctor_makes_and_starts_nothing_where_there_is_nothing(tmp_path: Path) -> None:
    nowhere = tmp_path / "new"
    found = answer("doctor", "--data", nowhere, expect=1)
    assert not nowhere.exists()
    wrong = {c["name"]: c for c in found["checks"] if not c["ok"]}
    assert set(wrong) == {"数据库", "Redis"}
    assert "还没有数据" in wrong["数据库"]["detail"]
    assert wrong["数据库"]["fix"] == f"请执行 contenthub up --data {nowhere}"


def test_doctor_names_a_dead_valkey_and_nothing_else(fresh_dir: Path) -> None:
    postgres, valkey = engines.start_postgres(fresh_dir), engines.start_valkey(fresh_dir)
    try:
        migrate(postgres.owner_url)
        engines.master_key_file(fresh_dir)
        os.kill(valkey.pid, signal.SIGKILL)
        while host.command_of(valkey.pid):
            time.sleep(0.01)
        before = sorted(p for p in fresh_dir.rglob("*") if "pg_" not in str(p))
        found = answer("doctor", "--data", fresh_dir, expect=1)
        wrong = {c["name"]: c for c in found["checks"] if not c["ok"]}
        assert set(wrong) == {"Redis"}
        assert wrong["Redis"]["detail"] == "没有在运行"
        assert sorted(p for p in fresh_dir.rglob("*") if "pg_" not in str(p)) == before
        assert not host.command_of(valkey.pid)
    finally:
        postgres.stop()
        valkey.stop()


@pytest.fixture(scope="module")
def backup_file(data_dir: Path) -> Path:
    """A backup of one bank and one file, taken beside the running engines."""
    run("bank", "create", "nanhe", "--name", "南河农商银行", "--data", data_dir)
    picture = data_dir / "objects" / "bank" / "assets" / "picture.jpg"
    picture.parent.mkdir(parents=True)
    picture.write_bytes(b"\xff\xd8 picture")
    target = data_dir / "backup.tar"
    result = answer("backup", "--out", target, "--data", data_dir)
    assert result["rows"]["banks"] >= 1
    assert result["objects"] == 1
    return target


@pytest.fixture
def fresh_dir() -> Iterator[Path]:
    path = Path(tempfile.mkdtemp(prefix="ch-restore-"))
    path.chmod(0o711)
    yield path / "data"
    shutil.rmtree(path)


def test_a_backup_restores_rows_files_and_key_on_another_machine(
    data_dir: Path, backup_file: Path, fresh_dir: Path
) -> None:
    restored = answer("restore", backup_file, "--data", fresh_dir)
    assert restored["kept_database"] == ""
    assert "nanhe" in {b["slug"] for b in answer("bank", "list", "--data", fresh_dir)}
    picture = fresh_dir / "objects" / "bank" / "assets" / "picture.jpg"
    assert picture.read_bytes() == b"\xff\xd8 picture"
    keys = [engines.master_key_file(path).read_text() for path in (data_dir, fresh_dir)]
    assert keys[0] == keys[1]
    # Roles, grants and schema came back too: doctor looks at what runs.
    postgres, valkey = engines.start_postgres(fresh_dir), engines.start_valkey(fresh_dir)
    try:
        run("doctor", "--data", fresh_dir)
    finally:
        postgres.stop()
        valkey.stop()
    refused = run("restore", backup_file, "--data", fresh_dir, expect=1)
    assert "--replace" in refused.stderr
    again = answer("restore", backup_file, "--replace", "--data", fresh_dir)
    assert again["kept_database"].startswith("contenthub_before_")


@pytest.mark.parametrize("harm", ["cut", "flipped", "not a backup"])
def test_a_damaged_backup_restores_nothing(
    backup_file: Path, fresh_dir: Path, tmp_path: Path, harm: str
) -> None:
    whole = backup_file.read_bytes()
    flipped = bytearray(whole)
    flipped[5000] ^= 1
    broken = tmp_path / "broken.tar"
    harmed = {"cut": whole[:9000], "flipped": bytes(flipped), "not a backup": b"hello" * 999}
    broken.write_bytes(harmed[harm])
    assert answer("restore", broken, "--data", fresh_dir, expect=1)["code"] == "broken_backup"
    assert not fresh_dir.exists()


def test_a_backup_is_private_and_never_overwrites(data_dir: Path, backup_file: Path) -> None:
    assert backup_file.stat().st_mode & 0o077 == 0
    refused = run("backup", "--out", backup_file, "--data", data_dir, expect=1)
    assert "已存在" in refused.stderr
