"""Every job has a proper name, every sweep has its job, every jobs.py is known to the worker."""

import inspect
import re

from tests.house.sources import PACKAGE, ROOMS, ROOT, clean

import contenthub.worker
from contenthub import queue

NAME = re.compile(r"[a-z]+\.[a-z]+(_[a-z]+)+")


def misnamed(names: list[str]) -> list[str]:
    """Return job names that are not `room.verb_noun`."""
    return [n for n in names if not NAME.fullmatch(n) or n.split(".")[0] not in ROOMS]


def test_every_job_is_named_room_verb_noun() -> None:
    clean(misnamed(sorted(queue.jobs)))
    assert misnamed(["push", "scheduler.expand", "cellar.dig_hole"]) == [
        "push",
        "scheduler.expand",
        "cellar.dig_hole",
    ]


def test_every_sweep_finds_work_for_a_job_that_exists() -> None:
    clean(sorted(set(queue.sweeps) - set(queue.jobs)))


def test_every_job_is_found_again_without_redis() -> None:
    # Redis is a doorbell: work that no sweep finds would be lost with it.
    clean(sorted(set(queue.jobs) - set(queue.sweeps)))


def test_a_job_lives_in_the_room_of_its_name() -> None:
    for name, entry in queue.jobs.items():
        module = inspect.getmodule(entry)
        assert module is not None
        assert module.__name__.startswith(f"contenthub.{name.split('.')[0]}.jobs"), name


def test_the_worker_knows_every_jobs_file() -> None:
    known = {getattr(m, "__name__", "") for m in contenthub.worker.JOB_MODULES}
    there = {
        "contenthub." + path.relative_to(PACKAGE).with_suffix("").as_posix().replace("/", ".")
        for path in PACKAGE.glob("*/jobs*.py")
    }
    assert there - known == set()


def test_every_name_that_is_rung_is_a_job() -> None:
    rung = set()
    for path in PACKAGE.rglob("*.py"):
        rung |= set(re.findall(r"enqueue\(\s*\w+,\s*\"([^\"]+)\"", path.read_text("utf-8")))
    clean(sorted(rung - set(queue.jobs)))


def arq_faults(name: str, text: str) -> list[str]:
    """Return what of arq a file uses that loses, repeats or hides work (decision 0004)."""
    allowed = {"contenthub/queue.py": "arq.connections", "contenthub/worker.py": "arq.worker"}
    found = [
        f"{name}: imports {module}"
        for module in re.findall(r"^\s*(?:from|import)\s+(arq[\w.]*)", text, re.M)
        if module not in {"arq.connections", allowed.get(name)}
    ]
    if name != "contenthub/queue.py" and "enqueue_job(" in text:
        found.append(f"{name}: rings past queue.enqueue")
    forbidden = r"(?<!\w)_(?:job_id|defer_by|defer_until|job_try)\s*=|\bcron_jobs\b|\bcron\("
    return found + [f"{name}: {used}" for used in re.findall(forbidden, text)]


def test_arq_only_rings_no_cron_no_deferred_job_no_name_of_a_job() -> None:
    faults = []
    for path in PACKAGE.rglob("*.py"):
        name = path.relative_to(PACKAGE.parent).as_posix()
        faults += arq_faults(name, path.read_text("utf-8"))
    clean(faults)
    planted = "from arq import cron\nawait redis.enqueue_job('x', _job_id='a', _defer_by=9)\n"
    assert len(arq_faults("contenthub/scheduler/jobs.py", planted)) == 4
    assert arq_faults("contenthub/worker.py", "from arq.worker import Worker, func\n") == []


def test_every_job_is_run_by_a_test() -> None:
    texts = "".join(p.read_text("utf-8") for p in (ROOT / "tests").rglob("test_*.py"))
    clean(
        f"{name}: no test names it"
        for name, entry in sorted(queue.jobs.items())
        if name not in texts and f"jobs.{getattr(entry, '__name__', '?')}(" not in texts
    )
