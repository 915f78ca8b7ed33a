"""Only one place commits; the clock, chance and output are handed in from above."""

import ast
import re

from tests.house.sources import ROOMS, Source, clean, dotted, sources

MAY_COMMIT = {"db.py", "migrations/runner.py"}
CLOCK = {
    "datetime.now",
    "datetime.utcnow",
    "datetime.today",
    "date.today",
    "time.time",
    "time.monotonic",
    "time.perf_counter",
    "datetime.datetime.now",
}
CHANCE = {"random", "secrets"}
# Below web, jobs, cli and worker these alone may read the clock or chance, and why.
MAY_READ_CHANCE = {
    "tenants/sealer.py": "nonces of sealed data",
    "tenants/sealing.py": "data keys, nonces of wrapped ones",
    "tenants/actions.py": "an API key is 256 random bits",
    "tenants/actions_security.py": "secrets of one-time codes, recovery codes",
    "tenants/actions_webhooks.py": "a signing secret is 256 random bits",
    "channels/wecom.py": "back-off with jitter against a real server",
}
PRINTERS = re.compile(r"cli(_\w+)?\.py|__main__\.py|channels/sandbox/(server|__main__)\.py")


def commits(source: Source) -> list[str]:
    """Return calls of commit, rollback or begin outside the one file that may."""
    if source.path in MAY_COMMIT or source.path.startswith("engines"):
        return []
    faults = []
    for node in source.nodes:
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
            if node.func.attr in ("commit", "rollback", "begin", "begin_nested"):
                faults.append(f"{source.path}:{node.lineno} calls {dotted(node.func)}")
    return faults


def clock_or_chance(source: Source) -> list[str]:
    """Return places below web, jobs and cli that read the clock or chance themselves."""
    return [] if source.path in MAY_READ_CHANCE else _reads(source)


def _reads(source: Source) -> list[str]:
    below = source.room in ROOMS and source.kind != "jobs"
    if not below or source.path.startswith("channels/sandbox/"):
        return []
    faults = []
    for node in source.nodes:
        if isinstance(node, ast.Call):
            name = dotted(node.func)
            if name in CLOCK or name.split(".")[0] in CHANCE:
                faults.append(f"{source.path}:{node.lineno} calls {name}: pass at= instead")
    return faults


def prints(source: Source) -> list[str]:
    """Return prints outside the command line."""
    if PRINTERS.fullmatch(source.path):
        return []
    return [
        f"{source.path}:{node.lineno} prints"
        for node in source.nodes
        if isinstance(node, ast.Call) and dotted(node.func) in ("print", "pprint")
    ]


_SQL = re.compile(r"^\s*(select|insert|update|delete|with|set|alter|truncate)\b", re.IGNORECASE)


def pasted_sql(source: Source) -> list[str]:
    """Return SQL built with f-strings, % or format around anything but our own constants."""
    if source.path.startswith(("migrations/", "engines")):
        return []
    faults = []
    for node in source.nodes:
        if isinstance(node, ast.JoinedStr) and node.values:
            first = node.values[0]
            starts = isinstance(first, ast.Constant) and _SQL.match(str(first.value))
            pasted = [v for v in node.values if isinstance(v, ast.FormattedValue)]
            if starts and any(not _is_constant(v.value) for v in pasted):
                faults.append(f"{source.path}:{node.lineno} pastes a value into SQL")
        if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Mod):
            if isinstance(node.left, ast.Constant) and _SQL.match(str(node.left.value)):
                faults.append(f"{source.path}:{node.lineno} formats SQL with %")
    return faults


def _is_constant(node: ast.expr) -> bool:
    return dotted(node).rsplit(".", 1)[-1].strip("_").isupper()


_SESSION_SET = re.compile(r"(?i)\bset\s+(session\s+|local\s+)?app\.|set_config\([^)]*false")


def session_set(source: Source) -> list[str]:
    """Return session-level SETs of the bank: they would leak through the pool (T4)."""
    found = re.finditer(
        r"(?i)\bset\s+(session\s+|local\s+)?app\.|set_config\([^)]*false", source.text
    )
    return [f"{source.path}: {m.group(0)!r}" for m in found]


CHECKS = {
    "commit": commits,
    "clock": clock_or_chance,
    "print": prints,
    "sql": pasted_sql,
    "set": session_set,
}


def test_only_db_commits() -> None:
    clean([fault for source in sources() for fault in commits(source)])


def test_nothing_below_reads_the_clock_or_chance() -> None:
    clean([fault for source in sources() for fault in clock_or_chance(source)])
    assert len(MAY_READ_CHANCE) <= 10


def test_every_exception_is_still_needed() -> None:
    here = {source.path: source for source in sources()}
    idle = [path for path in MAY_READ_CHANCE if path in here and not _reads(here[path])]
    assert idle == []


def test_only_the_command_line_prints() -> None:
    clean([fault for source in sources() for fault in prints(source)])


def test_no_value_is_pasted_into_sql() -> None:
    clean([fault for source in sources() for fault in pasted_sql(source)])


def test_the_bank_is_never_set_for_a_whole_session() -> None:
    clean([fault for source in sources() for fault in session_set(source)])


def test_the_checks_see_planted_faults() -> None:
    room = "library/actions.py"
    assert commits(Source(room, "async def f(db):\n    await db.commit()"))
    assert commits(Source(room, "async def f(db):\n    async with db.begin(): ..."))
    assert clock_or_chance(Source(room, "from datetime import datetime\nx = datetime.now()"))
    assert clock_or_chance(Source(room, "import secrets\nx = secrets.token_hex(4)"))
    assert clock_or_chance(Source("library/review.py", "import random\nx = random.random()"))
    assert not clock_or_chance(Source("library/jobs.py", "x = datetime.now(UTC)"))
    assert prints(Source(room, "print('x')"))
    assert pasted_sql(Source(room, "x = f'select 1 from t where a = {name}'"))
    assert not pasted_sql(Source(room, "x = f'select {COLUMNS} from t'"))
    assert session_set(Source(room, "x = 'SET app.tenant_id = 1'"))
    assert session_set(Source(room, "x = \"set_config('app.tenant_id', :t, false)\""))
