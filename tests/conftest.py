"""Real PostgreSQL and Valkey for every test; each test makes banks of its own.

The controller starts one embedded engine and migrates one template database; each
xdist worker clones it. Tests do not roll back: a test's banks are its own, so
row-level security itself keeps tests apart (docs/decisions/0005).
"""

import asyncio
import gc
import os
import shutil
import sys
import tempfile
import warnings
from collections.abc import AsyncIterator, Iterator
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
import pytest_socket
from argon2 import PasswordHasher
from hypothesis import settings as cases
from sqlalchemy import make_url

from contenthub.engines_postgres import ROLES, running_postgres, start_postgres
from contenthub.engines_valkey import running_valkey, start_valkey
from contenthub.migrations.runner import migrate
from contenthub.settings import Settings
from contenthub.tenants import passwords
from tests.lots import lot

if TYPE_CHECKING:
    # The whole app: the browser's processes and both controllers never use it themselves.
    from contenthub.web.house import House
    from tests.personas import Personas

TEMPLATE = "contenthub_template"
ENGINE_ENV = "CONTENTHUB_TEST_ENGINES"
BROWSER = Path(__file__).with_name("browser")
LONG = (
    *("test_a_day.py", "test_pages.py", "test_routes.py", "test_fuzz.py", "test_scope.py"),
    *("test_cli.py", "test_cli_up.py", "test_cli_demo.py", "test_accidents.py"),
    *("test_live_titles.py", "test_lint.py", "test_wecom.py", "test_gone.py", "test_engines.py"),
    *("test_posters.py", "test_jobs.py"),
)
"""Files that take long: begun first, no process is left with one of them at the end."""
MASTER_KEY = "11" * 32
cases.register_profile("share", max_examples=lot(40, 100))
cases.load_profile("share")


def pytest_configure(config: pytest.Config) -> None:
    """Start the engines once, in the process that is not an xdist worker."""
    gc.disable()  # what is loaded and collected now stays; until pytest_collection_finish
    _wait_as_served()
    if hasattr(config, "workerinput") or os.environ.get(ENGINE_ENV):
        return
    named = [Path(argument.partition("::")[0]).resolve() for argument in config.args]
    if all(path.is_relative_to(BROWSER) for path in named):
        return  # the browser's tests use a hub with engines of its own
    directory = Path(tempfile.mkdtemp(prefix="contenthub-test-"))
    directory.chmod(0o755)  # the engine's own account must pass through
    postgres = start_postgres(directory)
    valkey = start_valkey(directory)
    postgres.create_database(TEMPLATE)
    migrate(postgres.url("contenthub_owner", TEMPLATE))
    # Nothing of this cluster outlives the run, so no commit need wait for the disk. What a
    # crash must not lose is tested on engines of their own, with the product's settings.
    for role in ROLES:
        postgres.sql(f"alter role {role} set synchronous_commit = off")
    os.environ[ENGINE_ENV] = str(directory)

    def stop() -> None:
        os.environ.pop(ENGINE_ENV, None)
        postgres.stop()
        valkey.stop()
        shutil.rmtree(directory, ignore_errors=True)

    config.add_cleanup(stop)


def _wait_as_served() -> None:
    """Wait with the loop that uvicorn serves with: it asks less of the processor."""
    if sys.platform == "win32":
        return
    import uvloop

    with warnings.catch_warnings():
        # pytest-asyncio's hook for it would make tests with and without a loop of their own
        # end each other's fixtures of the session.
        warnings.simplefilter("ignore", DeprecationWarning)
        asyncio.set_event_loop_policy(uvloop.EventLoopPolicy())


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begin with the long files; `--no-loadscope-reorder` lets xdist keep that."""
    items.sort(key=lambda item: item.path.name not in LONG)


def pytest_collection_finish(session: pytest.Session) -> None:
    """Keep the garbage collector away from thousands of tests that live until the end anyway."""
    if session.config.getoption("forks", 0):
        _make_once()
    gc.freeze()
    gc.set_threshold(100_000, 20, 20)
    gc.enable()


def _make_once() -> None:
    """Make what every copy of this process would make for itself: four seconds apiece."""
    from contenthub.library.lint import lint
    from contenthub.posters.fonts import code_points
    from contenthub.web.pages import environment

    pages = environment()
    for name in pages.list_templates(extensions=["html"]):
        pages.get_template(name)
    lint("product", "deposit", {}, "年化收益率保证 5%，名额有限，抢到就是赚到")
    code_points()


def pytest_runtest_setup() -> None:
    """Only this machine may be spoken to."""
    pytest_socket.socket_allow_hosts(["127.0.0.1", "localhost", "::1"], allow_unix_socket=True)


@pytest.fixture(scope="session", autouse=True)
def quick_passwords() -> Iterator[PasswordHasher]:
    """Hash at a hundredth of the price; yield the product's own hasher (`real_passwords`)."""
    real, passwords._HASHER = passwords._HASHER, PasswordHasher(1, memory_cost=64, parallelism=1)
    yield real
    passwords._HASHER = real


@pytest.fixture
def real_passwords(quick_passwords: PasswordHasher, monkeypatch: pytest.MonkeyPatch) -> None:
    """Hash with the product's parameters."""
    monkeypatch.setattr(passwords, "_HASHER", quick_passwords)


@pytest.fixture(scope="session")
def settings(worker_id: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Settings]:
    """Settings of a house on this worker's own database, Redis database and disk."""
    directory = Path(os.environ[ENGINE_ENV])
    postgres, valkey = running_postgres(directory), running_valkey(directory)
    assert postgres is not None
    assert valkey is not None
    name = f"test_{worker_id}"
    postgres.drop_database(name)
    postgres.create_database(name, template=TEMPLATE)
    number = 0 if worker_id == "master" else int(worker_id.removeprefix("gw")) + 1
    objects = tmp_path_factory.mktemp("objects")
    yield Settings(
        database_url=postgres.url("contenthub_app", name),
        platform_database_url=postgres.url("contenthub_platform", name),
        owner_database_url=postgres.url("contenthub_owner", name),
        redis_url=valkey.url.removesuffix("/0") + f"/{number}",
        storage_url=objects.as_uri(),
        data_dir=objects.parent,
        master_key=MASTER_KEY,
        public_url="http://hub.test",
        # A suite calls far more often than a person; tests of the limits set their own.
        api_person_per_minute=0,
        api_stranger_per_minute=0,
        # Receivers of events stand on this machine.
        webhook_allow_http=True,
        webhook_allow_networks="127.0.0.0/8",
    )
    postgres.drop_database(name)


@pytest.fixture
def empty_database(settings: Settings, worker_id: str) -> Iterator[Settings]:
    """Settings with a database in which no other test has made a bank."""
    postgres = running_postgres(Path(os.environ[ENGINE_ENV]))
    assert postgres is not None
    name = f"test_{worker_id}_alone"
    postgres.drop_database(name)
    postgres.create_database(name, template=TEMPLATE)
    yield replace(
        settings,
        database_url=postgres.url("contenthub_app", name),
        platform_database_url=postgres.url("contenthub_platform", name),
        owner_database_url=postgres.url("contenthub_owner", name),
    )
    postgres.drop_database(name)


@pytest.fixture(scope="session")
async def house(settings: Settings) -> AsyncIterator["House"]:
    """A running house; session-wide, since every test has its own banks."""
    from contenthub.web.house import close_house, make_house
    from tests.personas import banks_in_advance

    postgres = running_postgres(Path(os.environ[ENGINE_ENV]))
    assert postgres is not None
    at = {"host": postgres.sql("show unix_socket_directories").strip(), "port": str(postgres.port)}

    def by_socket(url: str) -> str:
        # A statement's way there and back costs both ends a fifth less than by TCP.
        named = make_url(url).set(host="", port=None, query=at)
        return named.render_as_string(hide_password=False)

    nearer = replace(
        settings,
        pool_size=4,
        database_url=by_socket(settings.database_url),
        platform_database_url=by_socket(settings.platform_database_url),
    )
    made = make_house(nearer)
    await made.redis.flushdb()
    database = settings.database_url.rpartition("/")[2]
    async with banks_in_advance(made, postgres.url("postgres", database)):
        yield made
    await close_house(made)
    await asyncio.sleep(0)


@pytest.fixture
async def people(house: "House") -> AsyncIterator["Personas"]:
    """Two fresh banks with their people (tests/personas.py)."""
    from tests.personas import make_personas

    made = await make_personas(house)
    yield made
    made.pass_on()
