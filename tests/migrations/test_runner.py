"""Bringing a database to head: what is there already is left alone, without Alembic."""

import subprocess
import sys

from alembic.script import ScriptDirectory

from contenthub.migrations import runner
from contenthub.settings import Settings


def test_head_by_the_files_names_is_alembics_head() -> None:
    script = ScriptDirectory.from_config(runner.alembic_config())
    assert script.get_heads() == [runner.head()]


async def test_a_database_at_head_is_left_alone(settings: Settings) -> None:
    assert await runner.current(settings.owner_database_url) == runner.head()
    assert await runner.migrate_async(settings.owner_database_url) == runner.head()


def test_asking_needs_neither_alembic_nor_sqlalchemy() -> None:
    code = (
        "import sys; from contenthub.migrations import runner; runner.head();"
        "sys.exit(bool({'alembic', 'sqlalchemy'} & set(sys.modules)))"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
