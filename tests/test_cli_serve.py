"""`web` and `worker` as a service starts them: what is wrong is one line, before anything runs."""

import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from redis import Redis

from contenthub import cli_serve, cli_up, engines, log
from contenthub.channels.sandbox.options import Options
from contenthub.errors import Invalid, Unavailable
from contenthub.migrations.runner import migrate
from contenthub.settings import Settings


@pytest.fixture(scope="module")
def postgres() -> Iterator[engines.PostgresEngine]:
    """A database whose schema is at head."""
    with tempfile.TemporaryDirectory(prefix="ch-serve-") as name:
        Path(name).chmod(0o711)
        running = engines.start_postgres(Path(name))
        migrate(running.owner_url)
        yield running
        running.stop()


@pytest.mark.parametrize(
    ("command", "role"),
    [
        ("web", "owner"),
        ("worker", "platform"),
        pytest.param("web", "platform", marks=[pytest.mark.fuzz]),
        pytest.param("worker", "owner", marks=[pytest.mark.fuzz]),
    ],
)
def test_a_role_above_row_level_security_is_refused_in_one_line(
    postgres: engines.PostgresEngine, command: str, role: str
) -> None:
    url = postgres.owner_url if role == "owner" else postgres.platform_url
    env = {
        "CONTENTHUB_DATABASE_URL": url,
        "CONTENTHUB_REDIS_URL": "redis://127.0.0.1:1/0",
        "CONTENTHUB_MASTER_KEY": "ab" * 32,
        "CONTENTHUB_PORT": "1",
    }
    done = subprocess.run(
        [sys.executable, "-m", "contenthub", command],
        env={**os.environ, "PYTHONUTF8": "1", **env},
        capture_output=True,
        encoding="utf-8",
        check=False,
    )
    assert done.returncode == 1
    assert done.stdout == ""
    assert len(done.stderr.splitlines()) == 1
    assert f"数据库角色 contenthub_{role} 权限过大" in done.stderr
    assert "contenthub_app" in done.stderr


def test_a_database_that_does_not_answer_is_named_in_one_line(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("CONTENTHUB_DATABASE_URL", "postgresql+asyncpg://a:b@127.0.0.1:1/x")
    monkeypatch.setenv("CONTENTHUB_REDIS_URL", "redis://127.0.0.1:1/0")
    monkeypatch.setenv("CONTENTHUB_MASTER_KEY", "ab" * 32)
    with pytest.raises(Unavailable, match=r"连不上数据库.*CONTENTHUB_DATABASE_URL"):
        cli_serve.refuse_wrong_role(Settings.from_env())


@pytest.fixture(scope="module")
def valkey() -> Iterator[engines.ValkeyEngine]:
    """A Redis of this file alone: its settings are changed."""
    with tempfile.TemporaryDirectory(prefix="ch-serve-") as name:
        running = engines.start_valkey(Path(name))
        yield running
        running.stop()


def _settings(url: str) -> Settings:
    return Settings.from_env({"CONTENTHUB_REDIS_URL": url})


def test_a_redis_that_may_throw_away_is_refused_with_the_fix(valkey: engines.ValkeyEngine) -> None:
    with Redis.from_url(valkey.url) as redis:
        redis.config_set("maxmemory", "100mb")
        cli_serve.refuse_forgetful_redis(_settings(valkey.url))
        for policy in ("allkeys-lru", "volatile-ttl"):
            redis.config_set("maxmemory-policy", policy)
            with pytest.raises(Invalid) as refused:
                cli_serve.refuse_forgetful_redis(_settings(valkey.url))
            said = refused.value.fields["CONTENTHUB_REDIS_URL"]
            assert policy in said
            assert "CONFIG SET maxmemory-policy noeviction" in said
        # Without a limit nothing is ever thrown away, whatever the policy.
        redis.config_set("maxmemory", "0")
        cli_serve.refuse_forgetful_redis(_settings(valkey.url))
        redis.config_set("maxmemory-policy", "noeviction")


def test_a_redis_that_does_not_tell_its_settings_is_noted(
    valkey: engines.ValkeyEngine, caplog: pytest.LogCaptureFixture
) -> None:
    with Redis.from_url(valkey.url) as redis:
        redis.acl_setuser(
            "app", enabled=True, passwords=["+kept"], commands=["+@all", "-config"], keys=["*"]
        )
    url = f"redis://app:kept@127.0.0.1:{valkey.port}/0"
    cli_serve.refuse_forgetful_redis(_settings(url))
    assert "redis.settings_unknown" in caplog.text


def test_a_redis_that_is_away_stops_no_start() -> None:
    cli_serve.refuse_forgetful_redis(_settings("redis://127.0.0.1:1/0"))


@pytest.mark.parametrize("command", ["web", "worker"])
def test_both_commands_ask_redis_before_they_begin(
    monkeypatch: pytest.MonkeyPatch, command: str
) -> None:
    asked: list[str] = []

    def refuse(settings: Settings) -> None:
        asked.append(settings.redis_url)
        raise Invalid

    for name in ("require_services", "follow_parent", "refuse_wrong_role"):
        monkeypatch.setattr(cli_serve, name, lambda *_: None)
    monkeypatch.setattr(log, "configure", lambda *_: None)
    monkeypatch.setattr(cli_serve, "refuse_forgetful_redis", refuse)
    with pytest.raises(Invalid):
        getattr(cli_serve, command)(_settings("redis://127.0.0.1:1/0"))
    assert asked == ["redis://127.0.0.1:1/0"]


def test_the_sandboxs_options_are_read_as_json() -> None:
    read = cli_serve.sandbox_options(["fault_rate=0.5", "confirm_seconds=[3, 20]"])
    assert Options().changed(read).confirm_seconds == (3.0, 20.0)
    with pytest.raises(Invalid) as refused:
        cli_serve.sandbox_options(["fault_rate"])
    assert "名称=值" in refused.value.fields["--set"]


def test_a_demo_moves_within_ten_minutes_has_accidents_and_leaves_one_task_to_a_person() -> None:
    options = Options().changed(cli_up._demo_sandbox())
    assert options.confirm_seconds is not None
    assert options.confirm_seconds[0] < options.confirm_seconds[1] <= 600
    assert 0 < options.fault_rate <= 0.01, "an accident now and then; the demo goes on"
    assert options.by_hand, "who logs in as employee1 confirms by hand"
    assert min(options.not_friend_rate, options.capped_rate, options.unrelated_rate) > 0
