"""What `up` tells beside itself: which settings it runs with, for commands of other terminals."""

import json
from dataclasses import fields, replace
from pathlib import Path
from typing import Any

from contenthub import engines
from contenthub import engines_host as host
from contenthub.settings import Settings

TOLD = Path("run/running.json")


def tell(settings: Settings, pid: int) -> None:
    """Write down the settings of a running `up`, readable by its owner only, without keys."""
    told = {f.name: str(getattr(settings, f.name)) for f in fields(Settings) if f.repr}
    told["storage_url"] = settings.storage_url or (settings.data_dir / "objects").as_uri()
    body = {"pid": pid, "born": host.born(pid), "settings": told}
    host.write_private(settings.data_dir / TOLD, json.dumps(body, ensure_ascii=False) + "\n")


def forget(data_dir: Path) -> None:
    """Take back what `tell` wrote."""
    (data_dir / TOLD).unlink(missing_ok=True)


def running_pid(data_dir: Path) -> int:
    """Return the process id of the `up` that runs `data_dir` and is ready, 0 when none is."""
    return int(_told(data_dir).get("pid", 0))


def effective(settings: Settings) -> Settings:
    """Return `settings` with what the running `up` of their directory works with.

    Without one, what the environment names is returned as it is, with the addresses of
    engines that happen to run. Nothing is started or made.
    """
    told = _told(settings.data_dir).get("settings", {})
    values: dict[str, Any] = {}
    for f in fields(Settings):
        if f.name in told:
            kind = type(getattr(settings, f.name))
            shown = told[f.name]
            values[f.name] = shown == "True" if kind is bool else kind(shown)
    return engines.look(replace(settings, **values))


def _told(data_dir: Path) -> dict[str, Any]:
    try:
        told: dict[str, Any] = json.loads((data_dir / TOLD).read_text("utf-8"))
        is_alive = bool(told["born"]) and host.born(int(told["pid"])) == told["born"]
    except (OSError, ValueError, KeyError, TypeError):
        return {}
    return told if is_alive else {}
