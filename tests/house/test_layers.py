"""Who may import whom: import-linter's contracts, and the order inside a room."""

import subprocess
import sys

import grimp
from tests.house.sources import PACKAGE, ROOMS, ROOT, Source, clean, sources

RANK = {"jobs": 5, "actions": 4, "queries": 3, "models": 2, "idea": 1, "sign": 0}

# Files of a room that are neither one of the four nor a pure idea, and why.
HANDS: dict[str, str] = {
    "tenants/sealing.py": "reads the keyring and bank out of a session",
    "tenants/passwords.py": "argon2 runs in a thread, off the event loop",
    "tenants/outside.py": "makes the bank's WeCom client out of a session",
    "tenants/anchors.py": "reads and writes the object store",
    "sharing/inbox.py": "the coalescer: one commit for many visits (performance A5)",
    "sharing/bridge.py": "the visits' second sink, a Redis stream (performance A5)",
    "posters/fonts.py": "reads the typeface from its package",
}
NO_IO = ("sqlalchemy", "asyncpg", "arq", "redis", "boto3", "httpx", "litestar", "socket")


_LINT = "from importlinter.cli import lint_imports_command as lint; lint()"


def test_import_linter_keeps_every_contract() -> None:
    done = subprocess.run(
        [sys.executable, "-c", _LINT, "--no-cache"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "0 broken" in done.stdout


def test_import_linter_reports_a_call_upwards() -> None:
    graph = grimp.build_graph("contenthub")
    graph.add_import(importer="contenthub.tenants.queries", imported="contenthub.web.menu")
    broken = graph.find_illegal_dependencies_for_layers(
        layers=("web", "tenants"), containers={"contenthub"}
    )
    assert len(broken) == 1


def upward_in_room(source: Source) -> list[str]:
    """Return imports from a file to one that stands left of it in the same room."""
    mine = RANK[source.kind]
    faults = []
    for module, line in source.imports():
        prefix = f"contenthub.{source.room}."
        if not module.startswith(prefix):
            continue
        other = module.removeprefix(prefix).split(".")[0]
        if not (PACKAGE / source.room / f"{other}.py").exists():
            continue
        theirs = RANK[Source(f"{source.room}/{other}.py", "").kind]
        if f"{source.room}/{other}.py" in HANDS or source.path in HANDS:
            continue
        if theirs > mine:
            faults.append(f"{source.path}:{line} imports {other}: jobs > actions > queries > …")
    return faults


def io_in_idea(source: Source) -> list[str]:
    """Return imports that let a pure idea do input or output."""
    if source.kind != "idea" or source.path in HANDS:
        return []
    return [
        f"{source.path}:{line} is an idea and imports {module}"
        for module, line in source.imports()
        if module.split(".")[0] in NO_IO or module == "contenthub.db"
    ]


def _rooms() -> list[Source]:
    # Channels are the outside world: their files are clients and servers, not ideas.
    return [s for s in sources() if s.room in ROOMS and s.room != "channels"]


def test_inside_a_room_imports_go_from_jobs_to_ideas() -> None:
    clean([fault for source in _rooms() for fault in upward_in_room(source)])


def test_ideas_do_no_input_or_output() -> None:
    clean([fault for source in _rooms() for fault in io_in_idea(source)])


def test_the_two_checks_see_planted_faults() -> None:
    upward = Source("tenants/queries.py", "from contenthub.tenants import actions\n")
    assert upward_in_room(upward)
    assert not upward_in_room(
        Source("tenants/actions.py", "from contenthub.tenants import queries")
    )
    assert io_in_idea(Source("library/review.py", "import httpx\n"))
    assert io_in_idea(Source("library/review.py", "from contenthub.db import Read\n"))


def test_every_exception_still_exists_or_is_planned() -> None:
    unknown = [path for path in HANDS if path.split("/")[0] not in ROOMS]
    assert unknown == []
    assert len(HANDS) <= 10


def test_a_rooms_sign_holds_only_a_docstring() -> None:
    wrong = [s.path for s in sources() if s.name == "__init__" and len(s.tree.body) > 1]
    assert wrong == []
