"""Starts what no URL was configured for: embedded PostgreSQL, embedded Valkey, the master key.

with ready(Settings.from_env()) as settings:   # every URL is filled in here
...
"""

import secrets
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from pathlib import Path

from contenthub import engines_host as host
from contenthub.engines_cluster import find_binaries
from contenthub.engines_postgres import (
    PostgresEngine,
    has_postgres,
    running_postgres,
    start_postgres,
    stop_stray_postgres,
)
from contenthub.engines_valkey import (
    ValkeyEngine,
    running_valkey,
    start_valkey,
    stop_stray_valkey,
)
from contenthub.errors import Conflict, Invalid
from contenthub.settings import Settings

__all__ = [
    "Engines",
    "PostgresEngine",
    "ValkeyEngine",
    "find_binaries",
    "has_postgres",
    "look",
    "ready",
    "running_postgres",
    "running_valkey",
    "start",
    "start_postgres",
    "start_valkey",
    "stop_strays",
]

LOOK_SECONDS = 2.0


@dataclass(slots=True)
class Engines:
    """The engines of one data directory and the settings that reach them."""

    settings: Settings
    postgres: PostgresEngine | None
    valkey: ValkeyEngine | None

    def dead(self) -> list[str]:
        """Return which of "postgres" and "valkey" ran here and have died."""
        ours: dict[str, PostgresEngine | ValkeyEngine | None]
        ours = {"postgres": self.postgres, "valkey": self.valkey}
        return [name for name, engine in ours.items() if engine and not engine.alive()]

    def revive(self, name: str, progress: host.Progress = host.silent) -> None:
        """Start the dead engine `name` again on its port, so that every URL stays true.

        Raises:
            AlreadyRunning: a command started it meanwhile for itself.
            EngineFailed: it did not come up (or its port is taken); it stays dead.
        """
        data, asked = self.settings.data_dir, self.settings
        if name == "postgres" and (old := self.postgres):
            old.stop()  # gives its lock back
            self.postgres = start_postgres(
                data, progress=progress, bin_dir=asked.postgres_bin, port=old.port
            )
        elif name == "valkey" and (gone := self.valkey):
            gone.stop()
            self.valkey = start_valkey(
                data, progress=progress, server=asked.valkey_bin, port=gone.port
            )

    def stop(self) -> None:
        """Stop every engine this process started or adopted; others go on."""
        if self.valkey is not None:
            self.valkey.stop()
        if self.postgres is not None:
            self.postgres.stop()


def start(settings: Settings, progress: host.Progress = host.silent) -> Engines:
    """Start each engine that `settings` names no URL for; return settings with all URLs.

    Raises:
        AlreadyRunning: another process runs this data directory.
        EngineFailed: an engine did not come up.
        Invalid: an own database is configured without the other two roles' URLs.
    """
    postgres = valkey = None
    try:
        if not settings.database_url:
            progress("启动数据库")
            postgres = start_postgres(
                settings.data_dir, progress=progress, bin_dir=settings.postgres_bin
            )
        if not settings.redis_url:
            progress("启动缓存")
            valkey = start_valkey(settings.data_dir, progress=progress, server=settings.valkey_bin)
        return Engines(_filled(settings, postgres, valkey), postgres, valkey)
    except BaseException:
        Engines(settings, postgres, valkey).stop()
        raise


def look(settings: Settings) -> Settings:
    """Return `settings` with the addresses of engines that run and answer now, and the key.

    Starts nothing, makes nothing, waits for nobody: what does not answer keeps an empty URL.
    """
    data, postgres, valkey = settings.data_dir, None, None
    with suppress(host.EngineFailed):  # its programs are not here: then it does not run here
        if not settings.database_url:
            postgres = running_postgres(data, bin_dir=settings.postgres_bin)
    if not settings.redis_url:
        valkey = running_valkey(data, patience_seconds=LOOK_SECONDS)
    settings = _overlay(settings, postgres, valkey)
    kept = data / "secrets" / "master.key"
    if not settings.master_key and kept.exists():
        settings = replace(settings, master_key=kept.read_text("utf-8").strip())
    return settings


def stop_strays(data_dir: Path) -> None:
    """Stop engines whose start was interrupted before anything held them.

    A signal may fall between the birth of a server and the line that remembers it. An engine
    that another process holds is left alone.
    """
    stop_stray_postgres(data_dir)
    stop_stray_valkey(data_dir)


@contextmanager
def ready(
    settings: Settings, progress: host.Progress = host.silent, *, create: bool = True
) -> Iterator[Engines]:
    """Yield engines that answer: those of a running `up`, else ones started for this block.

    What was started here is stopped at the end; a running `up` is left alone.

    Raises:
        Conflict: without `create`, the directory has no database; nothing was made in it.
    """
    if not (create or settings.database_url or has_postgres(settings.data_dir)):
        raise Conflict(
            f"{settings.data_dir} 里还没有数据：请先执行 contenthub up 或 contenthub migrate，"
            "或用 --data 指定已有的数据目录"
        )
    postgres = valkey = None
    if not settings.database_url:
        postgres = running_postgres(settings.data_dir, bin_dir=settings.postgres_bin)
    if not settings.redis_url:
        valkey = running_valkey(settings.data_dir)
    started = start(_overlay(settings, postgres, valkey), progress)
    try:
        yield Engines(started.settings, postgres or started.postgres, valkey or started.valkey)
    finally:
        started.stop()


def _overlay(
    settings: Settings, postgres: PostgresEngine | None, valkey: ValkeyEngine | None
) -> Settings:
    if postgres is not None:
        settings = replace(
            settings,
            database_url=postgres.app_url,
            platform_database_url=postgres.platform_url,
            owner_database_url=postgres.owner_url,
        )
    return settings if valkey is None else replace(settings, redis_url=valkey.url)


def _filled(
    settings: Settings, postgres: PostgresEngine | None, valkey: ValkeyEngine | None
) -> Settings:
    settings = _overlay(settings, postgres, valkey)
    for name in ("owner_database_url", "platform_database_url"):
        if not getattr(settings, name):
            raise Invalid.of(
                "CONTENTHUB_" + name.upper(),
                "使用自己的数据库时，三个角色各要一个地址（见 deploy/README.md）："
                f"请设置 CONTENTHUB_{name.upper()}",
            )
    if not settings.master_key:
        key = master_key_file(settings.data_dir).read_text("utf-8").strip()
        settings = replace(settings, master_key=key)
    return settings


def master_key_file(data_dir: Path) -> Path:
    """Return DIR/secrets/master.key (64 hex digits, 0600), made when absent.

    Without this file a backup's encrypted phones cannot be read: it is never made anew
    beside an existing database.
    """
    host.make_dir(data_dir.absolute(), 0o711)
    directory = data_dir.absolute() / "secrets"
    host.make_dir(directory, 0o700)
    path = directory / "master.key"
    if not path.exists():
        host.write_private(path, secrets.token_hex(32) + "\n")
    return path
