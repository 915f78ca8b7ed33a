"""The samples of deploy/: run where they can be, else held against the settings they name."""

import json
import os
import re
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from dataclasses import fields
from pathlib import Path
from typing import Any

import pytest
import yaml  # type: ignore[import-untyped]  # comes with moto, has no types
from click.testing import CliRunner

from contenthub import engines
from contenthub.cli import cli
from contenthub.engines import PostgresEngine
from contenthub.migrations.runner import migrate
from contenthub.settings import Settings

DEPLOY = Path(__file__).parents[1] / "deploy"
ROLES = ("owner", "app", "platform", "backup")


@pytest.fixture(scope="module")
def external() -> Iterator[PostgresEngine]:
    """A PostgreSQL on which only roles.sql (run twice) and `migrate` have worked."""
    path = Path(tempfile.mkdtemp(prefix="ch-deploy-"))
    path.chmod(0o711)
    postgres = engines.start_postgres(path)
    postgres.drop_database("contenthub")
    passwords = [part for role in ROLES for part in ("-v", f"{role}_password=secret-{role}")]
    for _ in range(2):
        done = postgres.tool(["psql", "-X", "-q", *passwords, "-f", str(DEPLOY / "roles.sql")])
        assert done.returncode == 0, done.stderr
    yield postgres
    postgres.stop()
    shutil.rmtree(path)


def _url(postgres: PostgresEngine, role: str) -> str:
    return (
        f"postgresql+asyncpg://contenthub_{role}:secret-{role}@127.0.0.1:{postgres.port}/contenthub"
    )


def test_an_installation_with_roles_sql_is_healthy_and_can_be_backed_up(
    external: PostgresEngine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CONTENTHUB_DATABASE_URL", _url(external, "app"))
    monkeypatch.setenv("CONTENTHUB_PLATFORM_DATABASE_URL", _url(external, "platform"))
    monkeypatch.setenv("CONTENTHUB_OWNER_DATABASE_URL", _url(external, "owner"))
    monkeypatch.setenv("CONTENTHUB_BACKUP_DATABASE_URL", _url(external, "backup"))
    monkeypatch.setenv("CONTENTHUB_REDIS_URL", "redis://127.0.0.1:1/0")
    monkeypatch.setenv("CONTENTHUB_MASTER_KEY", "ab" * 32)
    migrate(_url(external, "owner"))
    data, target = ["--data", str(tmp_path)], tmp_path / "backup.tar"
    shown = CliRunner().invoke(cli, ["doctor", "--json", *data])
    failed = {c["name"] for c in json.loads(shown.stdout)["checks"] if not c["ok"]}
    assert failed == {"Redis"}  # nothing listens there
    made = CliRunner().invoke(cli, ["bank", "create", "dongshan", "--name", "东山农商银行", *data])
    assert made.exit_code == 0, made.output
    taken = CliRunner().invoke(cli, ["backup", "--json", "--out", str(target), *data])
    assert taken.exit_code == 0, taken.output
    assert json.loads(taken.stdout)["rows"]["banks"] == 1


def _known_variables() -> set[str]:
    names = {f"CONTENTHUB_{f.name.upper()}" for f in fields(Settings)}
    return names | {f"{name}_FILE" for name in names} | {"CONTENTHUB_BACKUP_DATABASE_URL"}


@pytest.mark.parametrize(
    "name", sorted(str(p.relative_to(DEPLOY)) for p in DEPLOY.rglob("*") if p.is_file())
)
def test_samples_name_only_settings_that_exist(name: str) -> None:
    text = (DEPLOY / name).read_text("utf-8")
    assert set(re.findall(r"CONTENTHUB_[A-Z_]+", text)) <= _known_variables()


def test_compose_has_a_secret_for_each_it_uses_and_the_script_makes_them(tmp_path: Path) -> None:
    compose: dict[str, Any] = yaml.safe_load((DEPLOY / "compose.yaml").read_text("utf-8"))
    used = {name for s in compose["services"].values() for name in s.get("secrets", [])}
    assert used == set(compose["secrets"])
    shutil.copy(DEPLOY / "make-secrets.sh", tmp_path)
    for _ in range(2):
        subprocess.run(["bash", tmp_path / "make-secrets.sh"], check=True, capture_output=True)
    made = {path.stem: path.read_text() for path in (tmp_path / "secrets").iterdir()}
    assert used <= set(made)
    assert made["app_password"] in made["app_url"]
    assert len(bytes.fromhex(made["master_key"])) == 32


def test_the_backup_script_keeps_the_newest(tmp_path: Path) -> None:
    fake = tmp_path / "contenthub"
    fake.write_text('#!/bin/sh\n: > "$3"\n')
    fake.chmod(0o755)
    kept = tmp_path / "kept"
    kept.mkdir()
    for day in range(1, 5):
        (kept / f"contenthub-2026010{day}T000000Z.tar").touch()
    env = os.environ | {"BACKUP_DIR": str(kept), "KEEP": "3", "CONTENTHUB": str(fake)}
    subprocess.run(["bash", DEPLOY / "backup.sh"], check=True, env=env)
    names = sorted(path.name for path in kept.iterdir())
    assert len(names) == 3
    assert names[:2] == ["contenthub-20260103T000000Z.tar", "contenthub-20260104T000000Z.tar"]
